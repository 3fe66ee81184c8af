"""The worker of one connection: takes messages in order, answers them, and keeps live queries up to date.

Guarantees: one coroutine makes and sends all messages, so they do not interleave. Mutations go to the database and are
answered in order of arrival; the next Transition comes after their answers. While a slow client has not read a
Transition no other is made: the next one jumps to the newest snapshot.
"""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from connvo.kernel.clock import NS_PER_MS
from connvo.runtime.live.client_subscriptions import ClientSubscriptions, Left
from connvo.store.engine import StoreError

from . import close_codes
from .authentication import SignIn
from .calls import Calls
from .client import Client
from .close_codes import ClientDisconnected, Closed
from .inbox import Inbox
from .intake import Intake
from .keep_alive import KeepAlive, MemberSockets
from .live_queries import LiveQuerySet
from .messages import Action, Authenticate, Connect, Incoming, Malformed, ModifyQuerySet, Mutation, chunks, fatal
from .outbox import Outbox
from .requests import claims_of, is_renewal
from .services import Services
from .session import ProtocolFault, SyncSession

log = structlog.get_logger()
MAX_MUTATIONS_AT_ONCE = 128
NS = 1e9
CHUNK_ABOVE_BYTES = 5 * 1024 * 1024
CHUNK_CHARS = 4 * 1024 * 1024
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
        self._wake = asyncio.Event()
        self.client = client
        client.takes_chunks = chunked
        session = self._session = SyncSession()
        outbox = self._outbox = Outbox(send, asyncio.get_running_loop().time)
        self._intake = Intake(services, client, session, self._wake.set)
        self._sign_in = SignIn(services, client, session, outbox)
        self._calls = Calls(services, client, session, outbox, self._sign_in.note_error, self._wake.set)
        allowance = services.runtime.query_budget.open(client.network)
        result_bytes, follower = services.settings.result_bytes, services.runtime.tail
        subscriptions = ClientSubscriptions(self._wake.set, allowance.person, result_bytes, lambda: follower.ts)
        self._queries = LiveQuerySet(services, subscriptions, allowance, client)
        self._member_sockets = MemberSockets(services.runtime.presence)
        self._keep_alive = KeepAlive(services.settings, session, outbox, self._check_use, self._wake.set, self.end)
        self._ending: Closed | ClientDisconnected | None = None

    @property
    def inbox(self) -> Inbox:
        """The queue of the client's messages."""
        return self._intake.inbox

    def end(self, why: Closed | ClientDisconnected) -> None:
        """End the connection soon: running calls are answered, waiting messages are dropped."""
        self._ending = self._ending or why
        self._intake.clear()
        self._wake.set()
        subscriptions = self._queries.client
        if isinstance(why, ClientDisconnected):
            subscriptions.leave()
        else:
            asyncio.get_running_loop().call_later(LAST_REFRESH_SECONDS, subscriptions.leave)

    async def supersede(self) -> None:
        """End the connection in favour of a newer one of its session; return once none of its mutations runs."""
        self.end(Closed(close_codes.NORMAL, close_codes.SUPERSEDED))
        await self._calls.end_mutations()

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
        while self._calls.mutations < MAX_MUTATIONS_AT_ONCE and (received := self._intake.take()) is not None:
            await self._take(received.message)
            self.inbox.done()
        await self._answer_mutations()
        await self._send_transition()
        await self._outbox.flush()
        self._sign_in.check_account(answered=True)
        if self._ending is not None:
            raise self._ending
        if self._intake.is_ready:
            self._wake.set()

    async def _take(self, message: Incoming | None) -> None:
        match message:
            case Connect():
                self._sign_in.connect(message)
                self._calls.order.first = message.is_first
                await self._services.admit(self)
                self._sign_in.observe()
            case ModifyQuerySet():
                added, removed = self._session.modify(message)
                self._queries.remove(removed)
                await self._queries.add(added)
            case Mutation():
                await self._calls.wait_for_turn(message)
                self._begin(message)
            case Action():
                self._sign_in.check_expiry()
                self._calls.act(message)
            case Authenticate():
                # Earlier mutations are answered first: a refused token ends the connection.
                await self._answer_mutations()
                await self._authenticate(message)

    def _begin(self, message: Mutation) -> None:
        try:
            self._sign_in.check_expiry()
        except Closed:
            self._services.mutations.leave(self.client.key)
            raise
        self._calls.begin(message)

    async def _answer_mutations(self) -> None:
        failure = await self._calls.answer_mutations()
        if failure is not None:
            self.end(Closed(close_codes.BUSY, failure.code))

    async def _authenticate(self, message: Authenticate) -> None:
        before = claims_of(self.client.identity)
        await self._sign_in.authenticate(message)
        identity = self.client.identity
        self.inbox.widen(identity is not None)
        await self._services.admit(self)
        await self._sign_in.welcome()
        if is_renewal(before, claims_of(identity)):
            self._queries.renew(identity)
        else:
            self._queries.identify(identity)

    async def _send_transition(self) -> None:
        """Make a Transition if one is due or a query is stale."""
        live, subscriptions = self._services.runtime.live, self._queries.client
        if not self._session.transition_due and not subscriptions.due:
            return
        if subscriptions.stale:
            self._sign_in.check_expiry()
        try:
            ts, fresh = await live.refresh(subscriptions, self._session.least)
        except Left:
            raise self._ending or ClientDisconnected from None
        if fresh:
            await live.turn(subscriptions)
        if ts < self._session.least:
            raise Closed(close_codes.BUSY, close_codes.BEHIND)
        for query in fresh:
            self._sign_in.note_error(fresh[query].error)
        self._sign_in.check_account(answered=False)
        self._member_sockets.add({pair for query in fresh for pair in query.heartbeats})
        answers = {subscription.tag: answer for subscription, answer in fresh.items()}
        now_ns = int(self._services.runtime.now_ms() * NS_PER_MS)
        clock = {"clientClockSkew": self._sign_in.skew, "serverTs": now_ns}
        transition = self._session.transition(ts, answers, clock, self._queries.take_refused())
        if transition is None:
            return
        if fresh and subscriptions.changes.shown:
            node, shown = self._services.runtime.node, subscriptions.changes.shown
            node.recorder.pushed(max(0, now_ns - shown) / NS)
            node.traces.pushed(shown, now_ns)
        if self.client.takes_chunks and len(transition) > CHUNK_ABOVE_BYTES:
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
        used = len(self._queries) or self._calls or self._outbox.busy
        quiet = asyncio.get_running_loop().time() - self._intake.last_taken_at
        return not used and quiet >= self._services.settings.stranger_idle_seconds

    def _leave(self) -> None:
        self._keep_alive.stop()
        self._intake.stop()
        self._member_sockets.set(set())
        self._queries.close()
        self._calls.leave()
