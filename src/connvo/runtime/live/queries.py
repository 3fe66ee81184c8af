"""Live queries: many run at one timestamp, and each is stale once a later commit touches its read set.

Schedules the refreshes of all clients; `answering` finds or makes the answers, and `live_answers` keeps those shared.

Guarantees: runs are cut into slices, which accounts and networks get in turn (`refresh_queue`, `time_shares`).
"""

import asyncio
from collections.abc import Coroutine

from connvo.store.engine import Engine, SnapshotHandle, StoreBusy
from connvo.store.snapshot import Snapshot

from .answering import Answering, Answers, Ran, unrecorded
from .client_subscriptions import ClientSubscriptions, QuerySubscription, Refresh, Refreshed
from .live_answers import LiveAnswers
from .log_follower import LogDelta, LogFollower
from .pacing import Pacing
from .query_batch import QueryBatch
from .refresh_queue import LONG_SECONDS, RefreshQueue
from .requests import Run
from .subscriptions import Subscriptions
from .time_shares import SLICE_SECONDS, Shares, Turns

# The number of snapshots held at once for short refreshes; a long one has one more.
SHORT_AT_ONCE = 3
# Time limit for all queries of one client in one refresh.
MAX_REFRESH_SECONDS = 10.0


class LiveQueries:
    """The live queries of this node. `turns` are those of everything that reads on the event loop."""

    def __init__(
        self,
        engine: Engine,
        follower: LogFollower,
        subscriptions: Subscriptions,
        run: Run,
        pacing: Pacing | None = None,
        ran: Ran = unrecorded,
    ) -> None:
        self._engine = engine
        self._follower = follower
        self._run = run
        self._answering = Answering(LiveAnswers(follower, subscriptions, pacing or Pacing()), ran)
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
        if not (client.due and client.in_step):
            client.party = self._answering.party(client)
        refresh = Refresh(client, asyncio.get_running_loop().create_future())
        self._queue.put(refresh)
        self._start_runners()
        return await client.wait(refresh.answered)

    async def turn(self, client: ClientSubscriptions) -> None:
        """Wait for a turn to show a client its answers, or share one: many clients are shown theirs at once."""
        await self.turns.join(client.party)

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

    def _spawn(self, work: Coroutine[object, None, None]) -> None:
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
                plans = self._answering.plans(waiting) if batch.plans else [[]] * len(waiting)
                for runs in plans:
                    batch.plan(runs)
                ts, seq = await self._begin(handle, batch)
                for nth, runs in enumerate(plans):
                    is_over = batch.is_over and (not self._engine.distant or batch.lacks(runs))
                    if nth and (is_over or batch.is_used_up):
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
                if batch.plans:
                    batch.plan(*self._answering.plans([refresh]))
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
            db.cache = batch.cache = self._follower.snapshot_cache(delta)
            batch.make_planned(db)
            return db.timestamp, delta

        ts, delta = await handle.run(begin)
        return ts, self._follower.apply_delta(delta)

    async def _serve(self, batch: QueryBatch, seq: int, ts: int, refresh: Refresh, max_seconds: float) -> bool:
        """Answer a client; return False, without an answer, when its queries have run for more than `max_seconds`."""
        client = refresh.client
        # From here on, stale marks belong to later commits: the answers hold at this timestamp.
        stale, client.stale, client.due = client.stale, set(), False
        client.changes.take()
        seconds, charged = refresh.seconds, refresh.charged
        answers: Answers = {}
        try:
            done = await self._answering.answer_all(batch, seq, refresh, stale, max_seconds, answers)
        except BaseException:
            client.requeue(stale)
            raise
        finally:
            self._shares.charge(refresh.person, refresh.charged - charged)
        if answers:
            client.learn_cost((refresh.seconds - seconds) / len(answers))
        if not done:
            client.requeue(stale)
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
        self._answering.drop(query)
