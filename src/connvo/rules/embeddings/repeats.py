"""Results of a search that say the same again: an item of a report beside the words that it rests on, or an equal item.

Guarantees: words that were said or written twice in a meeting are two results, as they have two moments.
"""

import re
from collections.abc import Sequence

import msgspec

WORD = re.compile(r"\w+")
# So few words are part of texts about something else.
MIN_WORDS = 4
# An item of a report leads to about the moment of the words that it rests on.
NEAR_MS = 60_000.0
REPORT = "report"
# The kinds of passages of which each has a moment of its own.
MOMENTS = frozenset({"transcript", "chat"})


class Shown(msgspec.Struct, frozen=True):
    """A passage of a meeting; `at` in ms, if it has a moment."""

    meeting_id: str
    kind: str
    text: str
    at: float | None = None


def without_repeats(passages: Sequence[Shown]) -> list[int]:
    """Return the positions of passages that say more than the others of their meeting, in their order.

    Of an item of a report and the words that it rests on the words are kept, as they have a speaker.
    """
    kept: list[int] = []
    said: dict[str, list[Shown]] = {}
    for place in sorted(range(len(passages)), key=lambda place: passages[place].kind == REPORT):
        words = " ".join(WORD.findall(passages[place].text.casefold()))
        one = msgspec.structs.replace(passages[place], text=f" {words or passages[place].text} ")
        others = said.setdefault(one.meeting_id, [])
        if not any(_say_the_same(one, other) for other in others):
            others.append(one)
            kept.append(place)
    return sorted(kept)


def _say_the_same(one: Shown, other: Shown) -> bool:
    if one.kind == other.kind:
        return one.kind not in MOMENTS and one.text == other.text
    if REPORT not in (one.kind, other.kind) or one.at is None or other.at is None:
        return False
    shorter, longer = sorted((one.text, other.text), key=len)
    is_part = shorter == longer or (shorter in longer and len(shorter.split()) >= MIN_WORDS)
    return is_part and abs(one.at - other.at) <= NEAR_MS
