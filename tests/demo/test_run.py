"""What is in the way of the demo is one line on standard error, and exit code 1."""

from pathlib import Path

import jwt
import pytest

from connvo.demo import run
from connvo.kernel.running_servers import Running


def one_line(capsys: pytest.CaptureFixture[str]) -> str:
    """Return the one line on standard error."""
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    return error


@pytest.mark.parametrize("seconds", [0.0, -1.0, 601.0, float("nan"), float("inf")])
def test_a_length_out_of_bounds_is_told_before_anything_starts(
    seconds: float, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run.main(None, None, seconds) == 1
    assert one_line(capsys) == "connvo: --seconds takes 1 to 600\n"


def test_a_missing_aiortc_is_reported_with_the_command_to_install_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "find_spec", lambda name: None)
    assert run.main(None, None) == 1
    assert "pip install 'connvo[demo]'" in one_line(capsys)


def test_a_server_whose_key_is_not_here_is_left_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def yes(url: str) -> bool:
        return True

    monkeypatch.setattr(run, "answers", yes)
    assert run.main("http://127.0.0.1:9/", tmp_path) == 1
    assert "name its data folder with --data" in one_line(capsys)
    assert list(tmp_path.iterdir()) == []


def test_the_folder_of_a_server_that_runs_here_is_known(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def yes(url: str) -> bool:
        return True

    monkeypatch.setattr(run, "answers", yes)
    monkeypatch.setattr(run, "running", lambda: [Running("http://127.0.0.1:9", tmp_path)])
    assert run.main("http://127.0.0.1:9/", None) == 1
    assert f"no key in {tmp_path}" in one_line(capsys)


def test_the_tokens_of_a_run_are_of_colleagues_in_an_organisation_of_its_own(tmp_path: Path) -> None:
    claims = [jwt.decode(token, options={"verify_signature": False}) for token in run.mint(tmp_path).values()]
    again = [jwt.decode(token, options={"verify_signature": False}) for token in run.mint(tmp_path).values()]
    assert claims[0]["org_id"] == claims[1]["org_id"] != again[0]["org_id"]
    assert [c["sub"] for c in claims] == [c["sub"] for c in again] == ["connvo-demo-host", "connvo-demo-guest"]
