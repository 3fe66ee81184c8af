"""A page that goes ends its own sessions, and takes its person out of the call unless another page of theirs is in."""

from tests.support.call import GUEST, HOST, Call

LEAVE = "meetings/webrtc/leaving:leaveCall"


def test_the_last_session_takes_its_person_out(call: Call) -> None:
    call.describe(call.guest, "offer", "unfetched")
    call.run(call.guest, LEAVE, sessionIds=[GUEST])
    assert call.stored(call.guest).state == "closed"
    assert call.membership(call.guest).presence == "left"
    assert call.pending(call.host) == []
    assert call.membership(call.host).presence == "joined"


def test_a_member_with_another_page_in_the_call_stays(call: Call) -> None:
    call.run(call.guest, "createWebRTCSession", sessionId="another page")
    call.run(call.guest, LEAVE, sessionIds=[GUEST])
    assert call.membership(call.guest).presence == "joined"
    live = [one["sessionId"] for one in call.run(call.host, "getActiveSessions")]
    assert live == [HOST, "another page"]
    call.run(call.guest, LEAVE, sessionIds=["another page"])
    assert call.membership(call.guest).presence == "left"


def test_it_may_be_repeated_and_may_name_an_absent_session(call: Call) -> None:
    call.run(call.guest, LEAVE, sessionIds=["unknown"])
    assert call.membership(call.guest).presence == "joined"
    for _ in range(2):
        call.run(call.guest, LEAVE, sessionIds=[GUEST, "unknown"])
    assert call.membership(call.guest).presence == "left"


def test_sessions_of_others_are_passed_over(call: Call) -> None:
    call.run(call.guest, LEAVE, sessionIds=[HOST])
    assert call.stored(call.host).open
    assert call.membership(call.host).presence == "joined"


def test_a_page_names_only_some(call: Call) -> None:
    call.refused(call.guest, LEAVE, "VALIDATION_ERROR", sessionIds=[str(nth) for nth in range(17)])
