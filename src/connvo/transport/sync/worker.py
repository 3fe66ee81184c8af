"""The worker of one connection: takes messages in order, answers them, and keeps live queries up to date.

Guarantees: one coroutine makes and sends all messages, so they do not interleave. Mutations go to the database and are
answered in order of arrival; the next Transition comes after their answers. While a slow client has not read a
Transition no other is made: the next one jumps to the newest snapshot.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from typing import NoReturn

import structlog

from connvo.kernel import values
from connvo.kernel.clock import NS_PER_MS
from connvo.kernel.errors import LimitExceeded, RequestError
from connvo.kernel.identity import Identity
from connvo.runtime.live.client_subscriptions import ClientSubscriptions, Left
from connvo.runtime.request_dedup import MutationOrder
from connvo.store.engine import StoreError

from . import close_codes
from .authentication import TokenRefused, verify
from .client import Client
from .close_codes import ClientDisconnected, Closed
from .inbox import Inbox
from .keep_alive import KeepAlive, MemberSockets
from .live_queries import LiveQuerySet
from .messages import (
    Action,
    Authenticate,
    Connect,
    Incoming,
    Malformed,
    ModifyQuerySet,
    Mutation,
    chunks,
    decode,
    decode_connect,
    encode,
    fatal,
)
from .outbox import Outbox
from .reconnect_reasons import known_reason
from .requests import RunningMutation, claims_of, is_renewal
from .services import Services
from .session import ProtocolFault, SyncSession, action_answer
from .throttle import cost_of, pause

log = structlog.get_logger()
MAX_MUTATIONS_AT_ONCE = 128
CHUNK_ABOVE_BYTES = 5 * 1024 * 1024
CHUNK_CHARS = 4 * 1024 * 1024
MAX_SKEW_MS = 2**52
MS_PER_SECOND = 1000.0
# An ending connection waits this long for a last refresh of its queries.
LAST_REFRESH_SECONDS = 1.0


class SyncWorker:
    """The work of one connection. `send` sends texts, and waits while the client does not read.

    `chunked` is true if the client understands Transitions in chunks.
    """

    def __init__(
        self, services: Services, send: Callable[[list[bytes]], Awaitable[None]], client: Client, chunked: bool = False
    ) -> None:
        self._services = services
        self._runtime = services.runtime
        self._chunked = chunked
        self._loop = asyncio.get_running_loop()
        self._wake = asyncio.Event()
        self.inbox = Inbox(self._wake.set)
        self._outbox = Outbox(send, self._loop.time)
        self._session = SyncSession()
        self._keep_alive = KeepAlive(
            services.settings, self._session, self._outbox, self._check_use, self._wake.set, self.end
        )
        allowance = services.runtime.query_budget.open(client.network)
        self._subscriptions = ClientSubscriptions(self._wake.set, allowance.person, services.settings.result_bytes)
        self._queries = LiveQuerySet(services, self._subscriptions, allowance)
        self._pending: tuple[Incoming | None, int] | None = None
        self._waits_since: float | None = None
        self._retry: asyncio.TimerHandle | None = None
        self._running: deque[RunningMutation] = deque()
        self._order = MutationOrder()
        self._member_sockets = MemberSockets(services.runtime.presence)
        self._actions = 0
        self.client = client
        self._connect_message: Connect | None = None
        self._observed = 0
        self._last_message_at = self._loop.time()
        self._skew = 0
        self._ending: Closed | ClientDisconnected | None = None

    def end(self, why: Closed | ClientDisconnected) -> None:
        """End the connection soon: running calls are answered, waiting messages are dropped."""
        self._ending = self._ending or why
        self._pending = None
        self.inbox.clear()
        self._wake.set()
        if isinstance(why, ClientDisconnected):
            self._subscriptions.leave()
        else:
            self._loop.call_later(LAST_REFRESH_SECONDS, self._subscriptions.leave)

    async def supersede(self) -> None:
        """End the connection in favour of a newer one of its session; return once none of its mutations runs."""
        self.end(Closed(close_codes.NORMAL, close_codes.SUPERSEDED))
        if self._running:
            await asyncio.wait([mutation.done for mutation in self._running])

    async def run(self) -> Closed | None:
        """Work until the connection ends; return why the server ended it, None if the client disconnected."""
        self._keep_alive.start()
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
        except ClientDisconnected:
            return None
        except Closed as closed:
            return closed
        except (ProtocolFault, Malformed) as fault:
            self._outbox.put(fatal(fault))
            return Closed(close_codes.NORMAL, close_codes.PROTOCOL)
        except StoreError as error:
            log.warning("sync_store_unavailable", reason=error.message)
        except Exception as error:
            log.error("sync_failed", exc_info=error)
        return Closed(close_codes.FAILED, close_codes.BROKEN)

    async def _turn(self) -> None:
        if isinstance(self._ending, ClientDisconnected):
            raise self._ending
        await self._take_messages()
        await self._answer_mutations()
        await self._send_transition()
        await self._outbox.flush()
        if self._ending is not None:
            raise self._ending
        if self.inbox and self._retry is None:
            self._wake.set()

    async def _take_messages(self) -> None:
        while len(self._running) < MAX_MUTATIONS_AT_ONCE and (self._pending or self._decode_next()):
            if self._pending is None or self._must_wait(*self._pending):
                return
            (message, _), self._pending = self._pending, None
            self._last_message_at = self._loop.time()
            self.client.connection.touch()
            await self._take(message)
            self.inbox.done()

    def _decode_next(self) -> bool:
        if not self.inbox:
            return False
        received = self.inbox.take()
        if isinstance(received, Malformed):
            raise received
        message = decode(received) if self._session.connected else decode_connect(received)
        self._pending = message, len(received)
        return True

    async def _take(self, message: Incoming | None) -> None:
        match message:
            case Connect():
                await self._connect(message)
            case ModifyQuerySet():
                added, removed = self._session.modify(message)
                self._queries.remove(removed)
                await self._queries.add(added)
            case Mutation():
                self._begin(message)
            case Action():
                self._act(message)
            case Authenticate():
                # Earlier mutations are answered first: a refused token ends the connection.
                await self._answer_mutations()
                await self._authenticate(message)

    def _must_wait(self, message: Incoming | None, size: int) -> bool:
        """Charge for a message, or schedule a retry and return True; later messages wait with it."""
        if self._retry is not None:
            return True
        services, client = self._services, self.client
        begins = isinstance(message, Mutation)
        if begins and not services.mutations.enter(client.key):
            wait = pause()
        else:
            wait = services.throttle.charge(client.network, client.identity, cost_of(message, size))
            if wait and begins:
                services.mutations.leave(client.key)
        if not wait:
            self._waits_since = None
            return False
        now = self._loop.time()
        self._waits_since = now if self._waits_since is None else self._waits_since
        if client.identity is None and now + wait - self._waits_since > services.settings.stranger_wait_seconds:
            raise Closed(close_codes.BUSY, close_codes.OVERLOADED)
        self._retry = self._loop.call_later(wait, self._try_again)
        return True

    def _try_again(self) -> None:
        self._retry = None
        self._wake.set()

    async def _connect(self, message: Connect) -> None:
        self._session.connect()
        self._connect_message = message
        self.client.session = message.session_id
        self._order.first = message.is_first
        if message.client_ts is not None:
            skew = message.client_ts - self._runtime.now_ms()
            self._skew = int(max(-MAX_SKEW_MS, min(skew, MAX_SKEW_MS)))
        await self._services.admit(self)
        if message.max_observed_timestamp is not None:
            try:
                self._observed = values.decode_timestamp(message.max_observed_timestamp)
            except values.InvalidValue as error:
                raise ProtocolFault(str(error)) from None
            self._session.advance(self._observed)

    async def _advance_clock(self) -> None:
        """Advance the clock to what an account has seen, so that it is shown nothing older.

        Clients without a token move no clock.

        Raises:
            Closed: The database has not reached that time.
        """
        observed, self._observed = self._observed, 0
        if not observed or await self._runtime.advance_clock(observed):
            return
        if self._may_log():
            log.warning("sync_client_ahead", ahead_ns=observed - int(self._runtime.now_ms() * NS_PER_MS))
        raise Closed(close_codes.BUSY, close_codes.BEHIND)

    def _may_log(self) -> bool:
        return not self._services.lines.take("")

    async def _authenticate(self, message: Authenticate) -> None:
        self._session.check_identity(message.base_version)
        try:
            identity = await verify(self._services.admission, message, self.client.network)
        except TokenRefused as refused:
            self._refuse(str(refused), attempted=True)
        self._session.authenticated()
        before = claims_of(self.client.identity)
        self.client.become(identity)
        self.inbox.widen(identity is not None)
        await self._services.admit(self)
        if identity is not None:
            self._log_reconnect()
            await self._advance_clock()
        if is_renewal(before, claims_of(identity)):
            self._queries.renew(identity)
        else:
            self._queries.identify(identity)

    def _log_reconnect(self) -> None:
        hello, self._connect_message = self._connect_message, None
        if hello is not None and hello.connection_count and self._may_log():
            reason = known_reason(hello.last_close_reason)
            log.info("sync_reconnected", connections=hello.connection_count, last_close_reason=reason)

    def _check_expiry(self) -> None:
        identity = self.client.identity
        if identity is None:
            return
        leeway = self._runtime.settings.identity.leeway_seconds * MS_PER_SECOND
        if identity.expires_at + leeway <= self._runtime.now_ms():
            self._refuse("The token has expired: get a new one", attempted=False)

    def _refuse(self, reason: str, attempted: bool) -> NoReturn:
        base = self._session.sent.identity
        self._outbox.put(encode("AuthError", error=reason, baseVersion=base, authUpdateAttempted=attempted))
        raise Closed(close_codes.NORMAL, close_codes.NOT_AUTHENTICATED)

    def _begin(self, message: Mutation) -> None:
        client, running = self.client, self._services.mutations
        key, begun = client.key, False
        try:
            self._check_expiry()
            if self._session.begin(message.request_id):
                mutation = self._services.requests.mutate(message, client.session, client.identity, self._order)
                begun = True
                mutation.done.add_done_callback(lambda _: running.leave(key))
                self._running.append(mutation)
        finally:
            if not begun:
                running.leave(key)

    async def _answer_mutations(self) -> None:
        while self._running:
            outcome = await self._running[0].outcome()
            self._running.popleft()
            if isinstance(outcome, RequestError):
                # Later mutations have no known outcome either. Committed effects are still shown: otherwise the
                # client would send them again indefinitely.
                self._services.spawn(_finish(list(self._running)))
                self._running.clear()
                self._session.abandon()
                self.end(Closed(close_codes.BUSY, outcome.code))
                return
            self._outbox.put(self._session.answer(outcome.value, outcome.error, outcome.ts, outcome.log_lines))

    def _act(self, message: Action) -> None:
        self._check_expiry()
        key = self.client.key
        if not self._services.actions.enter(key):
            limit = self._services.settings.account_actions
            error = LimitExceeded(f"One account may run {limit} actions at once: wait for one to finish", limit=limit)
            self._outbox.put(action_answer(message.request_id, None, error, []))
            return
        self._actions += 1
        self._services.spawn(self._finish_action(message, self.client.identity, key))

    async def _finish_action(self, message: Action, identity: Identity | None, key: str) -> None:
        try:
            outcome = await self._services.requests.act(message, self.client.session, identity)
        finally:
            self._actions -= 1
            self._services.actions.leave(key)
        value = None if outcome.error else values.encode_exact(outcome.value)
        self._outbox.put(action_answer(message.request_id, value, outcome.error, outcome.log_lines))
        self._wake.set()

    async def _send_transition(self) -> None:
        """Make a Transition if one is due or a query is stale."""
        if not self._session.transition_due and not self._subscriptions.stale:
            return
        if self._subscriptions.stale:
            self._check_expiry()
        try:
            ts, fresh = await self._runtime.live.refresh(self._subscriptions, self._session.least)
        except Left:
            raise self._ending or ClientDisconnected from None
        if ts < self._session.least:
            raise Closed(close_codes.BUSY, close_codes.BEHIND)
        self._member_sockets.add({pair for answer in fresh.values() for pair in answer.heartbeats})
        answers = {subscription.tag: answer for subscription, answer in fresh.items()}
        clock = {"clientClockSkew": self._skew, "serverTs": int(self._runtime.now_ms() * NS_PER_MS)}
        transition = self._session.transition(ts, answers, clock, self._queries.take_refused())
        if transition is None:
            return
        if self._chunked and len(transition) > CHUNK_ABOVE_BYTES:
            self._outbox.put(*chunks(transition, str(ts), CHUNK_CHARS))
        else:
            self._outbox.put(transition)

    def _check_use(self) -> None:
        """End an idle connection, and release the members whose queries have gone."""
        if self._is_idle():
            self.end(Closed(close_codes.NORMAL, close_codes.IDLE))
        self._member_sockets.set(self._queries.heartbeats())

    def _is_idle(self) -> bool:
        """Return whether a client without a token only holds the connection open."""
        if self.client.identity is not None or not self._session.connected:
            return False
        used = len(self._queries) or self._running or self._actions or self._outbox.busy
        return not used and self._loop.time() - self._last_message_at >= self._services.settings.stranger_idle_seconds

    def _leave(self) -> None:
        self._keep_alive.stop()
        if self._retry is not None:
            self._retry.cancel()
        self._member_sockets.set(set())
        self._queries.close()
        if self._running:
            self._services.spawn(_finish(list(self._running)))


async def _finish(mutations: list[RunningMutation]) -> None:
    """Finish mutations of disconnected clients."""
    for mutation in mutations:
        await mutation.outcome()
