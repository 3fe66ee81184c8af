"""Ids tell their table, survive the round trip, and no other text passes for one."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connvo.kernel import ids
from connvo.kernel.ids import ALPHABET, PAYLOAD_BYTES, decode_id, encode_id, id_table, new_payload

NOW_MS = 1.8e12
table_numbers = st.integers(min_value=1, max_value=2**31 - 1)
payloads = st.binary(min_size=PAYLOAD_BYTES, max_size=PAYLOAD_BYTES)


@given(table_numbers, payloads)
def test_an_id_survives_the_round_trip(number: int, payload: bytes) -> None:
    assert decode_id(encode_id(number, payload)) == (number, payload)


@given(table_numbers, payloads)
def test_an_id_is_a_short_word_of_digits_and_lower_case_letters_that_nobody_mixes_up(
    number: int, payload: bytes
) -> None:
    text = encode_id(number, payload)
    assert 31 <= len(text) <= 37
    assert set(text) <= set(ALPHABET)
    assert not set("ilou") & set(text)


def test_the_form_is_fixed_because_ids_are_kept_outside_too() -> None:
    assert encode_id(1, bytes(16)) == "0400000000000000000000000000248"
    assert encode_id(10001, bytes(range(16))) == "j57000820c20a1g7104gm2rc1m70ynr8"


def test_ids_of_one_table_begin_alike() -> None:
    assert len({encode_id(10001, new_payload(NOW_MS))[:2] for _ in range(50)}) == 1


@given(st.floats(min_value=0, max_value=2**47), st.floats(min_value=0, max_value=2**47))
def test_ids_sort_by_the_time_at_which_they_were_made(one: float, other: float) -> None:
    first, second = sorted((one, other))
    if int(first) < int(second):
        assert encode_id(10001, new_payload(first)) < encode_id(10001, new_payload(second))


@given(table_numbers, payloads, st.data())
def test_a_changed_character_is_noticed(number: int, payload: bytes, data: st.DataObject) -> None:
    text = encode_id(number, payload)
    position = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([c for c in ALPHABET if c != text[position]]))
    assert decode_id(text[:position] + other + text[position + 1 :]) != (number, payload)


def test_a_tampered_footer_is_refused() -> None:
    text = encode_id(10001, bytes(range(16)))
    swapped = text[:-2] + ("0" if text[-2] != "0" else "1") + text[-1]
    assert decode_id(swapped) is None


@given(st.text(max_size=40))
def test_any_text_either_is_refused_or_is_the_only_spelling_of_its_id(text: str) -> None:
    decoded = decode_id(text)
    assert decoded is None or encode_id(*decoded) == text


@given(st.text(alphabet=ALPHABET, min_size=31, max_size=37))
def test_a_lookalike_of_an_id_is_no_second_spelling_of_one(text: str) -> None:
    decoded = decode_id(text)
    assert decoded is None or encode_id(*decoded) == text


@given(table_numbers, payloads)
def test_other_spellings_of_an_id_are_refused(number: int, payload: bytes) -> None:
    text = encode_id(number, payload)
    assert decode_id(text + "0") is None
    assert decode_id(text[:-1]) is None
    assert decode_id(" " + text) is None
    assert decode_id(text + "\n") is None
    assert text.upper() == text or decode_id(text.upper()) is None


@given(payloads)
def test_a_table_number_has_one_spelling(payload: bytes) -> None:
    padded = b"\x81\x00" + payload
    text = ids._to_base32(padded + ids._fletcher16(padded))
    assert decode_id(text) is None


@pytest.mark.parametrize("text", ["", "0", "null", "j57", "_" * 32, "é" * 32, "\ud800" * 32, "0" * 1000, "1_0" * 11])
def test_garbage_is_refused(text: str) -> None:
    assert decode_id(text) is None


@pytest.mark.parametrize("size", [0, 15, 17])
def test_an_id_is_never_made_of_another_number_of_bytes(size: int) -> None:
    with pytest.raises(ValueError, match="16 payload bytes"):
        encode_id(10001, bytes(size))


def test_new_payloads_differ() -> None:
    assert len({new_payload(NOW_MS) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("annotation", [str, int, None, "text", 3, list[str]])
def test_an_invalid_id_type_belongs_to_no_table(annotation: object) -> None:
    assert id_table(annotation) is None
