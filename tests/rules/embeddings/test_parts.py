"""Long texts are divided without loss, at the ends of sentences where there are any."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.embeddings.parts import CHARACTERS_A_WORD, MAX_PARTS, PART_WORDS, parts_of

texts = st.lists(st.text(alphabet="ab.! \n", max_size=60), max_size=40).map(" ".join)


@given(texts, st.integers(1, 30))
def test_no_character_is_lost(text: str, words: int) -> None:
    parts = parts_of(text, words)
    if len(parts) < MAX_PARTS:
        assert "".join("".join(parts).split()) == "".join(text.split())


@given(texts, st.integers(1, 30))
def test_no_part_is_too_long(text: str, words: int) -> None:
    assert all(part and len(part.split()) <= words for part in parts_of(text, words))
    assert all(len(part) <= words * (CHARACTERS_A_WORD + 1) for part in parts_of(text, words))


def test_a_short_text_is_one_part() -> None:
    assert parts_of("Hello.  How are\nyou?") == ["Hello. How are you?"]
    assert parts_of(" \n") == []


def test_parts_end_with_sentences() -> None:
    sentence = " ".join(["word"] * 80) + "."
    assert [len(part.split()) for part in parts_of(" ".join([sentence] * 5))] == [160, 160, 80]


@pytest.mark.parametrize("mark", ["。", "\u0964 ", "! "])
def test_other_scripts_have_sentences(mark: str) -> None:
    sentence = "会議" * 100 + mark
    parts = parts_of(sentence * 20)
    assert len(parts) > 1
    assert all(part.endswith(mark.strip()) for part in parts)


def test_a_change_leaves_earlier_parts_as_they_are() -> None:
    text = " ".join(f"Sentence number {number}." for number in range(300))
    before, after = parts_of(text), parts_of(text + " One more.")
    assert before[:-1] == after[: len(before) - 1]
    assert len(before) == 300 * 3 // PART_WORDS + 1
