"""German."""

from .wording import Wording, any_of, fillers_of, greeting_of, pattern, words

# Stems of verbs of work: the forms follow by their endings.
STEM = (
    r"(?:schick|send|schreib|prüf|klär|mach|erstell|bereit|organisier|test|liefer|verteil|teil|buch|bestell|kauf"
    r"|such|find|frag|sprech|red|telefonier|meld|kümmer|plan|reservier|aktualisier|überarbeit|übersetz|sammel|sammle"
    r"|dokumentier|installier|konfigurier|korrigier|kontaktier|koordinier|kontrollier|lad|lös|mess|notier|präsentier"
    r"|programmier|recherchier|reparier|schau|setz|übernehm|übernimm|unterschreib|untersuch|veröffentlich|vereinbar"
    r"|verschick|versend|zeig|analysier|besorg|besprech|bearbeit|beantrag|ergänz|entwerf|ausarbeit|änder|hol|bring|ruf)"
)
PREFIX = r"(?:vor|ab|an|auf|aus|ein|nach|um|zu|zusammen|weiter|durch|nach|fertig|herunter|hoch)?"
INFINITIVE = rf"\b{PREFIX}(?:zu)?{STEM}e?r?n\b"
FIRST = rf"{STEM}(?:e|le|re)?"
DAY = r"(?:montag|dienstag|mittwoch|donnerstag|freitag|samstag|sonnabend|sonntag)"
MONTH = r"(?:januar|jänner|februar|märz|april|mai|juni|juli|august|september|oktober|november|dezember)"
COUNT = r"(?:einem|einer|zwei|drei|vier|fünf|sechs|sieben|acht|neun|zehn|\d{1,2})"

CHATTER = words(
    """
    also bisschen dingsbums genau gut heute ja jetzt leute meeting minute minuten morgen naja nee nein okay quasi
    sache sachen sitzung sozusagen stimmt thema danke bitte
    """
)

WORDING = Wording(
    chatter=CHATTER,
    fillers=fillers_of("ä+h+m*", "e+h+m+", "ö+h+m*", "h+m+", "mh+m*"),
    decision=pattern(
        any_of(
            "(?:wir haben|haben wir)(?: \\w+){0,8}? (?:beschlossen|entschieden|vereinbart|festgelegt|geeinigt)",
            "wir (?:beschließen|einigen uns|entscheiden uns|nehmen|bleiben bei|machen es so)",
            "(?:das )?(?:ist|wird|wurde) (?:hiermit |also |damit )?(?:beschlossen|entschieden|so gemacht)",
            "(?:die )?entscheidung (?:ist|lautet|fällt)",
            "(?:dann|also) (?:machen|nehmen|bleiben) wir",
        )
    ),
    topic=pattern(
        any_of("nächste[rs]? (?:punkt|thema)", "tagesordnung", "thema", "wichtig", "problem", "zusammenfassung")
    ),
    question=pattern(
        r"^(?:und |also |aber |oder |gut,? )*(?:wer|was|wann|wo|warum|wieso|weshalb|welche[rsn]?|wie|ist|sind|hat|haben"
        r"|kann|können|soll|sollen|muss|müssen|wird|werden|gibt) "
    ),
    promise=pattern(
        rf"\bich (?:werde|will)\b(?=[^.?!]*(?P<verb>{INFINITIVE}))|\b(?:ich {FIRST}|{FIRST} ich)\b"
        r"|\bich (?:rufe|kümmere mich|bereite|lade|stelle|gebe|leite|nehme|spreche|melde mich)\b"
        r"|\b(?:kümmere ich mich|mache ich|übernehme ich|das übernehme ich)\b"
    ),
    request=pattern(
        rf"\b(?:kannst|könntest|würdest|wirst) du\b(?=[^.?!]*{INFINITIVE})"
        rf"|\b(?:können|könnten|würden|werden) sie\b(?=[^.?!]*{INFINITIVE})"
        rf"|\b(?:könnt|könntet) ihr\b(?=[^.?!]*{INFINITIVE})|\bbitte\b(?=[^.?!]*{INFINITIVE})"
    ),
    assignment=pattern(
        rf"^,? (?:(?:wird|soll|muss|kannst du|könntest du|können sie|könnten sie|bitte)\b(?=[^.?!]*{INFINITIVE})"
        rf"|{STEM}e?t\b|kümmert sich\b|übernimmt\b|bereitet\b|ruft\b)"
    ),
    intention=pattern(rf"^ wird\b(?=[^.?!]*{INFINITIVE})"),
    condition=pattern(
        any_of(
            "wenn",
            "falls",
            "vielleicht",
            "eventuell",
            "würde",
            "hätte",
            "könnte ich",
            "mal sehen",
            "sofern",
            "es sei denn",
        )
    ),
    negation=pattern(any_of("nicht", "kein(?:e[nmrs]?)?", "nie", "niemals", "nichts")),
    acceptance=pattern(
        r"\b(?:(?:mache|übernehme|erledige|kann|werde) ich|ich (?:mache|übernehme|erledige|kann|werde))\b"
    ),
    retraction=pattern(
        any_of(
            "doch nicht",
            "vergiss (?:das|es)",
            "nein,? (?:doch|lieber|warte|halt)",
            "stattdessen",
            "anders überlegt",
            "lieber doch",
            "ich nehme das zurück",
        )
    ),
    unsure=pattern(
        any_of(
            "weiß (?:ich |es |das )?(?:noch )?nicht",
            "keine ahnung",
            "nicht sicher",
            "gute frage",
            "muss (?:ich |man |erst |noch |das )*(?:prüfen|nachsehen|schauen|klären|fragen)",
            "unklar",
            "kommt darauf an",
            "offen",
        )
    ),
    greeting=greeting_of(
        "also|so|ja|okay|ok|gut|na|und",
        "hallo|hi|hey|moin(?: moin)?|servus|grüß (?:gott|dich|euch)|grüezi|willkommen|herzlich willkommen"
        "|guten (?:morgen|tag|abend)|schönen guten (?:morgen|tag|abend)|morgen",
        "und|an|alle|allen|alle zusammen|zusammen|ihr|euch|ihr lieben|liebe|leute|kollegen|kolleginnen|team"
        "|miteinander|meine damen|herren|wieder",
    ),
    small_talk=pattern(
        any_of(
            "willkommen",
            "schön,? (?:dass|euch|dich|sie)",
            "(?:danke|vielen dank)(?:,)? (?:dass|fürs|für (?:euer|ihr|eure))",
            "wie (?:geht|war|ist) (?:es|es euch|es dir|das|dein|euer|ihr)",
            "(?:hört|seht|hörst|siehst|hören|sehen) (?:ihr|du|sie|mich|man)",
            "stumm(?:geschaltet)?|mikrofone?|mikro|kopfhörer|kamera",
            "(?:sind|seid) (?:alle|wir|ihr)(?: alle)? (?:da|vollzählig)",
            "wart(?:en|e|et) (?:\\w+ ){0,4}(?:auf|minuten?|moment)",
            "fehlt noch|fehlen noch",
            "wetter|wochenende|urlaub|ferien|sonne|regnet|regen|schneit|schnee|kaffee|tee|stau|frühstück"
            "|mittagessen|fußball|geburtstag",
            "lange nicht gesehen",
            "mein name ist|ich heiße",
        )
    ),
    due=pattern(
        r"\b(?:(?:bis|am|vor|ab|spätestens|zum) )*(?:zum |den |dem )?(?P<date>"
        rf"übermorgen|(?<!guten\s)(?<!heute\s)morgen|heute|(?:(?:diesen|nächsten|kommenden) )?{DAY}"
        r"|(?:ende )?(?:der|dieser|nächster|diese|nächste) woche|(?:ende )?(?:des|dieses|nächsten) (?:monats|jahres)"
        rf"|\d{{1,2}}\. {MONTH}(?: \d{{4}})?|\d{{1,2}}\.\d{{1,2}}\.(?:\d{{4}})?|\d{{4}}-\d{{2}}-\d{{2}}"
        rf"|in {COUNT} (?:tag(?:en)?|wochen?|monat(?:en)?))"
        r"(?:(?:vormittag|nachmittag|abend)| (?:früh|mittag|abend))?(?!\w)"
    ),
    vague=pattern(r"^(?!in\b)(?=.*\b(?:nächste\w*|kommende\w*|ende|woche|monats|jahres)\b)"),
    negates_after=True,
)
