"""One client's socket at work: takes its messages in order, answers them, and keeps what it watches up to date.

One coroutine decides what is sent and sends it, so nothing interleaves. Mutations are handed to the database in the
order in which they came and answered in that order; the next Transition comes after their answers. While a slow
client has not taken a Transition no other is made: the next one jumps to the newest snapshot.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any, NoReturn

import msgspec
import structlog

from ...kernel import values
from ...kernel.clock import NS_PER_MS
from ...kernel.errors import FunctionError, LimitExceeded, RequestError
from ...kernel.identity import Identity
from ...runtime.execute import Runtime
from ...runtime.heartbeats import Pair
from ...runtime.questions import Answer, Question
from ...runtime.receipts import Line
from ...runtime.watching import Watch, Watcher
from ...settings import SyncSettings
from ...store.engine import StoreError
from . import closing
from .closing import Closed, Gone
from .inbox import Inbox
from .messages import (
    PING,
    Action,
    Authenticate,
    Connect,
    Malformed,
    ModifyQuerySet,
    Mutation,
    chunks,
    encode,
    fatal,
)
from .outbox import Outbox
from .requests import Mutating, Requests, claims_of
from .session import ProtocolFault, SyncSession, action_answer

log = structlog.get_logger()
MOST_MUTATIONS_AT_ONCE = 128
MOST_ACTIONS = 1000
MOST_SESSION_CHARS = 128
MOST_REASON_CHARS = 200
SERVER_FAULT_STATUS = 500
CHUNK_ABOVE_BYTES = 5 * 1024 * 1024
CHUNK_CHARS = 4 * 1024 * 1024
LARGEST_SKEW_MS = 2**52
MS_PER_SECOND = 1000.0


@dataclass(frozen=True)
class Services:
    """What all workers share. `admit` waits for a session's earlier connection; `spawn` starts what outlives one."""

    runtime: Runtime
    requests: Requests
    verify: Callable[[str], Awaitable[Identity]]
    settings: SyncSettings
    admit: Callable[["SyncWorker", str], Awaitable[None]]
    spawn: Callable[[Coroutine[Any, Any, None]], object]


class SyncWorker:
    """What one connection does. `send` puts texts on the wire and waits while the client does not read.

    `chunked`: the client puts large Transitions together from chunks.
    """

    def __init__(
        self, services: Services, send: Callable[[list[bytes]], Awaitable[None]], chunked: bool = False
    ) -> None:
        self._services = services
        self._runtime = services.runtime
        self._chunked = chunked
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self.inbox = Inbox(self._wake.set)
        self._outbox = Outbox(send, self._loop.time)
        self._session = SyncSession()
        self._watcher = Watcher(self._wake.set)
        self._watches: dict[int, Watch] = {}
        self._refused: dict[int, Answer] = {}
        self._running: deque[Mutating] = deque()
        self._line = Line()
        self._vouched: set[Pair] = set()
        self._actions = 0
        self._identity: Identity | None = None
        self.client = ""
        self._skew = 0
        self._ending: Closed | Gone | None = None

    def end(self, why: Closed | Gone) -> None:
        """Ends the connection soon: what runs is answered, what waits is dropped."""
        self._ending = self._ending or why
        self.inbox.clear()
        self._wake.set()

    async def give_way(self) -> None:
        """Ends the connection in favour of a newer one of its session; returns when none of its mutations runs."""
        self.end(Closed(closing.NORMAL, closing.CONNECTED_ANEW))
        if self._running:
            await asyncio.wait([mutating.done for mutating in self._running])

    async def run(self) -> Closed | None:
        """Works until the connection ends; returns why this side ended it, None when the client has gone."""
        self._timer = self._loop.call_later(self._services.settings.ping, self._tick)
        try:
            ending = await self._work()
        finally:
            self._leave()
        if ending is not None:
            await self._outbox.flush_last()
        return ending

    async def _work(self) -> Closed | None:
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                await self._turn()
        except Gone:
            return None
        except Closed as closed:
            return closed
        except (ProtocolFault, Malformed) as fault:
            self._outbox.put(fatal(fault))
            return Closed(closing.NORMAL, closing.PROTOCOL)
        except StoreError as error:
            log.warning("sync_store_unavailable", reason=error.message)
        except Exception as error:
            log.error("sync_failed", exc_info=error)
        return Closed(closing.FAILED, closing.BROKEN)

    async def _turn(self) -> None:
        if isinstance(self._ending, Gone):
            raise self._ending
        await self._take_messages()
        await self._answer_mutations()
        await self._show()
        await self._outbox.flush()
        if self._ending is not None:
            raise self._ending
        if self.inbox:
            self._wake.set()

    async def _take_messages(self) -> None:
        while self.inbox and len(self._running) < MOST_MUTATIONS_AT_ONCE:
            message = self.inbox.take()
            if isinstance(message, Malformed):
                raise message
            if not self._session.connected and not isinstance(message, Connect):
                raise ProtocolFault("The first message of a connection is Connect")
            match message:
                case Connect():
                    await self._connect(message)
                case ModifyQuerySet():
                    self._modify(message)
                case Mutation():
                    self._begin(message)
                case Action():
                    self._act(message)
                case Authenticate():
                    # What was asked before is answered before: the verdict may end the connection.
                    await self._answer_mutations()
                    await self._authenticate(message)

    async def _connect(self, message: Connect) -> None:
        self._session.connect()
        if len(message.session_id) > MOST_SESSION_CHARS:
            raise ProtocolFault("A session id this long is none")
        self.client = message.session_id
        self._line.first = message.is_first
        if message.last_close_reason and message.connection_count:
            reason = message.last_close_reason[:MOST_REASON_CHARS]
            log.info("sync_reconnected", connections=message.connection_count, last_close_reason=reason)
        if message.client_ts is not None:
            skew = message.client_ts - self._runtime.now_ms()
            self._skew = int(max(-LARGEST_SKEW_MS, min(skew, LARGEST_SKEW_MS)))
        await self._services.admit(self, self.client)
        if message.max_observed_timestamp is not None:
            await self._reach(message.max_observed_timestamp)

    async def _reach(self, text: str) -> None:
        """Makes sure that the client is shown nothing older than what it has seen."""
        try:
            observed = values.decode_timestamp(text)
        except values.InvalidValue as error:
            raise ProtocolFault(str(error)) from None
        if not await self._runtime.reach(observed):
            log.warning("sync_client_ahead", ahead_ns=observed - int(self._runtime.now_ms() * NS_PER_MS))
            raise Closed(closing.FAILED, closing.BROKEN)
        self._session.reach(observed)

    def _modify(self, message: ModifyQuerySet) -> None:
        added, removed = self._session.modify(message)
        for query_id in removed:
            self._refused.pop(query_id, None)
            if (watch := self._watches.pop(query_id, None)) is not None:
                self._runtime.live.drop(watch)
        for add in added:
            try:
                self._check_room()
                self._watch(add.query_id, self._services.requests.question(add, self._identity))
            except FunctionError as error:
                self._refused[add.query_id] = Answer(error=error)

    def _check_room(self) -> None:
        limit = self._services.settings.queries
        if len(self._watches) >= limit:
            raise LimitExceeded(f"One connection may have {limit} live queries", limit=limit)

    def _watch(self, query_id: int, question: Question) -> None:
        self._watches[query_id] = Watch(self._watcher, query_id, question)

    async def _authenticate(self, message: Authenticate) -> None:
        self._session.check_identity(message.base_version)
        identity = await self._verify(message)
        self._session.authenticated()
        before, self._identity = claims_of(self._identity), identity
        claims = claims_of(identity)
        if claims != before:
            for query_id, watch in list(self._watches.items()):
                self._runtime.live.drop(watch)
                self._watch(query_id, msgspec.structs.replace(watch.question, identity=claims))

    async def _verify(self, message: Authenticate) -> Identity | None:
        if message.token_type == "None":
            return None
        if message.token_type == "Admin":
            self._refuse("There is no admin key on this server", attempted=True)
        try:
            return await self._services.verify(message.value or "")
        except RequestError as error:
            if error.status >= SERVER_FAULT_STATUS:
                raise Closed(closing.BUSY, closing.KEYS_AWAY) from None
            self._refuse(error.message, attempted=True)

    def _check_expiry(self) -> None:
        if self._identity is None:
            return
        leeway = self._runtime.settings.identity.leeway * MS_PER_SECOND
        if self._identity.expires_at + leeway <= self._runtime.now_ms():
            self._refuse("The token has expired: get a new one", attempted=False)

    def _refuse(self, reason: str, attempted: bool) -> NoReturn:
        base = self._session.sent.identity
        self._outbox.put(encode("AuthError", error=reason, baseVersion=base, authUpdateAttempted=attempted))
        raise Closed(closing.NORMAL, closing.NOT_AUTHENTICATED)

    def _begin(self, message: Mutation) -> None:
        self._check_expiry()
        if self._session.begin(message.request_id):
            self._running.append(self._services.requests.mutate(message, self.client, self._identity, self._line))

    async def _answer_mutations(self) -> None:
        while self._running:
            outcome = await self._running[0].outcome()
            self._running.popleft()
            if isinstance(outcome, RequestError):
                # Nor were those behind it. What has been done is still shown, or it would be sent again for ever.
                self._services.spawn(_finish(list(self._running)))
                self._running.clear()
                self._session.abandon()
                self.end(Closed(closing.BUSY, outcome.code))
                return
            self._outbox.put(self._session.answer(outcome.value, outcome.error, outcome.ts, outcome.log_lines))

    def _act(self, message: Action) -> None:
        self._check_expiry()
        if self._actions >= MOST_ACTIONS:
            raise Closed(closing.BUSY, closing.OVERLOADED)
        self._actions += 1
        self._services.spawn(self._finish_action(message, self._identity))

    async def _finish_action(self, message: Action, identity: Identity | None) -> None:
        outcome = await self._services.requests.act(message, self.client, identity)
        self._actions -= 1
        value = None if outcome.error else values.encode_exact(outcome.value)
        self._outbox.put(action_answer(message.request_id, value, outcome.error, outcome.log_lines))
        self._wake.set()

    async def _show(self) -> None:
        """Makes a Transition when there is a reason for one."""
        if not self._session.owes and not self._watcher.stale:
            return
        if self._watcher.stale:
            self._check_expiry()
        ts, fresh = await self._runtime.live.refresh(self._watcher, self._session.least)
        self._vouch(self._vouched.union(*(answer.alive for answer in fresh.values())))
        answers = {watch.tag: answer for watch, answer in fresh.items()} | self._refused
        self._refused.clear()
        clock = {"clientClockSkew": self._skew, "serverTs": int(self._runtime.now_ms() * NS_PER_MS)}
        transition = self._session.transition(ts, answers, clock)
        if transition is None:
            return
        if self._chunked and len(transition) > CHUNK_ABOVE_BYTES:
            self._outbox.put(*chunks(transition, str(ts), CHUNK_CHARS))
        else:
            self._outbox.put(transition)

    def _tick(self) -> None:
        """Says something when it has been quiet, and waits only so long for a hello."""
        settings = self._services.settings
        quiet = self._loop.time() - self._outbox.spoke_at
        limit = settings.ping if self._session.connected else settings.hello
        if quiet >= limit:
            if not self._session.connected:
                self.end(Closed(closing.NORMAL, closing.NO_CONNECT))
            elif not self._outbox.busy:
                self._outbox.put(PING)
                self._wake.set()
            quiet = 0.0
        self._vouch(self._alive())
        self._timer = self._loop.call_later(limit - quiet, self._tick)

    def _alive(self) -> set[Pair]:
        """Returns whose signs of life the client's live queries give."""
        return {pair for watch in self._watches.values() if watch.answer for pair in watch.answer.alive}

    def _vouch(self, alive: set[Pair]) -> None:
        """Has the node vouch for these, and no more for those before who are not among them."""
        came, went, self._vouched = alive - self._vouched, self._vouched - alive, alive
        if came:
            self._runtime.presence.hold(came)
        if went:
            self._runtime.presence.release(went)

    def _leave(self) -> None:
        self._timer.cancel()
        self._vouch(set())
        for watch in self._watches.values():
            self._runtime.live.drop(watch)
        self._watches.clear()
        if self._running:
            self._services.spawn(_finish(list(self._running)))


async def _finish(mutations: list[Mutating]) -> None:
    """Sees mutations to their end that nobody waits for any more."""
    for mutating in mutations:
        await mutating.outcome()
