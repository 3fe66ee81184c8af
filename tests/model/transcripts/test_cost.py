"""The ten-thousandth chunk costs what the hundredth did: to deliver it, and to follow the transcript live."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from connvo.rules.transcripts.chunks import bucket_of
from connvo.schema.meetings import MeetingId
from connvo.schema.transcripts import Chunk, Segment, TranscriptTotals
from connvo.schema.users import UserId
from connvo.store.snapshot import Budget
from connvo.store.transaction import Transaction
from tests.support.backend import Backend, Caller
from tests.support.speech import STREAM, Talk

SHORT, LONG = 100, 10_000
PER_SEGMENT = 10
# One transaction has a limit of time.
BATCH = 500
FOLLOWED: dict[str, dict[str, Any]] = {
    "transcripts/captions:getLive": {},
    "transcripts/session:getState": {},
    "transcripts/queries:listChunks": {"paginationOpts": {"numItems": 50, "cursor": None}},
    "transcripts/queries:getExtent": {},
}


def fill(talk: Talk, count: int) -> None:
    """Store so many chunks of the past, as the functions would have done."""
    speaker, meeting = UserId(talk.host.user_id), MeetingId(talk.meeting_id)

    def store(db: Transaction, first: int) -> None:
        for number in range(first, min(first + BATCH, count + 1)):
            start = talk.zero - 60_000.0 - (count - number)
            chunk = Chunk(
                meeting_id=meeting,
                sequence=number,
                speaker_id=speaker,
                text=f"word {number}",
                confidence=0.5,
                start_ms=start,
                end_ms=start + 1,
                bucket_ms=bucket_of(start),
                word_count=2,
                key=str(number),
                created_at=start,
            )
            db.insert(chunk)
            if number % PER_SEGMENT == 0:
                db.insert(
                    Segment(
                        meeting_id=meeting,
                        speaker_id=speaker,
                        first_sequence=number - PER_SEGMENT + 1,
                        last_sequence=number,
                        start_ms=start - PER_SEGMENT + 1,
                        last_start_ms=start,
                        end_ms=start + 1,
                        text="words",
                        created_at=start,
                    )
                )

    for first in range(1, count + 1, BATCH):
        talk.backend.run(talk.backend.engine.write(partial(store, first=first)))
    totals = TranscriptTotals(meeting_id=meeting, zero_ms=talk.zero, last_sequence=count, chunks=count)
    talk.backend.run(talk.backend.engine.write(lambda db: db.insert(totals)))


@pytest.fixture
def rows(monkeypatch: pytest.MonkeyPatch) -> Callable[[], int]:
    """Returns how many rows were read since it was last asked."""
    counted = 0
    spend = Budget.spend_rows

    def count(budget: Budget, rows: int) -> None:
        nonlocal counted
        counted += rows
        spend(budget, rows)

    def taken() -> int:
        nonlocal counted
        found, counted = counted, 0
        return found

    monkeypatch.setattr(Budget, "spend_rows", count)
    return taken


def costs(talk: Talk, count: int, rows: Callable[[], int]) -> dict[str, int]:
    """Return the rows that a chunk reads, and each live query after it."""
    fill(talk, count)
    # The writer's cache holds the rows of both speakers again after their next words.
    talk.say(talk.host, "One more", at=0)
    talk.say(talk.guest, "And one more", at=2)
    rows()
    talk.say(talk.host, "And another", at=4)
    found = {"deliver": rows()}
    follower: Caller = talk.watcher
    for path, more in {**FOLLOWED, STREAM: {"fromSequence": count}}.items():
        follower.call(path, meetingId=talk.meeting_id, **more)
        found[path] = rows()
    return found


def test_cost_does_not_grow_with_the_length_of_the_meeting(
    make_backend: Callable[..., Backend], rows: Callable[[], int]
) -> None:
    short, long = (costs(Talk(make_backend()), count, rows) for count in (SHORT, LONG))
    assert long == short
    assert all(0 < count < 100 for count in long.values())
