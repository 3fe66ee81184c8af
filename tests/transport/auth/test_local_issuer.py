"""The local issuer's key is made once, only its owner reads it, and the server accepts what it signs."""

import re
import stat
import threading
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from connvo.settings import IdentitySettings
from connvo.transport.auth.local_issuer import KEY_FILE, LocalIssuer, LocalIssuerError
from tests.transport.conftest import Desk

NOW = 1_800_000_000.0


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_the_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    folder = tmp_path / "deep" / "data"
    first = LocalIssuer.open(folder)
    assert (mode(folder), mode(folder / KEY_FILE)) == (0o700, 0o600)
    assert LocalIssuer.open(folder).jwks() == first.jwks()
    assert [path.name for path in folder.iterdir()] == [KEY_FILE]


def test_a_key_that_others_can_read_is_closed_again(tmp_path: Path) -> None:
    LocalIssuer.open(tmp_path)
    (tmp_path / KEY_FILE).chmod(0o644)
    LocalIssuer.open(tmp_path)
    assert mode(tmp_path / KEY_FILE) == 0o600


def test_processes_that_start_at_once_agree_on_one_key(tmp_path: Path) -> None:
    found: list[str] = []
    start = threading.Barrier(8)

    def open_one() -> None:
        start.wait()
        found.append(str(LocalIssuer.open(tmp_path).jwks()["keys"][0]["kid"]))

    threads = [threading.Thread(target=open_one) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(found), len(set(found))) == (8, 1)


def test_a_file_that_is_no_key_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text("nonsense")
    with pytest.raises(LocalIssuerError, match="is not a key; delete it"):
        LocalIssuer.open(tmp_path)
    for other in (rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP384R1())):
        pem = other.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
        (tmp_path / KEY_FILE).write_bytes(pem)
        with pytest.raises(LocalIssuerError, match="not a P-256 key"):
            LocalIssuer.open(tmp_path)


def test_a_folder_that_cannot_be_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalIssuerError, match="cannot use the data folder"):
        LocalIssuer.open(tmp_path / "file" / "data")


def test_a_token_has_the_requested_claims_and_no_more(tmp_path: Path) -> None:
    issuer = LocalIssuer.open(tmp_path)
    token = issuer.mint("alice", IdentitySettings(), NOW, 60, email="a@example.org")
    claims = jwt.decode(token, options={"verify_signature": False})
    assert re.fullmatch("[0-9a-f]{32}", claims.pop("sid"))
    assert claims == {
        "iss": "connvo:local",
        "aud": "connvo",
        "sub": "alice",
        "iat": NOW,
        "exp": NOW + 60,
        "email": "a@example.org",
        "email_verified": True,
    }
    renamed = IdentitySettings(org_id_claim="o", org_role_claim="r")
    claims = jwt.decode(
        issuer.mint("a", renamed, NOW, 60, org_id="x", org_role="y"), options={"verify_signature": False}
    )
    assert (claims["o"], claims["r"]) == ("x", "y")


def test_every_token_is_a_sign_in_of_its_own_unless_it_belongs_to_one(tmp_path: Path) -> None:
    issuer = LocalIssuer.open(tmp_path)

    def session(session: str | None = None) -> object:
        token = issuer.mint("alice", IdentitySettings(), NOW, 60, session=session)
        return jwt.decode(token, options={"verify_signature": False})["sid"]

    assert session() != session()
    assert session(session="mine") == "mine"


def test_anybody_can_verify_its_tokens_by_its_published_keys(desk: Desk) -> None:
    discovery = desk.http.get("/.well-known/openid-configuration", headers={"Host": "here.example:3210"}).json()
    assert discovery["issuer"] == "connvo:local"
    assert discovery["jwks_uri"] == "http://here.example:3210/.well-known/jwks.json"
    published = desk.http.get("/.well-known/jwks.json").json()["keys"]
    assert "d" not in published[0]
    key = jwt.PyJWK(published[0])
    assert jwt.decode(desk.token("bob"), key, ["ES256"], audience="connvo", issuer="connvo:local")["sub"] == "bob"
