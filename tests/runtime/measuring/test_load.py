"""A node that is overloaded refuses calls before they begin, the least important ones first."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connvo.kernel.errors import RequestError
from connvo.rules.monitoring.shedding import MAX_RETRY_SECONDS, MIN_RETRY_SECONDS, Priority
from connvo.runtime.call_request import CallRequest
from connvo.runtime.executor import PendingMutation
from connvo.runtime.measuring import load
from connvo.runtime.measuring.load import LoadMonitor
from connvo.runtime.request_dedup import Request
from connvo.settings import LimitSettings, OverloadSettings
from tests.support.backend import REGISTRY, Backend

LOW = "monitoring/bandwidthManager:shouldShedLoad"
ARGS = {"requestPriority": "low"}
SIGNAL = "meetings/webrtc/signaling:markSignalsProcessed"
ORDER: tuple[Priority, ...] = ("low", "normal", "high", "critical")
EXPECTED: dict[str, Priority] = {
    "meetings/webrtc/": "critical", "meetings/roster": "critical", "meetings/chat": "normal", "meetings/": "high",
    "realtime/": "high", "monitoring/": "low", "transcripts/export": "low",
}  # fmt: skip


def press(backend: Backend, pressure: float) -> None:
    backend.runtime.node.monitor.pressure = pressure


def test_a_single_stall_is_no_overload_and_a_lasting_lag_is() -> None:
    monitor = LoadMonitor(lambda: 0, 100)
    monitor.observe(1.5)
    assert monitor.refuses("low") == 0.0
    for _ in range(20):
        monitor.observe(0.5)
    assert MIN_RETRY_SECONDS <= monitor.refuses("low") <= MAX_RETRY_SECONDS
    assert monitor.refuses("critical") == 0.0
    for _ in range(40):
        monitor.observe(0.0)
    assert monitor.refuses("low") == 0.0


def test_a_queue_near_its_limit_refuses_by_priority() -> None:
    queue: list[int] = []
    monitor = LoadMonitor(lambda: len(queue), 100)
    refused = []
    for queued in (0, 50, 75, 90, 100):
        queue = [0] * queued
        monitor.observe(0.0)
        refused.append([priority for priority in ORDER if monitor.refuses(priority)])
    assert refused == [[], ["low"], ["low", "normal"], ["low", "normal", "high"], list(ORDER)]


def test_a_machine_full_of_other_programs_refuses_nothing_where_memory_is_not_watched(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(load, "memory_used", lambda: 0.99)
    settings = OverloadSettings(signals="event_loop, queue")
    monitors = [LoadMonitor(lambda: 0, 100), LoadMonitor(lambda: 0, 100, settings.watched)]
    for monitor in monitors:
        monitor.observe(0.0)
    assert [bool(monitor.refuses("low")) for monitor in monitors] == [True, False]
    assert [monitor.load.memory for monitor in monitors] == [0.99, 0.99]


def test_an_unknown_signal_is_refused() -> None:
    with pytest.raises(ValueError, match="choose from event_loop, queue, memory, open_files"):
        OverloadSettings(signals="cpu")


def test_the_load_is_looked_at_four_times_a_second() -> None:
    async def watched() -> float:
        monitor = LoadMonitor(lambda: 7, 100)
        monitor.connections = lambda: 3
        monitor.start()
        await asyncio.sleep(0.3)
        await monitor.stop()
        assert monitor.load.connections == 3
        return monitor.pressure

    assert asyncio.run(watched()) >= 0.07


def test_memory_is_that_of_the_container_or_of_the_machine(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("700\n")
    (tmp_path / "memory.stat").write_text("anon 1\ninactive_file 200\n")
    monkeypatch.setattr(load, "CGROUP", tmp_path)
    assert load.memory_used() == 0.5
    (tmp_path / "memory.max").write_text("max\n")
    machine = tmp_path / "meminfo"
    machine.write_text("MemTotal: 100 kB\nMemAvailable: 25 kB\n")
    monkeypatch.setattr(load, "MACHINE_MEMORY", machine)
    assert load.memory_used() == 0.75
    monkeypatch.setattr(load, "MACHINE_MEMORY", tmp_path / "none")
    assert load.memory_used() == 0.0
    assert 0 < load.files_used() < 1


def test_each_function_has_the_priority_of_its_module() -> None:
    for entry in REGISTRY.functions():
        if not entry.internal:
            prefix = next((one for one in EXPECTED if entry.path.startswith(one)), None)
            original = entry.original or entry
            if original is entry:
                assert prefix is None or entry.function.priority == EXPECTED[prefix], entry.path


def test_an_overloaded_node_refuses_before_anything_runs(backend: Backend) -> None:
    ann = backend.sign_in("ann")
    press(backend, 0.6)
    commits = backend.commit_count()

    def call(path: str, **args: Any) -> Any:
        return backend.run(backend.runtime.run(CallRequest(path, args, ann.identity, None, "id")))

    with pytest.raises(RequestError) as refused:
        call(LOW, **ARGS)
    assert (refused.value.code, refused.value.status) == ("TooManyConcurrentRequests", 503)
    assert MIN_RETRY_SECONDS <= (refused.value.retry_after or 0) <= MAX_RETRY_SECONDS
    assert call("users/queries:getCurrentUser").error is None
    press(backend, 0.95)
    for path in ("users/queries:getCurrentUser", "meetings/queries:listUserMeetings"):
        with pytest.raises(RequestError):
            call(path)
    signal = call("meetings/webrtc/signaling:getPendingSignals", meetingId="none", sessionId="x")
    assert signal.error is not None and signal.error.code == "VALIDATION_ERROR"
    assert backend.commit_count() == commits
    window, _ = backend.runtime.node.recorder.take()
    assert window.refused == 3
    press(backend, 0.0)
    assert call(LOW, **ARGS).error is None


def test_a_flood_of_waiting_mutations_is_refused_in_order_and_signalling_last(
    make_backend: Callable[..., Backend],
) -> None:
    backend = make_backend(limits=LimitSettings(queued_mutations=20))
    ann = backend.sign_in("ann")
    runtime, monitor = backend.runtime, backend.runtime.node.monitor

    def begin(number: int, path: str, arguments: bytes) -> PendingMutation:
        request = Request.of("flood", number, ann.identity)
        return runtime.begin(path, msgspec.Raw(arguments), ann.identity, request, lambda text, path: {})

    async def flood() -> dict[int, list[Priority]]:
        refused: dict[int, list[Priority]] = {}
        waiting = []
        for queued in range(1, 21):
            waiting.append(begin(queued, SIGNAL, b'{"signalIds":[]}'))
            monitor.observe(0.0)
            refused[queued] = [priority for priority in ORDER if monitor.refuses(priority)]
        late = await begin(21, SIGNAL, b'{"signalIds":[]}').outcome(lambda: "late")
        assert late.error is not None and late.error.code == "SERVICE_UNAVAILABLE"
        assert [(await one.outcome(lambda: "id")).error for one in waiting] == [None] * 20
        return refused

    refused = backend.run(flood())
    firsts = {priority: min(n for n, names in refused.items() if priority in names) for priority in ORDER}
    assert firsts == {"low": 10, "normal": 15, "high": 18, "critical": 20}
    monitor.observe(0.0)
    assert [priority for priority in ORDER if monitor.refuses(priority)] == []


def test_the_server_refuses_none_of_its_own_work(backend: Backend) -> None:
    press(backend, 2.0)
    backend.advance(60)
