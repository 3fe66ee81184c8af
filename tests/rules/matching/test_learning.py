"""Weights learned from what came of matches: never worse by much, better where those in force are wrong."""

from random import Random
from statistics import mean

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.matching.features import NAMES, Features
from connvo.rules.matching.learning import LearningRequest, Sample, auc, fit, learn
from connvo.rules.matching.scoring import Weights
from tests.support.made_worlds import OTHER, pairs

HELD = Weights()
SEEDS = range(4)
samples = st.lists(
    st.builds(
        Sample,
        st.builds(Features, **{name: st.none() | st.floats(0, 1) for name in NAMES}),
        st.booleans(),
    ),
    min_size=2,
    max_size=40,
)


def gain(seed: int, count: int, right: Weights) -> float:
    """Return by how much learned weights beat those in force on new pairs of a world."""
    random = Random(seed)
    learned = fit(pairs(random, count, right, HELD), HELD)
    unseen = pairs(random, 3_000, right, None)
    after, before = auc(unseen, learned), auc(unseen, HELD)
    assert after is not None
    assert before is not None
    return after - before


@given(samples)
def test_learned_weights_are_weights(found: list[Sample]) -> None:
    learned = fit(found, HELD)
    values = [getattr(learned, name) for name in NAMES]
    assert all(value >= 0 for value in values)
    assert sum(values) == pytest.approx(1)


def test_where_other_weights_are_right_they_are_learned() -> None:
    assert mean(gain(seed, 1_000, OTHER) for seed in SEEDS) > 0.02


def test_where_the_weights_in_force_are_right_little_is_lost() -> None:
    assert mean(gain(seed, 100, HELD) for seed in SEEDS) > -0.025


def test_few_samples_leave_the_weights_nearly_as_they_are() -> None:
    learned = fit(pairs(Random(1), 20, OTHER, HELD), HELD)
    assert max(abs(getattr(learned, name) - getattr(HELD, name)) for name in NAMES) < 0.15


def test_samples_that_came_out_alike_teach_nothing() -> None:
    same = [Sample(one.features, True) for one in pairs(Random(1), 50, OTHER, HELD)]
    assert fit(same, HELD) == HELD
    assert learn(LearningRequest(samples=same, weights=HELD)).improvement == 0
    assert auc(same, HELD) is None


def test_the_improvement_is_measured_on_samples_that_were_not_learned_from() -> None:
    right = learn(LearningRequest(samples=pairs(Random(2), 1_000, OTHER, HELD), weights=HELD))
    noise = [
        Sample(one.features, Random(place).random() < 0.5)
        for place, one in enumerate(pairs(Random(3), 300, HELD, HELD))
    ]
    assert right.improvement > 0.01
    assert learn(LearningRequest(samples=noise, weights=HELD)).improvement < 0.05


def test_the_auc_counts_ties_half() -> None:
    low, high = Features(interest_overlap=0.1), Features(interest_overlap=0.9)
    assert auc([Sample(high, True), Sample(low, False)], HELD) == 1
    assert auc([Sample(low, True), Sample(high, False)], HELD) == 0
    assert auc([Sample(low, True), Sample(low, False)], HELD) == 0.5
    assert auc([Sample(high, True), Sample(high, False), Sample(low, False)], HELD) == 0.75
