"""Three nodes on one database: 200 cycles that overlap, some cut off, and all acceptances at once."""

import asyncio
from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from connvo.model.matching import cycle, jobs
from connvo.providers.matching import process
from connvo.runtime.call_request import CallRequest
from connvo.runtime.outcome import Outcome
from connvo.runtime.services import Runtime
from tests.support import match_invariants
from tests.support.backend import Backend, Caller
from tests.support.matcher import pair_here
from tests.support.matching import ANSWER, CURRENT, MINUTE, Pool
from tests.support.store import ENGINES

# More than 200 cycles in all.
NODES, CYCLES, ROUNDS, PEOPLE = 3, 3, 23, 6
QUARTER_NS = int(91 * 86_400 * 1e9)
CUT = 0.3
MAX_DELAY = 0.02


@pytest.fixture
def pool(make_backend: Callable[..., Backend], monkeypatch: pytest.MonkeyPatch) -> Pool:
    """People on PostgreSQL, paired without another process."""
    monkeypatch.setattr(process, "pair", pair_here)
    return Pool(make_backend(ENGINES["postgres"]))


async def ask(node: Runtime, caller: Caller, path: str, **args: Any) -> Outcome:
    return await node.run(CallRequest(path, args, caller.identity, None, "test"))


async def cycles(nodes: list[Runtime], random: Random) -> None:
    """Run some cycles on each node at once; cut some off in the middle."""
    running = [asyncio.create_task(node.call(cycle.run)) for node in nodes for _ in range(CYCLES)]
    for task in running:
        if random.random() < CUT:
            await asyncio.sleep(random.uniform(0, MAX_DELAY))
            task.cancel()
    await asyncio.gather(*running, return_exceptions=True)


def test_each_person_is_in_one_match_and_each_match_has_one_meeting(pool: Pool) -> None:
    backend, random = pool.backend, Random(7)
    nodes = [backend.runtime, *(backend.add_node() for _ in range(NODES - 1))]
    people = [pool.person(f"person{number}") for number in range(PEOPLE)]
    for _ in range(ROUNDS):
        now = backend.now_ms
        window = {"availableFrom": now, "availableTo": now + 120 * MINUTE}
        wishes = {"interests": ["Climbing"], "roles": ["peer"]}

        async def enter(window: dict[str, float] = window, wishes: dict[str, list[str]] = wishes) -> None:
            path = "matching/queue:enterMatchingQueue"
            asked = [ask(random.choice(nodes), one, path, **window, constraints=wishes) for one in people for _ in "ab"]
            await asyncio.gather(*asked)

        async def accept() -> None:
            found = await asyncio.gather(*(ask(random.choice(nodes), one, CURRENT) for one in people))
            asked = [
                ask(node, one, ANSWER, matchId=match.value["matchId"], outcome="accepted")
                for one, match in zip(people, found, strict=True)
                if match.value is not None
                for node in nodes
            ]
            random.shuffle(asked)
            answers = await asyncio.gather(*asked)
            assert [answer.error for answer in answers if answer.error is not None] == []

        backend.run(enter())
        backend.run(cycles(nodes, random))
        match_invariants.check(backend, now)
        # A cycle that was cut off may have handed over a proposal that is only made now: until all are answered.
        while True:
            backend.run(accept())
            matches, meetings = match_invariants.check(backend, now)
            if len(matches) == len(meetings):
                break
        # All may meet again after a quarter, when the meetings of this round were to be.
        backend.now_ns += QUARTER_NS
        backend.run(backend.runtime.call(jobs.sweep))
    _, met = match_invariants.check(backend)
    assert len(met) >= ROUNDS
