"""A secret is made once, and is its owner's alone."""

import stat
from concurrent.futures import ThreadPoolExecutor
from itertools import count
from pathlib import Path

import pytest

from connvo.kernel.secret_file import kept_secret, replace_secret


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_it_is_made_once_and_kept(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    assert kept_secret(file, lambda: b"first") == b"first"
    assert kept_secret(file, lambda: b"second") == b"first"
    assert mode(file) == 0o600


def test_callers_that_come_at_once_agree_on_one(tmp_path: Path) -> None:
    numbers = count()
    with ThreadPoolExecutor(8) as pool:
        got = set(pool.map(lambda _: kept_secret(tmp_path / "secret", lambda: str(next(numbers)).encode()), range(32)))
    assert len(got) == 1
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_one_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    file.write_bytes(b"open")
    file.chmod(0o644)
    assert kept_secret(file, lambda: b"other") == b"open"
    assert mode(file) == 0o600


def test_one_that_is_replaced_is_closed_too(tmp_path: Path) -> None:
    file = tmp_path / "secret"
    for content in (b"one", b"two"):
        replace_secret(file, content)
        assert (file.read_bytes(), mode(file)) == (content, 0o600)
    assert [path.name for path in tmp_path.iterdir()] == ["secret"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        kept_secret(tmp_path / "none" / "secret", lambda: b"x")
