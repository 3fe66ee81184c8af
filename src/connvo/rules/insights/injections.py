"""Lines that give orders to a model instead of talking to people: what rests on them alone is no result of a meeting.

This keeps orders out of reports that were said for the report's writer. It does not decide what a model believes: that
is bounded by the checks of each statement.
"""

import re

from connvo.rules.transcripts.folding import fold

_ORDERS = re.compile(
    r"\b(?:"
    # English
    r"(?:ignore|disregard|forget|override)\s+(?:\w+\s+){0,3}?(?:instructions?|prompts?|rules|directions)"
    r"|(?:system|developer)\s+(?:prompt|message|instruction)s?"
    r"|(?:you|the)\s+(?:are|is)\s+(?:now\s+)?(?:an?|the)?\s*(?:ai|language\s+model|assistant|summari[sz]er)\b"
    r"|(?:note|message|instructions?)\s+(?:to|for)\s+(?:the\s+)?(?:ai|assistant|language\s+model|summari[sz]er|notetaker)"
    r"|(?:dear|hey|attention)\s+(?:ai|assistant|language\s+model|summari[sz]er|notetaker)\b"
    r"|(?:in|into|to)\s+(?:the|your)\s+(?:summary|minutes|overview|report)[,:]?\s+(?:write|say|put|add|include)\b"
    r"|(?:write|say|put|add|include)\s+(?:[\w-]+\s+){1,6}?(?:in|into|to)\s+(?:the|your)\s+(?:summary|minutes|overview)\b"
    # German
    r"|(?:ignorier\w*|vergiss|missachte)\s+(?:\w+\s+){0,3}?(?:anweisung|instruktion|regel|vorgabe)\w*"
    r"|schreib\w*\s+(?:[\w-]+\s+){1,6}?in\s+(?:die|deine)\s+(?:zusammenfassung|ubersicht)"
    # French
    r"|(?:ignore[rz]?|oublie[rz]?)\s+(?:\w+\s+){0,3}?(?:instructions?|consignes?|regles)"
    # Spanish
    r"|(?:ignora|olvida)\w*\s+(?:\w+\s+){0,3}?(?:instrucciones|indicaciones|reglas)"
    r")",
)
# No speech has markup, JSON or the roles of a conversation with a model.
_MARKS = re.compile(
    r"<\|?\s*(?:im_start|im_end|system|assistant|user|endoftext)|\[/?INST\]|^\s*###\s*(?:system|instruction)"
    r"|^\s*(?:system|assistant|developer)\s*:|</?[a-z][^<>]*>|\{\s*[\"']\w+[\"']\s*:|\]\(\s*\w+:",
    re.I,
)


def gives_orders_to_a_model(text: str) -> bool:
    """Return whether a line seems to be meant for the model that reads it."""
    return bool(_MARKS.search(text) or _ORDERS.search(fold(text)))
