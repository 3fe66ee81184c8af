"""A key file that the libraries would refuse is recognised without them."""

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from hypothesis import given
from hypothesis import strategies as st

from connvo.transport.auth.local_issuer import LocalIssuer, LocalIssuerError
from connvo.transport.auth.p256_file import is_p256_key

ORDER = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
BEGIN, END = b"-----BEGIN PRIVATE KEY-----\n", b"-----END PRIVATE KEY-----\n"
SCALAR_AT, POINT_AT = 36, 74


def pem(key: ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey) -> bytes:
    return key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def armoured(der: bytes) -> bytes:
    return BEGIN + base64.encodebytes(der) + END


def der_of(text: bytes) -> bytes:
    return base64.b64decode(text.removeprefix(BEGIN).removesuffix(END))


KEY = pem(ec.derive_private_key(1234567, ec.SECP256R1()))


@given(st.integers(min_value=1, max_value=ORDER - 1))
def test_every_key_that_the_server_writes_has_the_form(scalar: int) -> None:
    assert is_p256_key(pem(ec.derive_private_key(scalar, ec.SECP256R1())))


@given(st.integers(min_value=0, max_value=len(der_of(KEY)) - 1), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_noticed_everywhere_but_in_the_scalar(position: int, change: int) -> None:
    der = bytearray(der_of(KEY))
    der[position] ^= change
    in_scalar = SCALAR_AT <= position < POINT_AT - len("a14403420004") // 2
    assert is_p256_key(armoured(bytes(der))) == in_scalar


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"nonsense",
        KEY[:-40],
        KEY + b"x",
        armoured(b""),
        BEGIN + b"A\n" + END,
        pem(ec.generate_private_key(ec.SECP384R1())),
        pem(ed25519.Ed25519PrivateKey.generate()),
    ],
)
def test_other_files_do_not_have_it(text: bytes) -> None:
    assert not is_p256_key(text)


@pytest.mark.parametrize("scalar", [0, ORDER, 2**256 - 1])
def test_a_scalar_out_of_range_is_no_key(scalar: int) -> None:
    der = bytearray(der_of(KEY))
    der[SCALAR_AT : SCALAR_AT + 32] = scalar.to_bytes(32)
    assert not is_p256_key(armoured(bytes(der)))


def test_a_key_in_another_form_is_used_and_a_file_without_one_is_refused_at_once(tmp_path: Path) -> None:
    other = ec.derive_private_key(1234567, ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    file = tmp_path / "local-issuer.pem"
    file.write_bytes(KEY)
    usual = LocalIssuer.open(tmp_path).jwks()
    file.write_bytes(other)
    assert not is_p256_key(other)
    assert LocalIssuer.open(tmp_path).jwks() == usual
    file.write_bytes(b"nonsense")
    with pytest.raises(LocalIssuerError, match="is not a key"):
        LocalIssuer.open(tmp_path)
