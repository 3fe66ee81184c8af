"""An overloaded node refuses the least important calls first, and signalling last."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.monitoring.shedding import REFUSED_FROM, SIGNALS, Load, Priority, pressure, refuses
from connvo.settings.limits import OVERLOAD_SIGNALS

ORDER: tuple[Priority, ...] = ("low", "normal", "high", "critical")


def refused(load: Load) -> list[Priority]:
    pressed, _ = pressure(load)
    return [priority for priority in ORDER if refuses(pressed, priority)]


@given(st.floats(0, 2))
def test_the_least_important_priorities_are_refused_first(pressed: float) -> None:
    refused = [priority for priority in ORDER if refuses(pressed, priority)]
    assert refused == list(ORDER[: len(refused)])
    assert list(REFUSED_FROM) == list(ORDER)


def test_an_idle_node_and_a_busy_processor_refuse_nothing() -> None:
    assert refused(Load()) == []
    assert refused(Load(cpu=1.0)) == []


def test_half_of_the_memory_or_of_the_files_is_no_overload() -> None:
    assert refused(Load(memory=0.6, files=0.6)) == []
    assert refused(Load(memory=0.86)) == ["low"]
    assert refused(Load(files=0.95)) == list(ORDER)


def test_only_watched_signals_refuse() -> None:
    full = Load(lag_seconds=1.0, queued=1, queue_limit=1, memory=1.0, files=1.0)
    assert SIGNALS == OVERLOAD_SIGNALS
    assert {pressure(full, [name])[1] for name in SIGNALS} == set(SIGNALS)
    assert pressure(Load(memory=0.99), ["queue"]) == (0.0, "queue")
    assert pressure(full, []) == (0.0, "")


def test_a_lagging_loop_and_a_long_queue_refuse_in_order() -> None:
    assert refused(Load(lag_seconds=0.3)) == ["low"]
    assert refused(Load(lag_seconds=0.4)) == ["low", "normal"]
    assert refused(Load(queued=92, queue_limit=100)) == ["low", "normal", "high"]
    assert refused(Load(queued=100, queue_limit=100)) == list(ORDER)
    assert pressure(Load(queued=100, queue_limit=100))[1] == "queue"
