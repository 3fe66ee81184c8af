"""A node that renews its lease lives, whatever clocks say; one that does not is dead after so many looks."""

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connvo.runtime.cluster.node_leases import DeadNode, FailureDetector

MISSES = 3
# However busy the machine is.
patient = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
looks = st.lists(st.dictionaries(st.sampled_from("abc"), st.booleans()), max_size=30)


def test_a_node_that_does_not_renew_is_dead_after_so_many_looks_since_the_first_of_them() -> None:
    lookout = FailureDetector(MISSES)
    for now in range(MISSES):
        assert lookout.observe({"a": 7}, float(now)) == []
    assert lookout.observe({"a": 7}, 99.0) == [DeadNode("a", 7, 0.0)]


def test_a_node_that_renews_lives_and_its_silence_counts_again() -> None:
    lookout = FailureDetector(MISSES)
    for now in range(20):
        assert lookout.observe({"a": now // MISSES}, float(now)) == []
    for now in range(20, 20 + MISSES):
        found = lookout.observe({"a": 100}, float(now))
        assert found == []
    assert lookout.observe({"a": 100}, 50.0) == [DeadNode("a", 100, 20.0)]


def test_while_nobody_can_look_nobody_dies() -> None:
    lookout = FailureDetector(MISSES)
    lookout.observe({"a": 1}, 0.0)
    assert lookout.observe({"a": 1}, 3_600_000.0) == []


@patient
@given(looks)
def test_dead_is_exactly_a_node_that_was_silent_in_that_many_looks_in_a_row(history: list[dict[str, bool]]) -> None:
    lookout = FailureDetector(MISSES)
    renewals: dict[str, int] = {}
    silent: dict[str, int] = {}
    for now, seen in enumerate(history):
        for id, renews in seen.items():
            renewals[id] = renewals.get(id, 0) + renews
            silent[id] = 0 if renews or id not in silent else silent[id] + 1
        silent = {id: count for id, count in silent.items() if id in seen}
        dead = lookout.observe({id: renewals[id] for id in seen}, float(now))
        assert {one.id for one in dead} == {id for id, count in silent.items() if count >= MISSES}
