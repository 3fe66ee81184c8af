"""The pace at which crowds are shown changes: the members of a large meeting get several changes together.

Guarantees: a change is shown at once if few watch it, or if the crowd was shown none for a while. Any other is shown
within `seconds`, together with all changes until then. The clients of a crowd are woken together, so that they share
the runs on one snapshot. A client that is shown anything else meanwhile is shown the paced changes with it, because all
its queries are shown at one timestamp.
"""

import asyncio
from collections.abc import Collection, Hashable, Iterable
from typing import Protocol

import msgspec

# A crowd has more subscribers than this, also if each of them asks for other changes.
CROWD = 10
PACE_SECONDS = 0.075
LONG_AGO = float("-inf")


class Paced(Protocol):
    """A live query, as its pace sees it."""

    def mark_stale(self) -> None:
        """Have it answered again, at once."""
        ...

    def mark_later(self) -> None:
        """Have it answered again once its client is woken."""
        ...

    def wake(self, crowd: Hashable) -> None:
        """Wake its client, as one of a crowd, if it still has to be answered again."""
        ...


class Told(Protocol):
    """An answer, as its pace sees it."""

    @property
    def subscribers(self) -> Collection[Paced]:
        """The live queries that were given the answer."""
        ...


class Pacing(msgspec.Struct, frozen=True):
    """A crowd has more than `crowd` subscribers, and is shown its changes every `seconds`."""

    crowd: int = CROWD
    seconds: float = PACE_SECONDS


class Pace:
    """The pace of all paced `answers` about one thing, such as a meeting. Their subscribers together are the crowd."""

    __slots__ = ("answers", "_pacing", "_waiting", "_timer", "_woken_at")

    def __init__(self, pacing: Pacing) -> None:
        self.answers: set[Told] = set()
        self._pacing = pacing
        self._waiting: set[Paced] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._woken_at = LONG_AGO

    @property
    def is_crowd(self) -> bool:
        """Whether the answers have the subscribers of a crowd."""
        return sum(len(answer.subscribers) for answer in self.answers) > self._pacing.crowd

    def tell(self, subscribers: Iterable[Paced]) -> None:
        """Tell subscribers that they have to be answered again: now, or with the others of their crowd."""
        if not self.is_crowd:
            for subscriber in subscribers:
                subscriber.mark_stale()
            return
        for subscriber in subscribers:
            subscriber.mark_later()
            self._waiting.add(subscriber)
        if self._timer is None:
            loop = asyncio.get_running_loop()
            due = self._woken_at + self._pacing.seconds
            self._timer = loop.call_at(max(due, loop.time()), self._wake, loop)

    def _wake(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        self._woken_at = loop.time()
        waiting, self._waiting = self._waiting, set()
        for subscriber in waiting:
            subscriber.wake(self)


class Paces:
    """The paces of this node, by what their answers are about."""

    def __init__(self, pacing: Pacing) -> None:
        self._pacing = pacing
        self._by_subject: dict[Hashable, Pace] = {}

    def __len__(self) -> int:
        return len(self._by_subject)

    def is_crowd(self, subject: Hashable) -> bool:
        """Return whether a crowd watches the answers about a subject."""
        pace = self._by_subject.get(subject)
        return pace is not None and pace.is_crowd

    def join(self, subject: Hashable, answer: Told) -> Pace:
        """Add an answer about a subject; return its pace."""
        pace = self._by_subject.get(subject)
        if pace is None:
            pace = self._by_subject[subject] = Pace(self._pacing)
        pace.answers.add(answer)
        return pace

    def leave(self, subject: Hashable, answer: Told) -> None:
        """Remove an answer."""
        pace = self._by_subject.get(subject)
        if pace is not None:
            pace.answers.discard(answer)
            if not pace.answers:
                del self._by_subject[subject]
