"""The time of the event loop is shared: a slice in each turn, and a part of the time for each person."""

import asyncio
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.runtime.live import refresh_queue as module
from connvo.runtime.live.refresh_queue import LONG_SECONDS, RefreshQueue
from connvo.runtime.live.time_shares import SLICE_SECONDS, Shares, Turns


def test_waiting_users_have_a_turn_each_in_their_order_and_others_between_two() -> None:
    told: list[str] = []

    async def work(name: str, turns: Turns) -> None:
        for nth in range(3):
            await turns.next()
            told.append(f"{name}{nth}")
            asyncio.get_running_loop().call_soon(told.append, "-")
            await asyncio.sleep(0)

    async def main() -> None:
        turns = Turns()
        await asyncio.gather(work("a", turns), work("b", turns), work("c", turns))

    asyncio.run(main())
    assert [one for one in told if one != "-"] == [f"{name}{nth}" for nth in range(3) for name in "abc"]
    assert all(one == "-" for one in told[1:-1:2]), "the loop comes round after each slice"


def test_a_user_that_waits_for_much_delays_another_by_a_turn() -> None:
    told: list[str] = []

    async def main() -> None:
        turns = Turns()

        async def take(person: str) -> None:
            await turns.next(person=person)
            told.append(person)

        await asyncio.gather(*(take("much") for _ in range(50)), take("little"))

    asyncio.run(main())
    assert told.index("little") <= 2, "behind the one whose turn it was, and one more"
    assert len(told) == 51


def test_work_for_many_waits_for_few_turns_of_single_users_and_leaves_them_theirs() -> None:
    told: list[str] = []

    async def main() -> None:
        turns = Turns()

        async def take(person: str | None) -> None:
            await turns.next(person=person)
            told.append(person or "batch")

        people = [take(f"user {number}") for number in range(50)]
        await asyncio.gather(*people, *(take(None) for _ in range(3)))

    asyncio.run(main())
    assert [nth for nth, one in enumerate(told) if one == "batch"] == [9, 18, 27]
    assert len(told) == 53


def test_a_short_refresh_takes_part_in_a_turn_while_its_slice_lasts() -> None:
    told: list[str] = []

    async def work(turns: Turns, name: str, seconds: float) -> None:
        await turns.join()
        told.append(name)
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            pass

    async def main() -> None:
        turns = Turns()
        works = [work(turns, "first", 0.0), work(turns, "long", SLICE_SECONDS), work(turns, "late", 0.0)]
        running = [asyncio.create_task(one) for one in works]
        asyncio.get_running_loop().call_soon(told.append, "others")
        await asyncio.gather(*running)

    asyncio.run(main())
    assert told == ["first", "long", "others", "late"], "when the slice is over, the loop comes round"


def test_nobody_takes_part_in_a_turn_before_a_waiting_user() -> None:
    told: list[str] = []

    async def main() -> None:
        turns = Turns()

        async def slice_of(name: str) -> None:
            await turns.next()
            told.append(name)

        async def short() -> None:
            await turns.join()
            told.append("short")

        await asyncio.gather(slice_of("a"), slice_of("b"), short())

    asyncio.run(main())
    assert told == ["a", "b", "short"]


def test_a_user_that_gives_up_waiting_leaves_the_turn_to_the_next() -> None:
    async def main() -> None:
        turns = Turns()
        await turns.next()
        waiting = [asyncio.create_task(turns.next()) for _ in range(3)]
        await asyncio.sleep(0)
        waiting[0].cancel()
        waiting[1].cancel()
        async with asyncio.timeout(5):
            await waiting[2]
            await turns.next()

    asyncio.run(main())


@given(st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 0.3), st.floats(0, 1)), min_size=1, max_size=40))
def test_nobody_runs_for_more_than_the_share_and_the_burst(works: list[tuple[str, float, float]]) -> None:
    now = 1000.0
    shares = Shares(share=0.25, burst=1.0, clock=lambda: now)
    used = {"a": 0.0, "b": 0.0}
    for person, seconds, pause in works:
        now += pause
        if shares.is_ready(person):
            shares.charge(person, seconds)
            used[person] += seconds
        else:
            assert shares.ready_at(person) > now
    for seconds in used.values():
        assert seconds <= 0.25 * (now - 1000.0 + 1.0) + 0.3 + 1e-9


def test_users_without_recent_use_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 0.0
    shares = Shares(clock=lambda: now)
    for number in range(30_000):
        now += 0.001
        shares.charge(number, 0.0001)
    assert len(shares._used_until) <= 10_001


class Asked:
    """Somebody who asks for a refresh that presumably takes so long."""

    def __init__(self, person: str, estimate: float = 0.0, party: str = "") -> None:
        self.person = person
        self.party = party or person
        self.estimate = estimate


def test_short_refreshes_are_taken_in_turn_by_person() -> None:
    queue: RefreshQueue[Asked] = RefreshQueue(Shares())
    for person in ("a", "a", "a", "b"):
        queue.put(Asked(person))
    assert [one.person for one in queue.take_short()] == ["a", "b", "a", "a"]
    assert not queue.has_short


def test_a_crowd_takes_turns_as_one_party() -> None:
    queue: RefreshQueue[Asked] = RefreshQueue(Shares())
    for person in ("a", "b", "c"):
        queue.put(Asked(person, party="crowd"))
    queue.put(Asked("d"))
    assert [one.person for one in queue.take_short()] == ["a", "d", "b", "c"]


def test_a_refresh_is_long_by_its_estimate_or_by_the_usage_of_its_user() -> None:
    shares = Shares()
    queue: RefreshQueue[Asked] = RefreshQueue(shares)
    queue.put(Asked("a", LONG_SECONDS * 2))
    assert queue.has_long and not queue.has_short
    shares.charge("b", 10.0)
    queue.put(Asked("b"))
    assert not queue.has_short
    queue.put(Asked("c"))
    assert queue.has_short


def test_long_refreshes_are_taken_by_when_their_people_may_use_time_again(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(module, "monotonic", lambda: now)
    shares = Shares(share=0.25, burst=1.0, clock=lambda: now)
    queue: RefreshQueue[Asked] = RefreshQueue(shares)
    for person in ("much", "much", "little", "nothing"):
        queue.put_long(Asked(person))
    first = asyncio.run(queue.take_long())
    assert first.person == "much", "who came first, as nobody has used anything"
    shares.charge("much", 3.0)  # ready again 11 seconds from now
    shares.charge("little", 0.5)  # one second from now
    assert asyncio.run(queue.take_long()).person == "nothing"
    now += 1.0
    assert asyncio.run(queue.take_long()).person == "little"
    now += 10.0
    assert asyncio.run(queue.take_long()).person == "much"
    assert not queue.has_long


def test_a_user_that_may_run_now_does_not_wait_behind_one_that_may_not() -> None:
    async def main() -> str:
        shares = Shares()
        queue: RefreshQueue[Asked] = RefreshQueue(shares)
        shares.charge("much", 1000.0)
        queue.put_long(Asked("much"))
        taking = asyncio.create_task(queue.take_long())
        await asyncio.sleep(0)
        queue.put_long(Asked("nothing"))
        async with asyncio.timeout(5):
            return (await taking).person

    assert asyncio.run(main()) == "nothing"
