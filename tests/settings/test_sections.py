"""A setting that cannot be is refused at the start, and every setting is described."""

from dataclasses import FrozenInstanceError, fields
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from connvo.settings import (
    SECTIONS,
    GetStreamSettings,
    IdentitySettings,
    JanusSettings,
    ServerSettings,
    Settings,
    setting_rows,
    split,
)


def test_every_setting_has_a_variable_and_a_description() -> None:
    rows = setting_rows()
    assert len({row.variable for row in rows}) == len(rows) == sum(len(section.model_fields) for section in SECTIONS)
    assert all(row.variable.startswith("CONNVO_") and row.description.endswith(".") for row in rows)
    assert IdentitySettings.variable("jwks_url") == "CONNVO_AUTH_JWKS_URL"


@pytest.mark.parametrize("algorithms", ["HS256", "none", "RS256,HS512", "", " , ", "rs256"])
def test_no_weak_algorithm_can_be_allowed(algorithms: str) -> None:
    with pytest.raises(ValidationError, match="choose from RS256"):
        IdentitySettings(algorithms=algorithms)


def test_an_issuer_comes_with_its_audience() -> None:
    with pytest.raises(ValidationError, match="CONNVO_AUTH_AUDIENCE"):
        IdentitySettings(issuer="https://issuer.example")
    halves: list[dict[str, Any]] = [{"audience": "x"}, {"jwks_url": "https://issuer.example/keys"}]
    for half in halves:
        with pytest.raises(ValidationError, match="CONNVO_AUTH_ISSUER"):
            IdentitySettings(**half)


def test_the_local_issuer_gives_way_to_a_real_one_unless_asked_for() -> None:
    assert IdentitySettings().local_issuer_on
    assert not IdentitySettings(local_issuer=False).local_issuer_on
    issuers: list[dict[str, Any]] = [{"workos_client_id": "c"}, {"issuer": "https://issuer.example", "audience": "a"}]
    for real in issuers:
        assert not IdentitySettings(**real).local_issuer_on
        assert IdentitySettings(**real, local_issuer=True).local_issuer_on


def test_janus_comes_whole_or_not_at_all() -> None:
    assert not JanusSettings().configured
    with pytest.raises(ValidationError, match="CONNVO_JANUS_WS_URL and CONNVO_JANUS_ADMIN_SECRET and"):
        JanusSettings(admin_url="http://127.0.0.1:7088/admin")
    whole: dict[str, Any] = {"admin_url": "http://127.0.0.1:7088/admin", "ws_url": "ws://127.0.0.1:8188"}
    assert JanusSettings(**whole, admin_secret="a", admin_key="b").configured


@pytest.mark.parametrize("wrong", [{"port": 70_000}, {"port": -1}, {"log_level": "loud"}, {"log_format": "xml"}])
def test_a_wrong_value_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        ServerSettings(**wrong)


def test_lists_are_separated_by_commas() -> None:
    assert split(" a, b,,c ") == ["a", "b", "c"]
    assert split("") == []


def test_getstream_comes_with_its_secret() -> None:
    halves: list[dict[str, Any]] = [{"api_key": "k"}, {"api_secret": "s"}]
    for half in halves:
        with pytest.raises(ValidationError, match="CONNVO_GETSTREAM_API_SECRET"):
            GetStreamSettings(**half)
    assert not GetStreamSettings().configured


def test_a_key_of_getstream_without_its_sdk_is_refused_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("connvo.settings.media.find_spec", lambda name: None)
    with pytest.raises(ValidationError, match=r"pip install 'connvo\[getstream\]'"):
        GetStreamSettings(api_key="k", api_secret="s")
    assert not GetStreamSettings().configured, "who does not use it needs no SDK"


def test_the_client_of_getstream_is_a_file_that_can_be_read_and_comes_with_a_key(tmp_path: Path) -> None:
    key: dict[str, Any] = {"api_key": "k", "api_secret": "s"}
    file = tmp_path / "client.js"
    for nothing in (file, tmp_path):
        with pytest.raises(ValidationError, match=r"is not a readable file: build it as docs/operating\.md describes"):
            GetStreamSettings(**key, client=nothing)
    file.write_text("export const StreamVideoClient = class {};")
    with pytest.raises(ValidationError, match="CONNVO_GETSTREAM_CLIENT needs CONNVO_GETSTREAM_API_KEY"):
        GetStreamSettings(client=file)
    assert GetStreamSettings(**key, client=file).client == file


@pytest.mark.parametrize(
    "hosts", ["*", "video.example.org", "https://a.org; script-src *", "https://a.org 'unsafe-eval'"]
)
def test_the_hosts_of_getstream_open_nothing_else(hosts: str) -> None:
    with pytest.raises(ValidationError, match="is not a host to connect to"):
        GetStreamSettings(client_hosts=hosts)
    assert GetStreamSettings(client_hosts="https://*.a.org, http://127.0.0.1:90").client_hosts
    with pytest.raises(ValidationError, match="is not an API address"):
        GetStreamSettings(client_url=hosts)
    assert GetStreamSettings(client_url="http://127.0.0.1:90/video").client_url


def test_a_given_value_wins_over_the_environment_and_both_are_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CONNVO_PORT", "4000")
    assert ServerSettings().port == 4000
    assert ServerSettings(port=5000).port == 5000
    monkeypatch.setenv("CONNVO_PORT", "many")
    with pytest.raises(ValidationError, match="port"):
        ServerSettings()
    assert ServerSettings(port=5000).port == 5000


def test_a_section_and_the_settings_never_change(tmp_path: Path) -> None:
    settings = Settings(server=ServerSettings(data=tmp_path))
    for section in fields(settings):
        with pytest.raises(FrozenInstanceError):
            setattr(settings, section.name, getattr(settings, section.name))
    for one in SECTIONS:
        made = one()
        with pytest.raises(ValidationError, match="frozen"):
            setattr(made, next(iter(one.model_fields)), None)
    (secret,) = (field.name for field in fields(settings.secrets))
    with pytest.raises(FrozenInstanceError):
        setattr(settings.secrets, secret, None)
