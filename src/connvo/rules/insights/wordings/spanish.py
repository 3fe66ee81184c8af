"""Spanish."""

from .wording import Wording, any_of, fillers_of, greeting_of, pattern, words

INFINITIVE = (
    r"\b(?:enviar|mandar|preparar|revisar|comprobar|escribir|redactar|llamar|hacer|terminar|acabar|organizar|reservar"
    r"|comprar|pedir|contactar|corregir|crear|preguntar|probar|desplegar|repartir|dar|compartir|hablar|planificar"
    r"|presentar|publicar|leer|arreglar|responder|firmar|seguir|traducir|pasar|buscar|encontrar|poner|instalar|invitar"
    r"|lanzar|entregar|medir|modificar|analizar|añadir|agregar|quitar|traer|completar|documentar|programar|mirar|ver"
    r"|resolver|confirmar|encargar|proponer|imprimir|actualizar|subir)(?:me|te|se|nos|lo|la|los|las|le|les){0,2}\b"
)
FUTURE = (
    r"\b(?:enviaré|mandaré|prepararé|revisaré|comprobaré|escribiré|redactaré|llamaré|haré|terminaré|acabaré|organizaré"
    r"|reservaré|compraré|pediré|contactaré|corregiré|crearé|preguntaré|probaré|desplegaré|repartiré|daré|compartiré"
    r"|hablaré|presentaré|publicaré|leeré|arreglaré|responderé|firmaré|seguiré|traduciré|pasaré|buscaré|pondré|instalaré"
    r"|invitaré|lanzaré|entregaré|modificaré|analizaré|añadiré|agregaré|traeré|completaré|resolveré|confirmaré|encargaré"
    r"|propondré|actualizaré|subiré)\b"
)
DAY = r"(?:lunes|martes|miércoles|jueves|viernes|sábado|domingo)"
MONTH = r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre)"
COUNT = r"(?:un|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|\d{1,2})"

CHATTER = words(
    """
    bueno claro cosa cosas gente gracias hoy luego manana minuto minutos momento oye pues reunion si tema vale ver
    verdad
    """
)

WORDING = Wording(
    chatter=CHATTER,
    fillers=fillers_of("e+h+", "e+m+", "m+h+m*", "pues(?=,)", "este(?=,)"),
    decision=pattern(
        any_of(
            "(?:hemos )?(?:decidido|acordado|quedado en)",
            "(?:decidimos|acordamos|quedamos en)",
            "(?:está|queda) (?:decidido|acordado)",
            "(?:la )?decisión (?:es|final)",
            "(?:entonces )?(?:vamos con|nos quedamos con|optamos por)",
        )
    ),
    topic=pattern(
        any_of("(?:próximo|siguiente|primer|segundo|último) (?:punto|tema)", "orden del día", "importante", "problema")
    ),
    question=pattern(r"^¿|^(?:y |entonces |pero )*(?:quién|qué|cuándo|dónde|por qué|cómo|cuánto|cuál|cuáles) "),
    promise=pattern(
        rf"\bvoy a {INFINITIVE}|\b(?:(?:lo|la|los|las|le|les|te|me|os|se) )*{FUTURE}|\bme encargo\b|\byo me ocupo\b"
    ),
    request=pattern(
        rf"\b(?:puedes|podrías|puede usted|podría usted|pueden|podrían) (?:\w+ ){{0,2}}?{INFINITIVE}"
        rf"|\bpor favor,? {INFINITIVE}"
    ),
    assignment=pattern(
        rf"^,? (?:va a|debe|tiene que|puedes|podrías|puede) (?:\w+ ){{0,2}}?{INFINITIVE}|^,? se (?:encarga|ocupa)\b"
    ),
    intention=pattern(rf"^ va a {INFINITIVE}"),
    condition=pattern(any_of("si", "quizás?", "tal vez", "a lo mejor", "me gustaría", "a menos que")),
    negation=pattern(any_of("no", "nunca", "jamás", "tampoco")),
    acceptance=pattern(r"\b(?:yo (?:lo|la|me)|lo haré|me encargo|voy a)\b"),
    retraction=pattern(
        any_of(
            "mejor no",
            "no,? (?:mejor|espera|en realidad)",
            "olvida(?:lo| eso)?",
            "cambiado de (?:idea|opinión)",
            "en lugar de eso",
        )
    ),
    unsure=pattern(
        any_of(
            "no (?:lo )?sé",
            "no (?:estoy|está) segur[oa]",
            "ni idea",
            "buena pregunta",
            "hay que (?:ver|comprobar|preguntar)",
            "depende",
        )
    ),
    greeting=greeting_of(
        "bueno|pues|entonces|y|vale|sí|ok",
        "¡?hola|¡?buenas?(?: días| tardes| noches)?|¡?buenos días|¡?bienvenid[oa]s?(?: de nuevo)?|¡?saludos",
        "a|y|todos|todas|todo el mundo|equipo|amigos|compañeros|señores|señoras|de nuevo|qué tal",
    ),
    small_talk=pattern(
        any_of(
            "bienvenid[oa]s?",
            "(?:encantad[oa]|un placer|me alegro|me alegra) (?:de )?(?:ver|veros|verlos|saludar)\\w*",
            "gracias (?:a todos |a todas )?por (?:venir|estar|participar|unir\\w*|asistir)",
            "(?:qué tal|cómo (?:estáis|están|estás|está|va))",
            "(?:me|se) (?:oís|oyen|oyes|oye|escucháis|escuchan|escucha|veis|ven|ves)",
            "micr[oó]fonos?|micro|cascos|cámaras?|silencio",
            "(?:estamos|están) (?:ya )?todos",
            "(?:espera(?:mos|r|d|n)?|esperemos) (?:\\w+ ){0,4}(?:minutos?|momento|a)",
            "falta(?:n)? (?:todavía|por)|todavía falta",
            "(?:buen|mal) tiempo|fin de semana|vacaciones|sol|llueve|lluvia|nieva|café|tráfico|atasco|desayuno"
            "|almuerzo|fútbol|cumpleaños",
            "me llamo",
        )
    ),
    due=pattern(
        r"\b(?:(?:antes del?|para|hasta|a más tardar) )?(?:el |la )?(?P<date>"
        rf"pasado mañana|(?<!la\s)mañana|hoy|esta (?:tarde|noche)|(?:próximo )?{DAY}(?: que viene)?"
        r"|(?:final de |fin de |esta |próxima )(?:la )?semana|semana que viene|(?:fin de|este) mes"
        rf"|\d{{1,2}} de {MONTH}(?: de \d{{4}})?|\d{{4}}-\d{{2}}-\d{{2}}"
        rf"|(?:en|dentro de) {COUNT} (?:días?|semanas?|mes(?:es)?))"
        r"(?: por la (?:mañana|tarde|noche))?(?!\w)"
    ),
    vague=pattern(r"^(?!en\b|dentro\b)(?=.*\b(?:próxim[oa]|final|fin|semana|mes|viene)\b)"),
)
