"""Facts in a profile that can be compared: experience as a level, the field of work, languages.

Texts are read word by word, so "ai" is not found in "retail". An unknown fact is None or empty, never a guess.
"""

import re
from collections.abc import Iterable

from .wishes import folded

WORD = re.compile(r"[^\W_]+(?:[+#]+)?")
YEARS = re.compile(r"(\d{1,2})\s*\+?\s*(?:years?|yrs?)\b")

LEVELS: tuple[tuple[int, frozenset[str]], ...] = (
    (1, frozenset({"entry", "intern", "internship", "trainee", "student", "graduate", "apprentice", "beginner"})),
    (2, frozenset({"junior", "jr"})),
    (3, frozenset({"mid", "intermediate", "midlevel"})),
    (4, frozenset({"senior", "sr", "expert"})),
    (5, frozenset({"lead", "principal", "staff", "manager", "head"})),
    (6, frozenset({"executive", "director", "vp", "ceo", "cto", "cfo", "coo", "founder", "cofounder", "president"})),
)
# Years of experience up to which a level applies; more years say nothing about leading.
YEARS_UP_TO: tuple[tuple[int, int], ...] = ((0, 1), (2, 2), (5, 3), (99, 4))

FAMILIES: dict[str, frozenset[str]] = {
    "technology": frozenset(
        {
            "software", "engineering", "engineer", "data", "ai", "ml", "it", "technology", "tech", "computer",
            "computing", "programming", "developer", "development", "cybersecurity", "cloud", "devops", "robotics",
        }
    ),
    "business": frozenset(
        {
            "marketing", "sales", "finance", "consulting", "business", "accounting", "banking", "management",
            "economics", "operations", "retail", "commerce",
        }
    ),
    "design": frozenset({"ux", "ui", "product", "creative", "design", "designer", "graphic", "art"}),
    "health": frozenset({"health", "healthcare", "medicine", "medical", "nursing", "pharma", "biotech", "care"}),
    "education": frozenset({"education", "teaching", "teacher", "academia", "university", "school", "research"}),
}  # fmt: skip

# Codes and own names of languages, and their English names.
LANGUAGES: dict[str, str] = {
    "ar": "arabic", "العربية": "arabic", "de": "german", "deutsch": "german", "en": "english", "es": "spanish",
    "español": "spanish", "fr": "french", "français": "french", "hi": "hindi", "हिन्दी": "hindi", "it": "italian",
    "italiano": "italian", "ja": "japanese", "日本語": "japanese", "ko": "korean", "한국어": "korean", "nl": "dutch",
    "nederlands": "dutch", "pl": "polish", "polski": "polish", "pt": "portuguese", "português": "portuguese",
    "ru": "russian", "русский": "russian", "tr": "turkish", "türkçe": "turkish", "uk": "ukrainian",
    "українська": "ukrainian", "zh": "chinese", "中文": "chinese",
}  # fmt: skip


def words(value: str) -> frozenset[str]:
    """Return the words of a text, in the form in which they are compared."""
    return frozenset(WORD.findall(folded(value)))


def level(*texts: str | None) -> int | None:
    """Return the level of experience from 1 to 6, from the first text that names one; None if none does."""
    for text in texts:
        found = None if text is None else _level_of(text)
        if found is not None:
            return found
    return None


def family(field: str) -> frozenset[str]:
    """Return the families of fields to which a field of work belongs."""
    said = words(field)
    return frozenset(name for name, members in FAMILIES.items() if said & members)


def languages(names: Iterable[str]) -> tuple[str, ...]:
    """Return languages by their English names in lower case, each once, in their order."""
    found = [folded(name) for name in names]
    return tuple(dict.fromkeys(LANGUAGES.get(name, name) for name in found if name))


def _level_of(text: str) -> int | None:
    said = words(text)
    named = [number for number, members in LEVELS if said & members]
    if named:
        return max(named)
    years = [int(number) for number in YEARS.findall(folded(text))]
    return None if not years else next(number for most, number in YEARS_UP_TO if max(years) <= most)
