"""The promises about matches that hold at every moment: one open match a person, one meeting a match."""

from collections import Counter
from typing import NamedTuple, Self

from connvo.schema.matching import Match, MatchAnswer, QueueEntry
from connvo.schema.meetings import Meeting, Participant
from connvo.store.snapshot import Snapshot

from .backend import Backend


class Held(NamedTuple):
    """All rows about matches, at one snapshot: a cycle that was cut off may still commit."""

    matches: list[Match]
    sides: list[MatchAnswer]
    entries: list[QueueEntry]
    meetings: list[Meeting]
    members: list[Participant]

    @classmethod
    def read(cls, db: Snapshot, since: float) -> Self:
        """Read those that were created since a time in ms."""
        return cls(
            db.scan(Match, "by_creation", since=since),
            db.scan(MatchAnswer, "by_creation", since=since),
            db.scan(QueueEntry, "by_creation", since=since),
            db.scan(Meeting, "by_creation", since=since),
            db.scan(Participant, "by_creation", since=since),
        )


def check(backend: Backend, since: float = 0.0) -> tuple[list[Match], list[Meeting]]:
    """Check every promise about what was created since a time in ms; return the matches and the meetings."""
    held = backend.read(lambda db: Held.read(db, since))
    matches, entries, meetings = held.matches, held.entries, held.meetings
    members: dict[str, dict[str, str]] = {}
    for member in held.members:
        members.setdefault(member.meeting_id, {})[member.user_id] = member.role
    answers: dict[str, list[str | None]] = {}
    for side in held.sides:
        answers.setdefault(side.match_id, []).append(side.answer)

    open_entries = [entry for entry in entries if entry.is_open]
    assert max(Counter(entry.user_id for entry in open_entries).values(), default=0) <= 1, "twice in the queue"
    for entry in open_entries:
        assert (entry.status == "matched") == (entry.match_id is not None)
    proposed = [one for one in matches if one.state == "proposed"]
    busy = Counter(user for one in proposed for user in (one.first_id, one.second_id))
    assert max(busy.values(), default=0) <= 1, "two open matches of one person"
    assert all(one.first_id != one.second_id for one in matches), "a match of one person"
    assert {match_id: len(found) for match_id, found in answers.items()} == {one.id: 2 for one in matches}

    confirmed = [one for one in matches if one.meeting_id is not None]
    assert len({one.meeting_id for one in confirmed}) == len(confirmed) == len(meetings), "one meeting a match"
    for one in confirmed:
        assert members[one.meeting_id or ""] == {one.first_id: "host", one.second_id: "host"}
    for one in matches:
        both_accepted = answers[one.id] == ["accepted", "accepted"]
        # Either may have called a void one off since.
        if one.state != "void" or one.meeting_id is None:
            assert both_accepted == (one.meeting_id is not None), "a meeting without two answers"
    return matches, meetings
