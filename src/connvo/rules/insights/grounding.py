"""The check of a model's minutes against the transcript, statement by statement.

Guarantees:
    Every statement that is left cites lines that were shown, and nothing else.
    An owner is a member who attended, and spoke of themselves in a cited line or was named there.
    The words of a due date, the numbers and the names were said.
    No statement rests on lines alone that give orders to a model.
    Texts have no links and no markup. To check a result again changes nothing.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable
from typing import TypeVar

import msgspec

from connvo.rules.transcripts.folding import fold

from . import wordings
from .evidence import are_names_said, are_numbers_said, is_supported
from .injections import gives_orders_to_a_model
from .keyed import Keyed, Person, name_parts
from .languages import words_of
from .messages import Rejected
from .model_report import Asked, ModelReport, Promised, Said
from .report import MAX_ITEMS, MAX_OVERVIEW, MAX_TEXT
from .sentences import without_greeting
from .spelling import Spelling

S = TypeVar("S", Said, Promised, Asked)

MAX_CITES = 8
MIN_TEXT = 3
MAX_DUE = 80
LINK = re.compile(r"(?:\b[a-z][a-z0-9+.-]*://|\bwww\.|\bmailto:|\bjavascript:|\bdata:[a-z]+/)\S*", re.IGNORECASE)
ADDRESS = re.compile(r"\S+@\S+\.\S+")
MARKED_LINK = re.compile(r"!?\[([^\]]*)\]\([^)]*\)")
TAG = re.compile(r"</?[a-zA-Z!][^>]*>?")
MARKUP = re.compile(r"[*_`~#|<>\\\[\]]+|^\s*(?:[-+•]|\d+[.)])\s+")
BLANK = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202f\u2060-\u2069\ufeff]+")
# Words by which speakers name themselves. Some languages leave them out where the verb has a person.
FIRST_PERSON = {
    "ca": "jo", "cs": "ja", "da": "jeg mig", "de": "ich mir mich", "en": "i i'll i'm i'd i've me my", "es": "yo",
    "fi": "mina", "fr": "je j'ai j'y j'en moi m'en", "hu": "en", "id": "saya aku", "it": "io", "ja": "私 僕 俺",
    "nl": "ik", "no": "jeg meg", "pl": "ja", "pt": "eu", "ro": "eu", "ru": "я мне", "sv": "jag mig", "tr": "ben bana",
    "uk": "я мені", "zh": "我",
}  # fmt: skip


class Grounded(msgspec.Struct, frozen=True):
    """The minutes that hold, and the number of statements that did not."""

    report: ModelReport
    rejected: Rejected


def ground(report: ModelReport, material: Keyed, shown: Iterable[str]) -> Grounded:
    """Return the minutes of a model as far as they hold; `shown` are the keys of the lines that it could cite."""
    check = _Check(material, frozenset(shown))
    kept = ModelReport(
        overview=check.kept(report.overview, MAX_OVERVIEW, check.said),
        topics=check.kept(report.topics, MAX_ITEMS, check.said),
        decisions=check.kept(report.decisions, MAX_ITEMS, check.said),
        actions=check.kept(report.actions, MAX_ITEMS, check.promised),
        questions=check.kept(report.questions, MAX_ITEMS, check.asked),
    )
    counts = check.rejected
    return Grounded(kept, Rejected(counts["uncited"], counts["ordered"], counts["unsaid"], counts["empty"]))


def plain(text: str, limit: int = MAX_TEXT) -> str:
    """Return a text without links, markup and control characters, cut between words."""
    text = MARKED_LINK.sub(r"\1", BLANK.sub(" ", text))
    # The rest after one removal may be a link or markup again.
    while (less := _without(text)) != text:
        text = less
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    return (cut.rpartition(" ")[0] or cut).rstrip() + "…"


def _without(text: str) -> str:
    for pattern in (LINK, ADDRESS, TAG, MARKUP):
        text = pattern.sub(" ", text)
    return BLANK.sub(" ", text).strip()


class _Check:
    def __init__(self, material: Keyed, shown: frozenset[str]) -> None:
        self._material = material
        self._places = {key: place for key, place in material.places.items() if key in shown}
        self._people = {person.key: person for person in material.people}
        self._members = {part for person in material.people for part in name_parts(person)}
        self._sharing = Counter(part for person in material.people for part in set(name_parts(person)))
        self._spelling = Spelling(material.people, (line.text for line in material.lines))
        self.rejected: Counter[str] = Counter()

    def kept(self, items: Iterable[S], limit: int, check: Callable[[S], S | None]) -> list[S]:
        """Return the items that hold, each text once."""
        found: dict[str, S] = {}
        for item in items:
            one = check(item)
            if one is not None:
                found.setdefault(fold(one.text), one)
        return list(found.values())[:limit]

    def said(self, item: Said) -> Said | None:
        """Return a statement, or None if it does not hold."""
        return self._sound(item)

    def promised(self, item: Promised) -> Promised | None:
        """Return an action with its owner and due words as far as they hold."""
        sound = self._sound(item)
        if sound is None:
            return None
        return msgspec.structs.replace(sound, owner=self._owner(sound), due_words=self._due(sound))

    def asked(self, item: Asked) -> Asked | None:
        """Return a question; who asked it is one of the speakers of its lines."""
        sound = self._sound(item)
        if sound is None:
            return None
        speakers = {self._material.lines[self._places[key]].speaker for key in sound.cites}
        known = sound.asked_by in speakers and not self._material.one_label_for_many
        return msgspec.structs.replace(sound, asked_by=sound.asked_by if known else None)

    def _sound(self, item: S) -> S | None:
        cites = list(dict.fromkeys(key for key in item.cites if key in self._places))[:MAX_CITES]
        if not cites:
            self.rejected["uncited"] += 1
            return None
        if all(gives_orders_to_a_model(self._text(key)) for key in cites):
            self.rejected["ordered"] += 1
            return None
        text = without_greeting(self._spelling.correct(plain(item.text)), self._material.language)
        if len(text) < MIN_TEXT:
            self.rejected["empty"] += 1
            return None
        if not self._is_said(text, cites):
            self.rejected["unsaid"] += 1
            return None
        return msgspec.structs.replace(item, text=text, cites=cites)

    def _text(self, key: str) -> str:
        return self._material.lines[self._places[key]].text

    def _is_said(self, text: str, cites: list[str]) -> bool:
        evidence = self._evidence(cites, around=1)
        language = self._material.language
        languages = self._languages(cites)
        if not are_numbers_said(text, evidence, languages | {language}):
            return False
        if languages != {language}:
            return True  # a translation shares numbers with what was said, and few words
        return are_names_said(text, evidence, language, self._members) and is_supported(
            text, evidence, language, self._members
        )

    def _evidence(self, cites: list[str], around: int) -> str:
        places = {
            place
            for key in cites
            for place in range(self._places[key] - around, self._places[key] + around + 1)
            if 0 <= place < len(self._material.lines)
        }
        return "\n".join(self._material.lines[place].text for place in sorted(places))

    def _languages(self, cites: list[str]) -> set[str]:
        return {self._material.languages[self._places[key]] for key in cites}

    def _owner(self, item: Promised) -> str | None:
        person = self._people.get(item.owner or "")
        if person is None or not person.attended or self._material.one_label_for_many:
            return None
        places = [self._places[key] for key in item.cites]
        spoke = any(self._speaks_of_self(place) for place in places if self._speaker(place) == person.key)
        return person.key if spoke or self._is_named(person, item.cites) else None

    def _speaker(self, place: int) -> str:
        return self._material.lines[place].speaker

    def _speaks_of_self(self, place: int) -> bool:
        language = self._material.languages[place]
        text = self._material.lines[place].text
        wording = wordings.of(language)
        if wording.promise.search(text) or wording.acceptance.search(text):
            return True
        pronouns = FIRST_PERSON.get(language, "").split()
        words = set(words_of(text))
        return any(fold(pronoun) in words or (not pronoun.isascii() and pronoun in text) for pronoun in pronouns)

    def _is_named(self, person: Person, cites: list[str]) -> bool:
        """Return whether a person is named in the lines, by a part of the name that no other member has."""
        words = set(words_of(self._spelling.correct(self._evidence(cites, around=0))))
        return any(part in words for part in name_parts(person) if self._sharing[part] == 1)

    def _due(self, item: Promised) -> str | None:
        words = plain(item.due_words or "", MAX_DUE)
        said = BLANK.sub(" ", self._evidence(item.cites, around=0))
        return words if words and fold(words) in fold(said) else None
