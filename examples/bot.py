"""Enter a call by its link and send everybody their own sound and picture back, with aiortc.

pip install aiortc convex
python examples/bot.py http://127.0.0.1:3210 "$(connvo token bot --email bot@example.org --name Bot)" CODE
"""

import asyncio
import sys
from typing import Any
from uuid import uuid4

from aiortc import MediaStreamTrack, RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
from aiortc.sdp import candidate_from_sdp
from convex.http_client import ConvexHttpClient

url, token, code = sys.argv[1:]
client = ConvexHttpClient(url)
client.set_auth(token)
# Of two sessions the smaller id waits for the offer of the other, and "-" is smaller than letters and digits.
session = f"-bot-{uuid4()}.1"
connections: dict[str, RTCPeerConnection] = {}


async def call(kind: str, function: str, **arguments: Any) -> Any:
    """Call a function of the server without blocking the event loop."""
    return await asyncio.to_thread(getattr(client, kind), function, arguments)


async def answer(signal: dict[str, Any], meeting: str, servers: list[dict[str, Any]]) -> None:
    """Answer an offer with a new connection in place of the one that this peer had."""
    if before := connections.pop(signal["sessionId"], None):
        await before.close()
    connection = RTCPeerConnection(RTCConfiguration([RTCIceServer(**server) for server in servers]))
    connections[signal["sessionId"]] = connection

    @connection.on("track")
    def echo(track: MediaStreamTrack) -> None:
        connection.addTrack(track)

    @connection.on("connectionstatechange")
    async def report() -> None:
        if connection.connectionState == "connected":
            state = {"meetingId": meeting, "sessionId": session, "state": "connected"}
            await call("mutation", "meetings/webrtc/signaling:updateSessionState", **state)
            print("connected", flush=True)

    await connection.setRemoteDescription(RTCSessionDescription(signal["data"]["sdp"], "offer"))
    await connection.setLocalDescription(await connection.createAnswer())
    own = {"type": "answer", "sdp": connection.localDescription.sdp}
    to = {"meetingId": meeting, "sessionId": session, "targetUserId": signal["fromUserId"]}
    await call("mutation", "meetings/webrtc/signaling:exchangeSessionDescription", description=own, **to)


async def handle(signal: dict[str, Any], meeting: str, servers: list[dict[str, Any]]) -> None:
    """Take one signal of a peer: an offer, or a candidate of the connection that its offer began."""
    connection, data = connections.get(signal["sessionId"]), signal["data"]
    if signal["type"] == "sdp":
        if data["type"] == "offer":
            await answer(signal, meeting, servers)
    elif connection and data["candidate"]:
        candidate = candidate_from_sdp(data["candidate"].removeprefix("candidate:"))
        candidate.sdpMid, candidate.sdpMLineIndex = data.get("sdpMid"), data.get("sdpMLineIndex")
        await connection.addIceCandidate(candidate)


async def main() -> None:
    """Stay in the call until the meeting is over."""
    await call("mutation", "users/mutations:upsertUser", workosUserId="bot", email="bot@example.org")
    meeting = (await call("mutation", "meetings/links:acceptLink", code=code))["meetingId"]
    await call("mutation", "meetings/lifecycle:joinMeeting", meetingId=meeting)
    await call("mutation", "meetings/webrtc/signaling:createWebRTCSession", meetingId=meeting, sessionId=session)
    ice = await call("action", "meetings/webrtc/turn:getICEServers", meetingId=meeting, sessionId=session)
    print(f"in the call as {session}", flush=True)
    while (await call("query", "meetings/queries:getMeeting", meetingId=meeting))["state"] == "active":
        signals = await call("query", "meetings/webrtc/signaling:getPendingSignals", meetingId=meeting)
        for signal in signals:
            await handle(signal, meeting, ice["iceServers"])
        if signals:
            ids = [signal["_id"] for signal in signals]
            await call("mutation", "meetings/webrtc/signaling:markSignalsProcessed", signalIds=ids)
        await asyncio.sleep(0.2)
    await asyncio.gather(*(connection.close() for connection in connections.values()))
    print("the meeting is over", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
