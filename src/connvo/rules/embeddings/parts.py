"""Division of long texts at the ends of sentences, so that nothing of them is left out.

Guarantees: the words of all parts together are those of the text, up to the greatest number of parts.
"""

import re
from collections.abc import Iterator

PART_WORDS = 200
MAX_PARTS = 64
# A sentence within a long part is hardly similar to a question about it: texts that are searched have short parts.
PASSAGE_WORDS = 16
MAX_PASSAGES = 800
# A script without spaces has no words to count: so many characters take the place of one.
CHARACTERS_A_WORD = 12
# Full stops of scripts that write no space after them: ideographic, and the full-width ! and ?.
_WIDE = "\u3002\uff01\uff1f"
_ENDS = re.compile(rf"(?<=[.!?…।{_WIDE}])\s+|(?<=[{_WIDE}])|\n+")


def passages_of(text: str) -> list[str]:
    """Return a text that is searched in its parts."""
    return parts_of(text, PASSAGE_WORDS, MAX_PASSAGES)


def parts_of(text: str, words: int = PART_WORDS, most: int = MAX_PARTS) -> list[str]:
    """Return a text in at most `most` parts of at most `words` words, cut at the ends of sentences where possible."""
    found: list[str] = []
    held: list[str] = []
    count = 0
    for sentence, size in _sentences(text, words):
        if held and count + size > words:
            found.append(" ".join(held))
            held, count = [], 0
        held.append(sentence)
        count += size
    if held:
        found.append(" ".join(held))
    return found[:most]


def _sentences(text: str, words: int) -> Iterator[tuple[str, int]]:
    """Yield the sentences with their numbers of words, those that are too long in pieces."""
    for sentence in _ENDS.split(text):
        whole = " ".join(sentence.split())
        size = _size(whole)
        if size > words:
            yield from ((piece, _size(piece)) for piece in _chopped(whole, words))
        elif whole:
            yield whole, size


def _chopped(sentence: str, words: int) -> list[str]:
    """Return a sentence that is too long in pieces."""
    found: list[str] = []
    held: list[str] = []
    count = 0
    most = words * CHARACTERS_A_WORD
    pieces = [word[at : at + most] for word in sentence.split() for at in range(0, len(word), most)]
    for piece in pieces:
        size = _size(piece)
        if held and count + size > words:
            found.append(" ".join(held))
            held, count = [], 0
        held.append(piece)
        count += size
    return [*found, " ".join(held)]


def _size(text: str) -> int:
    """Return the number of words, where a long run of characters counts as several."""
    words = text.split()
    return len(words) + sum(-(-len(word) // CHARACTERS_A_WORD) - 1 for word in words if len(word) > CHARACTERS_A_WORD)
