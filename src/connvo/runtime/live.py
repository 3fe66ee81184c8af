"""Live queries: run many at one timestamp, and know from then on whether each still holds.

Identical queries of several clients that do not depend on who asks share one run and one subscription.
"""

from collections.abc import Callable
from time import monotonic

import msgspec

from ..kernel.errors import FunctionError
from ..kernel.identity import Identity
from ..store.engine import Engine
from ..store.reads import ReadSet
from ..store.snapshot import Snapshot
from .heartbeats import Pair
from .subscriptions import Subscription, Subscriptions
from .tail import Tail

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
    """One run that several clients watch."""

    __slots__ = ("key", "answer", "made_at", "watches", "subscription")

    def __init__(self, key: Question, answer: Answer, reads: ReadSet) -> None:
        self.key = key
        self.answer = answer
        self.made_at = monotonic()
        self.watches: set[Watch] = set()
        self.subscription = Subscription(reads, self._on_stale)

    def _on_stale(self) -> None:
        for watch in self.watches:
            watch.watcher.mark(watch)

    def serves(self) -> bool:
        """Returns whether somebody new may have this answer."""
        if self.subscription.stale:
            return False
        return not self.answer.timed or monotonic() - self.made_at <= SHARED_SECONDS


class Watch:
    """One client's interest in one question, under the number the client gave it."""

    __slots__ = ("watcher", "tag", "question", "shared")

    def __init__(self, watcher: "Watcher", tag: int, question: Question) -> None:
        self.watcher = watcher
        self.tag = tag
        self.question = question
        self.shared: Shared | None = None
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


class Live:
    """Runs questions and keeps their answers honest."""

    def __init__(self, engine: Engine, tail: Tail, subscriptions: Subscriptions, run: Run) -> None:
        self._engine = engine
        self._tail = tail
        self._subscriptions = subscriptions
        self._run = run
        self._shared: dict[Question, Shared] = {}

    async def refresh(self, watcher: Watcher) -> tuple[int, dict[Watch, Answer]]:
        """Runs what is stale; returns a timestamp at which every watch of the client is right, and the new answers."""
        return await self._engine.read(lambda db: self._refresh(db, watcher))

    def drop(self, watch: Watch) -> None:
        """Ends a client's interest."""
        watch.watcher.stale.discard(watch)
        self._detach(watch)

    def _refresh(self, db: Snapshot, watcher: Watcher) -> tuple[int, dict[Watch, Answer]]:
        seq = self._tail.catch_up(db)
        # Marked from here on is what later commits touch: it still holds at this timestamp.
        stale, watcher.stale = watcher.stale, set()
        answers: dict[Watch, Answer] = {}
        for watch in stale:
            self._detach(watch)
            shared = self._answer(db, seq, watch.question)
            shared.watches.add(watch)
            watch.shared = shared
            answers[watch] = shared.answer
            if shared.answer.journal != watch.question.journal:
                watch.question = msgspec.structs.replace(watch.question, journal=shared.answer.journal)
            if shared.subscription.stale:
                watcher.mark(watch)
        return db.timestamp, answers

    def _answer(self, db: Snapshot, seq: int, question: Question) -> Shared:
        anonymous = msgspec.structs.replace(question, identity=None) if question.identity else question
        for key in (question, anonymous):
            held = self._shared.get(key)
            if held is not None and held.serves():
                return held
        reads = ReadSet()
        answer = self._run(db, question, reads)
        shared = Shared(question if answer.personal else anonymous, answer, reads)
        self._shared[shared.key] = shared
        self._subscriptions.add(shared.subscription)
        if self._tail.touched_since(seq, reads):
            shared.subscription.touch()
        return shared

    def _detach(self, watch: Watch) -> None:
        shared, watch.shared = watch.shared, None
        if shared is None:
            return
        shared.watches.discard(watch)
        if not shared.watches:
            self._subscriptions.remove(shared.subscription)
            if self._shared.get(shared.key) is shared:
                del self._shared[shared.key]
