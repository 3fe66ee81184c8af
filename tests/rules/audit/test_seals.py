"""A seal tells apart whatever differs, and a digest of one kind passes for none of another."""

from hypothesis import given
from hypothesis import strategies as st

from connvo.rules.audit import seals

ROWS = st.lists(st.binary(max_size=40), min_size=1, max_size=6)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)


@given(ROWS, ROWS)
def test_other_rows_have_another_root(one: list[bytes], other: list[bytes]) -> None:
    assert (seals.batch(one) == seals.batch(other)) == (one == other)


@given(st.integers(1, 2**60), DIGESTS, DIGESTS, st.integers(1, 500), st.integers(0, 3))
def test_a_seal_covers_each_of_its_parts(number: int, prev: str, root: str, count: int, part: int) -> None:
    given_parts: list[int | str] = [number, prev, root, count]
    changed: list[int | str] = list(given_parts)
    value = changed[part]
    changed[part] = value + 1 if isinstance(value, int) else ("0" if value[0] != "0" else "1") + value[1:]
    first = seals.seal_hash(*given_parts)  # type: ignore[arg-type]
    assert first != seals.seal_hash(*changed)  # type: ignore[arg-type]
    assert first == seals.seal_hash(*given_parts)  # type: ignore[arg-type]


@given(st.binary(min_size=32, max_size=32))
def test_a_leaf_is_no_root_and_no_seal(row: bytes) -> None:
    assert seals.leaf(row).hex() != seals.root([row])


@given(st.binary(min_size=32, max_size=32), st.text(max_size=80), st.text(max_size=80))
def test_a_signature_holds_for_its_text_and_key_alone(key: bytes, text: str, other: str) -> None:
    made = seals.mac(key, text)
    assert seals.is_mac(key, text, made)
    assert seals.is_mac(key, other, made) == (text == other)
    assert not seals.is_mac(key + b"x", text, made)
    assert key.hex() not in seals.key_id(key)
