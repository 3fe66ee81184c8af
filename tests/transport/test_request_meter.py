"""A request is counted while it arrives: its head and its framing are bounded, however it is cut into pieces."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel.errors import RequestError
from connvo.settings import HttpSettings
from connvo.transport.request_meter import FRAMING_BYTES, FRAMING_SHARE, RequestMeter

LIMITS = HttpSettings(head_bytes=4096, head_fields=16, target_bytes=1024)
SIZES = st.lists(st.integers(1, 3000), min_size=1, max_size=20)


def begun() -> RequestMeter:
    meter = RequestMeter(LIMITS)
    meter.begin()
    return meter


def in_body() -> RequestMeter:
    meter = begun()
    meter.add_field(b"host", b"a")
    meter.end_head("1.1")
    return meter


@given(SIZES)
def test_an_address_is_refused_at_its_limit_in_however_many_parts(sizes: list[int]) -> None:
    meter, total = begun(), 0
    for size in sizes:
        total += size
        if total > LIMITS.target_bytes:
            with pytest.raises(RequestError) as refused:
                meter.add_target(size)
            assert refused.value.code == "AddressTooLong"
            return
        meter.add_target(size)


@given(SIZES)
def test_a_head_is_refused_at_its_limit_before_it_is_complete(sizes: list[int]) -> None:
    meter, total = RequestMeter(LIMITS), 0
    for number, size in enumerate(sizes):
        meter.begin_piece()
        if number == 0:
            meter.begin()
        total += size
        if total > LIMITS.head_bytes:
            with pytest.raises(RequestError) as refused:
                meter.end_piece(size)
            assert refused.value.code == "HeadTooLarge"
            return
        meter.end_piece(size)
        assert meter.awaits_head


@given(st.lists(st.tuples(st.integers(1, 8192), st.integers(0, 64)), min_size=1, max_size=60))
def test_framing_is_bounded_beside_the_body(pieces: list[tuple[int, int]]) -> None:
    meter, received, body = in_body(), 0, 0
    for size, of_body in pieces:
        meter.begin_piece()
        meter.add_body(of_body)
        received, body = received + size, body + of_body
        if received > FRAMING_BYTES + FRAMING_SHARE * body:
            with pytest.raises(RequestError, match="larger chunks"):
                meter.end_piece(size)
            return
        meter.end_piece(size)


def test_a_request_has_one_host_except_that_of_an_old_client() -> None:
    with pytest.raises(RequestError, match="no `Host` field"):
        begun().end_head("1.1")
    begun().end_head("1.0")
    meter = begun()
    meter.add_field(b"Host", b"a")
    with pytest.raises(RequestError, match="more than one `Host` field"):
        meter.add_field(b"host", b"a")


def test_a_request_has_one_authorization_and_the_next_request_another() -> None:
    meter = begun()
    meter.add_field(b"Authorization", b"Bearer a")
    with pytest.raises(RequestError, match="more than one `Authorization` field"):
        meter.add_field(b"authorization", b"Bearer a")
    meter.begin()
    meter.add_field(b"authorization", b"Bearer b")


def test_fields_are_counted() -> None:
    meter = begun()
    for _ in range(LIMITS.head_fields):
        meter.add_field(b"a", b"b")
    with pytest.raises(RequestError):
        meter.add_field(b"a", b"b")


def test_the_next_request_begins_at_zero() -> None:
    meter = in_body()
    meter.begin_piece()
    meter.end()
    states = [meter.awaits_head]
    meter.begin_piece()
    assert [*states, meter.awaits_head] == [False, True], "the next head is not due in the piece that ended the body"
    meter.begin()
    for _ in range(LIMITS.head_fields - 1):
        meter.add_field(b"a", b"b")
    meter.add_field(b"host", b"a")
