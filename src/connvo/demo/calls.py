"""The calls that a member of a meeting makes, one method per operation and named like it.

Every method raises CallFailed if the server answers with an error.
"""

from typing import Literal

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
from .client import Client

COLLEAGUES_PER_PAGE = 100
SIGNALING = "meetings/webrtc/signaling"
ROOMS = "meetings/webrtc/rooms"
LIFECYCLE = "meetings/lifecycle"


class Accounts:
    """The account of the caller, and those of colleagues."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def upsert_user(self, subject: str, email: str, display_name: str) -> str:
        """Return the caller's user id."""
        return await self._client.run(
            "users/mutations/upsertUser", str, workosUserId=subject, email=email, displayName=display_name
        )

    async def save_onboarding(self, form: dict[str, object]) -> None:
        """Store the onboarding form."""
        await self._client.do("users/mutations/saveOnboarding", **form)

    async def list_catalog(self, limit: int) -> list[CatalogEntry]:
        """Return interests to choose from."""
        return await self._client.run("interests/queries/listCatalog", list[CatalogEntry], limit=limit)

    async def list_colleagues(self) -> ColleaguePage:
        """Return the first page of the users of the caller's organisation."""
        first = {"numItems": COLLEAGUES_PER_PAGE, "cursor": None}
        return await self._client.run("users/queries/listActiveUsersInOrg", ColleaguePage, paginationOpts=first)


class Meetings:
    """Meetings and their members."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def create_meeting(self, title: str) -> str:
        """Return the new meeting's id."""
        return (await self._client.run(f"{LIFECYCLE}/createMeeting", CreatedMeeting, title=title)).meeting_id

    async def add_participant(self, meeting: str, user: str) -> None:
        """Add a user to a meeting."""
        await self._client.do(f"{LIFECYCLE}/addParticipant", meetingId=meeting, userId=user, role="participant")

    async def start_meeting(self, meeting: str) -> None:
        """Make the meeting active."""
        await self._client.do(f"{LIFECYCLE}/startMeeting", meetingId=meeting)

    async def list_user_meetings(self, state: str) -> list[Meeting]:
        """Return the caller's meetings in a state, newest first."""
        return await self._client.run("meetings/queries/listUserMeetings", list[Meeting], state=state)

    async def get_meeting(self, meeting: str) -> Meeting:
        """Return a meeting."""
        return await self._client.run("meetings/queries/getMeeting", Meeting, meetingId=meeting)

    async def list_participants(self, meeting: str) -> list[Participant]:
        """Return the members of a meeting."""
        return await self._client.run("meetings/queries/listMeetingParticipants", list[Participant], meetingId=meeting)

    async def initialize_webrtc_room(self, meeting: str) -> Room:
        """Set up the meeting's room."""
        return await self._client.run(f"{ROOMS}/initializeWebRTCRoom", Room, meetingId=meeting)

    async def get_connection_info(self, meeting: str) -> ConnectionInfo:
        """Return the room and the ICE servers minted for the caller."""
        return await self._client.run(f"{LIFECYCLE}/getMeetingConnectionInfo", ConnectionInfo, meetingId=meeting)

    async def join_meeting(self, meeting: str) -> None:
        """Join a meeting."""
        await self._client.do(f"{LIFECYCLE}/joinMeeting", meetingId=meeting)

    async def leave_meeting(self, meeting: str) -> None:
        """Leave a meeting."""
        await self._client.do(f"{LIFECYCLE}/leaveMeeting", meetingId=meeting)

    async def end_meeting(self, meeting: str) -> None:
        """Conclude the meeting."""
        await self._client.do(f"{LIFECYCLE}/endMeeting", meetingId=meeting)


class Signalling:
    """Sessions, and the signals between them."""

    def __init__(self, client: Client) -> None:
        self._client = client

    async def generate_access_token(self, meeting: str, session: str) -> AccessToken:
        """Return a room token for a session."""
        return await self._client.run(
            f"{ROOMS}/generateParticipantAccessToken", AccessToken, meetingId=meeting, sessionId=session
        )

    async def create_session(self, meeting: str, session: str) -> None:
        """Open a session."""
        await self._client.do(f"{SIGNALING}/createWebRTCSession", meetingId=meeting, sessionId=session)

    async def get_active_sessions(self, meeting: str) -> list[Session]:
        """Return the sessions that are open."""
        return await self._client.run(f"{SIGNALING}/getActiveSessions", list[Session], meetingId=meeting)

    async def send_description(self, meeting: str, session: str, target: str, description: Description) -> None:
        """Send an offer or answer to a member."""
        await self._signal("exchangeSessionDescription", meeting, session, target, description=description)

    async def send_candidate(self, meeting: str, session: str, target: str, candidate: Candidate) -> None:
        """Send an ICE candidate to a member."""
        await self._signal("exchangeICECandidate", meeting, session, target, candidate=candidate)

    async def get_pending_signals(self, meeting: str, after: str | None = None) -> list[Signal]:
        """Return the caller's pending signals after the signal with the id `after`."""
        return await self._client.run(
            f"{SIGNALING}/getPendingSignals", list[Signal], meetingId=meeting, lastSignalId=after
        )

    async def mark_signals_processed(self, signals: list[str]) -> None:
        """Acknowledge signals; they are not delivered again."""
        await self._client.do(f"{SIGNALING}/markSignalsProcessed", signalIds=signals)

    async def update_session_state(self, meeting: str, session: str, state: SessionState) -> None:
        """Report the state of a session's connection."""
        await self._client.do(f"{SIGNALING}/updateSessionState", meetingId=meeting, sessionId=session, state=state)

    async def monitor_connection_quality(self, meeting: str, session: str, stats: Stats) -> Quality:
        """Report a sample, and return the server's grade."""
        return await self._client.run(
            f"{ROOMS}/monitorConnectionQuality", Quality, meetingId=meeting, sessionId=session, stats=stats
        )

    async def handle_connection_failure(
        self, meeting: str, session: str, error: ErrorType, details: str
    ) -> FailureAnswer:
        """Report that a session's connection failed; return what to do."""
        return await self._client.run(
            f"{ROOMS}/handleConnectionFailure",
            FailureAnswer,
            meetingId=meeting,
            sessionId=session,
            errorType=error,
            errorDetails=details,
        )

    async def close_session(self, meeting: str, session: str) -> None:
        """Close a session."""
        await self._client.do(f"{SIGNALING}/closeSession", meetingId=meeting, sessionId=session)

    async def _signal(
        self,
        operation: Literal["exchangeSessionDescription", "exchangeICECandidate"],
        meeting: str,
        session: str,
        target: str,
        **content: Description | Candidate,
    ) -> None:
        await self._client.do(
            f"{SIGNALING}/{operation}",
            meetingId=meeting,
            sessionId=session,
            targetUserId=target,
            **content,
        )


class Calls:
    """All operations, by their part of the API."""

    def __init__(self, client: Client) -> None:
        self.accounts = Accounts(client)
        self.meetings = Meetings(client)
        self.signalling = Signalling(client)
