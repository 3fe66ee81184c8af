"""The answers that clients watch, each with its read set, and shared by all clients for which it is the same.

Guarantees: an answer that is not stale is right on the newest snapshot that was shown. A stale one has told all its
subscribers.
"""

from collections.abc import Hashable
from time import monotonic

from .log_follower import LogFollower
from .pacing import Pace, Paced, Paces, Pacing
from .query_batch import QueryResult
from .requests import AnyRun, BodyRun, QueryAnswer
from .subscriptions import Subscription, Subscriptions

# The maximum age of an answer that depends on the time when a new client gets it.
SHARED_SECONDS = 1.0


class LiveAnswer(Subscription):
    """The newest answer of one run, for all its subscribers, on the snapshot of the commit `seq`.

    `seconds` is the time of that run. `pace` is set if the subscribers may be told of changes a little later.
    """

    __slots__ = ("run", "answer", "seq", "seconds", "made_at", "subscribers", "pace")

    def __init__(self, run: AnyRun, result: QueryResult, seq: int) -> None:
        super().__init__(result.reads)
        self.run = run
        self.subscribers: set[Paced] = set()
        self.pace: Pace | None = None
        self.renew(result, seq)

    def renew(self, result: QueryResult, seq: int) -> None:
        """Store the result of another run, whose read set is registered."""
        self.answer: QueryAnswer = result.answer
        self.seconds = result.seconds
        self.seq = seq
        self.made_at = monotonic()
        self.stale = False

    def tell(self) -> None:
        """Tell every subscriber that the answer it was given is not the newest."""
        if self.pace is not None:
            self.pace.tell(self.subscribers)
            return
        for subscriber in self.subscribers:
            subscriber.mark_stale()

    def tell_one(self, subscriber: Paced) -> None:
        """Tell one subscriber that the answer it was given is not the newest."""
        if self.pace is not None:
            self.pace.tell((subscriber,))
        else:
            subscriber.mark_stale()

    @property
    def is_fresh(self) -> bool:
        """Whether a new subscriber may have this answer."""
        if self.stale:
            return False
        return not self.answer.timed or monotonic() - self.made_at <= SHARED_SECONDS

    @property
    def share(self) -> float:
        """The seconds of the run that count for one subscriber."""
        return self.seconds / (len(self.subscribers) or 1)


class LiveAnswers:
    """All answers that have a subscriber, by their runs."""

    def __init__(self, follower: LogFollower, subscriptions: Subscriptions, pacing: Pacing) -> None:
        self._follower = follower
        self._subscriptions = subscriptions
        self._paces = Paces(pacing)
        self._by_run: dict[AnyRun, LiveAnswer] = {}

    def __len__(self) -> int:
        return len(self._by_run)

    def is_crowd(self, subject: Hashable) -> bool:
        """Return whether a crowd watches what is paced with a subject."""
        return self._paces.is_crowd(subject)

    def known(self, run: AnyRun) -> LiveAnswer | None:
        """Return the answer of a run if a new subscriber may have it."""
        found = self._by_run.get(run)
        return found if found is not None and found.is_fresh else None

    def holds(self, found: LiveAnswer, seq: int) -> bool:
        """Return whether an answer holds on the snapshot of `seq`, which may be older than that of the answer."""
        if found.stale:
            return False
        return found.seq <= seq or not self._follower.touched_since(seq, found.reads)

    def keep(self, run: AnyRun, result: QueryResult, seq: int) -> LiveAnswer:
        """Store the result of a run on the snapshot of `seq`, unless there is one of a newer snapshot; return the kept.

        If a commit has touched the read set meanwhile, the kept answer is stale.
        """
        kept = self._by_run.get(run)
        if kept is None:
            kept = self._by_run[run] = LiveAnswer(run, result, seq)
            self._subscriptions.add(kept)
            if isinstance(run, BodyRun) and run.paced:
                kept.pace = self._paces.join(run.subject, kept)
        elif kept.seq > seq:
            return kept
        else:
            self._renew(kept, result, seq)
        if self._follower.touched_since(seq, result.reads):
            kept.touch()
        return kept

    def _renew(self, kept: LiveAnswer, result: QueryResult, seq: int) -> None:
        """Replace an answer. A run mostly reads what the previous one has read: then the registration stays."""
        is_news = not kept.stale and not result.answer.looks_like(kept.answer)
        if result.reads.ranges != kept.reads.ranges:
            self._subscriptions.remove(kept)
            kept.reads = result.reads
            self._subscriptions.add(kept)
        kept.renew(result, seq)
        if is_news:  # it depends on the time: those who were given the previous one are given this one, too
            kept.tell()

    def subscribe(self, subscriber: Paced, found: LiveAnswer | None, before: LiveAnswer | None) -> None:
        """Subscribe to an answer in place of the previous one. An answer without subscribers is dropped."""
        if found is before:
            return
        if found is not None:
            found.subscribers.add(subscriber)
        if before is not None:
            before.subscribers.discard(subscriber)
            if not before.subscribers:
                self._drop(before)

    def _drop(self, found: LiveAnswer) -> None:
        self._subscriptions.remove(found)
        if found.pace is not None and isinstance(found.run, BodyRun):
            self._paces.leave(found.run.subject, found)
        if self._by_run.get(found.run) is found:
            del self._by_run[found.run]
