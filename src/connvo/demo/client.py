"""A small typed client of the documented HTTP API: the calls that a peer makes in a meeting.

There is one method per operation, named like it. Every method raises CallFailed if the server answers with an error.
"""

from types import TracebackType
from typing import Any, Literal, Self, TypeVar

import msgspec

from connvo.kernel.http_client import web_client

from .answers import (
    AccessToken,
    Candidate,
    CatalogEntry,
    ColleaguePage,
    ConnectionInfo,
    CreatedMeeting,
    Description,
    ErrorType,
    FailureAnswer,
    Meeting,
    Participant,
    Quality,
    Room,
    Session,
    SessionState,
    Signal,
    Stats,
)

T = TypeVar("T")
REQUEST_SECONDS = 10.0
COLLEAGUES_PER_PAGE = 100
SIGNALING = "meetings/webrtc/signaling"
ROOMS = "meetings/webrtc/rooms"
LIFECYCLE = "meetings/lifecycle"


class CallFailed(Exception):
    """A call was refused or failed. `code` is stable, `message` says what to change."""

    def __init__(self, path: str, code: str, message: str) -> None:
        super().__init__(f"{path}: {code}: {message}")
        self.code = code
        self.message = message


class Client:
    """A user's client of the server at `url`. Use it with `async with`."""

    def __init__(self, url: str, token: str) -> None:
        self._http = web_client(
            base_url=url,
            headers={"authorization": f"Bearer {token}"},
            timeout=REQUEST_SECONDS,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def run(self, path: str, answer: type[T], **arguments: Any) -> T:
        """Return the value of a call; arguments that are None are left out.

        Raises:
            CallFailed: The call is refused or fails.
        """
        present = {name: msgspec.to_builtins(value) for name, value in arguments.items() if value is not None}
        reply = await self._http.post(f"/api/run/{path}", json={"args": present, "format": "json"})
        body = msgspec.json.decode(reply.content)
        if reply.is_success and body["status"] == "success":
            return msgspec.convert(body["value"], answer, strict=False)
        error = body.get("errorData", body)
        raise CallFailed(path, error["code"], error["message"])

    async def upsert_user(self, subject: str, email: str, display_name: str) -> str:
        """Return the caller's user id."""
        return await self.run(
            "users/mutations/upsertUser", str, workosUserId=subject, email=email, displayName=display_name
        )

    async def save_onboarding(self, form: dict[str, Any]) -> None:
        """Store the onboarding form."""
        await self.run("users/mutations/saveOnboarding", dict[str, Any], **form)

    async def list_catalog(self, limit: int) -> list[CatalogEntry]:
        """Return interests to choose from."""
        return await self.run("interests/queries/listCatalog", list[CatalogEntry], limit=limit)

    async def list_colleagues(self) -> ColleaguePage:
        """Return the first page of the users of the caller's organisation."""
        first = {"numItems": COLLEAGUES_PER_PAGE, "cursor": None}
        return await self.run("users/queries/listActiveUsersInOrg", ColleaguePage, paginationOpts=first)

    async def create_meeting(self, title: str) -> str:
        """Return the new meeting's id."""
        return (await self.run(f"{LIFECYCLE}/createMeeting", CreatedMeeting, title=title)).meeting_id

    async def add_participant(self, meeting: str, user: str) -> None:
        """Add a user to a meeting."""
        await self.run(
            f"{LIFECYCLE}/addParticipant", dict[str, Any], meetingId=meeting, userId=user, role="participant"
        )

    async def start_meeting(self, meeting: str) -> None:
        """Make the meeting active."""
        await self.run(f"{LIFECYCLE}/startMeeting", dict[str, Any], meetingId=meeting)

    async def list_user_meetings(self, state: str) -> list[Meeting]:
        """Return the caller's meetings in a state, newest first."""
        return await self.run("meetings/queries/listUserMeetings", list[Meeting], state=state)

    async def get_meeting(self, meeting: str) -> Meeting:
        """Return a meeting."""
        return await self.run("meetings/queries/getMeeting", Meeting, meetingId=meeting)

    async def list_participants(self, meeting: str) -> list[Participant]:
        """Return the members of a meeting."""
        return await self.run("meetings/queries/listMeetingParticipants", list[Participant], meetingId=meeting)

    async def initialize_webrtc_room(self, meeting: str) -> Room:
        """Set up the meeting's room."""
        return await self.run(f"{ROOMS}/initializeWebRTCRoom", Room, meetingId=meeting)

    async def get_connection_info(self, meeting: str) -> ConnectionInfo:
        """Return the room and the ICE servers minted for the caller."""
        return await self.run(f"{LIFECYCLE}/getMeetingConnectionInfo", ConnectionInfo, meetingId=meeting)

    async def join_meeting(self, meeting: str) -> None:
        """Join a meeting."""
        await self.run(f"{LIFECYCLE}/joinMeeting", dict[str, Any], meetingId=meeting)

    async def generate_access_token(self, meeting: str, session: str) -> AccessToken:
        """Return a room token for a session."""
        return await self.run(
            f"{ROOMS}/generateParticipantAccessToken", AccessToken, meetingId=meeting, sessionId=session
        )

    async def create_session(self, meeting: str, session: str) -> None:
        """Open a session."""
        await self.run(f"{SIGNALING}/createWebRTCSession", dict[str, Any], meetingId=meeting, sessionId=session)

    async def get_active_sessions(self, meeting: str) -> list[Session]:
        """Return the sessions that are open."""
        return await self.run(f"{SIGNALING}/getActiveSessions", list[Session], meetingId=meeting)

    async def send_description(self, meeting: str, session: str, target: str, description: Description) -> None:
        """Send an offer or answer to a member."""
        await self._signal("exchangeSessionDescription", meeting, session, target, description=description)

    async def send_candidate(self, meeting: str, session: str, target: str, candidate: Candidate) -> None:
        """Send an ICE candidate to a member."""
        await self._signal("exchangeICECandidate", meeting, session, target, candidate=candidate)

    async def get_pending_signals(self, meeting: str, after: str | None = None) -> list[Signal]:
        """Return the caller's pending signals after the signal with the id `after`."""
        return await self.run(f"{SIGNALING}/getPendingSignals", list[Signal], meetingId=meeting, lastSignalId=after)

    async def mark_signals_processed(self, signals: list[str]) -> None:
        """Acknowledge signals; they are not delivered again."""
        await self.run(f"{SIGNALING}/markSignalsProcessed", type(None), signalIds=signals)

    async def update_session_state(self, meeting: str, session: str, state: SessionState) -> None:
        """Report the state of a session's connection."""
        await self.run(f"{SIGNALING}/updateSessionState", type(None), meetingId=meeting, sessionId=session, state=state)

    async def monitor_connection_quality(self, meeting: str, session: str, stats: Stats) -> Quality:
        """Report a sample, and return the server's grade."""
        return await self.run(
            f"{ROOMS}/monitorConnectionQuality", Quality, meetingId=meeting, sessionId=session, stats=stats
        )

    async def handle_connection_failure(
        self, meeting: str, session: str, error: ErrorType, details: str
    ) -> FailureAnswer:
        """Report that a session's connection failed; return what to do."""
        return await self.run(
            f"{ROOMS}/handleConnectionFailure",
            FailureAnswer,
            meetingId=meeting,
            sessionId=session,
            errorType=error,
            errorDetails=details,
        )

    async def close_session(self, meeting: str, session: str) -> None:
        """Close a session."""
        await self.run(f"{SIGNALING}/closeSession", type(None), meetingId=meeting, sessionId=session)

    async def leave_meeting(self, meeting: str) -> None:
        """Leave a meeting."""
        await self.run(f"{LIFECYCLE}/leaveMeeting", dict[str, Any], meetingId=meeting)

    async def end_meeting(self, meeting: str) -> None:
        """Conclude the meeting."""
        await self.run(f"{LIFECYCLE}/endMeeting", dict[str, Any], meetingId=meeting)

    async def _signal(
        self,
        operation: Literal["exchangeSessionDescription", "exchangeICECandidate"],
        meeting: str,
        session: str,
        target: str,
        **content: Description | Candidate,
    ) -> None:
        await self.run(
            f"{SIGNALING}/{operation}",
            type(None),
            meetingId=meeting,
            sessionId=session,
            targetUserId=target,
            **content,
        )
