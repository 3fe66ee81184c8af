"""Numbers that can be added up by day and still give the correlation of all."""

import statistics

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.matching import numbers
from connvo.rules.matching.features import Features
from connvo.rules.matching.numbers import FeatureSums, Sums

marks = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=20, max_size=60)


def judged(pairs: list[tuple[float, bool]]) -> FeatureSums:
    total = Sums()
    for value, good in pairs:
        total = numbers.add(total, numbers.of_judgement(Features(interest_overlap=value), good))
    return total.features["interest_overlap"]


@given(marks)
def test_the_correlation_is_that_of_the_pairs(pairs: list[tuple[float, bool]]) -> None:
    values, goods = [value for value, _ in pairs], [float(good) for _, good in pairs]
    found = numbers.correlation(judged(pairs))
    assert -1 <= found <= 1
    if len(set(goods)) > 1 and statistics.pvariance(values) > 1e-6:
        assert found == pytest.approx(statistics.correlation(values, goods), abs=1e-6)


def test_too_few_pairs_and_equal_ones_have_no_correlation() -> None:
    mixed = [(number / 10, number > 5) for number in range(10)]
    assert numbers.correlation(judged(mixed + mixed[:9])) == 0
    assert numbers.correlation(judged(mixed + mixed)) > 0
    assert numbers.correlation(judged([(0.5, number > 10) for number in range(25)])) == 0
    assert numbers.correlation(judged([(number / 25, True) for number in range(25)])) == 0
    assert numbers.correlation(FeatureSums()) == 0


@given(st.lists(st.floats(0, 1), min_size=1), st.lists(st.floats(0, 1)))
def test_sums_add_up_in_any_order(first: list[float], second: list[float]) -> None:
    def of(values: list[float]) -> Sums:
        total = Sums()
        for value in values:
            total = numbers.add(total, numbers.of_proposal(Features(industry_match=value), value))
        return total

    whole = of(first + second)
    parts = numbers.add(of(second), of(first))
    assert whole.proposed == parts.proposed
    assert whole.scores == pytest.approx(parts.scores)
    assert whole.features["industry_match"].total == pytest.approx(parts.features["industry_match"].total)


def test_unknown_features_show_as_a_half_and_an_unknown_vector_not_at_all() -> None:
    shown = numbers.shown(Features(interest_overlap=0.2))
    assert shown["interest_overlap"] == 0.2
    assert set(shown.values()) == {0.2, 0.5}
    assert "vector_similarity" not in shown
    assert numbers.shown(Features(vector_similarity=0.9))["vector_similarity"] == 0.9


def test_a_median_of_nothing_is_an_error() -> None:
    assert numbers.median([3, 1, 2]) == 2
    assert numbers.median([4, 1, 2, 3]) == 2.5
    with pytest.raises(ValueError, match="nothing"):
        numbers.median([])
