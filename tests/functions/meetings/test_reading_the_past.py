"""Reading in the past ends with the right to read: the data are those of then, the right is that of now."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.erasing import erase
from connvo.kernel.errors import RequestError
from connvo.runtime.outcome import Outcome
from tests.support.backend import Backend, Caller
from tests.support.store import ENGINES

TITLE = "Plans of now"
FIRST_PAGE = {"numItems": 10, "cursor": None}


class Past:
    """A meeting of a host and a member, who has kept a timestamp at which it could be read."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.host, self.member = backend.sign_in("host"), backend.sign_in("member")
        self.admin = backend.sign_in("admin", org_id="org", org_role="admin")
        create = "meetings/lifecycle:createMeeting"
        self.meeting: str = self.host.call(create, title=TITLE)["meetingId"]
        self.host.call(
            "meetings/lifecycle:addParticipant", meetingId=self.meeting, userId=self.member.user_id, role="participant"
        )
        self.at: int = backend.run(backend.runtime.latest_ts(self.member.identity))

    def read(self, caller: Caller, path: str, **args: Any) -> Outcome:
        runtime = self.backend.runtime
        outcome: Outcome = self.backend.run(runtime.run(path, args, caller.identity, "query", "test", self.at))
        return outcome

    def answers(self) -> list[Outcome]:
        """Returns what the member is told of the meeting as it was."""
        return [
            self.read(self.member, "meetings/queries:getMeeting", meetingId=self.meeting),
            self.read(self.member, "meetings/queries:listMeetingParticipants", meetingId=self.meeting),
            self.read(self.member, "meetings/chat:listMessages", meetingId=self.meeting, paginationOpts=FIRST_PAGE),
        ]

    def remove(self) -> None:
        self.host.call("meetings/lifecycle:removeParticipant", meetingId=self.meeting, userId=self.member.user_id)

    def deactivate(self) -> None:
        self.member.call("users/mutations:deactivateUser", userId=self.member.user_id)

    def erase(self) -> None:
        self.backend.run(erase(self.backend.runtime, self.member.user_id))


@pytest.fixture(params=ENGINES)
def past(request: pytest.FixtureRequest, make_backend: Callable[..., Backend]) -> Past:
    return Past(make_backend(ENGINES[request.param]))


def test_a_member_reads_what_was_then(past: Past) -> None:
    past.host.call("meetings/lifecycle:startMeeting", meetingId=past.meeting)
    past.host.call("meetings/lifecycle:joinMeeting", meetingId=past.meeting)
    past.host.call("meetings/chat:sendMessage", meetingId=past.meeting, text="later")
    meeting, participants, messages = past.answers()
    assert meeting.value["title"] == TITLE
    assert len(participants.value) == 2
    assert messages.value["page"] == []
    assert {one.ts for one in (meeting, participants, messages)} == {past.at}


@pytest.mark.parametrize("end", ["remove", "deactivate", "erase"])
def test_who_may_not_read_any_more_reads_nothing_of_the_past(past: Past, end: str) -> None:
    assert [one.error for one in past.answers()] == [None] * 3
    getattr(past, end)()
    for outcome in past.answers():
        refused = outcome.error is not None and outcome.error.code in ("UNAUTHORIZED", "FORBIDDEN", "NOT_FOUND")
        assert refused or outcome.value is None, outcome


def test_a_person_who_was_erased_is_not_read_of_in_the_past(past: Past) -> None:
    asked = {"userId": past.member.user_id}
    assert past.read(past.host, "users/queries:getUserProfile", **asked).value["displayName"] == "Member"
    past.erase()
    with pytest.raises(RequestError) as caught:
        past.read(past.host, "users/queries:getUserProfile", **asked)
    assert caught.value.code == "SnapshotGone"


def test_a_stranger_pins_nothing(past: Past) -> None:
    past.host.call("users/mutations:updateLastSeen")
    past.host.call("meetings/lifecycle:createMeeting", title="More")
    ts = past.backend.run(past.backend.runtime.latest_ts(None))
    assert not past.backend.engine.pinned(ts)


def test_the_first_query_with_a_token_keeps_what_a_stranger_was_told(past: Past) -> None:
    """The official client asks for its timestamp without the token that it sends with the queries."""
    past.host.call("meetings/lifecycle:createMeeting", title="More")
    past.at = past.backend.run(past.backend.runtime.latest_ts(None))
    before = past.read(past.host, "meetings/queries:listUserMeetings").value
    past.host.call("meetings/lifecycle:createMeeting", title="Even more")
    assert past.read(past.host, "meetings/queries:listUserMeetings").value == before
