"""The promises about matches that hold at every moment: one open match a person, one meeting a match."""

from collections import Counter

from connvo.schema.matching import Match, MatchAnswer, QueueEntry
from connvo.schema.meetings import Meeting, Participant

from .backend import Backend


def check(backend: Backend) -> tuple[list[Match], list[Meeting]]:
    """Check every promise; return the matches and the meetings."""
    matches = backend.read(lambda db: db.scan(Match, "by_creation"))
    sides = backend.read(lambda db: db.scan(MatchAnswer, "by_creation"))
    entries = backend.read(lambda db: db.scan(QueueEntry, "by_creation"))
    meetings = backend.read(lambda db: db.scan(Meeting, "by_creation"))
    members = backend.read(lambda db: db.scan(Participant, "by_creation"))

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
