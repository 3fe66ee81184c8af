"""Frames judged by their headers, in whatever pieces the network brings them."""

import struct

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from connvo.transport.sync.close_codes import POLICY, TOO_BIG, WRONG_FRAME
from connvo.transport.sync.frame_limits import (
    CONTROL_BURST_SECONDS,
    FRAGMENT_BURST,
    FrameGate,
    FrameRate,
    FrameRefused,
    ReadLimits,
)

TEXT, CONTINUATION, PING = 1, 0, 9
PLENTY = 1e9
MESSAGE_BYTES = 70_000


def limits(message_bytes: int = MESSAGE_BYTES, control: float = PLENTY, fragments: float = PLENTY) -> ReadLimits:
    return ReadLimits(message_bytes, 10.0, control, fragments)


def frame(opcode: int, size: int, final: bool = True) -> bytes:
    if size < 126:
        length = bytes([0x80 | size])
    elif size < 2**16:
        length = bytes([0x80 | 126]) + struct.pack("!H", size)
    else:
        length = bytes([0x80 | 127]) + struct.pack("!Q", size)
    return bytes([opcode | (0x80 if final else 0)]) + length + bytes(4) + bytes(size)


def pieces(gate: FrameGate, arrivals: list[bytes]) -> list[bytes]:
    """Return what a gate lets through of what arrives, until it waits for more."""
    held, let_through = bytearray(), []
    for arrival in arrivals:
        held += arrival
        while held and (size := gate.next(held)):
            let_through.append(bytes(held[:size]))
            del held[:size]
    return let_through


sizes = st.one_of(st.integers(0, 300), st.sampled_from([125, 126, 127, 65_535, 65_536]))
control = st.builds(lambda size: frame(PING, size), st.integers(0, 125))


@st.composite
def messages(draw: st.DrawFn) -> list[bytes]:
    """Draw the frames of a message, with control frames between its fragments."""
    count = draw(st.integers(1, 4))
    out = []
    for number in range(count):
        out.append(frame(TEXT if number == 0 else CONTINUATION, draw(sizes) // count, number == count - 1))
        out += draw(st.lists(control, max_size=2)) if number < count - 1 else []
    return out


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(messages(), max_size=4), st.data())
def test_all_frames_pass_whole_however_they_are_cut(sent: list[list[bytes]], data: st.DataObject) -> None:
    frames = [one for message in sent for one in message]
    stream = b"".join(frames)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    arrivals = [stream[a:b] for a, b in zip([0, *cuts], [*cuts, len(stream)], strict=True)]
    gate = FrameGate(limits())
    assert b"".join(pieces(gate, arrivals)) == stream
    assert not gate.unfinished
    ends, at = set(), 0
    for one in frames:
        at += len(one)
        ends.add(at)
    reached = 0
    for piece in pieces(FrameGate(limits()), [stream]):
        reached += len(piece)
        assert reached in ends, "no piece reaches into the next frame"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 50), min_size=1, max_size=30))
def test_no_message_passes_that_is_too_long_in_all(fragments: list[int]) -> None:
    most = 100
    gate, passed = FrameGate(limits(message_bytes=most)), 0
    stream = [frame(TEXT if n == 0 else CONTINUATION, size, False) for n, size in enumerate(fragments)]
    codes = []
    for one, size in zip(stream, fragments, strict=True):
        try:
            pieces(gate, [one])
        except FrameRefused as refused:
            codes.append(refused.code)
            break
        passed += size
    assert passed <= most
    assert codes == ([] if sum(fragments) <= most else [TOO_BIG])


def test_a_frame_that_is_too_large_is_refused_before_its_payload() -> None:
    with pytest.raises(FrameRefused) as refused:
        pieces(FrameGate(limits()), [frame(TEXT, MESSAGE_BYTES + 1)[:14]])
    assert refused.value.code == TOO_BIG


def test_a_limit_that_grows_holds_from_the_next_frame_on() -> None:
    own = limits(message_bytes=10)
    gate = FrameGate(own)
    assert len(pieces(gate, [frame(TEXT, 10)])) == 1
    own.message_bytes = 1000
    assert len(pieces(gate, [frame(TEXT, 1000)])) == 1


def test_a_control_frame_is_short() -> None:
    with pytest.raises(FrameRefused) as refused:
        pieces(FrameGate(limits()), [frame(PING, 126)])
    assert refused.value.code == WRONG_FRAME


@pytest.mark.parametrize(
    ("opcode", "final", "most", "per_second"),
    [(PING, True, CONTROL_BURST_SECONDS * 3, 3.0), (CONTINUATION, False, FRAGMENT_BURST, 3.0)],
)
def test_frames_that_carry_nothing_have_a_rate(opcode: int, final: bool, most: int, per_second: float) -> None:
    now = [0.0]
    own = limits(control=per_second, fragments=per_second)
    own.control = FrameRate(CONTROL_BURST_SECONDS * per_second, per_second, lambda: now[0])
    own.fragments = FrameRate(FRAGMENT_BURST, per_second, lambda: now[0])
    gate = FrameGate(own)
    assert len(pieces(gate, [frame(opcode, 0, final)] * most)) == most
    now[0] += 2.0
    assert len(pieces(gate, [frame(opcode, 0, final)] * 6)) == 6
    with pytest.raises(FrameRefused) as refused:
        pieces(gate, [frame(opcode, 0, final)])
    assert refused.value.code == POLICY


def test_whole_messages_have_no_rate_here() -> None:
    assert len(pieces(FrameGate(limits(control=1, fragments=1)), [frame(TEXT, 1)] * 5000)) == 5000
