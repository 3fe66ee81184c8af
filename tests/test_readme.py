"""What the README shows on a terminal is what happens: its ```console blocks are run, in order, in one shell.

Ids, tokens and times differ from run to run; everything else is compared as it stands.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from .support.live import clean_environment, serving

README = Path(__file__).resolve().parent.parent / "README.md"
BLOCK = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)
PICTURE = re.compile(r"!\[[^]]+\]\(([^)]+)\)")
MAX_PICTURE_BYTES = 200_000
PROMPT = "$ "
CONTINUATION = "> "
ADDRESS = "http://127.0.0.1:3210"
END = "--- end of command ---"
VARYING = [
    (re.compile(r"eyJ[\w-]+\.[\w-]+\.[\w-]+"), "(token)"),
    (re.compile(r"(?<![0-9a-z])[0-9a-hjkmnp-tv-z]{31,37}(?![0-9a-z])"), "(id)"),
    (re.compile(r"\b1[0-9]{12}(\.[0-9]+)?\b"), "(time)"),
    (re.compile(r'(?<="duration":)[0-9.]+'), "(time)"),
]


def steps() -> list[tuple[str, str]]:
    """Return every command of the README with the output it shows."""
    found: list[tuple[str, str]] = []
    for block in BLOCK.findall(README.read_text("utf-8")):
        for line in block.splitlines():
            if line.startswith(PROMPT):
                found.append((line.removeprefix(PROMPT), ""))
            elif line.startswith(CONTINUATION):
                found[-1] = (f"{found[-1][0]}\n{line.removeprefix(CONTINUATION)}", "")
            else:
                found[-1] = (found[-1][0], f"{found[-1][1]}{line}\n")
    return found


def steady(text: str) -> str:
    """Return text without what differs from run to run."""
    for pattern, name in VARYING:
        text = pattern.sub(name, text)
    return text


def test_the_readme_shows_real_output(tmp_path: Path) -> None:
    shown = steps()
    assert shown
    with serving(tmp_path / "data") as server:
        script = "\n".join(f"{command}\necho '{END}'" for command, _ in shown).replace(ADDRESS, server.url)
        environment = clean_environment() | {
            "CONNVO_DATA": str(server.data),
            "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
        }
        ran = subprocess.run(
            ["bash", "-eu", "-o", "pipefail"],
            input=script.replace(".venv/bin/", ""),
            cwd=tmp_path,
            env=environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
    assert ran.returncode == 0, ran.stderr
    outputs = ran.stdout.split(f"{END}\n")[:-1]
    for (command, expected), output in zip(shown, outputs, strict=True):
        assert steady(output).rstrip("\n") == steady(expected).rstrip("\n"), command


def test_its_pictures_are_small() -> None:
    pictures = [README.parent / path for path in PICTURE.findall(README.read_text("utf-8"))]
    assert pictures
    assert {path.name: size for path in pictures if (size := path.stat().st_size) > MAX_PICTURE_BYTES} == {}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ('{"_id":"0jw4cqd8tn0vg3m5x2yh7k9rzb6ea1fsp"}', '{"_id":"(id)"}'),
        ('"createdAt":1763690000000.25,"n":3', '"createdAt":(time),"n":3'),
        ("a meeting, 60000 ms", "a meeting, 60000 ms"),
    ],
)
def test_only_varying_parts_are_hidden(text: str, shown: str) -> None:
    assert steady(text) == shown
