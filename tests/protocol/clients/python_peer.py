"""One member of a call, as `peer.mjs`, with the official Python client: live queries alone, no polling."""

import json
import os
from typing import Any

from convex import ConvexClient

GIVEN = json.loads(os.environ["GIVEN"])
MEETING, SESSION, PEERS = GIVEN["meetingId"], GIVEN["sessionId"], GIVEN["peers"]
CANDIDATES: int = GIVEN["candidates"]
SIGNALING = "meetings/webrtc/signaling"


class Peer:
    """Signals with everybody in the meeting; whoever has the smaller session id offers."""

    def __init__(self) -> None:
        self.client = ConvexClient(GIVEN["url"])
        self.client.set_auth(GIVEN["token"])
        self.heard: dict[str, list[str]] = {}
        self.handled: set[str] = set()
        self.offered: set[str] = set()
        self.connected = False

    def call(self, path: str, **args: Any) -> Any:
        """Call a mutation about the meeting."""
        return self.client.mutation(path, {"meetingId": MEETING, **args})

    def describe(self, kind: str, user: str, session: str) -> None:
        """Send a description and its candidates to the owner of another session."""
        ufrag = f"{SESSION}x{session}".replace("-", "")
        sdp = f"v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=ice-ufrag:{ufrag}\r\n"
        description = {"type": kind, "sdp": sdp}
        who: dict[str, Any] = {"sessionId": SESSION, "targetUserId": user}
        self.call(f"{SIGNALING}:exchangeSessionDescription", **who, description=description)
        for n in range(CANDIDATES):
            line = f"candidate:{n} 1 udp 1 127.0.0.1 {6000 + n} typ host ufrag {ufrag}"
            candidate = {"candidate": line, "sdpMLineIndex": 0, "usernameFragment": ufrag}
            self.call(f"{SIGNALING}:exchangeICECandidate", **who, candidate=candidate)

    def handle(self, signals: list[Any]) -> None:
        """Take what waits, and acknowledge it."""
        fresh = [signal for signal in signals if signal["_id"] not in self.handled]
        for signal in fresh:
            self.handled.add(signal["_id"])
            kind = signal["data"].get("type", "candidate")
            self.heard.setdefault(signal["sessionId"], []).append(kind)
            if kind == "offer":
                self.describe("answer", signal["fromUserId"], signal["sessionId"])
        if fresh:
            ids: Any = [signal["_id"] for signal in fresh]
            self.client.mutation(f"{SIGNALING}:markSignalsProcessed", {"signalIds": ids})

    def meet(self, sessions: list[Any]) -> None:
        """Offer to who is there."""
        for other in sessions:
            if other["sessionId"] > SESSION and other["sessionId"] not in self.offered:
                self.offered.add(other["sessionId"])
                self.describe("offer", other["userId"], other["sessionId"])

    def take_part(self) -> None:
        """Signal until connected with everybody."""
        self.call("meetings/lifecycle:joinMeeting")
        self.call(f"{SIGNALING}:createWebRTCSession", sessionId=SESSION)
        pending = self.client.subscribe(f"{SIGNALING}:getPendingSignals", {"meetingId": MEETING})
        active = self.client.subscribe(f"{SIGNALING}:getActiveSessions", {"meetingId": MEETING})
        for shown in self.client.watch_all():
            assert shown is not None
            results: list[Any] = [shown.get(pending.id), shown.get(active.id)]
            if None in results:
                continue
            signals, sessions = [result["value"] for result in results]
            self.handle(signals)
            self.meet(sessions)
            if not self.connected and all(len(self.heard.get(peer, [])) == CANDIDATES + 1 for peer in others()):
                self.connected = True
                self.call(f"{SIGNALING}:updateSessionState", sessionId=SESSION, state="connected")
            states = [session["state"] for session in sessions]
            if states.count("connected") == len(PEERS) and not signals:
                return


def others() -> list[str]:
    """Return the sessions of the others."""
    return [peer for peer in PEERS if peer != SESSION]


if __name__ == "__main__":
    peer = Peer()
    peer.take_part()
    print(json.dumps({"heard": peer.heard, "queries": 2}), flush=True)
    os._exit(0)
