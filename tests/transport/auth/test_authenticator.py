"""Only a token with a valid signature, issuer, audience and times gives a caller an identity."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from connvo.kernel.errors import RequestError
from connvo.kernel.identity import Identity
from connvo.settings import IdentitySettings
from connvo.transport.auth import authenticator as module
from connvo.transport.auth.authenticator import Authenticator
from connvo.transport.auth.issuers import issuers_of
from connvo.transport.auth.local_issuer import LocalIssuer

NOW = 1_800_000_000
ISSUER = "https://issuer.example/realm"
AUDIENCE = "our-app"
KEYS_URL = "https://issuer.example/keys"

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP256R1())
P384 = ec.generate_private_key(ec.SECP384R1())
ED = ed25519.Ed25519PrivateKey.generate()
FOREIGN = rsa.generate_private_key(65537, 2048)
WEAK = rsa.generate_private_key(65537, 1024)


def jwk(algorithm: Any, key: Any, kid: str, **more: Any) -> dict[str, Any]:
    public: dict[str, Any] = algorithm.to_jwk(key.public_key(), as_dict=True)
    public.pop("key_ops", None)
    return {**public, "kid": kid, **more}


PUBLIC = {
    "keys": [
        jwk(RSAAlgorithm, RSA, "rsa", use="sig"),
        jwk(ECAlgorithm, EC, "ec", alg="ES256"),
        jwk(ECAlgorithm, P384, "p384"),
        jwk(OKPAlgorithm, ED, "ed"),
        jwk(RSAAlgorithm, WEAK, "weak"),
        jwk(RSAAlgorithm, FOREIGN, "sealing", use="enc"),
        {"kty": "oct", "kid": "shared", "k": "c2VjcmV0"},
        {"kty": "EC", "crv": "P-256", "kid": "broken", "x": "AA", "y": "AA"},
        "not a key",
    ]
}


class Party:
    """An authenticator whose clock and whose issuers' answers the test decides."""

    def __init__(self, local: LocalIssuer | None = None, **settings: Any) -> None:
        self.now = float(NOW)
        self.fetched: list[str] = []
        self.answers: dict[str, Any] = {KEYS_URL: PUBLIC}
        given = settings or {"issuer": ISSUER, "audience": AUDIENCE, "jwks_url": KEYS_URL}
        self.settings = IdentitySettings(**given)
        self.auth = Authenticator(issuers_of(self.settings, local, self._fetch), self.settings, lambda: self.now)

    async def _fetch(self, url: str) -> bytes:
        self.fetched.append(url)
        return json.dumps(self.answers[url]).encode()

    def identify(self, header: str | None) -> Identity | None:
        return asyncio.run(self.auth.identify(None if header is None else header.encode()))

    def accept(self, token: str) -> Identity:
        identity = self.identify(f"Bearer {token}")
        assert identity is not None
        return identity

    def refuse(self, token: str) -> str:
        with pytest.raises(RequestError) as refused:
            self.accept(token)
        assert refused.value.status == 401
        return refused.value.code


def claims(**changes: Any) -> dict[str, Any]:
    given = {"iss": ISSUER, "aud": AUDIENCE, "sub": "alice", "iat": NOW - 10, "exp": NOW + 60, **changes}
    return {name: value for name, value in given.items() if value is not None}


def sign(key: Any = RSA, algorithm: str = "RS256", kid: str | None = "rsa", **changes: Any) -> str:
    return jwt.encode(claims(**changes), key, algorithm, headers={"kid": kid} if kid else None)


@pytest.fixture
def party() -> Party:
    return Party()


def test_without_a_header_a_caller_has_no_identity(party: Party) -> None:
    assert party.identify(None) is None
    assert party.fetched == []


@pytest.mark.parametrize(
    ("key", "algorithm", "kid"),
    [(RSA, "RS256", "rsa"), (EC, "ES256", "ec"), (ED, "EdDSA", "ed"), (RSA, "RS256", None), (ED, "EdDSA", None)],
)
def test_a_token_of_the_issuer_is_accepted(party: Party, key: Any, algorithm: str, kid: str | None) -> None:
    token = sign(
        key, algorithm, kid, email="a@example.org", email_verified=True, name="Alice", picture="https://x/y.png"
    )
    identity = party.accept(token)
    assert identity.token_identifier == f"{ISSUER}|alice"
    assert (identity.email, identity.name, identity.picture) == ("a@example.org", "Alice", "https://x/y.png")
    assert identity.expires_at == (NOW + 60) * 1000


@pytest.mark.parametrize("header", ["Bearer {}", "bearer {}", "  BEARER   {}  "])
def test_the_scheme_is_read_as_http_has_it(party: Party, header: str) -> None:
    assert party.identify(header.format(sign())) is not None


def unsigned(header: dict[str, Any], payload: dict[str, Any], signature: bytes = b"") -> str:
    parts = [json.dumps(header).encode(), json.dumps(payload).encode(), signature]
    return ".".join(base64.urlsafe_b64encode(part).rstrip(b"=").decode() for part in parts)


def confused() -> str:
    """A token signed by HMAC with the issuer's public key as the secret."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    public = RSA.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    body = unsigned({"alg": "HS256", "typ": "JWT", "kid": "rsa"}, claims()).rpartition(".")[0]
    digest = hmac.new(public, body.encode(), hashlib.sha256).digest()
    return f"{body}.{base64.urlsafe_b64encode(digest).rstrip(b'=').decode()}"


def tampered() -> str:
    head, _, tail = sign().split(".")
    payload = base64.urlsafe_b64encode(json.dumps(claims(sub="root")).encode()).rstrip(b"=").decode()
    return f"{head}.{payload}.{tail}"


FORGED: dict[str, Callable[[], str]] = {
    "none": lambda: unsigned({"alg": "none"}, claims()),
    "None": lambda: unsigned({"alg": "None"}, claims()),
    "none with a signature": lambda: unsigned({"alg": "none", "kid": "rsa"}, claims(), b"x"),
    "no algorithm": lambda: unsigned({"kid": "rsa"}, claims()),
    "algorithm is a number": lambda: unsigned({"alg": 256}, claims()),
    "empty signature": lambda: unsigned({"alg": "RS256", "kid": "rsa"}, claims()),
    "shared secret": lambda: sign(b"secret" * 8, "HS256", "shared"),
    "public key as the secret": confused,
    "changed claims": tampered,
    "foreign key": lambda: sign(FOREIGN),
    "foreign key, no kid": lambda: sign(FOREIGN, kid=None),
    "unknown kid": lambda: sign(kid="unknown"),
    "key of another kind": lambda: sign(EC, "ES256", "rsa"),
    "key of another curve": lambda: sign(P384, "ES384", "p384"),
    "algorithm not allowed": lambda: sign(RSA, "RS512"),
    "key for sealing": lambda: sign(FOREIGN, kid="sealing"),
    "weak key": lambda: sign(WEAK, kid="weak"),
    "broken key": lambda: sign(EC, "ES256", "broken"),
    "critical extension": lambda: jwt.encode(claims(), RSA, "RS256", headers={"kid": "rsa", "crit": ["exp"], "exp": 1}),
    "detached payload": lambda: unsigned({"alg": "RS256", "b64": False, "crit": ["b64"]}, claims()),
}


@pytest.mark.filterwarnings("ignore::jwt.warnings.InsecureKeyLengthWarning")
@pytest.mark.parametrize("make", FORGED.values(), ids=FORGED)
def test_a_forged_token_is_refused(party: Party, make: Callable[[], str]) -> None:
    assert party.refuse(make()) == "InvalidAuthHeader"


@pytest.mark.parametrize(
    "garbage",
    [
        "",
        "x",
        "a.b",
        "a.b.c",
        "....",
        "é",
        "x" * 20_000,
        "e30.e30.",
        "bnVsbA.bnVsbA.AA",
        "W10.W10.AA",
        sign()[:-1] + "!",
    ],
)
def test_garbage_is_refused(party: Party, garbage: str) -> None:
    assert party.refuse(garbage) == "InvalidAuthHeader"
    assert party.fetched == []


def test_a_token_with_a_lone_surrogate_is_refused(party: Party) -> None:
    payload = json.dumps(claims()).replace("alice", "\\ud800")
    parts = [json.dumps({"alg": "RS256", "kid": "rsa"}), payload, "x"]
    token = ".".join(base64.urlsafe_b64encode(part.encode()).rstrip(b"=").decode() for part in parts)
    assert party.refuse(token) == "InvalidAuthHeader"


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": NOW - 61}, "Unauthenticated"),
        ({"exp": None}, "Unauthenticated"),
        ({"exp": True}, "Unauthenticated"),
        ({"exp": "tomorrow"}, "Unauthenticated"),
        ({"exp": 10**400}, "Unauthenticated"),
        ({"exp": -1}, "Unauthenticated"),
        ({"nbf": NOW + 61}, "Unauthenticated"),
        ({"iat": NOW + 61}, "Unauthenticated"),
        ({"sub": None}, "Unauthenticated"),
        ({"sub": "x" * 256}, "Unauthenticated"),
        ({"iss": None}, "NoAuthProvider"),
        ({"iss": "https://elsewhere.example"}, "NoAuthProvider"),
        ({"iss": ISSUER + "/x"}, "NoAuthProvider"),
        ({"aud": None}, "NoAuthProvider"),
        ({"aud": "another-app"}, "NoAuthProvider"),
        ({"aud": ["another-app"]}, "NoAuthProvider"),
    ],
)
def test_claims_that_do_not_hold_are_refused(party: Party, changes: dict[str, Any], code: str) -> None:
    assert party.refuse(sign(**changes)) == code


def test_an_empty_or_foreign_subject_is_refused(party: Party) -> None:
    for subject in ("", 5, {"a": 1}):
        token = jwt.api_jws.encode(json.dumps(claims(sub=subject)).encode(), RSA, "RS256", headers={"kid": "rsa"})
        assert party.refuse(token) == "Unauthenticated"


def test_clocks_may_differ_by_the_leeway(party: Party) -> None:
    party.accept(sign(exp=NOW - 59, nbf=NOW + 59, iat=NOW + 59))
    party.accept(sign(iat=None, aud=["another-app", AUDIENCE]))


def test_a_token_expires_though_it_was_accepted_before(party: Party) -> None:
    token = sign(exp=NOW + 60)
    party.accept(token)
    party.now = NOW + 119
    party.accept(token)
    party.now = NOW + 120
    assert party.refuse(token) == "Unauthenticated"


def test_an_accepted_token_is_verified_again_after_a_while(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    looks: list[str] = []
    check = party.auth._check

    async def counting(token: str) -> Identity:
        looks.append(token)
        return await check(token)

    monkeypatch.setattr(party.auth, "_check", counting)
    token = sign(exp=NOW + 3600)
    party.accept(token)
    party.accept(token)
    assert len(looks) == 1
    party.now += module.VERIFIED_SECONDS + 1
    party.accept(token)
    assert len(looks) == 2


def test_tokens_are_not_kept_and_few_are_remembered(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAX_VERIFIED", 3)
    tokens = [sign(sub=f"user-{n}") for n in range(5)]
    for token in tokens:
        party.accept(token)
    assert len(party.auth._verified) == 3
    assert not any(token in repr(party.auth._verified) for token in tokens)


def test_claims_become_an_identity(party: Party) -> None:
    identity = party.accept(sign(org_id="org1", role="admin", given_name="Al", family_name="Ice"))
    assert (identity.org_id, identity.org_role, identity.name) == ("org1", "admin", "Al Ice")


def test_claims_of_the_wrong_kind_are_as_if_absent(party: Party) -> None:
    identity = party.accept(sign(org_id=5, role=["admin"], email="", name="x" * 2000, picture=None))
    assert (identity.org_id, identity.org_role, identity.email, identity.name) == (None, None, None, None)


@pytest.mark.parametrize("verified", [True, "true"])
def test_an_address_counts_once_its_issuer_verified_it(party: Party, verified: object) -> None:
    assert party.accept(sign(email="a@example.org", email_verified=verified)).email == "a@example.org"


@pytest.mark.parametrize(
    "verified",
    [None, False, 0, 1, 1.0, 2, "1", "false", "0", "", "yes", "True", "TRUE", "true ", [], [True], ["true"], {}],
)
def test_an_unverified_address_is_not_accepted(party: Party, verified: object) -> None:
    assert party.accept(sign(email="a@example.org", email_verified=verified)).email is None


def test_the_claim_that_verifies_has_the_name_of_the_setting() -> None:
    party = Party(issuer=ISSUER, audience=AUDIENCE, jwks_url=KEYS_URL, email_verified_claim="xms_edov")
    yes: list[object] = [True, "true", 1, "1"]
    no: list[object] = [None, False, 0, 2, "0", "yes", [1], {}]
    for value in yes:
        assert party.accept(sign(email="a@example.org", xms_edov=value)).email == "a@example.org"
    for value in no:
        assert party.accept(sign(email="a@example.org", xms_edov=value)).email is None
    assert party.accept(sign(email="a@example.org", email_verified=True)).email is None


@pytest.mark.parametrize("configured", [ISSUER, ISSUER + "/"])
@pytest.mark.parametrize("named", [ISSUER, ISSUER + "/"])
@pytest.mark.parametrize("discovered", [ISSUER, ISSUER + "/"])
def test_a_trailing_slash_of_the_issuer_is_no_matter(configured: str, named: str, discovered: str) -> None:
    party = Party(issuer=configured, audience=AUDIENCE)
    party.answers[f"{ISSUER}/.well-known/openid-configuration"] = {"issuer": discovered, "jwks_uri": KEYS_URL}
    assert party.accept(sign(iss=named)).token_identifier == f"{named}|alice"


def test_tokens_for_the_audience_and_for_the_page_are_accepted() -> None:
    party = Party(issuer=ISSUER, audience="our-api", client_id="our-page", jwks_url=KEYS_URL)
    party.accept(sign(aud="our-api"))
    party.accept(sign(aud=["our-page"]))
    assert party.refuse(sign(aud="another")) == "NoAuthProvider"
    page_alone = Party(issuer=ISSUER, client_id="our-page", jwks_url=KEYS_URL)
    page_alone.accept(sign(aud="our-page"))


def test_organisation_claims_have_the_names_of_the_settings() -> None:
    party = Party(issuer=ISSUER, audience="*", jwks_url=KEYS_URL, org_id_claim="https://x/org", org_role_claim="r")
    identity = party.accept(sign(aud="anybody", **{"https://x/org": "o", "r": "member"}))
    assert (identity.org_id, identity.org_role) == ("o", "member")


def test_any_audience_is_accepted_only_when_asked_for() -> None:
    party = Party(issuer=ISSUER, audience="*", jwks_url=KEYS_URL)
    party.accept(sign(aud=None))
    party.accept(sign(aud=["whoever"]))


def test_keys_are_found_by_discovery() -> None:
    party = Party(issuer=ISSUER, audience=AUDIENCE)
    party.answers[f"{ISSUER}/.well-known/openid-configuration"] = {"issuer": ISSUER, "jwks_uri": KEYS_URL}
    party.accept(sign())
    assert party.fetched == [f"{ISSUER}/.well-known/openid-configuration", KEYS_URL]


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://elsewhere", "jwks_uri": KEYS_URL},
        {"issuer": ISSUER},
        {"issuer": ISSUER, "jwks_uri": "file:///etc"},
        [],
    ],
)
def test_a_wrong_discovery_document_gives_no_keys(document: Any) -> None:
    party = Party(issuer=ISSUER, audience=AUDIENCE)
    party.answers[f"{ISSUER}/.well-known/openid-configuration"] = document
    with pytest.raises(RequestError) as away:
        party.accept(sign())
    assert (away.value.code, away.value.status) == ("AuthProviderUnreachable", 503)


WORKOS_KEYS = "https://api.workos.com/sso/jwks/client_1"


@pytest.mark.parametrize("issuer", ["https://api.workos.com/", "https://api.workos.com/user_management/client_1"])
@pytest.mark.parametrize("audience", ["client_1", None])
def test_a_client_id_is_enough_for_workos(issuer: str, audience: str | None) -> None:
    party = Party(workos_client_id="client_1")
    party.answers[WORKOS_KEYS] = PUBLIC
    assert party.accept(sign(iss=issuer, aud=audience)).issuer == issuer
    assert party.fetched == [WORKOS_KEYS]
    assert party.refuse(sign(iss=issuer, aud="client_2")) == "NoAuthProvider"
    assert party.refuse(sign(EC, "ES256", "ec", iss=issuer, aud=audience)) == "InvalidAuthHeader"
    assert party.refuse(sign(iss="https://api.workos.com/user_management/client_2")) == "NoAuthProvider"


@pytest.mark.parametrize("audience", ["client_1", None])
def test_a_token_of_another_client_of_workos_is_refused(audience: str | None) -> None:
    party = Party(workos_client_id="client_1")
    party.answers[WORKOS_KEYS] = PUBLIC
    issuer = "https://api.workos.com/user_management/client_1"
    party.accept(sign(iss=issuer, aud=audience, client_id="client_1"))
    others: tuple[Any, ...] = ("client_2", "CLIENT_1", "", 7, ["client_1"], {}, False)
    for other in others:
        assert party.refuse(sign(iss=issuer, aud=audience, client_id=other)) == "NoAuthProvider"
    nothing = jwt.encode({**claims(iss=issuer, aud=audience), "client_id": None}, RSA, "RS256", headers={"kid": "rsa"})
    assert party.refuse(nothing) == "NoAuthProvider"


def test_a_client_named_by_another_issuer_is_its_own_affair(party: Party) -> None:
    party.accept(sign(client_id="a-service"))


def test_the_local_issuer_is_accepted_only_where_it_is_on() -> None:
    local = LocalIssuer(EC)
    party = Party(local=local)
    token = local.mint("alice", party.settings, NOW, 60, email="a@example.org", org_id="o", org_role="admin")
    identity = party.accept(token)
    assert (identity.subject, identity.email, identity.org_id, identity.org_role) == (
        "alice",
        "a@example.org",
        "o",
        "admin",
    )
    assert Party().refuse(token) == "NoAuthProvider"
    assert party.refuse(LocalIssuer(ec.generate_private_key(ec.SECP256R1())).mint("a", party.settings, NOW, 60)) == (
        "InvalidAuthHeader"
    )
    assert party.fetched == []


def test_an_issuer_cannot_speak_for_another() -> None:
    local = LocalIssuer(EC)
    party = Party(local=local)
    forged = jwt.encode(claims(iss=local.issuer, aud=local.audience), RSA, "RS256", headers={"kid": "rsa"})
    assert party.refuse(forged) == "InvalidAuthHeader"


def test_the_local_issuer_alone_makes_operators_by_a_claim() -> None:
    local = LocalIssuer(EC)
    party = Party(local=local)
    assert party.accept(local.mint("ops", party.settings, NOW, 60, operator=True)).operator
    assert not party.accept(local.mint("ops", party.settings, NOW, 60, org_id="o", org_role="admin")).operator
    assert not party.accept(sign(connvo_operator=True, operator=True)).operator
    for wrong in ("true", 1, [True]):
        forged = claims(iss=local.issuer, aud=local.audience, connvo_operator=wrong)
        kid = local.jwks()["keys"][0]["kid"]
        assert not party.accept(jwt.encode(forged, EC, "ES256", headers={"kid": str(kid)})).operator


@pytest.mark.parametrize(
    ("named", "is_operator"),
    [
        ("", False),
        (f"{ISSUER}|alice", True),
        (f"{ISSUER}/|alice", True),
        (f"https://other.example|bob, {ISSUER}|alice", True),
        (f"{ISSUER}|alice2", False),
        (f"{ISSUER}|Alice", False),
        ("https://other.example|alice", False),
    ],
)
def test_the_settings_name_operators_by_issuer_and_subject(named: str, is_operator: bool) -> None:
    party = Party(issuer=ISSUER, audience=AUDIENCE, jwks_url=KEYS_URL, operators=named)
    assert party.accept(sign()).operator is is_operator
    assert party.accept(sign(iss=ISSUER + "/")).operator is is_operator


@pytest.mark.parametrize("party_id", ["another-app", "", 7, ["our-app"]])
@pytest.mark.parametrize("audience", [AUDIENCE, [AUDIENCE], [AUDIENCE, "another-app"], ["another-app", AUDIENCE]])
def test_a_token_that_was_issued_to_another_client_is_refused(party: Party, party_id: Any, audience: Any) -> None:
    assert party.refuse(sign(aud=audience, azp=party_id)) == "NoAuthProvider"
    party.accept(sign(aud=audience, azp=AUDIENCE))
    party.accept(sign(aud=audience))


def test_more_clients_may_be_named_whose_tokens_are_accepted() -> None:
    named = Party(issuer=ISSUER, audience=AUDIENCE, jwks_url=KEYS_URL, authorized_parties="app, robot")
    for client in ("app", "robot", AUDIENCE):
        named.accept(sign(azp=client))
    assert named.refuse(sign(azp="stranger")) == "NoAuthProvider"
    anybody = Party(issuer=ISSUER, audience=AUDIENCE, jwks_url=KEYS_URL, authorized_parties="*")
    anybody.accept(sign(azp="stranger"))


def test_an_api_beside_the_page_takes_tokens_of_the_clients_that_its_issuer_lets_in() -> None:
    party = Party(issuer=ISSUER, audience="our-api", client_id="our-page", jwks_url=KEYS_URL)
    party.accept(sign(aud="our-api", azp="a-client"))
    closed = Party(
        issuer=ISSUER, audience="our-api", client_id="our-page", jwks_url=KEYS_URL, authorized_parties="a-client"
    )
    closed.accept(sign(aud="our-api", azp="a-client"))
    assert closed.refuse(sign(aud="our-api", azp="another")) == "NoAuthProvider"


def typed(kind: Any, **changes: Any) -> str:
    return jwt.encode(claims(**changes), RSA, "RS256", headers={"kid": "rsa", "typ": kind})


@pytest.mark.parametrize("kind", ["JWT", "jwt", "at+jwt", "application/at+jwt", "AT+JWT"])
def test_a_token_that_names_the_caller_is_accepted(party: Party, kind: str) -> None:
    party.accept(typed(kind))


@pytest.mark.parametrize("kind", ["logout+jwt", "dpop+jwt", "secevent+jwt", "kb+jwt", "application/logout+jwt", "x"])
def test_a_token_that_an_issuer_signed_for_another_purpose_is_refused(party: Party, kind: str) -> None:
    assert party.refuse(typed(kind)) == "InvalidAuthHeader"


def test_an_event_is_not_a_sign_in(party: Party) -> None:
    logout: dict[str, Any] = {"http://schemas.openid.net/event/backchannel-logout": {}}
    assert party.refuse(sign(events=logout)) == "InvalidAuthHeader"


def test_a_token_without_a_key_id_is_tried_with_few_keys(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[str] = []
    monkeypatch.setattr(module, "_signed_with", lambda key, token, algorithm: tried.append(key.key_id))
    many = [jwk(RSAAlgorithm, RSA, f"k{number}") for number in range(50)]
    party.answers[KEYS_URL] = {"keys": many}
    assert party.refuse(sign(kid=None)) == "InvalidAuthHeader"
    assert len(tried) == module.MAX_KEYS_TRIED


def test_a_sign_in_keeps_its_digest_when_its_token_is_renewed(party: Party) -> None:
    def session(**changes: Any) -> str:
        return party.accept(sign(**changes)).session

    assert session(sid="s", iat=NOW - 9) == session(sid="s", iat=NOW - 1) != session(sid="t")
    assert session(sid="s", auth_time=NOW - 50) == session(sid="s")
    assert session(auth_time=NOW - 50, iat=NOW - 9) == session(auth_time=NOW - 50) != session(auth_time=NOW - 40)
    assert session(sid="s") != session(sid="s", sub="bob"), "nobody ends the sign-in of another person"
    assert session() == session(sid="", auth_time="yesterday") == session(sid=7, auth_time=-1) == ""
    identity = party.accept(sign(sid="secret-of-the-issuer", auth_time=NOW - 50))
    assert (identity.issued_at, identity.authenticated_at) == ((NOW - 10) * 1000, (NOW - 50) * 1000)
    assert "secret-of-the-issuer" not in repr(identity)
    assert party.accept(sign(jti="1")).token != party.accept(sign(jti="2")).token


def parts(header: str, payload: str) -> str:
    """Return something of the form of a token, its signature that of nobody."""
    return ".".join(base64.urlsafe_b64encode(part.encode()).decode().rstrip("=") for part in (header, payload, "x"))


DEEP = "[" * 5_000 + "]" * 5_000
DIGITS = "9" * 9_000
GOOD_HEADER = '{"alg":"RS256","kid":"rsa","typ":"JWT"}'
GOOD_CLAIMS = json.dumps(claims())


@pytest.mark.parametrize(
    ("header", "payload"),
    [
        (f'{{"alg":"RS256","kid":{DEEP}}}', GOOD_CLAIMS),
        (f'{{"alg":{DEEP}}}', GOOD_CLAIMS),
        (DEEP, GOOD_CLAIMS),
        (f'{{"alg":"RS256","n":{DIGITS}}}', GOOD_CLAIMS),
        (GOOD_HEADER, f'{{"iss":"{ISSUER}","x":{DEEP}}}'),
        (GOOD_HEADER, DEEP),
        (GOOD_HEADER, f'{{"iss":"{ISSUER}","iat":{DIGITS},"exp":1e999}}'),
        (GOOD_HEADER, f'{{"iss":"{ISSUER}","sub":"a","sub":"b"}}'),
        ('{"alg":"RS256","crit":["exp"],"exp":1}', GOOD_CLAIMS),
        ('{"alg":"RS256","b64":false,"crit":["b64"]}', GOOD_CLAIMS),
        ('{"alg":"RS256","jwk":{"kty":"RSA"},"jku":"https://evil.example"}', GOOD_CLAIMS),
        ('{"alg":"RS256","zip":"DEF"}', GOOD_CLAIMS),
    ],
)
def test_a_costly_or_confusing_token_is_refused_before_anything_is_kept(
    party: Party, header: str, payload: str
) -> None:
    assert party.refuse(parts(header, payload)) == "InvalidAuthHeader"
    assert not party.auth._verified


def test_a_token_beyond_the_length_is_not_looked_at(party: Party, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_read", lambda token: pytest.fail("it was parsed"))
    assert party.refuse("a" * (module.MAX_TOKEN_CHARS + 1)) == "InvalidAuthHeader"
