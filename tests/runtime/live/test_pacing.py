"""Crowds: what can wait is shown together, what cannot takes it along, and nobody is shown two timestamps at once."""

import asyncio
import json
from collections.abc import Callable
from typing import Any

import msgspec
import pytest

from connvo.runtime.call_request import CallRequest
from connvo.runtime.function import shared_query
from connvo.runtime.live.client_subscriptions import ClientSubscriptions, QuerySubscription
from connvo.runtime.live.pacing import Paces, Pacing
from connvo.settings import SyncSettings
from tests.support.host import ANN, Host

CROWD = 3
PACE = 0.05


class Watcher:
    """A client, how often it was woken, and what it sees."""

    def __init__(self, host: Host, name: str, *paths: str, arguments: bytes = b'{"circle":"c"}') -> None:
        self.host = host
        self.wakes = 0
        self.sees: dict[str, Any] = {}
        self.ts = 0
        self.client = ClientSubscriptions(self._wake)
        identity = msgspec.structs.replace(ANN, subject=name)
        self.queries = [
            QuerySubscription(
                self.client, tag, host.runtime.query_request(f"circles:{path}", arguments, identity, None)
            )
            for tag, path in enumerate(paths)
        ]

    def _wake(self) -> None:
        self.wakes += 1

    async def look(self, min_ts: int = 0) -> dict[str, Any]:
        """Return what is shown now, as of one timestamp."""
        self.wakes = 0
        self.ts, answers = await self.host.runtime.live.refresh(self.client, min_ts)
        self.sees |= {query.question.path.split(":")[1]: json.loads(one.value) for query, one in answers.items()}
        return self.sees


class Crowd:
    """A circle with as many watchers as are wanted."""

    def __init__(self, host: Host, size: int) -> None:
        self.host = host
        self.names = [f"person{number}" for number in range(size)]
        for name in self.names:
            host.value("circles:letIn", circle="c", name=name)
        self.watchers = [Watcher(host, name, "present") for name in self.names]
        self.also = Watcher(host, self.names[0], "present", "written")

    def live(self, scenario: Callable[["Crowd"], Any]) -> Any:
        """Run a scenario once all have looked for the first time. Timers see no time pass but by `pass_time`."""
        loop = self.host.runner.get_loop()
        real_time, self.now = loop.time, loop.time()
        loop.time = lambda: self.now  # type: ignore[method-assign]

        async def run() -> Any:
            for one in [*self.watchers, self.also]:
                await one.look()
            return await scenario(self)

        try:
            return self.host.run(run())
        finally:
            loop.time = real_time  # type: ignore[method-assign]

    async def pass_time(self) -> None:
        """Let the time of a pace pass, and what was due then happen."""
        self.now += PACE
        for _ in range(3):
            await asyncio.sleep(0)

    async def write(self, text: str = "words") -> int:
        """Write something; return when it was committed."""
        return (
            await self.host.runtime.run(CallRequest("circles:write", {"circle": "c", "text": text}, None, None, "test"))
        ).ts

    @property
    def woken(self) -> list[int]:
        """How often each was woken since it last looked."""
        return [one.wakes for one in self.watchers]


@pytest.fixture
def make_crowd(make_host: Callable[..., Host]) -> Callable[[int], Crowd]:
    return lambda size: Crowd(make_host(sync=SyncSettings(crowd=CROWD, pace_seconds=PACE)), size)


def test_a_few_are_told_of_each_change_at_once(make_crowd: Callable[[int], Crowd]) -> None:
    async def scenario(crowd: Crowd) -> None:
        for number in (1.0, 2.0):
            await crowd.write()
            assert crowd.woken == [1] * (CROWD - 1)
            assert [await one.look() for one in crowd.watchers] == [{"present": number}] * (CROWD - 1)

    make_crowd(CROWD - 1).live(scenario)


def test_a_crowd_is_told_of_the_first_change_and_then_of_several_together(make_crowd: Callable[[int], Crowd]) -> None:
    async def scenario(crowd: Crowd) -> None:
        await crowd.write()
        await asyncio.sleep(0)
        assert crowd.woken == [1] * 5
        assert [await one.look() for one in crowd.watchers] == [{"present": 1}] * 5
        for _ in range(3):
            await crowd.write()
        assert crowd.woken == [0] * 5
        assert not any(one.client.due for one in crowd.watchers)
        await crowd.pass_time()
        assert crowd.woken == [1] * 5
        assert len({one.client.party for one in crowd.watchers}) == 1, "they take turns as one"
        assert [await one.look() for one in crowd.watchers] == [{"present": 4}] * 5

    make_crowd(5).live(scenario)


def test_a_caller_that_asks_for_another_part_of_the_list_is_of_the_crowd(make_crowd: Callable[[int], Crowd]) -> None:
    async def scenario(crowd: Crowd) -> None:
        other = Watcher(crowd.host, crowd.names[0], "present", arguments=b'{"circle":"c","above":1}')
        await other.look()
        await crowd.write()
        await asyncio.sleep(0)
        assert [other.wakes, *crowd.woken] == [1] * 6
        for one in (other, *crowd.watchers):
            await one.look()
        await crowd.write()
        assert [other.wakes, *crowd.woken] == [0] * 6
        await crowd.pass_time()
        assert [other.wakes, *crowd.woken] == [1] * 6
        assert await other.look() == {"present": 1}

    make_crowd(5).live(scenario)


def test_an_urgent_change_is_shown_at_once_and_takes_the_rest_along(make_crowd: Callable[[int], Crowd]) -> None:
    async def scenario(crowd: Crowd) -> None:
        await crowd.write("one")
        ts = await crowd.write("two")
        assert crowd.also.client.due
        assert await crowd.also.look() == {"present": 2, "written": ["one", "two"]}
        assert crowd.also.ts == ts

    make_crowd(5).live(scenario)


def test_ones_own_change_does_not_wait(make_crowd: Callable[[int], Crowd]) -> None:
    async def scenario(crowd: Crowd) -> None:
        await crowd.write()
        for one in crowd.watchers:
            await one.look()
        ts = await crowd.write()
        own = crowd.watchers[0]
        assert not own.client.due
        assert await own.look(ts) == {"present": 2}
        assert own.client.party == ("c",), "it takes turns as one of the circle, and not with those only shown the list"

    make_crowd(5).live(scenario)


def test_a_guard_does_not_wait(make_crowd: Callable[[int], Crowd]) -> None:
    async def scenario(crowd: Crowd) -> None:
        args = {"circle": "c", "text": "last", "leave": [crowd.names[0]]}
        for _ in range(2):
            await crowd.write()
        for one in crowd.watchers:
            await one.look()
        await crowd.host.runtime.run(CallRequest("circles:write", args, None, None, "test"))
        assert [one.client.due for one in crowd.watchers] == [True, False, False, False, False]

    make_crowd(5).live(scenario)


def test_a_crowd_that_has_left_is_forgotten(make_crowd: Callable[[int], Crowd]) -> None:
    async def scenario(crowd: Crowd) -> int:
        live: Any = crowd.host.runtime.live
        await crowd.write()
        for one in [*crowd.watchers, crowd.also]:
            for query in one.queries:
                live.drop(query)
        await crowd.pass_time()
        assert not any(one.client.stale for one in crowd.watchers)
        return len(live._answering._answers._paces)

    assert make_crowd(5).live(scenario) == 0


def test_answers_about_one_thing_have_one_pace() -> None:
    paces, answers = Paces(Pacing()), [Held(), Held()]
    assert paces.join(b"meeting", answers[0]) is paces.join(b"meeting", answers[1])
    assert paces.join(b"other", Held()) is not paces.join(b"meeting", answers[0])
    for answer in answers:
        paces.leave(b"meeting", answer)
    assert len(paces) == 1


class Held:
    """An answer without subscribers."""

    subscribers: tuple[Any, ...] = ()


def test_queries_are_not_paced_unless_they_say_so() -> None:
    @shared_query(lambda ctx: None)
    def words(ctx: Any) -> None:
        """Must not wait."""

    assert not words.paced
