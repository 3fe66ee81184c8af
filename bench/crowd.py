"""Other people's signals, very many of them, stored behind the store's back: only that is fast enough.

They are documents of the declared table. Its indexes are dropped for the time of writing; the store makes them again
when it opens the database, from their declaration.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from connvo.schema.meetings import MeetingId
from connvo.schema.signals import IceCandidate, Signal, SignalId
from connvo.schema.users import UserId
from connvo.store.schema import table_of

from .world import UNLIMITED, Pair, candidate

TABLE = table_of(Signal)
PER_MEETING = 200
ADDRESSEES = 3
OWN_MEETING_EVERY = 100
CREATED_MS = 1_700_000_000_000.0
CACHE_KIB = 256 * 1024


def store_others(database: Path, count: int, pairs: Sequence[Pair]) -> None:
    """Store `count` signals that wait for nobody in `pairs`; one in a hundred stands in one of their meetings."""
    connection = sqlite3.connect(database)
    connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
    connection.execute("PRAGMA synchronous = OFF")
    for (name,) in connection.execute(
        "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql IS NOT NULL", (TABLE.name,)
    ).fetchall():
        connection.execute(f'DROP INDEX "{name}"')
    connection.executemany(f'INSERT INTO "{TABLE.name}" (id, created, body) VALUES (?, ?, ?)', _rows(count, pairs))
    connection.commit()
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()


def _rows(count: int, pairs: Sequence[Pair]) -> Iterator[tuple[str, float, str]]:
    encode = msgspec.json.Encoder().encode
    meeting, people = MeetingId(""), [UserId("")]
    for number in range(count):
        if number % PER_MEETING == 0:
            meeting = MeetingId(TABLE.new_id())
            people = [UserId(TABLE.new_id()) for _ in range(ADDRESSEES)]
        inside = pairs[number // OWN_MEETING_EVERY % len(pairs)] if number % OWN_MEETING_EVERY == 0 else None
        signal = Signal(
            id=SignalId(TABLE.new_id()),
            creation_time=CREATED_MS + number,
            meeting_id=meeting if inside is None else MeetingId(inside.meeting),
            to_user_id=people[number % ADDRESSEES],
            from_user_id=people[(number + 1) % ADDRESSEES],
            session_id=f"session-{number % PER_MEETING % ADDRESSEES}",
            position=number + 1,
            candidate=msgspec.convert(candidate(number), IceCandidate),
            timestamp=CREATED_MS + number,
            expires_at=CREATED_MS + UNLIMITED * 1000.0,
        )
        yield signal.id, signal.creation_time, encode(signal).decode()
