"""The timers of a connection run while they are needed, and never after they were cancelled."""

import asyncio
from collections.abc import Callable
from typing import Any, cast

import pytest

from connvo.transport.connection_timers import MIN_BYTES_PER_SECOND, Deadline, Discarding, WriteWatch


class Handle:
    """A timer of the loop below."""

    def __init__(self, seconds: float, call: Callable[[], None]) -> None:
        self.seconds, self.call, self.cancelled = seconds, call, False

    def cancel(self) -> None:
        self.cancelled = True


class Loop:
    """An event loop whose time passes when the test says so."""

    def __init__(self) -> None:
        self.handles: list[Handle] = []

    def call_later(self, seconds: float, call: Callable[..., None], *arguments: Any) -> Handle:
        self.handles.append(Handle(seconds, lambda: call(*arguments)))
        return self.handles[-1]

    @property
    def waiting(self) -> list[Handle]:
        return [handle for handle in self.handles if not handle.cancelled]

    def pass_time(self) -> None:
        """Let the timers that are set now run out."""
        due, self.handles = self.waiting, []
        for handle in due:
            handle.call()


class Transport:
    """A transport with so many unsent bytes."""

    def __init__(self, unsent: int) -> None:
        self.unsent = unsent

    def get_write_buffer_size(self) -> int:
        return self.unsent


@pytest.fixture
def loop() -> Loop:
    return Loop()


def real(loop: Loop) -> asyncio.AbstractEventLoop:
    return cast(asyncio.AbstractEventLoop, loop)


def test_a_deadline_passes_once_and_only_the_last_one_set(loop: Loop) -> None:
    passed: list[str] = []
    deadline = Deadline(real(loop))
    deadline.set(1, lambda: passed.append("first"))
    deadline.set(2, lambda: passed.append("second"))
    states = [deadline.is_set]
    loop.pass_time()
    assert passed == ["second"]
    assert [*states, deadline.is_set] == [True, False]
    deadline.set(1, lambda: passed.append("third"))
    deadline.cancel()
    loop.pass_time()
    assert passed == ["second"]


def test_discarding_ends_at_a_byte_too_many_or_when_the_time_is_over(loop: Loop) -> None:
    ended: list[str] = []
    discarding = Discarding(real(loop))
    discarding.start(10, 1.0, lambda: ended.append("end"))
    discarding.add(10)
    assert ended == []
    discarding.add(1)
    assert ended == ["end"]
    discarding.start(10, 1.0, lambda: ended.append("late"))
    loop.pass_time()
    assert ended == ["end", "late"]


def test_discarding_that_was_stopped_ends_nothing(loop: Loop) -> None:
    discarding = Discarding(real(loop))
    discarding.start(10, 1.0, pytest.fail)
    discarding.stop()
    assert not discarding.is_on
    discarding.add(100)
    loop.pass_time()


def test_a_client_that_reads_slowly_enough_to_stall_is_noticed_at_the_next_check(loop: Loop) -> None:
    stalled: list[bool] = []
    watch = WriteWatch(real(loop), 2.0, lambda: stalled.append(True))
    transport = Transport(100_000)
    watch.start(cast(asyncio.WriteTransport, transport))
    transport.unsent -= 2 * MIN_BYTES_PER_SECOND
    loop.pass_time()
    assert stalled == []
    transport.unsent -= 2 * MIN_BYTES_PER_SECOND - 1
    loop.pass_time()
    assert stalled == [True]
    assert loop.waiting == []


def test_a_client_that_reads_everything_is_watched_no_more(loop: Loop) -> None:
    watch = WriteWatch(real(loop), 2.0, lambda: pytest.fail("nothing stalls"))
    watch.start(cast(asyncio.WriteTransport, Transport(5)))
    watch.stop()
    assert loop.waiting == []
