"""Clients that write and watch at once, and what must be true of what they saw."""

import asyncio
import json
from base64 import b64decode
from collections import Counter, defaultdict
from http.client import HTTPException
from itertools import count
from random import Random
from time import monotonic
from typing import Any
from urllib.error import URLError
from urllib.request import Request, urlopen

from tests.protocol.crowd import Member
from tests.support.anomalies import anomalies
from tests.support.history import Append, History, Read, Step
from tests.support.sync_client import SyncClient

from .sample.rooms import SEATS

HANDS = 3
LISTS_AT_A_TIME = 8
# So many acknowledged mutations later other lists take their place: short ones are quick to write.
GENERATION = 400
WATCHED_LISTS = 3
ROOMS = ("red", "blue")
# Written last of all, and watched by everybody: no later commit of the own node can show it.
LAST = "last"
READERS = 2
READ_PAUSE_SECONDS = 0.1
REFUSED_SHARE = 0.05
HTTP_SECONDS = 20
SETTLED_SECONDS = 1.0
# A query that shows the newest state shows it by then: the poll, and time to run on a machine that is busy.
FRESH_SECONDS = 10.0
READ_LIST, READ_LISTS, TRANSACT = "lists:read", "lists:readAll", "lists:transact"
PEOPLE, TOTAL, NUMBERS = "rooms:people", "ledger:total", "ledger:numbers"


class Recorder(SyncClient):
    """A client that records what its user sees, in the order in which it is seen. `crowded`: rooms with too many."""

    def __init__(self, history: History, name: str) -> None:
        super().__init__()
        self.name = name
        self.crowded: list[list[str]] = []
        self._history = history
        self._asked: dict[int, tuple[float, list[dict[str, Any]]]] = {}

    def mutate(self, path: str, args: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
        """Call a mutation; return its request number."""
        number, messages = super().mutate(path, args)
        self._asked[number] = (monotonic(), args.get("steps", []))
        return number, messages

    def _settle(self, number: int, answer: dict[str, Any]) -> None:
        super()._settle(number, answer)
        begun, steps = self._asked.pop(number)
        if answer["success"] and steps:
            done = [taken(step, seen) for step, seen in zip(steps, answer["result"], strict=True)]
            ts = int.from_bytes(b64decode(answer["ts"]), "little")
            self._history.add(*done, client=self.name, ts=ts, begun=begun, ended=monotonic())

    def _transition(self, message: dict[str, Any]) -> None:
        super()._transition(message)
        reads: list[Step] = []
        for number, shown in self.results.items():
            path, args = self.queries[number]["udfPath"], self.queries[number]["args"][0]
            if path == READ_LIST:
                reads.append(Read(args["key"], tuple(shown)))
            elif path == PEOPLE and len(shown) > SEATS:
                self.crowded.append(shown)
        if reads:
            self._history.add(*reads, client=self.name, ts=self.newest_ts, ended=monotonic())


def taken(step: dict[str, Any], seen: list[str]) -> Step:
    """Return a step as it was done."""
    return Append(step["key"], step["value"]) if step["kind"] == "append" else Read(step["key"], tuple(seen))


class Workload:
    """Clients at one address that go on until so many mutations are acknowledged.

    `entered`: what each writer was told that it entered. `failed`: why calls failed, and how often.
    """

    def __init__(self, url: str, clients: int, goal: int, seed: int) -> None:
        self._url = url
        self._goal = goal
        self._seed = seed
        self.history = History()
        self.acknowledged = 0
        self.entered: dict[str, list[float]] = defaultdict(list)
        self.failed: Counter[str] = Counter()
        self.refused: set[str] = set()
        self._values = count()
        self.members = [Member(url, client=Recorder(self.history, f"client {n}")) for n in range(clients)]

    @property
    def _generation(self) -> int:
        return self.acknowledged // GENERATION

    def _key(self, chance: Random) -> str:
        return f"{self._generation}.{chance.randrange(LISTS_AT_A_TIME)}"

    async def run(self) -> None:
        """Work until the goal is reached and everything is answered."""
        hands = [self._work(n, hand) for n in range(len(self.members)) for hand in range(HANDS)]
        watching = [asyncio.create_task(self._watch(n)) for n in range(len(self.members))]
        reading = [asyncio.create_task(self._read(n)) for n in range(READERS)]
        try:
            await asyncio.gather(*hands)
            for task in reading:
                await task
            for task in watching:
                await task
            for member in self.members:
                await member.settled()
            await self._call(self.members[0], TRANSACT, steps=[{"kind": "append", "key": LAST, "value": "amen"}])
        finally:
            for task in [*watching, *reading]:
                task.cancel()

    async def leave(self) -> None:
        """Let every client go; each says whether everything was by the rules of the protocol."""
        for member in self.members:
            await member.leave()

    @property
    def _over(self) -> bool:
        return self.acknowledged >= self._goal

    async def _work(self, number: int, hand: int) -> None:
        chance, member = Random(f"{self._seed} {number} {hand}"), self.members[number]
        writer, entries = f"{number}.{hand}", count()
        while not self._over:
            kind = chance.random()
            if kind < 0.6:
                await self._transact(member, chance)
            elif kind < 0.85:
                room = chance.choice(ROOMS)
                if (await self._call(member, "rooms:enter", room=room, person=writer)) is True:
                    await self._call(member, "rooms:leave", room=room, person=writer)
            else:
                entry = float(next(entries))
                if (await self._call(member, "ledger:enter", writer=writer, number=entry)) is not False:
                    self.entered[writer].append(entry)

    async def _transact(self, member: Member, chance: Random) -> None:
        steps = []
        for _ in range(chance.randint(1, 3)):
            step = {"kind": "read", "key": self._key(chance)}
            if chance.random() < 0.5:
                step |= {"kind": "append", "value": str(next(self._values))}
            steps.append(step)
        await self._call(member, TRANSACT, steps=steps, refuse=chance.random() < REFUSED_SHARE)

    async def _call(self, member: Member, path: str, **args: Any) -> Any:
        """Return the value of a mutation; False when it failed, which must leave no trace."""
        outcome = await member.call(path, **args)
        if outcome["success"]:
            self.acknowledged += 1
            return outcome["result"]
        data = outcome.get("errorData") or {}
        self.failed[data.get("code", outcome["result"])] += 1
        return False

    async def _watch(self, number: int) -> None:
        """Watch rooms, a total and some of the lists that are written now."""
        chance, member = Random(f"{self._seed} {number}"), self.members[number]
        await member.subscribe(PEOPLE, room=chance.choice(ROOMS))
        await member.subscribe(TOTAL, writer=f"{number}.0")
        await member.subscribe(READ_LIST, key=LAST)
        watched: list[int] = []
        while not self._over:
            generation = self._generation
            for query in watched:
                await member.unsubscribe(query)
            watched = [await member.subscribe(READ_LIST, key=self._key(chance)) for _ in range(WATCHED_LISTS)]
            await self._end_of(generation)

    async def _end_of(self, generation: int) -> None:
        while True:
            if self._generation != generation or self._over:
                return
            await asyncio.sleep(READ_PAUSE_SECONDS)

    async def _read(self, number: int) -> None:
        """Ask over HTTP, each time on a connection of its own."""
        chance = Random(f"{self._seed} reader {number}")
        while not self._over:
            await asyncio.sleep(READ_PAUSE_SECONDS)
            keys = sorted({self._key(chance) for _ in range(4)})
            begun = monotonic()
            try:
                lists = await asyncio.to_thread(ask, self._url, READ_LISTS, keys=keys)
            except (OSError, HTTPException):
                continue
            reads = [Read(key, tuple(values)) for key, values in zip(keys, lists, strict=True)]
            self.history.add(*reads, begun=begun, ended=monotonic())

    async def judge(self, fresh_seconds: float = FRESH_SECONDS) -> list[str]:
        """Return everything that is wrong; call it when the cluster is well again."""
        wrong = await self._stale(fresh_seconds)
        wrong += [f"{found.fault}: {found.detail}" for found in anomalies(self.history)]
        for member in self.members:
            assert isinstance(member.client, Recorder)
            wrong += [f"crowded: {people}" for people in member.client.crowded]
        kept = await asyncio.gather(*[self._ask(NUMBERS, writer=writer) for writer in self.entered])
        for (writer, entries), found in zip(self.entered.items(), kept, strict=True):
            if found != entries:
                wrong.append(f"ledger of {writer}: lost {lost(entries, found)}, too many {lost(found, entries)}")
        return wrong

    async def _stale(self, patience: float) -> list[str]:
        """Return the live queries that do not show what is there, after some time in which nothing is written."""
        until = monotonic() + patience
        watched = [(member.client, number) for member in self.members for number in member.client.queries]
        questions = {json.dumps(client.queries[number]): client.queries[number] for client, number in watched}
        while True:
            await asyncio.sleep(SETTLED_SECONDS)
            shown = [client.results[number] for client, number in watched]
            answers = await asyncio.gather(*[self._ask(q["udfPath"], **q["args"][0]) for q in questions.values()])
            told = dict(zip(questions, answers, strict=True))
            stale = [
                f"stale: {client.queries[number]} shows {seen}"
                for (client, number), seen in zip(watched, shown, strict=True)
                if seen != told[json.dumps(client.queries[number])]
            ]
            if not stale or monotonic() > until:
                return stale

    async def _ask(self, path: str, **args: Any) -> Any:
        return await asyncio.to_thread(ask, self._url, path, **args)


def lost(told: list[float], kept: list[float]) -> list[float]:
    """Return what was told and is not kept, as often as it is missing."""
    return sorted((Counter(told) - Counter(kept)).elements())


def ask(url: str, path: str, **args: Any) -> Any:
    """Return the answer to a query over HTTP. Raises OSError or HTTPException when the server is away."""
    body = json.dumps({"path": path, "args": args, "format": "json"}).encode()
    request = Request(f"{url}/api/query", body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=HTTP_SECONDS) as response:
        envelope = json.load(response)
    if envelope["status"] != "success":
        raise URLError(envelope["errorMessage"])
    return envelope["value"]
