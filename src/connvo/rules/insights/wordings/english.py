"""English."""

from .wording import Wording, any_of, fillers_of, greeting_of, pattern, words

WORK = words(
    """
    add address allocate analyse analyze apply arrange ask assemble assign back book bring build buy call cancel
    change chase check circulate clarify clean close collect compare compile complete configure confirm connect
    contact coordinate copy correct create cut debug define delete deliver deploy design develop discuss do
    document download draft drop edit email enquire escalate estimate evaluate extend file fill find finish fix
    follow forward gather get hand hire host implement improve include inform inquire inspect install integrate
    introduce investigate invite invoice launch log mail make manage map measure merge message migrate model
    modify monitor move negotiate notify obtain open order organise organize outline pay phone ping pick plan post
    prepare present print produce provide publish pull push put raise reach record refactor register release
    remind remove rename renew repair replace reply report request research reserve resolve respond return review
    revise rewrite ring run schedule scan send set setup share ship sign solve sort source specify split start
    store study submit summarise summarize supply support take test track train transfer translate trim try update
    upgrade upload verify write
    """
)
VERB = any_of(
    *sorted(WORK), "talk (?:to|with)", "speak (?:to|with)", "look (?:into|at|up)", "meet with", "take care", "get back"
)
EXTRA = r"(?:(?:also|then|just|quickly|definitely|certainly|probably|please|now|actually|still|personally|all) ){0,2}"
BEGIN = r"(?:go (?:ahead )?and |try (?:to|and) |need to |have to |be the one to |make sure (?:to|I|we|you|that) )?"
DAY = r"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december"
    r"|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\b\.?"
)
ORDINAL = r"\d{1,2}(?:st|nd|rd|th)?"
COUNT = r"(?:a|an|one|two|three|four|five|six|seven|eight|nine|ten|\d{1,2})"

CHATTER = words(
    """
    anything basically bit cuz cos dunno everyone everything folks fine gonna gotta guess guy
    guys idea kind lot lots meeting minute minutes okay ok oh ooh people person pretty probably question really
    right sort stuff sure talk talked talking terms thank thanks thing things think thought time today tomorrow
    wanna wow yeah yep yes yesterday yet morning afternoon
    """
) | {f"{which}body" for which in ("any", "every", "no", "some")}

WORDING = Wording(
    chatter=CHATTER,
    fillers=fillers_of("u+h+m*", "u+m+", "e+r+m*", "h+m+", "mm+(?:-hmm+)?", "you know(?=,)", "i mean(?=,)"),
    decision=pattern(
        any_of(
            "we(?:'ve| have)? (?:all )?(?:decided|agreed|settled on|concluded)",
            "(?:it's|it is|it was|that's|that is) (?:been )?(?:decided|agreed)",
            "the (?:final )?decision (?:is|was|:)",
            "agreed,? (?:then|so|we)",
            "(?:so )?(?:let's|let us|we'll|we will|we're going to|we are going to|we're gonna) (?:just |then )?"
            "(?:go (?:with|for|ahead)|stick with|settle on|choose|adopt|postpone|drop|keep|launch|ship|cancel|move to)",
            "we (?:chose|voted)",
            "motion (?:is )?(?:carried|agreed)",
        )
    ),
    topic=pattern(
        any_of(
            "(?:next|first|second|third|last|final|main|other) (?:item|topic|point|question|issue|thing)",
            "agenda",
            "talk about",
            "move on to",
            "let's (?:discuss|start|begin)",
            "discuss(?:ed|ing)?",
            "summary",
            "summari[sz]e",
            "purpose",
            "important",
            "problem",
            "main",
        )
    ),
    question=pattern(
        r"^(?:and |so |but |or |okay,? |well,? )*"
        r"(?:who|what|when|where|why|which|how|is|are|was|were|do|does|did|can|could|should|shall|will|would|have|has) "
    ),
    promise=pattern(
        rf"\b(?:i'll|i will|i'm going to|i am going to|i'm gonna|i shall) {EXTRA}{BEGIN}(?P<verb>{VERB})"
        r"|\b(?:action (?:item|point) for me)\b"
    ),
    request=pattern(
        rf"\b(?:can|could|will|would) you {EXTRA}{BEGIN}(?P<verb>{VERB})"
        rf"|\b(?:you'll|you will) {EXTRA}{BEGIN}(?P<verb2>{VERB})"
        rf"|\bplease {BEGIN}(?P<verb3>{VERB})"
    ),
    assignment=pattern(
        rf"^,?\s*(?:will|'ll|is going to|is gonna|is supposed to|needs to|has to|should|to|can you|could you"
        rf"|would you|please|you will|you'll) {EXTRA}{BEGIN}(?P<verb>{VERB})"
    ),
    intention=pattern(rf"^\s*(?:will|is going to|is gonna) {EXTRA}{BEGIN}{VERB}"),
    condition=pattern(
        any_of(
            r"(?<!check\s)(?<!see\s)(?<!ask\s)(?<!out\s)(?<!know\s)(?<!me\s)(?<!confirm\s)(?<!clarify\s)if",
            "unless",
            "(?:would|could|should|might) have",
            "maybe",
            "perhaps",
            "might",
            "wonder",
            "hope",
            "wish",
            "suppose",
            "imagine",
            "someday",
            "would be",
            "i'll (?:just )?(?:say|tell you|be honest|take (?:that|it) as|put it)",
            "give you (?:an|one|the) (?:example|idea)",
            "i will (?:say|tell you|be honest)",
            "i'll (?:move|come|go) (?:on|back|to)",
            "talk about (?:that|this|it)",
        )
    ),
    negation=pattern(
        any_of("not", "never", r"\w+n't", "no need", "no(?:body| one)", "no (?:final |real )?decision", "hardly")
    ),
    acceptance=pattern(r"\b(?:i'll|i will|i can|i'm on it|i'm happy to|leave (?:it|that) (?:to|with) me)\b"),
    retraction=pattern(
        any_of(
            "scratch that",
            "never ?mind",
            "forget (?:it|that|what i said)",
            "on second thoughts?",
            "i take that back",
            "(?:no,? )?actually,? (?:no|let's|wait|we|don't|i won't|not)",
            "(?:no,? )?wait,? (?:no|let's|actually)",
            "instead",
            "let's not",
            "changed (?:my|our) mind",
            "no longer",
        )
    ),
    unsure=pattern(
        any_of(
            "don't know",
            "do not know",
            "not sure",
            "no idea",
            "good question",
            "(?:need|have|will have|'ll have) to (?:check|ask|look|find out|think)",
            "let me (?:check|think|ask|find out)",
            "get back to you",
            "can't (?:say|tell)",
            "unclear",
            "open question",
            "depends",
        )
    ),
    greeting=greeting_of(
        "so|and|okay|ok|right|well|all right|alright|yeah|yes|oh",
        "hello|hi|hey|hiya|howdy|welcome(?: back)?|good (?:morning|afternoon|evening|day)|morning|greetings",
        "and|there|again|to|all|all of you|you all|both|everyone|everybody|folks|guys|team|people|friends|ladies"
        "|gentlemen|colleagues",
    ),
    small_talk=pattern(
        any_of(
            "welcome",
            "(?:good|nice|great|lovely) to (?:see|meet|have|hear) (?:you|everyone|everybody)",
            "(?:thanks|thank you)(?: (?:all|so much|very much|everyone|everybody|guys))* for (?:joining|coming"
            "|being|taking)",
            "how (?:are|is|was|were) (?:you|everyone|everybody|the|your)",
            "(?:hear|see) (?:me|you|us|my screen)",
            "(?:on|un)[ -]?mute[d]?",
            "microphones?|headsets?|webcams?",
            "(?:is|are) (?:everyone|everybody|we all|all of us|we) (?:here|there|on|in)",
            "(?:wait(?:ing)?|give (?:it|them|him|her)) (?:\\w+ ){0,3}(?:for|minutes?|seconds?|moment)",
            "(?:still )?missing",
            "weather|weekend|holidays?|vacation|sunny|rain(?:ing|y)?|snow(?:ing|y)?|coffee|tea|traffic|breakfast"
            "|lunch|football|birthday",
            "long time no see",
            "let me (?:introduce|share my screen)",
            "my name is",
        )
    ),
    due=pattern(
        r"\b(?:(?:by|before|until|till|on|due|for) )?(?:the )?(?P<date>"
        rf"day after tomorrow|tomorrow|today|tonight|(?:(?:this|next|coming) )?{DAY}(?!'s)"
        r"|(?:end of )?(?:the |this |next )(?:week|month|quarter|year)(?!'s)"
        rf"|{MONTH} (?:the )?{ORDINAL}(?:,? \d{{4}})?|{ORDINAL} (?:of )?{MONTH}(?:,? \d{{4}})?"
        rf"|(?<=the\s)\d{{1,2}}(?:st|nd|rd|th)|\d{{4}}-\d{{2}}-\d{{2}}|(?:with)?in {COUNT} (?:days?|weeks?|months?))"
        r"(?: (?:morning|afternoon|evening))?(?!\w)"
    ),
    vague=pattern(r"^(?!(?:with)?in\b)(?=.*\b(?:next|coming|end|week|month|quarter|year)\b)"),
)
