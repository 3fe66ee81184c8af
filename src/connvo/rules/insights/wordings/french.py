"""French."""

from .wording import Wording, any_of, fillers_of, greeting_of, pattern, words

INFINITIVE = (
    r"\b(?:envoyer|préparer|vérifier|écrire|rédiger|appeler|rappeler|faire|finir|terminer|organiser|réserver|acheter"
    r"|commander|contacter|corriger|créer|demander|tester|déployer|distribuer|donner|partager|parler|planifier|présenter"
    r"|publier|relire|réparer|répondre|revoir|signer|suivre|traduire|transmettre|trouver|chercher|mettre|installer"
    r"|inviter|lancer|livrer|mesurer|modifier|analyser|ajouter|supprimer|apporter|compléter|documenter|programmer"
    r"|regarder|résoudre|voir|occuper|fixer|proposer|fournir|imprimer|produire|lire|confirmer)\b"
)
FUTURE = (
    r"\b(?:enverrai|préparerai|vérifierai|écrirai|rédigerai|appellerai|rappellerai|ferai|finirai|terminerai"
    r"|organiserai|réserverai|achèterai|commanderai|contacterai|corrigerai|créerai|demanderai|testerai|déploierai"
    r"|distribuerai|donnerai|partagerai|parlerai|planifierai|présenterai|publierai|relirai|réparerai|répondrai|reverrai"
    r"|signerai|suivrai|traduirai|transmettrai|trouverai|chercherai|mettrai|installerai|inviterai|lancerai|livrerai"
    r"|modifierai|analyserai|ajouterai|apporterai|compléterai|confirmerai|occuperai|proposerai|fournirai)\b"
)
DAY = r"(?:lundi|mardi|mercredi|jeudi|vendredi|samedi|dimanche)"
MONTH = r"(?:janvier|février|mars|avril|mai|juin|juillet|août|septembre|octobre|novembre|décembre)"
COUNT = r"(?:un|une|deux|trois|quatre|cinq|six|sept|huit|neuf|dix|\d{1,2})"

CHATTER = words(
    """
    accord bah ben bon bref chose choses coup demain gens hier merci minute minutes moment oui non ouais quoi
    reunion salut truc trucs voila
    """
)

WORDING = Wording(
    chatter=CHATTER,
    fillers=fillers_of("e+u+h+", "h+m+", "ben(?=,)", "heu+"),
    decision=pattern(
        any_of(
            "(?:nous avons|on a) (?:donc )?(?:décidé|convenu|choisi|retenu|tranché)",
            "(?:c'est|il est) (?:donc )?(?:décidé|convenu|entendu)",
            "(?:la )?décision (?:est|finale)",
            "(?:donc )?on (?:part sur|garde|choisit|retient|opte pour)",
        )
    ),
    topic=pattern(
        any_of("(?:prochain|premier|deuxième|dernier) (?:point|sujet)", "ordre du jour", "important", "problème")
    ),
    question=pattern(
        r"^(?:et |alors |mais |donc )*(?:qui|que|quoi|quand|où|pourquoi|comment|combien|quelles?|quels?|est-ce) "
    ),
    promise=pattern(
        rf"\bje (?:vais|m'engage à) (?:\w+ ){{0,3}}?(?P<verb>{INFINITIVE})|\bje (?:\w+['’]?\s?){{0,3}}?{FUTURE}"
        rf"|\bj'(?:\w+ ){{0,2}}?{FUTURE}|\bje m'en (?:occupe|charge)\b"
    ),
    request=pattern(
        rf"\b(?:peux-tu|pourrais-tu|tu peux|tu pourrais|pouvez-vous|pourriez-vous|vous pouvez|vous pourriez)"
        rf" (?:\w+['’]?\s?){{0,4}}?{INFINITIVE}"
    ),
    assignment=pattern(
        r"^,? (?:va|doit|devra|peux-tu|pourrais-tu|tu peux|pouvez-vous|pourriez-vous)"
        rf" (?:\w+['’]?\s?){{0,4}}?{INFINITIVE}"
        r"|^,? s'en (?:occupe|charge)\b"
    ),
    intention=pattern(rf"^ va (?:\w+['’]?\s?){{0,4}}?{INFINITIVE}"),
    condition=pattern(any_of("si", "sauf si", "peut-être", "éventuellement", "j'aimerais", "je voudrais", "à moins")),
    negation=pattern(any_of("ne", "n'\\w+", "pas", "jamais", "aucune?")),
    acceptance=pattern(r"\b(?:je (?:le|la|les|vais|peux|m'en)|je m'en)\b"),
    retraction=pattern(
        any_of(
            "finalement(?:,)? non",
            "non,? (?:plutôt|en fait|attends|attendez)",
            "oublie ça",
            "oubliez ça",
            "changé d'avis",
            "plutôt que",
        )
    ),
    unsure=pattern(
        any_of(
            "(?:ne )?sais pas",
            "pas sûre?",
            "aucune idée",
            "bonne question",
            "à vérifier",
            "il faut (?:vérifier|voir)",
            "ça dépend",
        )
    ),
    greeting=greeting_of(
        "alors|bon|donc|et|oui|ok|eh bien",
        "bonjour|bonsoir|salut|coucou|bienvenue|re-bonjour",
        "à|a|et|tous|toutes|tout le monde|vous|l'équipe|les amis|messieurs|mesdames|chers|collègues|encore",
    ),
    small_talk=pattern(
        any_of(
            "bienvenue",
            "(?:content|contente|contents|ravie?|heureux|heureuse) de (?:vous|te) (?:voir|revoir|retrouver)",
            "merci (?:à tous |à toutes |beaucoup )?(?:d'être|d'avoir|de participer|pour votre présence)",
            "(?:ça va|comment (?:allez|vas|ça))",
            "(?:m'entend(?:ez|s)|me (?:voyez|vois)|vous m'entendez)",
            "micros?|casques?|caméras?|muets?",
            "(?:tout le monde est|on est tous|nous sommes tous) (?:là|présents?|arrivés?)",
            "(?:attend(?:ons|re|ez)|on attend) (?:\\w+ ){0,4}(?:minutes?|instants?|encore)",
            "il manque|manque encore",
            "météo|week-?end|vacances|soleil|pleut|pluie|neige|café|thé|bouchons|embouteillages"
            "|petit[- ]déjeuner|déjeuner|football|anniversaire",
            "je m'appelle",
        )
    ),
    due=pattern(
        r"\b(?:(?:avant|pour|d'ici|dès|jusqu'à|au plus tard) )?(?:le )?(?P<date>"
        rf"après-demain|demain|aujourd'hui|ce soir|{DAY}(?: prochain)?"
        r"|(?:la )?(?:fin de )?(?:la |cette )?semaine(?: prochaine)?|(?:fin du |ce )mois(?:-ci)?"
        rf"|\d{{1,2}}(?:er)? {MONTH}(?: \d{{4}})?|\d{{4}}-\d{{2}}-\d{{2}}|dans {COUNT} (?:jours?|semaines?|mois))"
        r"(?: (?:matin|après-midi|soir))?(?!\w)"
    ),
    vague=pattern(r"^(?!dans\b)(?=.*\b(?:prochaine?|fin|semaine|mois(?:-ci)?)\b)"),
)
