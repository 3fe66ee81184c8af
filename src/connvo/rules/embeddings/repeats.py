"""Results of a search that say the same again: an item of a report beside the words that it rests on, or an equal item.

Guarantees: what was said or written twice in a meeting is two results, as it has two moments.
"""

import re

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

    kind: str
    text: str
    at: float | None = None


class Repeats:
    """The passages of a search so far, by their meetings."""

    def __init__(self) -> None:
        self._shown: dict[str, list[Shown]] = {}

    def adds(self, meeting_id: str, passage: Shown) -> bool:
        """Return whether a passage says more than those of its meeting before it; then it is one of them."""
        words = " ".join(WORD.findall(passage.text.casefold()))
        said = msgspec.structs.replace(passage, text=f" {words or passage.text} ")
        before = self._shown.setdefault(meeting_id, [])
        if any(_say_the_same(said, earlier) for earlier in before):
            return False
        before.append(said)
        return True


def _say_the_same(one: Shown, other: Shown) -> bool:
    if one.kind == other.kind:
        return one.kind not in MOMENTS and one.text == other.text
    if REPORT not in (one.kind, other.kind) or one.at is None or other.at is None:
        return False
    shorter, longer = sorted((one.text, other.text), key=len)
    is_part = shorter == longer or (shorter in longer and len(shorter.split()) >= MIN_WORDS)
    return is_part and abs(one.at - other.at) <= NEAR_MS
