"""The official clients work with this server unchanged; each program checks one of them."""

import re

import pytest

from .serving import SampleServer, given, node, python, run


@pytest.mark.parametrize("program", ["http", "reactive", "react"])
def test_the_official_npm_client(server: SampleServer, program: str) -> None:
    said = run(node(f"{program}.mjs"), given(server))
    passed = re.search(r"^# pass (\d+)$", said, re.MULTILINE)
    assert passed is not None and int(passed[1]) >= 5, said


def test_the_official_python_client(server: SampleServer) -> None:
    assert run(python("python_client"), given(server)).endswith("all ok\n")
