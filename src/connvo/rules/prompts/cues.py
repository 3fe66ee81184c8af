"""Cues in spoken words: a question at the end, and a sentence that sets something to do."""

import re

from connvo.rules.transcripts.chunks import word_count

QUESTION_ENDS = ("?", "\uff1f", "\u061f")  # Latin, full width, Arabic
TRAILING = " \t\n\"'”’»)]"
# Short questions only ask whether the others are there, and need no reminder.
MIN_QUESTION_WORDS = 3
_SENTENCE = re.compile(r"(?<=[.!?\uff1f\u3002\uff01\u061f])\s+")
_ACTION = re.compile(
    r"\b(?:i|we|you|he|she|they)(?:['’]ll| will| shall|['’]m going to|['’]re going to| are going to)\s+\w+"
    r"|\b(?:i|we) (?:need|have|want) to\s+\w+|\b(?:can|could|would) you\s+\w+|\blet(?:['’]s| us)\s+\w+"
    r"|\baction items?\b|\bto[- ]dos?\b"
    r"|\b(?:ich|wir) (?:werde|werden|muss|müssen|kümmere|kümmern|mache|machen|schicke|schicken)\b"
    r"|\b(?:kannst|könntest|könnt|können) (?:du|ihr|sie)\b",
    re.IGNORECASE,
)


def question_at_end(text: str) -> str | None:
    """Return the question with which a piece of speech ends, or None."""
    said = text.rstrip(TRAILING)
    if not said.endswith(QUESTION_ENDS):
        return None
    last = _SENTENCE.split(said)[-1].strip()
    return last if word_count(last) >= MIN_QUESTION_WORDS else None


def sets_an_action(text: str) -> bool:
    """Return whether a piece of speech seems to set something to do."""
    return _ACTION.search(text) is not None
