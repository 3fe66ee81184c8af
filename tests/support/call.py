"""An active meeting in which a host and a guest have a session each; a watcher observes, an outsider looks on."""

from collections import Counter
from typing import Any

from connvo.schema.sessions import WebrtcSession
from connvo.schema.signals import Signal, SignalQueue

from .backend import Backend, Caller, CallFailed
from .scene import Scene

SIGNALING = "meetings/webrtc/signaling"
ROOMS = "meetings/webrtc/rooms"
TURN = "meetings/webrtc/turn"
SECONDS_BETWEEN_TRIES = 3
HOST, GUEST = "host-session", "guest-session"


def sdp(name: str, ufrag: str | None = None) -> str:
    """Return a description's text with a name to know it by."""
    line = "" if ufrag is None else f"a=ice-ufrag:{ufrag}\r\n"
    return f"v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns={name}\r\nt=0 0\r\n{line}"


def name_of(signal: dict[str, Any]) -> str:
    """Return the name in a fetched signal."""
    data: dict[str, str] = signal["data"]
    return data["sdp"].split("\r\ns=")[1].split("\r\n")[0] if "sdp" in data else data["candidate"]


class Call(Scene):
    """People in a running call, and what they send each other."""

    def __init__(self, backend: Backend) -> None:
        super().__init__(backend)
        self.start()
        self.join(self.host, self.guest, self.watcher)
        self.connect(self.host, HOST)
        self.connect(self.guest, GUEST)

    def session_of(self, person: Caller) -> str:
        """Return the session a person has from the beginning."""
        return HOST if person is self.host else GUEST

    def run(self, person: Caller, path: str, **args: Any) -> Any:
        """Return the value of a call about the meeting."""
        return person.call(self.full(path), meetingId=self.meeting_id, **args)

    def refused(self, person: Caller, path: str, code: str, **args: Any) -> CallFailed:
        """Return the error of a call about the meeting that must fail with a code."""
        return person.fails(self.full(path), code, meetingId=self.meeting_id, **args)

    @staticmethod
    def full(path: str) -> str:
        """Return the whole path of a function of this area."""
        if ":" in path:
            return path
        rooms = {
            "initializeWebRTCRoom",
            "generateParticipantAccessToken",
            "handleConnectionFailure",
            "monitorConnectionQuality",
        }
        return f"{ROOMS if path in rooms else SIGNALING}:{path}"

    def describe(
        self, person: Caller, kind: str, name: str, ufrag: str | None = None, session: str | None = None, **to: Any
    ) -> None:
        """Send a description; to the other one of host and guest, unless told otherwise."""
        args = {"targetUserId": self.other(person).user_id, **to}
        self.run(
            person,
            "exchangeSessionDescription",
            sessionId=session or self.session_of(person),
            description={"type": kind, "sdp": sdp(name, ufrag)},
            **{key: value for key, value in args.items() if value is not None},
        )

    def trickle(
        self, person: Caller, name: str, ufrag: str | None = None, session: str | None = None, **to: Any
    ) -> None:
        """Send a candidate; to the other one of host and guest, unless told otherwise."""
        args = {"targetUserId": self.other(person).user_id, **to}
        fragment = {} if ufrag is None else {"usernameFragment": ufrag}
        self.run(
            person,
            "exchangeICECandidate",
            sessionId=session or self.session_of(person),
            candidate={"candidate": name, **fragment},
            **{key: value for key, value in args.items() if value is not None},
        )

    def other(self, person: Caller) -> Caller:
        """Return whom host and guest talk to."""
        return self.guest if person is self.host else self.host

    def pending(self, person: Caller, **args: Any) -> list[dict[str, Any]]:
        """Return what waits for a person."""
        signals: list[dict[str, Any]] = self.run(person, "getPendingSignals", **args)
        return signals

    def names(self, person: Caller, **args: Any) -> list[str]:
        """Return the names of what waits for a person, in order."""
        return [name_of(signal) for signal in self.pending(person, **args)]

    def process(self, person: Caller, *signals: dict[str, Any]) -> None:
        """Mark signals as processed; without any, all that wait."""
        found = signals or tuple(self.pending(person))
        person.call(f"{SIGNALING}:markSignalsProcessed", signalIds=[signal["_id"] for signal in found])

    def fail(self, person: Caller, error: str = "ice_failed", session: str | None = None, **args: Any) -> Any:
        """Report a failure; return the advice."""
        return self.run(
            person,
            "handleConnectionFailure",
            sessionId=session or self.session_of(person),
            errorType=error,
            **args,
        )

    def fail_thrice(self, person: Caller) -> Any:
        """Report three failures in a row, at which a room moves if it can; return the advice."""
        advice = self.fail(person)
        for nth in (2, 3):
            self.connect(person, f"try {nth}")
            self.backend.now_ns += int(SECONDS_BETWEEN_TRIES * 1e9)
            advice = self.fail(person, session=f"try {nth}")
        return advice

    def stored(self, person: Caller, session: str | None = None) -> WebrtcSession:
        """Return a session as it is stored."""
        found = self.backend.read(
            lambda db: db.first(
                WebrtcSession, "by_meeting_session", self.meeting_id, session or self.session_of(person)
            )
        )
        assert found is not None
        return found

    def signal_count(self) -> int:
        """Return how many signals are stored, having checked that every queue counts its own right."""
        signals = self.backend.read(lambda db: db.scan(Signal, "by_creation"))
        for queue in self.backend.read(lambda db: db.scan(SignalQueue, "by_creation")):
            mine = [one for one in signals if (one.meeting_id, one.to_user_id) == (queue.meeting_id, queue.user_id)]
            assert len(mine) == queue.pending
            assert Counter(one.from_user_id for one in mine) == queue.by_sender
            assert max((one.position for one in mine), default=0) < queue.next_position
        return len(signals)
