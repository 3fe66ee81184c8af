"""A description loses its candidates, and nothing else; every candidate knows where it belongs."""

from connvo.demo.answers import Candidate, Description
from connvo.demo.trickle import fragments, split

LINES = [
    "v=0",
    "s=-",
    "a=group:BUNDLE 0 1",
    "m=video 9 UDP/TLS/RTP/SAVPF 97",
    "a=mid:0",
    "a=candidate:1 1 udp 2130706431 127.0.0.1 50000 typ host",
    "a=candidate:2 1 udp 1694498815 192.0.2.1 50001 typ srflx raddr 127.0.0.1 rport 50000",
    "a=end-of-candidates",
    "a=ice-ufrag:one",
    "m=audio 9 UDP/TLS/RTP/SAVPF 96",
    "a=mid:1",
    "a=candidate:1 1 udp 2130706431 127.0.0.1 50002 typ host",
    "a=end-of-candidates",
    "a=ice-ufrag:two",
]
OFFER = Description("offer", "\r\n".join(LINES) + "\r\n")


def test_a_description_keeps_everything_but_its_candidates() -> None:
    bare, _ = split(OFFER)
    kept = [line for line in LINES if "candidate" not in line]
    assert bare == Description("offer", "\r\n".join(kept) + "\r\n")


def test_each_candidate_names_its_media_line_and_its_negotiation() -> None:
    _, candidates = split(OFFER)
    assert [(c.sdp_mid, c.sdp_mline_index, c.username_fragment) for c in candidates] == [
        ("0", 0, "one"),
        ("0", 0, "one"),
        ("1", 1, "two"),
        (None, None, "two"),
    ]
    assert candidates[2].candidate == "candidate:1 1 udp 2130706431 127.0.0.1 50002 typ host"


def test_the_last_candidate_says_that_there_are_no_more() -> None:
    _, candidates = split(OFFER)
    assert [c.candidate == "" for c in candidates] == [False, False, False, True]


def test_a_description_without_candidates_stays_as_it_is() -> None:
    bare, _ = split(OFFER)
    assert split(bare) == (bare, [Candidate("", username_fragment="two")])


def test_a_fragment_of_the_session_counts_for_every_media_line() -> None:
    offer = Description("offer", "v=0\r\na=ice-ufrag:all\r\nm=video 9 RTP 97\r\na=candidate:1 1 udp 1 h 1 typ host\r\n")
    assert [c.username_fragment for c in split(offer)[1]] == ["all", "all"]


def test_the_fragments_tell_negotiations_apart() -> None:
    assert fragments(OFFER) == {"one", "two"}
