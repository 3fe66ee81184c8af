"""The process that prepares requests to a model and checks its answers: JSON on its input, JSON on its output."""

import os
import sys

import msgspec

from connvo.rules.insights.improving import CheckRequest, PlanRequest, Request, check, plan, prepare

from .worker import NICENESS


def main() -> None:
    """Read a request and write what is made of it."""
    os.nice(NICENESS)
    sys.stdout.buffer.write(computed(sys.stdin.buffer.read()))


def computed(request: bytes) -> bytes:
    """Return what is made of a request, both as JSON."""
    return msgspec.json.encode(_answer(msgspec.json.decode(request, type=Request)))


def _answer(request: Request) -> msgspec.Struct:
    match request:
        case PlanRequest():
            return plan(request)
        case CheckRequest():
            return check(request)
    return prepare(request)


if __name__ == "__main__":
    main()
