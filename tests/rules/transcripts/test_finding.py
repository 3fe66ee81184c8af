"""A search finds what a person meant, whatever the case and the accents, and shows the words around it."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from connvo.kernel.errors import Invalid
from connvo.rules.transcripts.finding import MAX_WORDS, find, query_of, spellings, terms_for, terms_of, words_of
from connvo.rules.transcripts.folding import fold, fold_with_origins


@given(st.text())
def test_both_ways_of_folding_agree(text: str) -> None:
    folded = fold_with_origins(text)
    assert folded.text == fold(text)
    assert len(folded.origins) == len(folded.text)


@pytest.mark.parametrize(
    ("query", "text", "word"),
    [
        ("cafe", "Das Café am Markt", "Café"),
        ("CAFÉ", "the cafe", "cafe"),
        ("mark", "Das Café am Markt", "Markt"),
        ("am das", "Das Café am Markt", "Das"),
        ("strasse", "Lange Straße", "Straße"),
        ("天気", "今日はいい天気ですね", "天気"),
        ("ירוש", "הגעתי לתחנה ירושלים", "ירושלים"),
        ("istanbul", "İSTANBUL", "İSTANBUL"),
    ],
)
def test_a_text_is_found_where_its_words_are(query: str, text: str, word: str) -> None:
    match = find(query_of(query), text)
    assert match is not None
    assert word.startswith(text[match.start : match.end])
    assert word in match.snippet


@pytest.mark.parametrize(("query", "text"), [("art", "start"), ("bud get", "budget"), ("a b", "a c"), ("get x", "get")])
def test_other_texts_are_not_found(query: str, text: str) -> None:
    assert find(query_of(query), text) is None


@pytest.mark.parametrize("query", ["", " ", "?!", " ".join("x" * (MAX_WORDS + 1)), "x" * 201])
def test_a_query_has_a_few_words(query: str) -> None:
    with pytest.raises(Invalid) as refused:
        query_of(query)
    assert refused.value.metadata["field"] == "text"


@given(st.lists(st.text(alphabet="abcäß ", min_size=1, max_size=12), min_size=1, max_size=40))
def test_every_word_of_a_text_is_found_in_it(words: list[str]) -> None:
    text = " ".join(" ".join(words).split())
    for word in text.split():
        match = find(query_of(word), text)
        assert match is not None
        assert match.snippet.strip("…") in text


def test_a_snippet_is_cut_between_words() -> None:
    text = " ".join(f"word{number}" for number in range(100))
    match = find(query_of("word50"), text)
    assert match is not None
    assert match.snippet.startswith("…word")
    assert match.snippet.endswith("…")
    assert set(match.snippet.strip("…").split()) <= set(text.split())


TEXTS = st.text(alphabet="abcäßq_9 天気今日がアΣσςИй", max_size=60)


@given(TEXTS, st.booleans(), st.data())
def test_an_index_of_terms_finds_every_text_that_matches(content: str, is_open: bool, data: st.DataObject) -> None:
    tokens = content.split() or ["a"]
    asked = " ".join(data.draw(st.lists(st.sampled_from(tokens), min_size=1, max_size=3)))
    cut = asked[: data.draw(st.integers(1, len(asked)))]
    try:
        query = query_of(cut, is_open)
    except Invalid:
        return
    if find(query, content) is not None:
        assert set(terms_for(query)) <= set(terms_of(content))


@given(st.text())
@example("\u1d2c")
def test_a_term_has_small_letters_and_digits_and_is_short(content: str) -> None:
    assert all(re.fullmatch("[a-z0-9]{1,200}", term) for term in terms_of(content))


def test_most_texts_that_do_not_match_lack_a_term() -> None:
    for query, content in (("art", "start"), ("star", "start"), ("天気", "天と気"), ("budget spent", "budget")):
        assert find(query_of(query, is_open=False), content) is None
        assert not set(terms_for(query_of(query, is_open=False))) <= set(terms_of(content))


@pytest.mark.parametrize(
    ("asked", "content", "found"),
    [
        ("budget GARDEN", "The Budget of the garden; budgets", ["Budget", "garden"]),
        ("cafe", "Café, cafe\u0301 and CAFÉ", ["Café", "cafe\u0301", "CAFÉ"]),
        ("予算", "来週の会議で予算を決めます", ["予算"]),
        ("strasse", "Die Straße", ["Straße"]),
        ("a.b", "axb", []),
        ("", "anything", []),
    ],
)
def test_words_are_found_as_a_text_spells_them(asked: str, content: str, found: list[str]) -> None:
    assert spellings(words_of(asked), content) == found
