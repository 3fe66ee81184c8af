"""What is kept of a text: all that a reader sees, nothing that hides in it or turns it around."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.characters import DRAWN, JOINERS, MAX_MARKS, RESERVED, STACKING, clean, has_visible_text

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
SCOTLAND = "\U0001f3f4\U000e0067\U000e0062\U000e0073\U000e0063\U000e0074\U000e007f"
SHAPED = [
    FAMILY,
    "\u2764\ufe0f\u200d\U0001f525",  # a burning heart
    "\U0001f469\U0001f3fd\u200d\U0001f680",  # an astronaut, with a tone of skin
    "\U0001f3f3\ufe0f\u200d\U0001f308",  # a rainbow flag
    "\U0001f44b\U0001f3ff",
    "3\ufe0f\u20e3",  # a keycap
    SCOTLAND,
    "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645",  # Persian, its parts kept apart
    "\u0647\u200d.\u0634",  # Persian, a letter that joins to nothing
    "\u0915\u094d\u200d\u0937",  # Hindi, a half form
    "\u0915\u094d\u200c\u0937",  # Hindi, a visible virama
    "\u09b0\u200d\u09cd\u09af",  # Bengali
    "\u0d28\u0d4d\u200d",  # Malayalam, at the end of a word
    "\u845b\U000e0100\u57ce",  # Japanese, a variant of a name
    "\u0661\u06dd",  # Arabic, a mark that is drawn
    "Zo\u00eb O\u2019Neill-\u674e \u05d0\u05d1",
]
CLEANED = [
    ("\u202edenioj sah\u202c nimda", "denioj sah nimda"),
    ("A\u2066d\u2069a\u200e\u200f\u061c", "Ada"),
    ("A\u200bd\u2060a\ufeff", "Ada"),
    ("A\u200dd\u200ca", "Ada"),
    ("Ada\ufe0f\u200d", "Ada"),
    ("A\u00adda\u115f\u3164", "Ada"),
    ("Ada\U000e0041\U000e007f", "Ada"),
    ("\u200d\U0001f525\u200d", "\U0001f525"),
    ("\U0001f525\u200d\u200d\U0001f525", "\U0001f525\u200d\U0001f525"),
    ("\u0645\u200c\u200c\u0645\u200c", "\u0645\u200c\u0645"),
    ("e\u200b\u0301", "\u00e9"),
    ("\U0001f3f4\U000e0067", "\U0001f3f4"),
    ("a\x00\x1b[31mb", "a[31mb"),
    ("a\r\nb\u2028c\td", "a\nb\nc\td"),
    ("Z" + "\u0301" * 79, "\u0179" + "\u0301" * MAX_MARKS),
    ("\u0915" + "\u094d\u200d" * 40, "\u0915" + "\u094d\u200d" * MAX_MARKS),
    ("A\ue000d\U000f0000a\U0010fffd", "Ada"),  # for private use
    ("A\ufdd0d\uffffa\U0001ffff", "Ada"),  # no characters
    ("A\u0378da", "Ada"),  # without a meaning
    ("\U0001fafa\U0001fc00", "\U0001fafa\U0001fc00"),  # kept for new emoji
    ("\U0003fffd", "\U0003fffd"),  # kept for new ideographs
]
TRICKY = (
    "aA1\u00e9\u0301\u200b\u200c\u200d\u202e\u2066\u2069\ufe0f\u0645\u06cc\u0915\u094d\u09b0\u3164\u2800\ue000\uffff"
)
SEQUENCES = f"{FAMILY}{SCOTLAND}\u2764\u845b\U000e0100"
SPACES = "\n\r\t\x00\x85 \u2028"
MIXED = st.text(st.one_of(st.sampled_from(TRICKY + SPACES + SEQUENCES), st.characters()))


@pytest.mark.parametrize("shaped", SHAPED)
def test_a_text_shaped_by_invisible_characters_keeps_them(shaped: str) -> None:
    assert clean(shaped) == unicodedata.normalize("NFC", shaped)
    assert clean(f"a {shaped} b") == f"a {unicodedata.normalize('NFC', shaped)} b"


@pytest.mark.parametrize(("text", "cleaned"), CLEANED)
def test_hidden_and_direction_changing_characters_are_taken_out(text: str, cleaned: str) -> None:
    assert clean(text) == cleaned


@given(MIXED)
def test_nothing_is_left_that_controls(text: str) -> None:
    left = clean(text).replace("\n", "").replace("\t", "")
    formats = [char for char in left if unicodedata.category(char) == "Cf" and not DRAWN.match(char)]
    assert [char for char in left if unicodedata.category(char) in ("Cc", "Cs", "Zl", "Zp")] == []
    assert set(formats) <= JOINERS | {char for char in formats if "\U000e0000" <= char <= "\U000e007f"}
    assert not any("\U000e0000" <= char <= "\U000e007f" for char in left) or "\U0001f3f4" in left
    assert left[:1] not in JOINERS
    assert not any(f"{one}{other}" in left for one in JOINERS for other in JOINERS)


@given(st.text(st.one_of(st.sampled_from("a\u0301\u0323\u20dd\u094d\u200d\u0915"), st.characters()), max_size=200))
def test_no_letter_carries_a_tower_of_marks(text: str) -> None:
    run = 0
    for char in clean(text):
        run = run + 1 if unicodedata.category(char) in STACKING else run if char in JOINERS else 0
        assert run <= MAX_MARKS


@given(st.text(st.one_of(st.characters(categories=["Co", "Cn"]), st.characters())))
def test_nothing_without_a_meaning_is_left(text: str) -> None:
    left = [char for char in clean(text) if unicodedata.category(char) in ("Co", "Cn")]
    assert [char for char in left if not RESERVED.match(char)] == []


@given(MIXED)
def test_cleaning_again_changes_nothing(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    assert unicodedata.is_normalized("NFC", once)


@given(MIXED)
def test_visible_characters_stay_visible(text: str) -> None:
    assert has_visible_text(clean(text)) == has_visible_text(text)


@given(st.text(st.characters(categories=["L", "N", "P", "S", "Zs"], exclude_characters="\u115f\u1160\u3164\uffa0")))
def test_letters_digits_and_symbols_all_stay(text: str) -> None:
    assert clean(text) == unicodedata.normalize("NFC", text)


@given(st.lists(st.sampled_from("\U0001f468\U0001f469\U0001f467\u2764\U0001f525"), min_size=2, max_size=5))
def test_any_sequence_of_emoji_stays_joined(parts: list[str]) -> None:
    assert clean("\u200d".join(parts)) == "\u200d".join(parts)
