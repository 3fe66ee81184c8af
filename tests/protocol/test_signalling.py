"""Two official npm clients and an official Python client signal in one meeting, by live queries alone."""

import pytest

from .serving import SampleServer, Talker, given, node, python

PEERS = ["1-js", "2-js", "3-python"]
CANDIDATES = 5


@pytest.mark.timeout(110)
def test_three_official_clients_signal_without_polling(server: SampleServer) -> None:
    tokens = {peer: server.token(f"owner-of-{peer}") for peer in PEERS}
    users = {
        peer: server.call(
            token, "users/mutations:upsertUser", workosUserId=f"owner-of-{peer}", email=f"owner-of-{peer}@example.org"
        )
        for peer, token in tokens.items()
    }
    host, *guests = PEERS
    meeting = server.call(tokens[host], "meetings/lifecycle:createMeeting", title="Three ways")["meetingId"]
    for guest in guests:
        member = {"meetingId": meeting, "userId": users[guest], "role": "participant"}
        server.call(tokens[host], "meetings/lifecycle:addParticipant", **member)
    server.call(tokens[host], "meetings/lifecycle:startMeeting", meetingId=meeting)

    def peer(name: str) -> Talker:
        more = {"meetingId": meeting, "sessionId": name, "peers": PEERS, "candidates": CANDIDATES}
        program = python("python_peer") if "python" in name else node("peer.mjs")
        return Talker(program, given(server, token=tokens[name], **more))

    talkers = {name: peer(name) for name in PEERS}
    try:
        heard = {name: talker.wait("heard")[0] for name, talker in talkers.items()}
        assert [talker.wait("queries")[0] for talker in talkers.values()] == [2, 2, 2]
        for talker in talkers.values():
            talker.end()
    finally:
        for talker in talkers.values():
            talker.kill()
    for name in PEERS:
        assert heard[name].keys() == set(PEERS) - {name}
        for other, kinds in heard[name].items():
            description = "offer" if other < name else "answer"
            assert kinds == [description] + ["candidate"] * CANDIDATES, "each once, the description first"
    for name, token in tokens.items():
        left = server.call(token, "meetings/webrtc/signaling:getPendingSignals", meetingId=meeting)
        assert left == [], f"{name} has acknowledged everything"
