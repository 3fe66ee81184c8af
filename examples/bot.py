"""Enter a call by its link and send each member their own sound and picture back, with aiortc.

pip install aiortc convex
python examples/bot.py http://127.0.0.1:3210 "$(connvo token bot --email bot@example.org --name Bot)" CODE
"""

import asyncio
import sys
from typing import Any
from uuid import uuid4

from aiortc import RTCConfiguration, RTCIceServer, RTCPeerConnection, RTCSessionDescription
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
    return await asyncio.to_thread(getattr(client, kind), f"meetings/{function}", arguments)


async def handle(signal: dict[str, Any], meeting: str, servers: list[RTCIceServer]) -> None:
    """Answer an offer with a new connection, or add a candidate to the connection of an offer."""
    peer, data = signal["sessionId"], signal["data"]
    if signal["type"] == "sdp" and data["type"] == "offer":
        connection = connections[peer] = RTCPeerConnection(RTCConfiguration(servers))
        connection.on("track", connection.addTrack)
        await connection.setRemoteDescription(RTCSessionDescription(data["sdp"], "offer"))
        await connection.setLocalDescription(await connection.createAnswer())
        own = {"type": "answer", "sdp": connection.localDescription.sdp}
        to = {"meetingId": meeting, "sessionId": session, "targetUserId": signal["fromUserId"]}
        await call("mutation", "webrtc/signaling:exchangeSessionDescription", description=own, **to)
    elif signal["type"] == "ice" and data["candidate"] and peer in connections:
        candidate = candidate_from_sdp(data["candidate"].removeprefix("candidate:"))
        candidate.sdpMid, candidate.sdpMLineIndex = data.get("sdpMid"), data.get("sdpMLineIndex")
        await connections[peer].addIceCandidate(candidate)


async def main() -> None:
    """Stay in the call until the meeting is over."""
    client.mutation("users/mutations:upsertUser", {"workosUserId": "bot", "email": "bot@example.org"})
    meeting = (await call("mutation", "links:acceptLink", code=code))["meetingId"]
    await call("mutation", "lifecycle:joinMeeting", meetingId=meeting)
    await call("mutation", "webrtc/signaling:createWebRTCSession", meetingId=meeting, sessionId=session)
    ice = await call("action", "webrtc/turn:getICEServers", meetingId=meeting, sessionId=session)
    print(f"in the call as {session}", flush=True)
    while (await call("query", "queries:getMeeting", meetingId=meeting))["state"] == "active":
        signals = await call("query", "webrtc/signaling:getPendingSignals", meetingId=meeting)
        for signal in signals:
            await handle(signal, meeting, [RTCIceServer(**server) for server in ice["iceServers"]])
        if signals:
            await call("mutation", "webrtc/signaling:markSignalsProcessed", signalIds=[one["_id"] for one in signals])
        await asyncio.sleep(0.2)


asyncio.run(main())
