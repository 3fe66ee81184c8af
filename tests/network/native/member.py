"""A person's part in the call: the session, the connections to the other one, and what is done when they fall silent.

aiortc cannot restart ICE. So what is silent is joined by a new connection, and the first to carry pictures stays, as on
the page (docs/decisions/0010). What to do about a failure is the server's to say.
"""

import asyncio
import time
from typing import Any
from uuid import uuid4

from connvo.demo.answers import Answer, Candidate, Description, FailureAnswer, Session, Signal
from tests.network.meter import Meter

from .address import UNKNOWN, Address, page_of
from .door import Door
from .relays import IceSetup, usable
from .strand import Strand

SIGNALING, ROOMS, RECOVERY = "meetings/webrtc/signaling", "meetings/webrtc/rooms", "meetings/webrtc/recovery"
MAIL_SECONDS, LOOK_SECONDS, MEASURE_SECONDS = 0.06, 0.25, 0.05
# docs/deadlines.md: how long a page waits for heartbeats, and for a new connection; the one who gives way, longer.
SILENCE_SECONDS, CONNECT_SECONDS, GIVE_WAY_SECONDS = 2.0, 8.0, 0.5
REST_SECONDS = 20.0
MS = 1000.0


class Recovery(Answer, frozen=True):
    """An entry of getRecoveries."""

    user_id: str
    retry_at: float | None = None


class Member:
    """Somebody in a meeting with one other person. `said` is what the server said last about a failure."""

    def __init__(self, door: Door, meeting: str, me: str) -> None:
        self.meter = Meter()
        self.carried = False
        self.said = "nothing has failed"
        self._door = door
        self._meeting = meeting
        self._me = me
        self._page = str(uuid4())
        self._attempt = 0
        self._other: tuple[str, str] | None = None
        self._setup = IceSetup([], "all")
        self._strands: list[Strand] = []
        self._since = time.time()
        self._told = False
        self._turn = asyncio.Lock()
        self._closing: set[asyncio.Task[None]] = set()

    @property
    def ways(self) -> list[str]:
        """The ways that media take from here."""
        return [way for strand in self._strands if (way := strand.way())]

    async def take_part(self) -> None:
        """Come in and stay, until cancelled."""
        await self._begin_session()
        async with asyncio.TaskGroup() as tasks:
            for task in (self._read_mail(), self._look_after(), self._measure()):
                tasks.create_task(task)

    @property
    def _session(self) -> str:
        return f"{self._page}.{self._attempt}"

    @property
    def _newest(self) -> Strand | None:
        return self._strands[-1] if self._strands else None

    def _gives_way_to(self, page: str) -> bool:
        return self._page < page

    async def _ask(self, path: str, answer: Any, **more: Any) -> Any:
        return await self._door.run(path, answer, meetingId=self._meeting, **more)

    async def _begin_session(self) -> None:
        self._attempt += 1
        self._told = False
        await self._ask(f"{SIGNALING}/createWebRTCSession", dict[str, Any], sessionId=self._session)
        setup: IceSetup = await self._ask("meetings/webrtc/turn/getICEServers", IceSetup, sessionId=self._session)
        self._setup = IceSetup(await usable(setup.ice_servers), setup.ice_transport_policy)

    async def _read_mail(self) -> None:
        cursor: str | None = None
        while True:
            await asyncio.sleep(MAIL_SECONDS)
            signals = await self._ask(f"{SIGNALING}/getPendingSignals", list[Signal], lastSignalId=cursor)
            for signal in signals:
                async with self._turn:
                    await self._take(signal)
                cursor = signal.id
            if signals:
                ids = [signal.id for signal in signals]
                await self._door.run(f"{SIGNALING}/markSignalsProcessed", type(None), signalIds=ids)

    async def _take(self, signal: Signal) -> None:
        content = signal.content()
        if isinstance(content, Candidate):
            for strand in self._strands[:]:
                await strand.add(content)
            return
        self._other = signal.from_user_id, page_of(signal.session_id)
        address = Address.of(content)
        if address is None or address.to_page != self._page:
            return
        if content.type == "answer":
            for strand in self._strands[:]:
                if strand.unanswered and strand.link == address.to_link:
                    await strand.bind(content)
        elif address.to_link == UNKNOWN:
            await self._take_offer(content, address.link)

    async def _take_offer(self, offer: Description, their_link: str) -> None:
        """Answer on a connection of its own, unless both have offered and the other one gives way."""
        assert self._other is not None
        mine = self._newest
        if mine is not None and mine.unanswered:
            if not self._gives_way_to(self._other[1]):
                return
            self._drop(mine)
        await self._send(*await self._add(self._other[1]).answered(offer, their_link))

    async def _offer(self) -> None:
        assert self._other is not None
        await self._send(*await self._add(self._other[1]).offered())

    def _add(self, page: str) -> Strand:
        """Make a connection beside the one that carried, in place of any other."""
        for strand in self._strands[1:] if self.carried else self._strands[:]:
            self._drop(strand)
        self._strands.append(Strand(page, self._setup))
        self._since = time.time()
        return self._strands[-1]

    async def _send(self, description: Description, candidates: list[Candidate]) -> None:
        assert self._other is not None
        who = {"sessionId": self._session, "targetUserId": self._other[0]}
        await self._ask(f"{SIGNALING}/exchangeSessionDescription", type(None), **who, description=description)
        for candidate in candidates:
            await self._ask(f"{SIGNALING}/exchangeICECandidate", type(None), **who, candidate=candidate)

    def _drop(self, strand: Strand) -> None:
        """Close a connection in its own time: a relay that does not answer is asked to end for a minute."""
        self._strands.remove(strand)
        closing = asyncio.create_task(strand.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    async def _measure(self) -> None:
        while True:
            await asyncio.sleep(MEASURE_SECONDS)
            grown = [strand for strand in self._strands if strand.grew()]
            if grown:
                self.meter.note(time.time())
                overdue = time.time() - self._since > CONNECT_SECONDS
                if self._newest in grown or overdue:
                    self._settle_on(grown[-1])

    def _settle_on(self, strand: Strand) -> None:
        self.carried = True
        for other in [one for one in self._strands if one is not strand]:
            self._drop(other)

    async def _look_after(self) -> None:
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            await self._meet()
            if self._is_overdue():
                await self._recover()
            elif not self._told and self.meter.last > self._since:
                self._told = True
                connected = {"sessionId": self._session, "state": "connected"}
                await self._ask(f"{SIGNALING}/updateSessionState", type(None), **connected)

    async def _meet(self) -> None:
        """Offer to the other one when they come, if that is this side's to do."""
        if self._other is None:
            sessions = await self._ask(f"{SIGNALING}/getActiveSessions", list[Session])
            others = [one for one in sessions if one.user_id != self._me]
            async with self._turn:
                if others and self._other is None:
                    self._other = others[-1].user_id, page_of(others[-1].session_id)
                    self._since = time.time()
                    if not self._gives_way_to(self._other[1]):
                        await self._offer()

    def _is_overdue(self) -> bool:
        if self._other is None:
            return False
        being_made = len(self._strands) > 1 or not self.carried
        patience = CONNECT_SECONDS if being_made else SILENCE_SECONDS
        patience += GIVE_WAY_SECONDS if self._gives_way_to(self._other[1]) else 0.0
        return time.time() - max(self._since, self.meter.last) > patience

    async def _recover(self) -> None:
        """Ask the server what to do about the silence, and do it, unless the other one has begun meanwhile."""
        silent = self._newest
        kind = "ice_failed" if self.carried else "connection_timeout"
        async with self._turn:
            verdict: FailureAnswer = await self._ask(
                f"{ROOMS}/handleConnectionFailure", FailureAnswer, sessionId=self._session, errorType=kind
            )
            self.said = str(verdict)
            await self._begin_session()
        await asyncio.sleep(await self._pause() if verdict.retry_recommended else REST_SECONDS)
        async with self._turn:
            if self._newest is silent and time.time() - self.meter.last > SILENCE_SECONDS:
                await self._offer()
        self._since = time.time()

    async def _pause(self) -> float:
        """Return for how many seconds the server wants nothing tried."""
        recoveries = await self._ask(f"{RECOVERY}/getRecoveries", list[Recovery])
        ends = next((one.retry_at for one in recoveries if one.user_id == self._me), None)
        return 0.0 if ends is None else max(0.0, ends / MS - time.time())
