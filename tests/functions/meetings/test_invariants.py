"""Whatever people do with a meeting, in whatever order, its data stay in order."""

from typing import Any, get_args

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from connvo.rules.meeting_states import MeetingState, Step, next_state
from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.sessions import WebrtcSession
from connvo.schema.signals import Signal
from connvo.store.snapshot import Snapshot
from tests.support.backend import Backend, Caller, CallFailed

PEOPLE = 6
LIFECYCLE, SIGNALLING = "meetings/lifecycle", "meetings/webrtc/signaling"
ABOUT_ONESELF = (
    "startMeeting",
    "endMeeting",
    "cancelMeeting",
    "joinMeeting",
    "leaveMeeting",
    "reopenMeeting",
    "connect",
    "disconnect",
    "signal",
)
ABOUT_SOMEBODY = ("addParticipant", "removeParticipant", "promote", "demote")
Act = tuple[str, int, int]

# The organiser and the first guests act more often than the others, so that calls get going.
someone = st.sampled_from([0, 0, 0, 1, 1, 1, 2, 2, 3, 4, 5])
steps = st.lists(
    st.one_of(
        st.tuples(st.sampled_from(ABOUT_ONESELF), someone, st.just(0)),
        st.tuples(st.sampled_from(ABOUT_SOMEBODY), someone, someone),
        st.tuples(st.just("close account"), someone, st.just(0)),
        st.tuples(st.just("wait"), st.sampled_from([1, 40, 400, 15_000]), st.just(0)),
    ),
    min_size=5,
    max_size=25,
)
IN_A_CALL: list[Act] = [("connect", 0, 0), ("connect", 1, 0), ("signal", 0, 0), ("signal", 1, 0)]


class Table:
    """One meeting, and six people: the first calls it, two more are members."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.round = backend.commit_count()
        self.people = [backend.sign_in(f"p{self.round}-{number}") for number in range(PEOPLE)]
        self.meeting_id = MeetingId(self.people[0].call(f"{LIFECYCLE}:createMeeting", title="Planning")["meetingId"])
        for person in self.people[1:3]:
            about = {"meetingId": self.meeting_id, "userId": person.user_id}
            self.people[0].call(f"{LIFECYCLE}:addParticipant", role="participant", **about)
        self.before: MeetingState = "scheduled"

    def act(self, step: Act) -> None:
        """Do one step; a refused one must change nothing."""
        what, who, whom = step
        if what == "wait":
            self.backend.advance(who)
            return
        person = self.people[who]
        path, args = self._call(what, person, self.people[whom])
        commits = self.backend.commit_count()
        try:
            person.call(path, **args)
        except CallFailed:
            assert self.backend.commit_count() == commits

    def _call(self, what: str, person: Caller, other: Caller) -> tuple[str, dict[str, Any]]:
        about, session = {"meetingId": self.meeting_id}, {"sessionId": f"session of {person.user_id}"}
        if what == "close account":
            return "users/mutations:deactivateUser", {"userId": person.user_id}
        if what == "connect":
            return f"{SIGNALLING}:createWebRTCSession", {**about, **session}
        if what == "disconnect":
            return f"{SIGNALLING}:closeSession", {**about, **session}
        if what == "signal":
            offer = {"type": "offer", "sdp": "v=0\r\n"}
            return f"{SIGNALLING}:exchangeSessionDescription", {**about, **session, "description": offer}
        if what == "addParticipant":
            return f"{LIFECYCLE}:{what}", {**about, "userId": other.user_id, "role": "participant"}
        if what == "removeParticipant":
            return f"{LIFECYCLE}:{what}", {**about, "userId": other.user_id}
        if what in ("promote", "demote"):
            role = "host" if what == "promote" else "participant"
            return f"{LIFECYCLE}:updateParticipantRole", {**about, "userId": other.user_id, "newRole": role}
        return f"{LIFECYCLE}:{what}", about

    def check(self) -> None:
        """Look at everything that must hold between any two calls."""
        meeting, members, sessions, signals = self.backend.read(self._look)
        joined = {member.user_id for member in members if member.presence == "joined"}
        assert meeting.state == self.before or meeting.state in self._after_a_step()
        assert meeting.participant_count == len(members)
        assert len(joined) <= meeting.cap
        assert len({member.user_id for member in members}) == len(members)
        assert {member.meeting_state for member in members} == {meeting.state}
        assert meeting.empty_since is None or (meeting.state == "active" and not joined)
        if meeting.state == "active" and not joined and self._somebody_was_in(meeting, members):
            assert meeting.empty_since is not None
        assert meeting.reopen_until is None or meeting.state == "concluded"
        assert (meeting.started_at is not None) == (meeting.state in ("active", "concluded"))
        assert (meeting.ended_at is not None) == (meeting.state == "concluded")
        assert {session.user_id for session in sessions if session.open} <= joined
        assert {signal.to_user_id for signal in signals} | {signal.from_user_id for signal in signals} <= joined
        if meeting.state in ("scheduled", "active"):
            assert any(member.user_id == meeting.organizer_id and member.role == "host" for member in members)
        if meeting.state != "active":
            assert not joined
        self.before = meeting.state

    def _after_a_step(self) -> set[MeetingState | None]:
        return {next_state(self.before, step) for step in get_args(Step)}

    def _somebody_was_in(self, meeting: Meeting, members: list[Participant]) -> bool:
        since = meeting.started_at or 0.0
        return any(member.joined_at is not None and member.joined_at >= since for member in members)

    def _look(self, db: Snapshot) -> tuple[Meeting, list[Participant], list[WebrtcSession], list[Signal]]:
        meeting = db.get(Meeting, self.meeting_id)
        assert meeting is not None
        return (
            meeting,
            db.scan(Participant, "by_meeting", self.meeting_id),
            db.scan(WebrtcSession, "by_meeting_session", self.meeting_id),
            db.scan(Signal, "by_addressee", self.meeting_id),
        )


@settings(
    max_examples=80,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@example(running=True, course=[("endMeeting", 0, 0)])
@example(running=True, course=[("leaveMeeting", 1, 0), ("leaveMeeting", 0, 0), ("wait", 400, 0)])
@example(
    running=True,
    course=[("leaveMeeting", 1, 0), ("leaveMeeting", 0, 0), ("wait", 400, 0), ("wait", 40, 0), ("reopenMeeting", 1, 0)],
)
@example(running=True, course=[("removeParticipant", 0, 1), ("addParticipant", 0, 1), ("connect", 1, 0)])
@example(running=True, course=[("close account", 0, 0), ("endMeeting", 1, 0)])
@example(running=True, course=[("wait", 40, 0), ("signal", 1, 0), ("wait", 15_000, 0)])
@example(running=False, course=[("addParticipant", 0, 3), ("addParticipant", 0, 4), ("cancelMeeting", 0, 0)])
@given(running=st.booleans(), course=steps)
def test_any_course_of_events_keeps_the_data_in_order(backend: Backend, running: bool, course: list[Act]) -> None:
    table = Table(backend)
    table.check()
    if running:
        course = [("startMeeting", 0, 0), *IN_A_CALL, *course]
    for step in course:
        table.act(step)
        table.check()
