"""Scores: weighted means of what is known, with weights that make sense."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.errors import Invalid
from connvo.rules.matching.features import NAMES, Features, known
from connvo.rules.matching.scoring import Weights, checked, score

values = st.none() | st.floats(0, 1)
any_features = st.builds(Features, **dict.fromkeys(NAMES, values))
any_weights = st.builds(Weights, **{name: st.floats(0, 10) for name in NAMES})


def test_the_weights_of_the_program_sum_to_1() -> None:
    assert sum(getattr(Weights(), name) for name in NAMES) == pytest.approx(1)


@given(any_features, any_weights)
def test_a_score_is_between_the_least_and_the_greatest_known_feature(features: Features, weights: Weights) -> None:
    found = score(features, weights)
    weighed = [value for name, value in known(features).items() if getattr(weights, name) > 0]
    if not weighed:
        assert found == 0
    else:
        assert min(weighed) - 1e-9 <= found <= max(weighed) + 1e-9


@pytest.mark.parametrize("wrong", [-0.1, math.nan, math.inf, -math.inf])
def test_a_weight_that_is_negative_or_not_finite_is_refused(wrong: float) -> None:
    with pytest.raises(Invalid):
        checked(Weights(experience_gap=wrong))


def test_weights_without_a_sum_are_refused() -> None:
    for value in (0.0, 1e308):
        with pytest.raises(Invalid):
            checked(Weights(**dict.fromkeys(NAMES, value)))


def test_accepted_weights_sum_to_1() -> None:
    found = checked(Weights(**dict.fromkeys(NAMES, 5.0)))
    assert sum(getattr(found, name) for name in NAMES) == pytest.approx(1)
