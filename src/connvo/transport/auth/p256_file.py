"""The form of the local issuer's key file, checked without the libraries of tokens, which take long to load.

A P-256 key is always written in the same bytes (PKCS #8 with its public point), but for its two numbers.
"""

import base64
import binascii
import re

_PEM = re.compile(rb"-----BEGIN PRIVATE KEY-----\n([A-Za-z0-9+/=\n]+)-----END PRIVATE KEY-----\n")
_BEFORE_SCALAR = bytes.fromhex(
    "308187020100301306072a8648ce3d020106082a8648ce3d030107046d306b0201010420"
)  # fmt: skip
_BEFORE_POINT = bytes.fromhex("a14403420004")
_NUMBER_BYTES = 32
# The curve y² = x³ - 3x + B over the field of P; the order of its points is N (FIPS 186-4, D.1.2.3).
_P = 2**256 - 2**224 + 2**192 + 2**96 - 1
_N = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551
_B = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B


def is_p256_key(pem: bytes) -> bool:
    """Return whether a file holds a P-256 key in that form: a scalar in range, and a point of the curve.

    That the two belong together is not checked.
    """
    found = _PEM.fullmatch(pem)
    if found is None:
        return False
    try:
        der = base64.b64decode(found[1])
    except binascii.Error:
        return False
    scalar_at = len(_BEFORE_SCALAR)
    point_at = scalar_at + _NUMBER_BYTES + len(_BEFORE_POINT)
    if len(der) != point_at + 2 * _NUMBER_BYTES or not der.startswith(_BEFORE_SCALAR):
        return False
    if der[scalar_at + _NUMBER_BYTES : point_at] != _BEFORE_POINT:
        return False
    scalar, x, y = (
        int.from_bytes(der[start : start + _NUMBER_BYTES]) for start in (scalar_at, point_at, point_at + _NUMBER_BYTES)
    )
    return 0 < scalar < _N and x < _P and y < _P and (y * y - x * x * x + 3 * x - _B) % _P == 0
