"""Taking protections away from a node, one at a time. Nothing of this can be configured in the product."""

from collections.abc import Callable
from random import random
from typing import Any

import psycopg

from connvo.app import Backend
from connvo.bus.base import NO_PAYLOAD, Bus, Wake
from connvo.runtime import mutations
from connvo.runtime.live.live_answers import LiveAnswer
from connvo.runtime.live.log_follower import LogDelta
from connvo.runtime.live.requests import BodyRun
from connvo.runtime.live.subscriptions import Subscription
from connvo.store import read_cache
from connvo.store.commit_log import Commit
from connvo.store.postgres import group_commit, writer
from connvo.store.read_set import ReadSet

NEVER_SECONDS = 1e6


def lose_hints(backend: Backend, share: float) -> None:
    """Lose a share of what this node tells the others of its commits."""
    backend.runtime.tail._bus = _Bad(backend.runtime.tail._bus, share)


class _Bad:
    """A bus that loses some of the hints it is to send, and the news of some others."""

    def __init__(self, bus: Bus, share: float) -> None:
        self._bus = bus
        self._share = share

    async def open(self, wake: Wake) -> None:
        await self._bus.open(wake)

    def hint(self, seq: int, news: str = NO_PAYLOAD) -> None:
        if random() >= self._share:
            self._bus.hint(seq, NO_PAYLOAD if random() < self._share else news)

    async def close(self) -> None:
        await self._bus.close()


def _no_receipts(backend: Backend) -> None:
    """Forget which requests have been answered."""
    anything: Any = mutations
    anything.find_record = lambda db, request: None
    anything.store_record = lambda db, request, value: None


def _no_floor(backend: Backend) -> None:
    """Look at the log only when something hints at it, and commit nothing automatically, which would be a hint."""
    runtime: Any = backend.runtime
    runtime.tail._poll_seconds = NEVER_SECONDS
    runtime.scheduler.start = runtime.lease.start = lambda: None


class _Blind:
    """A tail that is not applied to before a snapshot is shown."""

    def __init__(self, tail: Any) -> None:
        self._tail = tail

    def __getattr__(self, name: str) -> Any:
        return getattr(self._tail, name)

    def apply_delta(self, news: LogDelta) -> int:
        return news.newest


def _no_catching_up(backend: Backend) -> None:
    """Show snapshots without having read the log up to them."""
    live: Any = backend.runtime.live
    live._follower = _Blind(live._follower)


def _no_forgetting(backend: Backend) -> None:
    """Go on believing what live queries have read, whatever is committed."""
    anything: Any = read_cache.ReadCache
    anything.apply = lambda self, written: None


def _no_word_of_others(backend: Backend) -> None:
    """Keep showing shared answers, whatever other nodes commit."""
    tail: Any = backend.runtime.tail
    anything: Any = Subscription
    commit, apply, touch = tail._committed, tail._apply, anything.touch
    own: set[int] = set()
    deaf = False

    def committed(commits: list[Commit]) -> None:
        own.update(one.seq for one in commits)
        commit(commits)

    def applied(one: Commit) -> None:
        nonlocal deaf
        deaf = one.seq not in own
        apply(one)
        deaf = False

    def touched(self: Subscription) -> None:
        if not (deaf and isinstance(self, LiveAnswer) and isinstance(self.run, BodyRun)):
            touch(self)

    tail._committed, tail._apply, anything.touch = committed, applied, touched


def _no_validation(backend: Backend) -> None:
    """Commit whatever was read."""
    writing: Any = writer.Writer
    validate = writing.validate

    def trust(self: Any, found: Any, group: writer.Group) -> bool:
        group.reads = ReadSet()
        return bool(validate(self, found, group))

    writing.validate = trust


def _no_lock(backend: Backend) -> None:
    """Let nodes commit at the same time, with the clock as each finds it."""
    strategies: Any = group_commit
    strategies.lock_clock = strategies.read_clock
    migrate: Any = backend.engine._prepare  # type: ignore[attr-defined]

    def prepare() -> bytes:
        secret: bytes = migrate()
        with psycopg.connect(backend.settings.database.url or "") as connection:
            connection.execute("ALTER TABLE _log DROP CONSTRAINT IF EXISTS _log_pkey")
            connection.execute("ALTER TABLE _log DROP CONSTRAINT IF EXISTS _log_ts_key")
        return secret

    backend.engine._prepare = prepare  # type: ignore[attr-defined]


PROTECTIONS: dict[str, Callable[[Backend], None]] = {
    "receipts": _no_receipts,
    "floor": _no_floor,
    "catching up": _no_catching_up,
    "forgetting": _no_forgetting,
    "word of others": _no_word_of_others,
    "validation": _no_validation,
    "lock": _no_lock,
}
