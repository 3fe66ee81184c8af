"""The process that prepares requests to a model and checks its answers: JSON on its input, JSON on its output."""

import os
import sys
from typing import TypeAlias

import msgspec

from connvo.rules.insights.improving import check, plan, prepare
from connvo.rules.insights.messages import CheckRequest, PlanRequest, Request
from connvo.rules.prompts import suggestions
from connvo.rules.prompts.suggestion_messages import SuggestionCheck, SuggestionRequest

from .worker import NICENESS

AnyRequest: TypeAlias = Request | SuggestionRequest | SuggestionCheck


def main() -> None:
    """Read a request and write what is made of it."""
    os.nice(NICENESS)
    sys.stdout.buffer.write(computed(sys.stdin.buffer.read()))


def computed(request: bytes) -> bytes:
    """Return what is made of a request, both as JSON."""
    return msgspec.json.encode(_answer(msgspec.json.decode(request, type=AnyRequest)))


def _answer(request: AnyRequest) -> msgspec.Struct:
    match request:
        case PlanRequest():
            return plan(request)
        case CheckRequest():
            return check(request)
        case SuggestionRequest():
            return suggestions.prepare(request)
        case SuggestionCheck():
            return suggestions.check(request)
    return prepare(request)


if __name__ == "__main__":
    main()
