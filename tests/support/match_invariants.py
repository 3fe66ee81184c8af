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
    def read(cls, db: Snapshot) -> Self:
        """Read them."""
        return cls(
            db.scan(Match, "by_creation"),
            db.scan(MatchAnswer, "by_creation"),
            db.scan(QueueEntry, "by_creation"),
            db.scan(Meeting, "by_creation"),
            db.scan(Participant, "by_creation"),
        )


def check(backend: Backend) -> tuple[list[Match], list[Meeting]]:
    """Check every promise; return the matches and the meetings."""
    held = backend.read(Held.read)
    matches, sides, entries, meetings, members = held.matches, held.sides, held.entries, held.meetings, held.members

    open_entries = [entry for entry in entries if entry.is_open]
    assert max(Counter(entry.user_id for entry in open_entries).values(), default=0) <= 1, "twice in the queue"
    for entry in open_entries:
        assert (entry.status == "matched") == (entry.match_id is not None)
    proposed = [one for one in matches if one.state == "proposed"]
    busy = Counter(user for one in proposed for user in (one.first_id, one.second_id))
    assert max(busy.values(), default=0) <= 1, "two open matches of one person"
    assert all(one.first_id != one.second_id for one in matches), "a match of one person"
    assert Counter(side.match_id for side in sides) == Counter([one.id for one in matches for _ in range(2)])

    confirmed = [one for one in matches if one.meeting_id is not None]
    assert len({one.meeting_id for one in confirmed}) == len(confirmed) == len(meetings), "one meeting a match"
    for one in confirmed:
        theirs = {member.user_id: member.role for member in members if member.meeting_id == one.meeting_id}
        assert theirs == {one.first_id: "host", one.second_id: "host"}
    for one in matches:
        answers = [side.answer for side in sides if side.match_id == one.id]
        if one.state == "void" and one.meeting_id is not None:
            answers = ["accepted" for _ in answers]  # either may have called it off since
        assert (answers == ["accepted", "accepted"]) == (one.meeting_id is not None), "a meeting without two answers"
    return matches, meetings
