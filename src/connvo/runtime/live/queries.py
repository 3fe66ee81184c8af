"""Live queries: run many at one timestamp, and know from then on whether each still holds.

Identical queries of several clients that do not depend on who asks share one run and one subscription. Runs are cut
into slices, and people have them in turn (`refreshing`, `turns`).
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

# How many snapshots are held at once for short refreshes; one more is for a long one.
SHORT_AT_ONCE = 3
# What showing an answer takes beside its run.
SHOWING_SECONDS, BYTES_SHOWN_PER_SECOND = 0.00003, 2e8
# How long the queries of one client may run for one refresh, all together.
MAX_REFRESH_SECONDS = 10.0


class LiveQueries:
    """Runs questions and keeps their answers honest. `turns` are those of everything that reads on the event loop."""

    def __init__(self, engine: Engine, tail: LogFollower, subscriptions: Subscriptions, run: Run) -> None:
        self._engine = engine
        self._tail = tail
        self._subscriptions = subscriptions
        self._run = run
        self._shared: dict[QueryRequest, SharedResult] = {}
        self._personal: set[str] = set()
        self.turns = Turns()
        self._shares = Shares()
        self._queue: RefreshQueue[Refresh] = RefreshQueue(self._shares)
        self._short = 0
        self._begins = self._runs_long = False
        self._tasks: set[asyncio.Task[None]] = set()

    async def refresh(self, watcher: ClientSubscriptions, least: int = 0) -> Refreshed:
        """Run what is stale; return a timestamp at which every watch of the client is right, and the new answers.

        Nothing is stale, and the log is applied up to `least`: then that is the timestamp. Otherwise the database says
        it; clients that ask in the same turn of the loop, as a commit makes them do, are answered on one snapshot as
        far as a slice of time allows.

        Raises:
            StoreBusy: The queries of this client take too long.
            Left: The watcher has left meanwhile.
        """
        if not watcher.stale and self._tail.ts >= least:
            return self._tail.ts, {}
        refresh = Refresh(watcher, asyncio.get_running_loop().create_future())
        self._queue.put(refresh)
        self._start_runners()
        return await watcher.wait(refresh.answered)

    async def stop(self) -> None:
        """End what runs and wait."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def settle(self) -> None:
        """Wait until nobody waits for a refresh."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def _start_runners(self) -> None:
        if self._queue.has_short and self._short < SHORT_AT_ONCE and not self._begins:
            self._short += 1
            self._begins = True
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
        self._begins = False
        try:
            while self._queue.has_short:
                await self._refresh_short()
        finally:
            self._short -= 1

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
        """Answer those who have asked, on one snapshot, for the time of a slice; the others go back to the queue."""
        waiting: list[Refresh] = []
        try:
            async with self._engine.snapshot() as held:
                batch = QueryBatch(held, self._run, self.turns, self._engine.distant)
                await batch.next_slice()
                waiting = [refresh for refresh in self._queue.take_short() if not refresh.answered.done()]
                plans = self._plans(waiting)
                for questions in plans:
                    batch.plan(questions)
                ts, seq = await self._begin(held, batch)
                for nth, questions in enumerate(plans):
                    if nth and batch.is_over and (not self._engine.distant or batch.lacks(questions)):
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
            async with self._engine.snapshot() as held:
                batch = QueryBatch(held, self._run, self.turns, self._engine.distant, rest=SLICE_SECONDS)
                await batch.next_slice()
                (questions,) = self._plans([refresh])
                batch.plan(questions)
                ts, seq = await self._begin(held, batch)
                if not await self._serve(batch, seq, ts, refresh, MAX_REFRESH_SECONDS):
                    refresh.fail(StoreBusy("the live queries of one client take too long"))
                self._learn(batch, seq)
        except Exception as error:
            refresh.fail(error)

    async def _begin(self, held: SnapshotHandle, batch: QueryBatch) -> tuple[int, int]:
        """Begin a snapshot; return its timestamp and the position of its newest commit, which has been applied."""

        def begin(db: Snapshot) -> tuple[int, LogDelta]:
            news = self._tail.delta(db)
            db.recall = batch.memories = self._tail.snapshot_cache(news)
            batch.make_planned(db)
            return db.timestamp, news

        ts, news = await held.run(begin)
        return ts, self._tail.apply_delta(news)

    async def _serve(self, batch: QueryBatch, seq: int, ts: int, refresh: Refresh, most: float) -> bool:
        """Answer a client; return False when it has used more than `most` seconds and is not answered."""
        watcher = refresh.watcher
        # Marked from here on is what later commits touch: it still holds at this timestamp.
        stale, watcher.stale = watcher.stale, set()
        before, answers = refresh.seconds, dict[QuerySubscription, QueryAnswer]()
        try:
            done = await self._answer_all(batch, seq, refresh, stale, most, answers)
        except BaseException:
            watcher.stale |= stale
            raise
        finally:
            self._shares.charge(refresh.person, refresh.seconds - before)
        if answers:
            watcher.learn_cost((refresh.seconds - before) / len(answers))
        if not done:
            watcher.stale |= {watch for watch in stale if not watch.dropped}
            return False
        if not refresh.answered.done():
            refresh.answered.set_result((ts, answers))
        return True

    def _learn(self, batch: QueryBatch, seq: int) -> None:
        if batch.memories is not None:
            self._tail.learn(batch.memories, seq)

    def drop(self, watch: QuerySubscription) -> None:
        """End a client's interest."""
        watch.dropped = True
        watch.watcher.stale.discard(watch)
        watch.watcher.count(watch, 0)
        self._detach(watch)

    def _plans(self, refreshes: list[Refresh]) -> list[list[QueryRequest]]:
        """Return what certainly is to be run for each. Of what may turn out to be the same, only the first."""
        planned: set[QueryRequest] = set()
        plans: list[list[QueryRequest]] = []
        for refresh in refreshes:
            questions: list[QueryRequest] = []
            for question, key in self._to_run(refresh.watcher.stale):
                if key not in planned:
                    planned.add(key)
                    questions.append(question)
            plans.append(questions)
        return plans

    def _to_run(self, stale: Iterable[QuerySubscription]) -> Iterable[tuple[QueryRequest, QueryRequest]]:
        """Yield the questions that have to be run, each with what it may turn out to be the same as."""
        for watch in stale:
            question, alone = watch.question, self._alone(watch)
            if alone is not None:
                if not alone.serves():
                    yield alone.key, alone.key
            elif self._known(question) is None:
                yield question, question if question.path in self._personal else question.without_identity()

    def _alone(self, watch: QuerySubscription) -> SharedResult | None:
        """Return the answer that a client alone watches, if it is that."""
        shared = watch.shared
        return shared if shared is not None and shared.alone and self._shared.get(shared.key) is shared else None

    def _known(self, question: QueryRequest) -> SharedResult | None:
        """Return the answer that is there for a question, if somebody new may have it."""
        for key in (question, question.without_identity()):
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
        most: float,
        answers: dict[QuerySubscription, QueryAnswer],
    ) -> bool:
        """Put answers to what is stale; return False when that takes too long or the client has gone."""
        for watch in sorted(stale, key=lambda watch: watch.tag):
            if batch.is_over:
                await batch.next_slice()
            if not refresh.is_wanted(most):
                return False
            answer = None if watch.dropped else await self._answer_watch(batch, seq, refresh, watch)
            if answer is not None:
                answers[watch] = answer
                refresh.seconds += SHOWING_SECONDS + len(answer.value) / BYTES_SHOWN_PER_SECOND
        return True

    async def _answer_watch(
        self, batch: QueryBatch, seq: int, refresh: Refresh, watch: QuerySubscription
    ) -> QueryAnswer | None:
        """Return the answer to one question, None when it is not asked any more."""
        if not await self._run_alone(batch, seq, refresh, watch):
            self._detach(watch)
            watch.shared = await self._answer(batch, seq, refresh, watch.question)
            watch.shared.watches.add(watch)
        shared = watch.shared
        if shared is None or watch.dropped:
            self._detach(watch)
            return None
        if shared.answer.journal != watch.question.journal:
            watch.question = msgspec.structs.replace(watch.question, journal=shared.answer.journal)
        try:
            watch.watcher.count(watch, len(shared.answer.value))
        except LimitExceeded as error:
            self._detach(watch)
            return QueryAnswer(error=error)
        if shared.subscription.stale:
            watch.watcher.mark(watch)
        return shared.answer

    async def _run_alone(self, batch: QueryBatch, seq: int, refresh: Refresh, watch: QuerySubscription) -> bool:
        """Run again what one client alone watches; return False when that has to be done anew.

        A run mostly reads what the one before has read: then nothing has to be registered. What was run for a refresh
        that was given up, and still holds, is not run again.
        """
        shared = self._alone(watch)
        if shared is None:
            return False
        if shared.serves() and self._holds(shared, seq):
            return True
        key = shared.key
        answer, reads, seconds = await batch.answer(key)
        refresh.seconds += seconds
        if watch.dropped:
            return True
        if not answer.personal or answer.journal != key.journal or len(shared.watches) > 1:
            return False
        if reads.ranges != shared.subscription.reads.ranges:
            self._subscriptions.remove(shared.subscription)
            shared.subscription = Subscription(reads, shared.on_stale)
            self._subscriptions.add(shared.subscription)
        shared.renew(answer, seq)
        if self._tail.touched_since(seq, reads):
            shared.subscription.touch()
        return True

    async def _answer(self, batch: QueryBatch, seq: int, refresh: Refresh, question: QueryRequest) -> SharedResult:
        known = self._known(question)
        if known is not None and self._holds(known, seq):
            return known
        answer, reads, seconds = await batch.answer(question)
        refresh.seconds += seconds
        if answer.personal:
            self._personal.add(question.path)
        shared = SharedResult(question if answer.personal else question.without_identity(), answer, reads, seq)
        self._shared[shared.key] = shared
        self._subscriptions.add(shared.subscription)
        if self._tail.touched_since(seq, reads):
            shared.subscription.touch()
        return shared

    def _holds(self, shared: SharedResult, seq: int) -> bool:
        """Return whether an answer that is not stale is right on the snapshot of `seq`, which may be an older one."""
        return shared.seq <= seq or not self._tail.touched_since(seq, shared.subscription.reads)

    def _detach(self, watch: QuerySubscription) -> None:
        shared, watch.shared = watch.shared, None
        if shared is not None:
            shared.watches.discard(watch)
            self._release(shared)

    def _release(self, shared: SharedResult) -> None:
        """Forget an answer that nobody watches."""
        if not shared.watches:
            self._subscriptions.remove(shared.subscription)
            if self._shared.get(shared.key) is shared:
                del self._shared[shared.key]
