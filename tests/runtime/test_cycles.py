"""The work of a server leaves no reference cycles: collecting them stops the event loop for a tenth of a second."""

import gc
from collections.abc import Callable

from connvo.runtime.live.client_subscriptions import ClientSubscriptions, QuerySubscription
from connvo.runtime.live.live_answers import LiveAnswer
from connvo.runtime.live.requests import QueryRequest
from connvo.runtime.request_dedup import Request
from connvo.store.snapshot import Snapshot
from tests.support.host import Host

from .test_request_dedup import send_through

CALLS = 20


def left_by(work: Callable[[], None]) -> list[object]:
    """Return the snapshots and live answers that only a garbage collection would free."""
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        work()
        gc.collect()
        return [one for one in gc.garbage if isinstance(one, Snapshot | LiveAnswer)]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()


def test_calls_leave_none(host: Host) -> None:
    def work() -> None:
        for number in range(CALLS):
            host.value("notes:addNote", owner="ann", text=f"{number}")
            host.value("notes:listNotes", owner="ann")

    host.value("notes:addNote", owner="ann", text="first")
    assert left_by(work) == []


def test_mutations_with_a_record_leave_none(host: Host) -> None:
    def work() -> None:
        for number in range(CALLS):
            request = Request("session", number, None)
            sent = host.run(send_through(host.runtime, "notes:addNote", None, request, owner="ann", text=f"{number}"))
            assert sent.error is None

    assert left_by(work) == []


def test_ended_live_queries_leave_none(host: Host) -> None:
    live = host.runtime.live

    def work() -> None:
        for number in range(CALLS):
            watcher = ClientSubscriptions(lambda: None)
            watched = QuerySubscription(watcher, 0, QueryRequest("notes:listNotes", b'{"owner":"ann"}', None))
            host.run(live.refresh(watcher))
            host.value("notes:addNote", owner="ann", text=f"{number}")
            host.run(live.refresh(watcher))
            assert watched.body is not None
            live.drop(watched)

    assert left_by(work) == []
