"""A hundred clients at once: through a restart, and through long quiet."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

from connvo.transport.sync import close_codes
from tests.support.dose import SOAK, dose

from .crowd import Member, everybody
from .serving import SampleServer

MEMBERS = 100
CALLS_BEFORE, CALLS_AFTER = 8, 3
PING_SECONDS = 10.0 if SOAK else 0.5
QUIET_SECONDS = dose(4, 600)


def test_a_restart_under_a_hundred_clients_loses_nothing(server: SampleServer) -> None:
    asyncio.run(restart_under(server))


async def restart_under(server: SampleServer) -> None:
    members = [Member(server.url) for _ in range(MEMBERS)]
    counts = await everybody(members, lambda member: member.subscribe("notes:count", channel="crowd"))
    lists = await everybody(members, lambda member: member.subscribe("notes:newest", channel="crowd", limit=5))
    await everybody(members, lambda member: member.settled())
    writing = asyncio.gather(*[write(n, member, CALLS_BEFORE) for n, member in enumerate(members)])
    await members[0].until(lambda: members[0].client.results[counts[0]] > MEMBERS)
    await asyncio.to_thread(server.stop)
    await asyncio.to_thread(server.start)
    await writing
    await asyncio.gather(*[write(n, member, CALLS_AFTER) for n, member in enumerate(members)])
    total = MEMBERS * (CALLS_BEFORE + CALLS_AFTER)
    await everybody(members, lambda member: member.until(lambda: shown(member, counts, members) == total))
    (everything,) = await everybody(members[:1], whole_list)
    await everybody(members, lambda member: member.leave())
    newest = [row["text"] for row in everything[::-1][:5]]
    for n, member in enumerate(members):
        own = [row["text"] for row in everything if row["text"].startswith(f"{n}:")]
        assert own == [f"{n}:{m:03}" for m in range(CALLS_BEFORE + CALLS_AFTER)], "each call once, in its order"
        assert all(outcome["success"] for outcome in member.client.outcomes.values())
        assert [row["text"] for row in member.client.results[lists[n]]] == newest
        assert close_codes.RESTART in member.closes, "everybody was told to come back"


def shown(member: Member, numbers: list[int], members: list[Member]) -> Any:
    """Return what a member sees of the query that each subscribed under its own number."""
    return member.client.results.get(numbers[members.index(member)])


async def write(n: int, member: Member, times: int) -> None:
    """Have a member call a mutation several times, one after the other."""
    for _ in range(times):
        number = len(member.client.outcomes)
        await member.call("notes:add", text=f"{n}:{number:03}", channel="crowd", rank=0)
        await asyncio.sleep(0.02)


async def whole_list(member: Member) -> Any:
    """Return every note."""
    number = await member.subscribe("notes:inChannel", channel="crowd")
    await member.settled()
    return member.client.results[number]


@pytest.mark.timeout(QUIET_SECONDS + 60)
def test_a_hundred_idle_subscriptions_hear_pings_and_nothing_else(make_server: Callable[..., SampleServer]) -> None:
    asyncio.run(be_quiet(make_server(CONNVO_SYNC_PING_SECONDS=str(PING_SECONDS))))


async def be_quiet(server: SampleServer) -> None:
    members = [Member(server.url) for _ in range(MEMBERS)]
    await everybody(members, lambda member: member.subscribe("notes:count", channel="quiet"))
    await everybody(members, lambda member: member.subscribe("values:whoami"))
    await everybody(members, lambda member: member.settled())
    before = [member.client.transitions for member in members]
    await asyncio.sleep(QUIET_SECONDS)
    await everybody(members, lambda member: member.until(lambda: member.client.pings > 2))
    for member, transitions in zip(members, before, strict=True):
        assert member.client.transitions == transitions, "nobody is told what has not changed"
        assert member.closes == []
    await members[0].call("notes:add", text="x", channel="quiet")
    await everybody(members, lambda member: member.until(lambda: 1 in member.client.results.values()))
    told = [member.client.transitions - was for member, was in zip(members, before, strict=True)]
    assert told == [1] * MEMBERS, "one commit, one Transition, for its author too"
    await everybody(members, lambda member: member.leave())
