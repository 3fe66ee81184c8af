"""How people promise, ask, decide and name days, language by language.

Other languages have the gist, the topics, questions with their mark, and the statistics.
"""

import re

from . import english, french, german, spanish
from .wording import Wording as Wording

WORDINGS: dict[str, Wording] = {
    "de": german.WORDING,
    "en": english.WORDING,
    "es": spanish.WORDING,
    "fr": french.WORDING,
}
OTHER = Wording(fillers=re.compile(r"\b(?:h+m+|e+h+m*|u+h+m*)\b", re.IGNORECASE))


def of(language: str) -> Wording:
    """Return the wording of a language."""
    return WORDINGS.get(language, OTHER)
