"""An engine under test, on a database on disk and on a clock that the test moves."""

import asyncio
import sqlite3
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, TypeAlias, TypeVar

import psycopg

from connvo.settings import LimitSettings, StoreSettings
from connvo.store.commit_log import Commit
from connvo.store.engine import Committed, Engine
from connvo.store.postgres.engine import PostgresEngine
from connvo.store.read_set import ReadSet
from connvo.store.schema import Document
from connvo.store.snapshot import Snapshot
from connvo.store.sqlite.engine import SqliteEngine
from connvo.store.transaction import Transaction

from .postgres import database_of, with_tables

T = TypeVar("T")
MakeEngine: TypeAlias = Callable[[Path, LimitSettings, StoreSettings, Callable[[], int]], Engine]
START_NS = 1_800_000_000_000_000_000
TICK_NS = 1_000
ALL_COMMITS = 1_000_000


def sqlite(folder: Path, limits: LimitSettings, settings: StoreSettings, now_ns: Callable[[], int]) -> Engine:
    """Make an engine on a SQLite file in a folder."""
    return SqliteEngine(folder / "connvo.db", limits, settings, now_ns)


def postgres(folder: Path, limits: LimitSettings, settings: StoreSettings, now_ns: Callable[[], int]) -> Engine:
    """Make an engine on the PostgreSQL database that stands for a folder."""
    return PostgresEngine(database_of(folder, with_tables), limits, settings, now_ns=now_ns)


# Every test of the store runs on each of these.
ENGINES: dict[str, MakeEngine] = {"sqlite": sqlite, "postgres": postgres}

# What they raise for an id that is taken.
TAKEN = (sqlite3.IntegrityError, psycopg.IntegrityError)


class Store:
    """Calls an engine from a test that is no coroutine. `tick_ns` is what passes with every look at the clock."""

    def __init__(
        self,
        make: MakeEngine,
        folder: Path,
        limits: LimitSettings | None = None,
        settings: StoreSettings | None = None,
    ) -> None:
        self.now_ns = START_NS
        self.tick_ns = TICK_NS
        self.folder = folder
        self.make = make
        self.runner = asyncio.Runner()
        self._make: Callable[[], Engine] = partial(
            make, folder, limits or LimitSettings(), settings or StoreSettings(), self._clock
        )
        self.engine = self._make()
        try:
            self.runner.run(self.engine.open())
        except BaseException:
            self.runner.close()
            raise

    def _clock(self) -> int:
        self.now_ns += self.tick_ns
        return self.now_ns

    def run(self, coroutine: Any) -> Any:
        """Run a coroutine to its end."""
        return self.runner.run(coroutine)

    def read(self, work: Callable[[Snapshot], T], reads: ReadSet | None = None, at: int | None = None) -> T:
        """Return what `work` makes of a snapshot."""
        result: T = self.run(self.engine.read(work, reads, at))
        return result

    def commit(self, work: Callable[[Transaction], T]) -> Committed[T]:
        """Return what came of a mutation, and when."""
        result: Committed[T] = self.run(self.engine.write(work))
        return result

    def write(self, work: Callable[[Transaction], T]) -> T:
        """Return the value of a mutation."""
        return self.commit(work).value

    def together(self, *works: Callable[[Transaction], Any]) -> list[Any]:
        """Run mutations that were all called before the first began; return their values or errors."""

        async def call() -> list[Any]:
            answers: list[Any] = await asyncio.gather(*map(self.engine.write, works), return_exceptions=True)
            return [answer.value if isinstance(answer, Committed) else answer for answer in answers]

        values: list[Any] = self.run(call())
        return values

    def everything(self, document: type[Document]) -> list[Any]:
        """Return every document of a table, in the order of creation."""
        return self.read(lambda db: db.scan(document, "by_creation"))

    def clear(self, document: type[Document]) -> None:
        """Delete every document of a table."""

        def work(db: Transaction) -> None:
            for item in db.scan(document, "by_creation"):
                db.delete(item)

        self.write(work)

    def commits(self, after: int = 0) -> list[Commit]:
        """Return what the log says after a position."""
        found: list[Commit] = self.run(self.engine.commits(after, ALL_COMMITS))
        return found

    def last_seq(self) -> int:
        """Return the position of the last commit."""
        return self.read(lambda db: db.log.sequence())

    def reopen(self) -> None:
        """Close the database and open it with a new engine, as a restart does."""
        self.run(self.engine.close())
        self.engine = self._make()
        self.run(self.engine.open())

    def close(self) -> None:
        """Close everything."""
        self.run(self.engine.close())
        self.runner.close()
