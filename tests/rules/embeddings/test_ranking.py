"""Hits by words and hits by meaning become one ranking."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.embeddings.ranking import merged

rankings = st.lists(st.integers(0, 30), max_size=20)


@given(rankings, rankings)
def test_every_hit_is_ranked_once(first: list[int], second: list[int]) -> None:
    found = merged(first, second)
    assert sorted(key for key, _ in found) == sorted({*first, *second})
    assert [score for _, score in found] == sorted((score for _, score in found), reverse=True)


def test_a_hit_of_both_comes_before_the_best_of_one() -> None:
    assert [key for key, _ in merged(["a", "b"], ["c", "b"])] == ["b", "a", "c"]


@given(rankings)
def test_one_ranking_stays_as_it_is(only: list[int]) -> None:
    assert [key for key, _ in merged(only, [])] == list(dict.fromkeys(only))
