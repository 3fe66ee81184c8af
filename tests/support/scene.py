"""A meeting with its people: a host, a guest who takes part, a watcher who observes, and an outsider."""

from typing import Any

from connvo.schema.meetings import Meeting, MeetingId, Participant
from connvo.schema.users import UserId

from .backend import Backend, Caller

LIFECYCLE = "meetings/lifecycle"


class Scene:
    """A scheduled meeting and the people around it."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.host = backend.sign_in("hanna")
        self.guest = backend.sign_in("gustav")
        self.watcher = backend.sign_in("wanda")
        self.outsider = backend.sign_in("otto")
        self.meeting_id: str = self.create(self.host)
        self.add(self.guest)
        self.add(self.watcher, "observer")

    def create(self, organiser: Caller, **wishes: Any) -> str:
        """Return the id of a new meeting."""
        made = organiser.call(f"{LIFECYCLE}:createMeeting", **{"title": "Planning", **wishes})
        meeting_id: str = made["meetingId"]
        return meeting_id

    def add(self, person: Caller, role: str = "participant") -> Any:
        """Have the host add a person, who accepts."""
        added = self.of(self.host, "addParticipant", userId=person.user_id, role=role)
        person.call("meetings/invitations:acceptInvitation", meetingId=self.meeting_id)
        return added

    def of(self, person: Caller, function: str, **args: Any) -> Any:
        """Return the value of a lifecycle call about the meeting."""
        return person.call(f"{LIFECYCLE}:{function}", meetingId=self.meeting_id, **args)

    def start(self) -> Any:
        """Have the host start the meeting."""
        return self.of(self.host, "startMeeting")

    def end(self) -> Any:
        """Have the host end the meeting."""
        return self.of(self.host, "endMeeting")

    def join(self, *people: Caller) -> None:
        """Have people join."""
        for person in people:
            self.of(person, "joinMeeting")

    def connect(self, person: Caller, session_id: str) -> None:
        """Open a session of a person."""
        path = "meetings/webrtc/signaling:createWebRTCSession"
        person.call(path, meetingId=self.meeting_id, sessionId=session_id)

    def sessions(self) -> list[str]:
        """Return the ids of the live sessions, as the host sees them."""
        active = self.host.call("meetings/webrtc/signaling:getActiveSessions", meetingId=self.meeting_id)
        return sorted(session["sessionId"] for session in active)

    def meeting(self) -> Meeting:
        """Return the meeting as it is stored."""
        found = self.backend.read(lambda db: db.get(Meeting, MeetingId(self.meeting_id)))
        assert found is not None
        return found

    def member(self, person: Caller) -> Participant | None:
        """Return a person's membership as it is stored."""
        return self.backend.read(
            lambda db: db.first(Participant, "by_meeting_user", self.meeting_id, UserId(person.user_id))
        )

    def membership(self, person: Caller) -> Participant:
        """Return the membership of a person who has one."""
        found = self.member(person)
        assert found is not None
        return found
