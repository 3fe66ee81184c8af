"""Nudges are rare enough not to annoy, and those that a person dismisses become rarer for them."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.prompts.kinds import NudgeKind
from connvo.rules.prompts.rests import (
    APART_MS,
    DISMISSED_MS,
    HOUR_MS,
    MAX_PER_HOUR,
    MINUTE_MS,
    OFF_AFTER,
    RESTS_AFTER,
    SAME_KIND_MS,
    Given,
    is_spared,
    may_come,
)

KINDS: tuple[NudgeKind, ...] = ("silence", "imbalance", "silent_member", "question", "time")
causes = st.lists(st.tuples(st.sampled_from(KINDS), st.integers(0, 120_000)), max_size=200)


@given(causes)
def test_nudges_keep_their_distance(found: list[tuple[NudgeKind, int]]) -> None:
    now, shown = 0.0, list[Given]()
    for kind, later in found:
        now += later
        if may_come(kind, shown, now):
            shown.append(Given(kind, now))
    times = [one.at for one in shown]
    assert all(after - before >= APART_MS for before, after in pairwise(times))
    for kind in KINDS:
        own = [one.at for one in shown if one.kind == kind]
        assert all(after - before >= SAME_KIND_MS for before, after in pairwise(own))
    assert all(sum(0 <= at - begin < HOUR_MS for at in times) <= MAX_PER_HOUR for begin in times)


@given(causes)
def test_after_an_hour_of_rest_every_nudge_may_come(found: list[tuple[NudgeKind, int]]) -> None:
    shown = [Given(kind, float(at)) for kind, at in found]
    now = max((one.at for one in shown), default=0.0) + HOUR_MS
    assert all(may_come(kind, shown, now) for kind in KINDS)


def test_the_second_dismissal_gives_ten_minutes_of_rest_and_the_fourth_the_end() -> None:
    first, second = [0.0], [0.0, MINUTE_MS]
    assert (RESTS_AFTER, OFF_AFTER) == (2, 4)
    assert not is_spared([], 1.0)
    assert not is_spared(first, 1.0)
    assert is_spared(second, MINUTE_MS)
    assert is_spared(second, MINUTE_MS + DISMISSED_MS - 1)
    assert not is_spared(second, MINUTE_MS + DISMISSED_MS)
    assert is_spared([0.0, 1.0, 2.0, 3.0], 100 * HOUR_MS)


@given(st.lists(st.floats(0, 1e7), max_size=8), st.floats(0, 1e7))
def test_a_later_dismissal_hides_no_earlier_nudge(dismissals: list[float], at: float) -> None:
    assert is_spared(dismissals, at) == is_spared([one for one in dismissals if one <= at], at)
