"""Two members in a meeting who have nothing to do with an attack: how long signals from one to the other take."""

import asyncio
import time
from contextlib import AsyncExitStack, suppress
from statistics import quantiles
from typing import Any, NamedTuple, Self

from bench.socket_client import SocketClient
from bench.world import LIFECYCLE, SIGNALING, candidate, description

from .place import Place

LINKS = "meetings/links"
SENDER, READER = "sender", "reader"
PAUSE_SECONDS = 0.04
DRAIN_SECONDS = 40.0
NS_PER_MS = 1e6
PERCENT = 100


class Waits(NamedTuple):
    """How long signals took, in ms: the median, 99 of 100, the longest. `lost` never came."""

    p50: float
    p99: float
    longest: float
    sent: int
    lost: int


class Meeting(NamedTuple):
    """The meeting of the two, and where a stranger would get in."""

    id: str
    link: str
    tokens: dict[str, str]
    users: dict[str, str]


def prepare(place: Place) -> Meeting:
    """Return a meeting in which both have a session and the sender has offered."""
    tokens = {name: place.token(name) for name in (SENDER, READER)}
    users = {name: sign_up(place, name, token) for name, token in tokens.items()}
    meeting = place.call(tokens[SENDER], f"{LIFECYCLE}:createMeeting", title="Meeting")["meetingId"]
    code = place.call(tokens[SENDER], f"{LINKS}:createLink", meetingId=meeting)["code"]
    place.call(tokens[READER], f"{LINKS}:acceptLink", code=code)
    place.call(tokens[SENDER], f"{LIFECYCLE}:startMeeting", meetingId=meeting)
    for name, token in tokens.items():
        place.call(token, f"{LIFECYCLE}:joinMeeting", meetingId=meeting)
        place.call(token, f"{SIGNALING}:createWebRTCSession", meetingId=meeting, sessionId=f"session-{name}")
    place.call(
        tokens[SENDER],
        f"{SIGNALING}:exchangeSessionDescription",
        meetingId=meeting,
        sessionId=f"session-{SENDER}",
        targetUserId=users[READER],
        description=description("offer"),
    )
    return Meeting(meeting, code, tokens, users)


def sign_up(place: Place, name: str, token: str) -> str:
    """Return the id of a new account."""
    user: str = place.call(token, "users/mutations:upsertUser", workosUserId=name, email=f"{name}@example.org")
    return user


class Bystanders:
    """The two on their sockets. Use with `async with`; `during` measures."""

    def __init__(self, place: Place, meeting: Meeting) -> None:
        self._place = place
        self._meeting = meeting
        self._number = 0
        self._sent: dict[int, int] = {}
        self._took: dict[int, float] = {}
        self._came = asyncio.Event()
        self._seen: set[str] = set()
        self._tasks: set[asyncio.Task[Any]] = set()

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as stack:
            self._sender, self._reader = [
                await stack.enter_async_context(
                    SocketClient(self._place.sync, self._meeting.tokens[name], self._place.trust)
                )
                for name in (SENDER, READER)
            ]
            await self._reader.watch(f"{SIGNALING}:getPendingSignals", self._take, meetingId=self._meeting.id)
            self._stack = stack.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        with suppress(Exception):
            await self._stack.aclose()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def during(self, work: asyncio.Future[None]) -> Waits:
        """Return how long signals took that were sent while `work` was under way."""
        first = self._number
        while not work.done():
            self._spawn(self._send(self._number))
            self._number += 1
            await asyncio.wait([work], timeout=PAUSE_SECONDS)
        await work
        with suppress(TimeoutError):
            async with asyncio.timeout(DRAIN_SECONDS):
                while len(self._took) < self._number:
                    self._came.clear()
                    await self._came.wait()
        took = [self._took[number] for number in range(first, self._number) if number in self._took]
        sent = self._number - first
        # An absent signal counts as one that took until now.
        now = time.time_ns()
        took += [(now - self._sent[n]) / NS_PER_MS for n in range(first, self._number) if n not in self._took]
        ranked = quantiles(took, n=PERCENT, method="inclusive")
        lost = sum(n not in self._took for n in range(first, self._number))
        return Waits(ranked[PERCENT // 2 - 1], ranked[-1], max(took), sent, lost)

    async def _send(self, number: int) -> None:
        self._sent[number] = time.time_ns()
        answer = await self._sender.begin(
            f"{SIGNALING}:exchangeICECandidate",
            meetingId=self._meeting.id,
            sessionId=f"session-{SENDER}",
            targetUserId=self._meeting.users[READER],
            candidate=candidate(number),
        )
        answer.add_done_callback(lambda done: done.cancelled() or done.exception())

    def _take(self, signals: list[dict[str, Any]], now: int) -> None:
        fresh = [signal for signal in signals if signal["_id"] not in self._seen]
        for signal in fresh:
            self._seen.add(signal["_id"])
            if signal["type"] == "ice":
                number = int(signal["data"]["candidate"].split()[0].removeprefix("candidate:"))
                if number in self._sent:
                    self._took.setdefault(number, (now - self._sent[number]) / NS_PER_MS)
                    self._came.set()
        if fresh:
            ids = [signal["_id"] for signal in fresh]
            self._spawn(self._reader.begin(f"{SIGNALING}:markSignalsProcessed", signalIds=ids))

    def _spawn(self, work: Any) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._end)

    def _end(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled():
            task.exception()  # a signal that could not be sent is one that never came
