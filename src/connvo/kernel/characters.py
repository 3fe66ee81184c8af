"""Clean texts: keep the characters that a reader sees, and the joiners that shape them.

Guarantees: a cleaned text has no control characters, no directional controls and no invisible characters that could
hide in a name or reverse it. It has no private-use or unassigned characters, and no stack of marks that covers other
lines. Joiners and selectors stay where Unicode gives them a meaning: in emoji sequences, and in scripts whose letters
join. Cleaning is idempotent.
"""

import re
import unicodedata

LINE_BREAK = re.compile("\r\n|[\r\v\f\x85\u2028\u2029]")
# Letters, marks and reserved code points that are invisible: fillers of Hangul, inherent vowels of Khmer, and more.
BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u2065\u3164\uffa0\ufff0-\ufff8\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]"
)
BRAILLE_BLANK = "\u2800"  # the space of Braille: kept, but invisible
NON_JOINER, JOINER = "\u200c", "\u200d"
JOINERS = frozenset({NON_JOINER, JOINER})
EMOJI_STYLE = "\ufe0f"
# Format characters that are visible, or that arrange hieroglyphs.
DRAWN = re.compile("[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001343f]")
SELECTOR = re.compile("[\u180b-\u180d\u180f\ufe00-\ufe0f\U000e0100-\U000e01ef]")
PICTOGRAPH = re.compile(
    "[\u203c\u2049\u2122\u2139\u2190-\u21ff\u2300-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff]"
)
# A flag of a region, such as that of Scotland, is a black flag with the region's code in invisible letters.
FLAG_OR_TAGS = re.compile(
    "(\U0001f3f4[\U000e0030-\U000e0039\U000e0061-\U000e007a]{3,6}\U000e007f)|[\U000e0000-\U000e007f]+"
)
# Scripts whose letters join, by the first word of their characters' names.
CURSIVE = frozenset({
    "ADLAM", "ARABIC", "CHORASMIAN", "HANIFI", "MANDAIC", "MANICHAEAN", "MONGOLIAN", "NKO", "PHAGS-PA", "PSALTER",
    "SOGDIAN", "SYRIAC",
})  # fmt: skip
VIRAMA_CLASS = 9
REMOVED = frozenset({"Cc", "Cs", "Cf", "Co", "Cn"})
INVISIBLE = REMOVED | {"Zs", "Zl", "Zp"}
# Code points reserved for pictographs and ideographs; some are in use that this Python does not know yet.
RESERVED = re.compile("[\U0001f000-\U0001faff\U0001fc00-\U0001fffd\U00020000-\U0002fffd\U00030000-\U0003fffd]")
STACKING = frozenset({"Mn", "Me"})
# Marks per letter. No orthography needs more than eight; Unicode calls thirty stream-safe (UAX #15).
MAX_MARKS = 8
MAX_RAW_MARKS = 30
# Categories of bases that a variation selector changes: ideographs, symbols, keycap digits; never a Latin letter.
VARIED = frozenset({"Lo", "Nd", "Nl", "No", "Pd", "Po", "Sc", "Sk", "Sm", "So"})


def clean(text: str) -> str:
    """Return the text in normal form C without invisible characters; line breaks become newlines."""
    text = LINE_BREAK.sub("\n", text)
    # The time for putting marks in canonical order is quadratic in their number.
    text = _with_few_marks(text, MAX_RAW_MARKS)
    while (cleaned := _stripped(unicodedata.normalize("NFC", text))) != text:
        text = cleaned
    return text


def has_visible_text(text: str) -> bool:
    """Return whether a text has a visible character."""
    return any(not _is_blank(char) for char in text)


def _is_blank(char: str) -> bool:
    if char == BRAILLE_BLANK or BLANK.match(char) or SELECTOR.match(char):
        return True
    return unicodedata.category(char) in INVISIBLE and not DRAWN.match(char) and not RESERVED.match(char)


def _stripped(text: str) -> str:
    if text.isascii() and text.isprintable():
        return text
    seen = "".join(char for char in text if _may_stay(char))
    shaped = _with_useful_joiners(FLAG_OR_TAGS.sub(lambda found: found[1] or "", seen))
    return _with_few_marks(shaped, MAX_MARKS)


def _with_few_marks(text: str, most: int) -> str:
    """Return the text with at most `most` marks per letter; a joiner between marks begins no new letter."""
    if text.isascii():
        return text
    kept: list[str] = []
    marks = 0
    for char in text:
        if unicodedata.category(char) in STACKING:
            marks += 1
            if marks > most:
                continue
        elif char not in JOINERS:
            marks = 0
        kept.append(char)
    return "".join(kept)


def _may_stay(char: str) -> bool:
    """Return whether a character is kept in any context, or is checked later in its context."""
    if BLANK.match(char):
        return False
    if unicodedata.category(char) not in REMOVED:
        return True
    is_tag = FLAG_OR_TAGS.match(char) is not None
    is_reserved = RESERVED.match(char) is not None
    return char in "\n\t" or char in JOINERS or is_tag or is_reserved or DRAWN.match(char) is not None


def _with_useful_joiners(text: str) -> str:
    kept: list[str] = []
    for position, char in enumerate(text):
        if char in JOINERS:
            if not _joins(char, kept, text[position + 1 : position + 2]):
                continue
        elif SELECTOR.match(char) and not (kept and _can_vary(kept[-1])):
            continue
        kept.append(char)
    return "".join(kept)


def _joins(joiner: str, before: list[str], after: str) -> bool:
    """Return whether a joiner changes the rendering of its neighbours."""
    last = before[-1] if before else ""
    if not last or last in JOINERS:
        return False
    base = before[-2] if last == EMOJI_STYLE and len(before) > 1 else last
    if PICTOGRAPH.match(base):
        return joiner == JOINER and PICTOGRAPH.match(after) is not None
    if _is_virama(last):
        return True
    if _is_virama(after):
        return joiner == JOINER and unicodedata.category(last)[0] in "LM"
    if not _is_cursive(last):
        return False
    return joiner == JOINER or _is_cursive(after)


def _is_virama(char: str) -> bool:
    return char != "" and unicodedata.combining(char) == VIRAMA_CLASS


def _is_cursive(char: str) -> bool:
    return unicodedata.name(char, " ").split(" ")[0] in CURSIVE if char else False


def _can_vary(base: str) -> bool:
    return base == "\u2139" or unicodedata.category(base) in VARIED
