"""Tokens that nobody may believe: forged, altered, of another kind, too old, too young, too large."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Callable
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key
from jwt.algorithms import ECAlgorithm

from connvo.transport.auth.local_issuer import AUDIENCE, ISSUER, KEY_FILE

from .scene import MARK, Scene
from .wire import hello, identity, watching

CODES = {
    "InvalidAuthHeader", "NoAuthProvider", "Unauthenticated", "InvalidAdminKey", "BadDeployKey",
    "AuthProviderUnreachable",
}  # fmt: skip
OWN_KEY = ec.generate_private_key(ec.SECP256R1())
RSA_KEY = rsa.generate_private_key(65537, 2048)
WIDTH = 32


class Forge:
    """Makes tokens of any shape. `key` is the server's own, for tokens that are signed well and wrong otherwise."""

    def __init__(self, scene: Scene) -> None:
        key = load_pem_private_key((scene.servers.data / KEY_FILE).read_bytes(), None)
        assert isinstance(key, ec.EllipticCurvePrivateKey)
        self.key = key
        self.subject = scene.host.name
        self.good = str(scene.host.token)
        self.head, self.payload, self.signature = self.good.split(".")
        self.kid: str = json.loads(unpack(self.head))["kid"]

    def signed(self, key: ec.EllipticCurvePrivateKey | None = None, head: Any = None, **claims: Any) -> str:
        """Return a token of the host with other claims; a claim of `...` is left out."""
        now = int(time.time())
        usual = {"iss": ISSUER, "aud": AUDIENCE, "sub": self.subject, "iat": now, "exp": now + 600}
        present = {name: value for name, value in {**usual, **claims}.items() if value is not ...}
        first = {"alg": "ES256", "typ": "JWT", "kid": self.kid, **(head or {})}
        text = f"{pack({name: value for name, value in first.items() if value is not ...})}.{pack(present)}"
        r, s = decode_dss_signature((key or self.key).sign(text.encode(), ec.ECDSA(SHA256())))
        return f"{text}.{pack(r.to_bytes(WIDTH, 'big') + s.to_bytes(WIDTH, 'big'))}"

    def hashed(self, secret: bytes, algorithm: str = "HS256") -> str:
        """Return a token signed with a shared secret."""
        text = f"{pack({'alg': algorithm, 'kid': self.kid})}.{self.payload}"
        return f"{text}.{pack(hmac.digest(secret, text.encode(), hashlib.sha256))}"

    def public(self) -> bytes:
        """Return the server's public key as text."""
        return self.key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)

    def with_head(self, signature: str | None = None, **fields: Any) -> str:
        """Return the good token with another head."""
        head = {"alg": "ES256", "typ": "JWT", "kid": self.kid, **fields}
        present = {name: value for name, value in head.items() if value is not ...}
        return f"{pack(present)}.{self.payload}.{self.signature if signature is None else signature}"


def pack(value: Any) -> str:
    """Return JSON or bytes as they are in a token."""
    data = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def unpack(text: str) -> bytes:
    """Return the bytes of a part of a token."""
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def _rsa(forge: Forge) -> str:
    text = f"{pack({'alg': 'RS256', 'kid': forge.kid})}.{forge.payload}"
    return f"{text}.{pack(RSA_KEY.sign(text.encode(), PKCS1v15(), SHA256()))}"


def _jwk(key: ec.EllipticCurvePrivateKey) -> dict[str, Any]:
    found: dict[str, Any] = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    return found


def _der(forge: Forge) -> str:
    text = f"{forge.head}.{forge.payload}"
    return f"{text}.{pack(forge.key.sign(text.encode(), ec.ECDSA(SHA256())))}"


FORGED: dict[str, Callable[[Forge], str]] = {
    "none": lambda forge: forge.with_head("", alg="none"),
    "None": lambda forge: forge.with_head("", alg="None"),
    "nOnE, with a signature": lambda forge: forge.with_head(alg="nOnE"),
    "an algorithm of nothing": lambda forge: forge.with_head("", alg=""),
    "an algorithm of null": lambda forge: forge.with_head(alg=None),
    "an algorithm of a list": lambda forge: forge.with_head(alg=["ES256"]),
    "no algorithm": lambda forge: forge.with_head(alg=...),
    "the public key as a secret": lambda forge: forge.hashed(forge.public()),
    "the public key's JSON as a secret": lambda forge: forge.hashed(json.dumps(_jwk(forge.key)).encode()),
    "an empty secret": lambda forge: forge.hashed(b""),
    "HS512 with the public key": lambda forge: forge.hashed(forge.public(), "HS512"),
    "RS256": _rsa,
    "another key": lambda forge: forge.signed(OWN_KEY),
    "another key, in the head": lambda forge: forge.signed(OWN_KEY, {"jwk": _jwk(OWN_KEY)}),
    "another key, in the head alone": lambda forge: forge.signed(OWN_KEY, {"jwk": _jwk(OWN_KEY), "kid": ...}),
    "another key set, elsewhere": lambda forge: forge.signed(OWN_KEY, {"jku": "http://127.0.0.1:1/keys"}),
    "a certificate, elsewhere": lambda forge: forge.signed(OWN_KEY, {"x5u": "http://127.0.0.1:1/c", "x5c": ["AA=="]}),
    "a key id upwards": lambda forge: forge.signed(OWN_KEY, {"kid": "../../../../dev/null"}),
    "a key id of SQL": lambda forge: forge.signed(OWN_KEY, {"kid": "x' UNION SELECT 'secret"}),
    "a key id of a command": lambda forge: forge.signed(OWN_KEY, {"kid": "|id"}),
    "a key id of 10,000 letters": lambda forge: forge.signed(OWN_KEY, {"kid": MARK * 800}),
    "a key id of a list": lambda forge: forge.signed(OWN_KEY, {"kid": [forge.kid]}),
    "an extension that must be known": lambda forge: forge.signed(None, {"crit": ["exp2"], "exp2": 1}),
    "a payload that is not encoded": lambda forge: forge.signed(None, {"crit": ["b64"], "b64": False}),
    "no signature": lambda forge: f"{forge.head}.{forge.payload}.",
    "a signature of zeros": lambda forge: f"{forge.head}.{forge.payload}.{pack(bytes(2 * WIDTH))}",
    "a signature of 1 and 0": lambda forge: f"{forge.head}.{forge.payload}.{pack(bytes(WIDTH - 1) + bytes([1]) * 33)}",
    "half a signature": lambda forge: f"{forge.head}.{forge.payload}.{forge.signature[:43]}",
    "two signatures": lambda forge: f"{forge.head}.{forge.payload}.{forge.signature * 2}",
    "a signature of another shape": _der,
    "an altered payload": lambda forge: f"{forge.head}.{pack({'sub': 'mallory'})}.{forge.signature}",
    "an altered head": lambda forge: forge.with_head(extra=1),
    "two tokens": lambda forge: f"{forge.good}.{forge.good}",
    "two parts": lambda forge: f"{forge.head}.{forge.payload}",
    "five parts": lambda forge: f"{forge.good}.x.y",
    "points": lambda forge: "..",
    "no JSON": lambda forge: f"{pack(b'no')}.{pack(b'json')}.{forge.signature}",
    "lists": lambda forge: f"{pack([])}.{pack([])}.{forge.signature}",
    "deep": lambda forge: f"{forge.head}.{pack(b'[' * 5000 + b']' * 5000)}.{forge.signature}",
    "a large number": lambda forge: f"{forge.head}.{pack(b'{%s:1}' % (b'9' * 5000))}.{forge.signature}",
    "no base64": lambda forge: f"{forge.head}.%%%%.{forge.signature}",
    "17,000 letters": lambda forge: forge.good + "A" * 17_000,
    "a space in it": lambda forge: forge.good[:20] + " " + forge.good[20:],
    "a letter that is not ASCII": lambda forge: forge.good[:20] + "\xe9" + forge.good[20:],
}
CLAIMS: dict[str, dict[str, Any]] = {
    "no end": {"exp": ...},
    "an end of text": {"exp": "tomorrow"},
    "an end of true": {"exp": True},
    "an end of null": {"exp": None},
    "an end before the beginning": {"exp": -1},
    "an end of 0": {"exp": 0},
    "an end beyond all": {"exp": 1e300},
    "an end of a list": {"exp": [2**40]},
    "an end an hour ago": {"exp": time.time() - 3600},
    "a beginning in an hour": {"nbf": time.time() + 3600},
    "a beginning of text": {"nbf": "now"},
    "made in an hour": {"iat": time.time() + 3600},
    "no audience": {"aud": ...},
    "another audience": {"aud": "other"},
    "an audience in capitals": {"aud": AUDIENCE.upper()},
    "an audience of others": {"aud": ["a", "b"]},
    "an audience of an object": {"aud": {"connvo": True}},
    "an audience of lists": {"aud": [[AUDIENCE]]},
    "no issuer": {"iss": ...},
    "another issuer": {"iss": "https://evil.example"},
    "a longer issuer": {"iss": ISSUER + ".evil.example"},
    "an issuer of a list": {"iss": [ISSUER]},
    "an issuer of null": {"iss": None},
    "an issuer with a mark": {"iss": f"https://{MARK}.example/\x1b[31m\r\n"},
    "no subject": {"sub": ...},
    "an empty subject": {"sub": ""},
    "a subject of a number": {"sub": 5},
    "a subject of a list": {"sub": ["vera"]},
    "a subject of 256 letters": {"sub": "x" * 256},
}
HEADERS: dict[str, Callable[[str], str]] = {
    "nothing": lambda token: "",
    "the scheme alone": lambda token: "Bearer",
    "the token alone": lambda token: token,
    "Basic": lambda token: f"Basic {token}",
    "Convex": lambda token: f"Convex {token}",
    "a tab": lambda token: f"Bearer\t{token}",
    "a list": lambda token: f"Bearer {token}, Bearer {token}",
    "quotes": lambda token: f'Bearer "{token}"',
    "a pair": lambda token: f"Bearer token={token}",
}


@pytest.fixture(scope="module")
def forge(scene: Scene) -> Forge:
    return Forge(scene)


def test_the_forge_can_make_a_good_token(scene: Scene, forge: Forge) -> None:
    assert unbelieved(scene, forge.signed()) == "vera"


@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_not_believed(scene: Scene, forge: Forge, make: Callable[[Forge], str]) -> None:
    assert unbelieved(scene, make(forge)) in CODES


@pytest.mark.parametrize("claims", CLAIMS.values(), ids=CLAIMS)
def test_a_token_with_wrong_claims_is_not_believed(scene: Scene, forge: Forge, claims: dict[str, Any]) -> None:
    assert unbelieved(scene, forge.signed(**claims)) in CODES


@pytest.mark.parametrize("claims", [CLAIMS[name] for name in list(CLAIMS)[::4]], ids=list(CLAIMS)[::4])
def test_nor_over_a_socket(scene: Scene, forge: Forge, claims: dict[str, Any]) -> None:
    who = watching("users/queries:getCurrentUser")
    heard = scene.wire.frames([hello(), identity(forge.signed(**claims)), who])
    assert heard.state == "1000"
    assert len(heard.of("AuthError")) == 1
    assert "vera" not in str(heard.messages)


@pytest.mark.parametrize("header", HEADERS.values(), ids=HEADERS)
def test_a_token_in_another_place_is_not_believed(scene: Scene, header: Callable[[str], str]) -> None:
    answer = ask(scene, header(str(scene.host.token)))
    assert answer in CODES or answer == ""


def test_a_token_in_the_address_or_a_cookie_is_nobody(scene: Scene) -> None:
    body = json.dumps({"path": "users/queries:getCurrentUser", "args": {}}).encode()
    token = scene.host.token
    fields = {"Cookie": f"token={token}; __session={token}", "X-Forwarded-User": "vera", "X-Auth-Token": str(token)}
    answer = scene.wire.http("POST", f"/api/query?access_token={token}&token={token}", body, fields)
    assert answer.json["value"] is None


@pytest.mark.parametrize("verified", [False, "false", 0, None, "no", ...])
def test_an_address_that_nobody_verified_is_not_taken(scene: Scene, forge: Forge, verified: Any) -> None:
    subject = f"eve-{verified!r}".replace(" ", "")
    token = forge.signed(sub=subject, email="vera@example.org", email_verified=verified)
    answer = scene.wire.http(
        "POST",
        "/api/run/users/mutations/upsertUser",
        json.dumps({"args": {"workosUserId": subject, "email": "vera@example.org"}}).encode(),
        {"Authorization": f"Bearer {token}"},
    )
    if answer.json["status"] == "success":
        assert answer.json["value"] != scene.host.user
        row = scene.wire.http(
            "POST",
            "/api/query",
            json.dumps({"path": "users/queries:getCurrentUser", "args": {}}).encode(),
            {"Authorization": f"Bearer {token}"},
        ).json["value"]
        assert row["_id"] != scene.host.user


def unbelieved(scene: Scene, token: str) -> str:
    """Return the code of the refusal of a token; the subject where it is believed."""
    return ask(scene, f"Bearer {token}")


def ask(scene: Scene, header: str) -> str:
    """Return who the server takes a caller for, or the code of its refusal."""
    body = json.dumps({"path": "users/queries:getCurrentUser", "args": {}}).encode()
    answer = scene.wire.http("POST", "/api/query", body, {"Authorization": header})
    if answer.status != 200:
        return answer.code or str(answer.status)
    value = answer.json["value"]
    return "" if value is None else str(value["workosUserId"])
