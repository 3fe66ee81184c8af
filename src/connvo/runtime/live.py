"""Live queries: run many at one timestamp, and know from then on whether each still holds.

Identical queries of several clients that do not depend on who asks share one run and one subscription.
"""

import asyncio
from collections.abc import Callable
from time import monotonic

import msgspec

from ..kernel.errors import FunctionError
from ..kernel.identity import Identity
from ..store.engine import Engine, Held
from ..store.memory import Memories
from ..store.reads import ReadSet
from ..store.snapshot import Snapshot
from .heartbeats import Pair
from .subscriptions import Subscription, Subscriptions
from .tail import News, Tail

NULL = b"null"
# How old an answer that depends on the time may be when it is shown to somebody new.
SHARED_SECONDS = 1.0


class Question(msgspec.Struct, frozen=True):
    """What a client asks: path, arguments (the wire's exact JSON in one order), who asks, and where pages end."""

    path: str
    arguments: bytes
    identity: Identity | None
    journal: str | None = None


class Answer(msgspec.Struct, frozen=True, kw_only=True):
    """A result as the wire carries it: the value's JSON, or an error.

    `alive`: whose signs of life it gives. `journal`: where its page ends. `personal`: it depends on who asks.
    `timed`: it depends on when.
    """

    value: bytes = NULL
    error: FunctionError | None = None
    alive: frozenset[Pair] = frozenset()
    journal: str | None = None
    personal: bool = False
    timed: bool = False

    def looks_like(self, other: "Answer") -> bool:
        """Returns whether a client would see no difference."""
        mine, theirs = self.error, other.error
        if mine is None or theirs is None:
            return mine is theirs and self.value == other.value
        return mine is theirs or mine.data() == theirs.data()


Run = Callable[[Snapshot, Question, ReadSet], Answer]


class Shared:
    """One run that several clients watch, on the snapshot of the commit `seq`."""

    __slots__ = ("key", "answer", "seq", "made_at", "watches", "subscription")

    def __init__(self, key: Question, answer: Answer, reads: ReadSet, seq: int) -> None:
        self.key = key
        self.answer = answer
        self.seq = seq
        self.made_at = monotonic()
        self.watches: set[Watch] = set()
        self.subscription = Subscription(reads, self.on_stale)

    @property
    def alone(self) -> bool:
        """Whether it is one client's, and can be nobody else's."""
        return self.answer.personal and len(self.watches) == 1

    def renew(self, answer: Answer, seq: int) -> None:
        """Takes the answer of another run; what it read is registered."""
        self.answer = answer
        self.seq = seq
        self.made_at = monotonic()
        self.subscription.stale = False

    def on_stale(self) -> None:
        """Tells everybody who watches."""
        for watch in self.watches:
            watch.watcher.mark(watch)

    def serves(self) -> bool:
        """Returns whether somebody new may have this answer."""
        if self.subscription.stale:
            return False
        return not self.answer.timed or monotonic() - self.made_at <= SHARED_SECONDS


class Watch:
    """One client's interest in one question, under the number the client gave it."""

    __slots__ = ("watcher", "tag", "question", "shared", "dropped")

    def __init__(self, watcher: "Watcher", tag: int, question: Question) -> None:
        self.watcher = watcher
        self.tag = tag
        self.question = question
        self.shared: Shared | None = None
        self.dropped = False
        watcher.mark(self)

    @property
    def answer(self) -> Answer | None:
        """The newest answer; None before the first."""
        return None if self.shared is None else self.shared.answer


class Watcher:
    """All interests of one client. `stale` are those to be run before the next timestamp can be shown."""

    __slots__ = ("stale", "_wake")

    def __init__(self, wake: Callable[[], None]) -> None:
        self.stale: set[Watch] = set()
        self._wake = wake

    def mark(self, watch: Watch) -> None:
        """Notes that a watch has to be run."""
        self.stale.add(watch)
        self._wake()


Asking = tuple[Watcher, asyncio.Future[tuple[int, dict[Watch, Answer]]]]


class Made:
    """Answers made on one snapshot: those that are certain to be wanted in one go, others when they are."""

    def __init__(self, held: Held, run: Run) -> None:
        self._held = held
        self._run = run
        self._made: dict[Question, tuple[Answer, ReadSet]] = {}
        self.memories: Memories | None = None

    def run(self, db: Snapshot, questions: list[Question]) -> None:
        """Makes these. May run outside the event loop."""
        for question in questions:
            reads = ReadSet()
            self._made[question] = self._run(db, question, reads), reads

    async def answer(self, question: Question) -> tuple[Answer, ReadSet]:
        """Returns an answer and what it read; it is given away once."""
        if question not in self._made:
            await self._held.run(lambda db: self.run(db, [question]))
        return self._made.pop(question)


class Live:
    """Runs questions and keeps their answers honest."""

    def __init__(self, engine: Engine, tail: Tail, subscriptions: Subscriptions, run: Run) -> None:
        self._engine = engine
        self._tail = tail
        self._subscriptions = subscriptions
        self._run = run
        self._shared: dict[Question, Shared] = {}
        self._asking: list[Asking] = []
        self._refreshing: set[asyncio.Task[None]] = set()

    async def refresh(self, watcher: Watcher, least: int = 0) -> tuple[int, dict[Watch, Answer]]:
        """Runs what is stale; returns a timestamp at which every watch of the client is right, and the new answers.

        Nothing is stale, and the log is applied up to `least`: then that is the timestamp. Otherwise the database says
        it; clients that ask in the same turn of the loop, as a commit makes them do, are answered on one snapshot.
        """
        if not watcher.stale and self._tail.ts >= least:
            return self._tail.ts, {}
        answered: asyncio.Future[tuple[int, dict[Watch, Answer]]] = asyncio.get_running_loop().create_future()
        self._asking.append((watcher, answered))
        if len(self._asking) == 1:
            task = asyncio.create_task(self._refresh(), name="live")
            self._refreshing.add(task)
            task.add_done_callback(self._refreshing.discard)
        return await answered

    async def _refresh(self) -> None:
        """Answers everybody who has asked."""
        asking, self._asking = self._asking, []
        try:
            async with self._engine.hold() as held:
                made, planned = Made(held, self._run), self._planned(asking)
                ts, news = await held.run(lambda db: self._begin(db, made, planned))
                seq = self._tail.take(news)
                for watcher, answered in asking:
                    # Marked from here on is what later commits touch: it still holds at this timestamp.
                    stale, watcher.stale = watcher.stale, set()
                    try:
                        answers = await self._answer_all(made, seq, watcher, stale)
                    except BaseException:
                        watcher.stale |= stale
                        raise
                    if not answered.done():
                        answered.set_result((ts, answers))
                if made.memories is not None:
                    self._tail.learn(made.memories, seq)
        except Exception as error:
            for _, answered in asking:
                if not answered.done():
                    answered.set_exception(error)

    def drop(self, watch: Watch) -> None:
        """Ends a client's interest."""
        watch.dropped = True
        watch.watcher.stale.discard(watch)
        self._detach(watch)

    def _begin(self, db: Snapshot, made: Made, planned: list[Question]) -> tuple[int, News]:
        """Makes what is planned; returns the timestamp of a snapshot and what it knows. Touches nothing of the loop."""
        news = self._tail.news(db)
        db.recall = made.memories = self._tail.memories(news)
        made.run(db, planned)
        return db.timestamp, news

    def _planned(self, asking: list[Asking]) -> list[Question]:
        """Returns what certainly is to be run. Of what may turn out to be the same, only the first."""
        planned: dict[Question, Question] = {}
        for watcher, _ in asking:
            for watch in watcher.stale:
                question, alone = watch.question, self._alone(watch)
                if alone is not None:
                    planned[alone.key] = alone.key
                elif self._known(question) is None:
                    planned.setdefault(_by_anybody(question), question)
        return list(planned.values())

    def _alone(self, watch: Watch) -> Shared | None:
        """Returns the answer that a client alone watches, if it is that."""
        shared = watch.shared
        return shared if shared is not None and shared.alone and self._shared.get(shared.key) is shared else None

    def _known(self, question: Question) -> Shared | None:
        """Returns the answer that is there for a question, if somebody new may have it."""
        for key in (question, _by_anybody(question)):
            known = self._shared.get(key)
            if known is not None and known.serves():
                return known
        return None

    async def _answer_all(self, made: Made, seq: int, watcher: Watcher, stale: set[Watch]) -> dict[Watch, Answer]:
        answers: dict[Watch, Answer] = {}
        for watch in stale:
            if not await self._run_alone(made, seq, watch):
                self._detach(watch)
                watch.shared = await self._answer(made, seq, watch.question)
                watch.shared.watches.add(watch)
            shared = watch.shared
            if shared is None or watch.dropped:
                self._detach(watch)
                continue
            answers[watch] = shared.answer
            if shared.answer.journal != watch.question.journal:
                watch.question = msgspec.structs.replace(watch.question, journal=shared.answer.journal)
            if shared.subscription.stale:
                watcher.mark(watch)
        return answers

    async def _run_alone(self, made: Made, seq: int, watch: Watch) -> bool:
        """Runs again what one client alone watches; returns False when that has to be done anew.

        A run mostly reads what the one before has read: then nothing has to be registered.
        """
        shared = self._alone(watch)
        if shared is None:
            return False
        key = shared.key
        answer, reads = await made.answer(key)
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

    async def _answer(self, made: Made, seq: int, question: Question) -> Shared:
        known = self._known(question)
        if known is not None and self._holds(known, seq):
            return known
        answer, reads = await made.answer(question)
        shared = Shared(question if answer.personal else _by_anybody(question), answer, reads, seq)
        self._shared[shared.key] = shared
        self._subscriptions.add(shared.subscription)
        if self._tail.touched_since(seq, reads):
            shared.subscription.touch()
        return shared

    def _holds(self, shared: Shared, seq: int) -> bool:
        """Returns whether an answer that is not stale is right on the snapshot of `seq`, which may be an older one."""
        return shared.seq <= seq or not self._tail.touched_since(seq, shared.subscription.reads)

    def _detach(self, watch: Watch) -> None:
        shared, watch.shared = watch.shared, None
        if shared is not None:
            shared.watches.discard(watch)
            self._release(shared)

    def _release(self, shared: Shared) -> None:
        """Forgets an answer that nobody watches."""
        if not shared.watches:
            self._subscriptions.remove(shared.subscription)
            if self._shared.get(shared.key) is shared:
                del self._shared[shared.key]


def _by_anybody(question: Question) -> Question:
    """Returns a question as somebody asks it of whom nothing is known."""
    return msgspec.structs.replace(question, identity=None) if question.identity else question
