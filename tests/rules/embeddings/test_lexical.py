"""`lexical-1` finds texts that share words, in every script, and no others."""

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.embeddings.lexical import embedded
from connvo.rules.embeddings.models import LEAST, LEXICAL, LEXICAL_DIMENSIONS
from connvo.rules.embeddings.vectors import cosine, length, unpacked

UNRELATED = [
    "The budget of the third quarter is spent",
    "My sister plays the violin in an orchestra",
    "Please restart the router before you call support",
    "We climbed a mountain on Saturday",
    "The new office has no windows",
    "Photosynthesis turns light into sugar",
    "Die Rechnung liegt im Ordner",
    "Le train part à midi",
    "来週の会議は延期されました",
]


def similarity(first: str, second: str) -> float:
    return cosine(unpacked(embedded(first)), unpacked(embedded(second)))


@given(st.text(max_size=300))
def test_every_text_has_a_unit_vector(text: str) -> None:
    found = unpacked(embedded(text))
    assert len(found) == LEXICAL_DIMENSIONS
    assert length(found) == pytest.approx(1.0, abs=1e-5)


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("We agreed to hire a second designer in spring", "hiring a designer"),
        ("The budget of the third quarter is spent", "quarter budget"),
        ("Der Vertrag wird nächste Woche unterschrieben", "VERTRAG UNTERSCHREIBEN"),
        ("来週の会議は延期されました", "会議は延期"),
    ],
)
def test_shared_words_are_found(text: str, query: str) -> None:
    assert similarity(text, query) >= LEAST[LEXICAL]


def test_unrelated_texts_are_not_similar() -> None:
    for first, second in itertools.combinations(UNRELATED, 2):
        assert similarity(first, second) < LEAST[LEXICAL], (first, second)


def test_texts_that_differ_late_differ() -> None:
    start = "word " * 400
    assert embedded(start + "apple") != embedded(start + "pear")
