"""Live queries: many run at one timestamp, and each is stale once a later commit touches its read set.

Guarantees: identical queries of several clients share one run and one subscription, unless they depend on the caller.
Runs are cut into slices, which accounts and networks get in turn (`refresh_queue`, `time_shares`).
"""

import asyncio
from collections.abc import Coroutine, Iterable
from typing import Any

import msgspec

from connvo.kernel.errors import LimitExceeded
from connvo.store.engine import Engine, SnapshotHandle, StoreBusy
from connvo.store.snapshot import Snapshot

from .client_subscriptions import ClientSubscriptions, QuerySubscription, Refresh, Refreshed, SharedResult
from .log_follower import LogDelta, LogFollower
from .query_batch import QueryBatch
from .refresh_queue import LONG_SECONDS, RefreshQueue
from .requests import QueryAnswer, QueryRequest, Run
from .subscriptions import Subscription, Subscriptions
from .time_shares import SLICE_SECONDS, Shares, Turns

# The number of snapshots held at once for short refreshes; a long one has one more.
SHORT_AT_ONCE = 3
# The cost of sending an answer, besides its run.
SENDING_SECONDS, BYTES_SENT_PER_SECOND = 0.00003, 2e8
# Time limit for all queries of one client in one refresh.
MAX_REFRESH_SECONDS = 10.0


class LiveQueries:
    """The live queries of this node. `turns` are those of everything that reads on the event loop."""

    def __init__(self, engine: Engine, follower: LogFollower, subscriptions: Subscriptions, run: Run) -> None:
        self._engine = engine
        self._follower = follower
        self._subscriptions = subscriptions
        self._run = run
        self._shared: dict[QueryRequest, SharedResult] = {}
        self._personal: set[str] = set()
        self.turns = Turns()
        self._shares = Shares()
        self._queue: RefreshQueue[Refresh] = RefreshQueue(self._shares)
        self._short_runners = 0
        self._runner_starts = self._runs_long = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def refresh(self, client: ClientSubscriptions, min_ts: int = 0) -> Refreshed:
        """Run stale queries; return a timestamp at which every query of the client is right, and the new answers.

        If nothing is stale and the log is applied up to `min_ts`, the timestamp is that of the log. Otherwise it is
        that of a new snapshot. Clients that ask in the same turn of the loop, as after a commit, share one snapshot as
        far as a slice of time allows.

        Raises:
            StoreBusy: The queries of this client take too long.
            StoreError: The database cannot be read.
            Left: The client has disconnected meanwhile.
        """
        if not client.stale and self._follower.ts >= min_ts:
            return self._follower.ts, {}
        refresh = Refresh(client, asyncio.get_running_loop().create_future())
        self._queue.put(refresh)
        self._start_runners()
        return await client.wait(refresh.answered)

    async def stop(self) -> None:
        """Cancel running refreshes and wait for their end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settle(self) -> None:
        """Wait until no refresh runs."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start_runners(self) -> None:
        if self._queue.has_short and self._short_runners < SHORT_AT_ONCE and not self._runner_starts:
            self._short_runners += 1
            self._runner_starts = True
            self._spawn(self._run_short())
        if self._queue.has_long and not self._runs_long:
            self._runs_long = True
            self._spawn(self._run_long())

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work, name="live")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _run_short(self) -> None:
        """Serve short refreshes until none waits."""
        self._runner_starts = False
        try:
            while self._queue.has_short:
                await self._refresh_short()
        finally:
            self._short_runners -= 1

    async def _run_long(self) -> None:
        """Serve long refreshes, one by one, until none waits."""
        try:
            while self._queue.has_long:
                refresh = await self._queue.take_long()
                if not refresh.answered.done():
                    await self._refresh_long(refresh)
        finally:
            self._runs_long = False

    async def _refresh_short(self) -> None:
        """Answer waiting clients on one snapshot for the time of a slice; requeue the others."""
        waiting: list[Refresh] = []
        try:
            async with self._engine.snapshot() as handle:
                batch = QueryBatch(handle, self._run, self.turns, self._engine.distant)
                await batch.next_slice()
                waiting = [refresh for refresh in self._queue.take_short() if not refresh.answered.done()]
                plans = self._plans(waiting)
                for requests in plans:
                    batch.plan(requests)
                ts, seq = await self._begin(handle, batch)
                for nth, requests in enumerate(plans):
                    if nth and batch.is_over and (not self._engine.distant or batch.lacks(requests)):
                        break
                    if not await self._serve(batch, seq, ts, waiting[0], LONG_SECONDS):
                        self._queue.put_long(waiting[0])
                    del waiting[0]
                self._queue.requeue(waiting)
                self._learn(batch, seq)
        except Exception as error:
            for refresh in waiting or self._queue.take_short():
                refresh.fail(error)
        self._start_runners()

    async def _refresh_long(self, refresh: Refresh) -> None:
        """Answer one client, on a snapshot of its own."""
        try:
            async with self._engine.snapshot() as handle:
                batch = QueryBatch(handle, self._run, self.turns, self._engine.distant, rest=SLICE_SECONDS)
                await batch.next_slice()
                (requests,) = self._plans([refresh])
                batch.plan(requests)
                ts, seq = await self._begin(handle, batch)
                if not await self._serve(batch, seq, ts, refresh, MAX_REFRESH_SECONDS):
                    refresh.fail(StoreBusy("the live queries of one client take too long"))
                self._learn(batch, seq)
        except Exception as error:
            refresh.fail(error)

    async def _begin(self, handle: SnapshotHandle, batch: QueryBatch) -> tuple[int, int]:
        """Begin a snapshot and apply its commits; return its timestamp and the position of its newest commit."""

        def begin(db: Snapshot) -> tuple[int, LogDelta]:
            delta = self._follower.delta(db)
            db.recall = batch.cache = self._follower.snapshot_cache(delta)
            batch.make_planned(db)
            return db.timestamp, delta

        ts, delta = await handle.run(begin)
        return ts, self._follower.apply_delta(delta)

    async def _serve(self, batch: QueryBatch, seq: int, ts: int, refresh: Refresh, max_seconds: float) -> bool:
        """Answer a client; return False, without an answer, when its queries have run for more than `max_seconds`."""
        client = refresh.client
        # From here on, stale marks belong to later commits: the answers hold at this timestamp.
        stale, client.stale = client.stale, set()
        before, answers = refresh.seconds, dict[QuerySubscription, QueryAnswer]()
        try:
            done = await self._answer_all(batch, seq, refresh, stale, max_seconds, answers)
        except BaseException:
            client.stale |= stale
            raise
        finally:
            self._shares.charge(refresh.person, refresh.seconds - before)
        if answers:
            client.learn_cost((refresh.seconds - before) / len(answers))
        if not done:
            client.stale |= {one for one in stale if not one.dropped}
            return False
        if not refresh.answered.done():
            refresh.answered.set_result((ts, answers))
        return True

    def _learn(self, batch: QueryBatch, seq: int) -> None:
        if batch.cache is not None:
            self._follower.learn(batch.cache, seq)

    def drop(self, query: QuerySubscription) -> None:
        """Remove a client's live query."""
        query.dropped = True
        query.client.stale.discard(query)
        query.client.count(query, 0)
        self._detach(query)

    def _plans(self, refreshes: list[Refresh]) -> list[list[QueryRequest]]:
        """Return the requests that certainly have to run for each refresh; of those that may share a run, the first."""
        planned: set[QueryRequest] = set()
        plans: list[list[QueryRequest]] = []
        for refresh in refreshes:
            requests: list[QueryRequest] = []
            for request, key in self._to_run(refresh.client.stale):
                if key not in planned:
                    planned.add(key)
                    requests.append(request)
            plans.append(requests)
        return plans

    def _to_run(self, stale: Iterable[QuerySubscription]) -> Iterable[tuple[QueryRequest, QueryRequest]]:
        """Yield the requests that have to run, each with the key under which it may share a run."""
        for query in stale:
            request, private = query.question, self._private_result(query)
            if private is not None:
                if not private.serves():
                    yield private.key, private.key
            elif self._known(request) is None:
                yield request, request if request.path in self._personal else request.without_identity()

    def _private_result(self, query: QuerySubscription) -> SharedResult | None:
        """Return the result of a live query if it has no other subscriber and depends on the caller."""
        shared = query.shared
        return shared if shared is not None and shared.is_private and self._shared.get(shared.key) is shared else None

    def _known(self, request: QueryRequest) -> SharedResult | None:
        """Return the result that a new subscriber with this request may share, or None."""
        for key in (request, request.without_identity()):
            known = self._shared.get(key)
            if known is not None and known.serves():
                return known
        return None

    async def _answer_all(
        self,
        batch: QueryBatch,
        seq: int,
        refresh: Refresh,
        stale: set[QuerySubscription],
        max_seconds: float,
        answers: dict[QuerySubscription, QueryAnswer],
    ) -> bool:
        """Collect the answers to stale queries; return False if that takes too long or the client has gone."""
        for query in sorted(stale, key=lambda query: query.tag):
            if batch.is_over:
                await batch.next_slice()
            if not refresh.is_wanted(max_seconds):
                return False
            answer = None if query.dropped else await self._answer_query(batch, seq, refresh, query)
            if answer is not None:
                answers[query] = answer
                refresh.seconds += SENDING_SECONDS + len(answer.value) / BYTES_SENT_PER_SECOND
        return True

    async def _answer_query(
        self, batch: QueryBatch, seq: int, refresh: Refresh, query: QuerySubscription
    ) -> QueryAnswer | None:
        """Return the answer to one live query, or None when it was removed meanwhile."""
        if not await self._rerun_private(batch, seq, refresh, query):
            self._detach(query)
            query.shared = await self._answer(batch, seq, refresh, query.question)
            query.shared.subscribers.add(query)
        shared = query.shared
        if shared is None or query.dropped:
            self._detach(query)
            return None
        if shared.answer.journal != query.question.journal:
            query.question = msgspec.structs.replace(query.question, journal=shared.answer.journal)
        try:
            query.client.count(query, len(shared.answer.value))
        except LimitExceeded as error:
            self._detach(query)
            return QueryAnswer(error=error)
        if shared.subscription.stale:
            query.client.mark(query)
        return shared.answer

    async def _rerun_private(self, batch: QueryBatch, seq: int, refresh: Refresh, query: QuerySubscription) -> bool:
        """Run the query of a private result again; return False if the query needs a new result instead.

        A run mostly reads what the previous run has read: then its registration stays. A result of an abandoned refresh
        that still holds is not run again.
        """
        shared = self._private_result(query)
        if shared is None:
            return False
        if shared.serves() and self._holds(shared, seq):
            return True
        key = shared.key
        answer, reads, seconds = await batch.answer(key)
        refresh.seconds += seconds
        if query.dropped:
            return True
        if not answer.personal or answer.journal != key.journal or len(shared.subscribers) > 1:
            return False
        if reads.ranges != shared.subscription.reads.ranges:
            self._subscriptions.remove(shared.subscription)
            shared.subscription = Subscription(reads, shared.on_stale)
            self._subscriptions.add(shared.subscription)
        shared.renew(answer, seq)
        if self._follower.touched_since(seq, reads):
            shared.subscription.touch()
        return True

    async def _answer(self, batch: QueryBatch, seq: int, refresh: Refresh, request: QueryRequest) -> SharedResult:
        known = self._known(request)
        if known is not None and self._holds(known, seq):
            return known
        answer, reads, seconds = await batch.answer(request)
        refresh.seconds += seconds
        if answer.personal:
            self._personal.add(request.path)
        shared = SharedResult(request if answer.personal else request.without_identity(), answer, reads, seq)
        self._shared[shared.key] = shared
        self._subscriptions.add(shared.subscription)
        if self._follower.touched_since(seq, reads):
            shared.subscription.touch()
        return shared

    def _holds(self, shared: SharedResult, seq: int) -> bool:
        """Return whether a result that is not stale holds on the snapshot of `seq`, which may be an older one."""
        return shared.seq <= seq or not self._follower.touched_since(seq, shared.subscription.reads)

    def _detach(self, query: QuerySubscription) -> None:
        shared, query.shared = query.shared, None
        if shared is not None:
            shared.subscribers.discard(query)
            self._release(shared)

    def _release(self, shared: SharedResult) -> None:
        """Drop a result without subscribers."""
        if not shared.subscribers:
            self._subscriptions.remove(shared.subscription)
            if self._shared.get(shared.key) is shared:
                del self._shared[shared.key]
