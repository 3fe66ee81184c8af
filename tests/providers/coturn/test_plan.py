"""What a coturn is started with is worked out before it runs, and what cannot work is told then."""

import stat
from pathlib import Path
from typing import Any

import pytest

from connvo.providers.coturn.plan import SECRET_FILE, CoturnError, Plan, planned
from connvo.settings import IceSettings, ServerSettings, Settings, TurnSettings, split
from tests.support.certificate import Authority

PUBLIC = "8.8.4.4"


def plan(folder: Path, on: str = "127.0.0.1", ice: IceSettings | None = None, **turn: Any) -> Plan:
    server = ServerSettings(host=on, data=folder)
    return planned(Settings(server=server, ice=ice or IceSettings(), turn=TurnSettings(**turn)))


def refusal(folder: Path, **settings: Any) -> str:
    with pytest.raises(CoturnError) as refused:
        plan(folder, **settings)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_on_loopback_it_serves_this_machine(tmp_path: Path) -> None:
    made = plan(tmp_path)
    assert (str(made.listen), str(made.own), made.host, made.realm) == ("127.0.0.1",) * 4
    assert made.reach == "machine"


def test_a_name_is_listened_on_at_its_address(tmp_path: Path) -> None:
    assert plan(tmp_path, on="localhost").reach == "machine"
    assert str(plan(tmp_path, on="localhost", listen="127.0.0.3").listen) == "127.0.0.3"


def test_behind_a_nat_people_are_sent_to_the_public_address(tmp_path: Path) -> None:
    made = plan(tmp_path, external_ip=PUBLIC)
    assert (made.host, str(made.own), made.reach) == (PUBLIC, "127.0.0.1", "internet")
    named = plan(tmp_path, external_ip=PUBLIC, host="turn.example.org", realm="example.org")
    assert (named.host, named.realm) == ("turn.example.org", "example.org")


@pytest.mark.parametrize(
    ("address", "reach"), [("10.1.2.3", "network"), (PUBLIC, "internet"), ("127.0.0.9", "machine")]
)
def test_the_served_peers_follow_from_its_address(address: str, reach: str, tmp_path: Path) -> None:
    assert plan(tmp_path, listen=address).reach == reach


def test_its_addresses_are_offered_with_its_secret(tmp_path: Path) -> None:
    made = plan(tmp_path, port=3500, host="turn.example.org")
    offered = made.offered(IceSettings(stun_urls="stun:stun.example.org", turn_ttl_seconds=300))
    assert split(offered.stun_urls) == ["stun:turn.example.org:3500", "stun:stun.example.org"]
    assert split(offered.turn_urls) == [f"turn:turn.example.org:3500?transport={way}" for way in ("udp", "tcp")]
    assert (offered.turn_secret, offered.turn_ttl_seconds) == (made.secret, 300)


def test_with_a_certificate_tls_is_offered_too(tmp_path: Path) -> None:
    tls = Authority(tmp_path).sign("turn.example.org")
    made = plan(tmp_path, host="turn.example.org", certificate=tls.certificate, key=tls.key, tls_port=443)
    assert split(made.offered(IceSettings()).turn_urls)[2:] == ["turns:turn.example.org:443?transport=tcp"]


def test_an_address_of_version_6_is_in_brackets(tmp_path: Path) -> None:
    offered = plan(tmp_path, listen="::1").offered(IceSettings())
    assert split(offered.turn_urls)[0] == "turn:[::1]:3478?transport=udp"


def test_the_secret_is_made_once_and_lies_in_the_data_folder(tmp_path: Path) -> None:
    secret = plan(tmp_path).secret
    assert len(secret) >= 32
    assert plan(tmp_path).secret == secret
    file = tmp_path / SECRET_FILE
    assert (file.read_text(), stat.S_IMODE(file.stat().st_mode)) == (secret, 0o600)


def test_a_secret_that_is_given_is_used_and_not_stored(tmp_path: Path) -> None:
    assert plan(tmp_path, ice=IceSettings(turn_secret="given")).secret == "given"
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("secret", ["two\nlines", " blank first", "naïve"])
def test_a_secret_that_the_configuration_cannot_hold_is_refused(secret: str, tmp_path: Path) -> None:
    assert "CONNVO_ICE_TURN_SECRET" in refusal(tmp_path, ice=IceSettings(turn_secret=secret))


def test_two_turn_servers_are_one_too_many(tmp_path: Path) -> None:
    assert "CONNVO_ICE_TURN_URLS" in refusal(tmp_path, ice=IceSettings(turn_urls="turn:other.example.org"))


def test_without_a_coturn_it_says_how_to_get_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "CONNVO_TURN_PROGRAM" in refusal(tmp_path, program=tmp_path / "nothing")
    monkeypatch.setattr("connvo.providers.coturn.plan.USUAL_FOLDERS", str(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "apt install coturn" in refusal(tmp_path)


def test_a_certificate_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "junk").write_text("junk")
    assert "CONNVO_TURN_CERTIFICATE" in refusal(tmp_path, certificate=tmp_path / "junk", key=tmp_path / "junk")
    assert "No such file" in refusal(tmp_path, certificate=tmp_path / "none", key=tmp_path / "none")


def test_the_key_of_another_certificate_is_refused(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    one, other = authority.sign("one.example.org"), authority.sign("other.example.org")
    assert "CONNVO_TURN_KEY" in refusal(tmp_path, certificate=one.certificate, key=other.key)


def test_an_address_nobody_has_is_refused(tmp_path: Path) -> None:
    assert "no.such.host.invalid" in refusal(tmp_path, listen="no.such.host.invalid")
