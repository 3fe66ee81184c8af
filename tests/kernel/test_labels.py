"""What errors say: words for people, with the wire's names and units in the metadata alone."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

import connvo
from connvo.kernel.errors import Invalid, RateLimited
from connvo.kernel.labels import label
from connvo.rules import planning

SOURCE = Path(connvo.__file__).parent
# Where a person's wish is refused. What only programs send (signals, sessions, keys, cursors) is named as they name it.
FOR_PEOPLE = ("rules", "model", "functions", "kernel")
FOR_PROGRAMS = re.compile(
    r"\b(idempotencyKey|sessionIds?|lastSignalId|signalIds|sdpMLineIndex|targetUserId|metadata|workosUserId|SDP|listCatalog|upsertUser|NaN)\b"
)
REFUSALS = {"Invalid", "Conflict", "Forbidden", "Unsupported", "ServiceUnavailable", "Unauthorized", "NotFound"}
TECHNICAL = re.compile(r"milliseconds?\b|\bms\b|\b1970\b|\bepoch\b|[a-z]+[A-Z]\w*|\w+/\w+:|\bargument\b", re.ASCII)
NAMES = re.compile("GetStream|LinkedIn")


def texts() -> Iterator[tuple[str, str]]:
    """Yield the message of every refusal with its place; what is filled in later reads as `…`."""
    for path in sorted(one for room in FOR_PEOPLE for one in (SOURCE / room).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if (
                isinstance(node, ast.Call)
                and isinstance(node.func, ast.Name)
                and node.func.id in REFUSALS
                and node.args
            ):
                yield f"{path.relative_to(SOURCE)}:{node.lineno}", said(node.args[0])


def said(message: ast.expr) -> str:
    if isinstance(message, ast.Constant):
        return str(message.value)
    if isinstance(message, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "…" for part in message.values)
    return "…"


def test_no_refusal_speaks_of_milliseconds_or_other_internals() -> None:
    found = list(texts())
    assert len(found) > 50
    wrong = [
        f"{place}: {text}"
        for place, text in found
        if not FOR_PROGRAMS.search(text) and TECHNICAL.search(NAMES.sub("", text))
    ]
    assert wrong == []


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("title", "The title"),
        ("participantEmails[7]", "The guest's e-mail address"),
        ("linkedinUrl", "The LinkedIn address"),
        ("topics[0]", "A topic"),
        ("company", "The company"),
        ("paginationOpts.numItems", "The num items"),
    ],
)
def test_an_argument_has_a_name_in_words(field: str, words: str) -> None:
    assert label(field) == words


def refusal(call: str, *args: float) -> Invalid:
    with pytest.raises(Invalid) as caught:
        getattr(planning, call)(*args)
    return caught.value


def test_limits_are_said_in_words_and_are_in_the_metadata_as_numbers() -> None:
    past = refusal("scheduled_at", 5.0, 1e12)
    assert past.message == "The start time lies in the past"
    assert past.metadata == {"field": "scheduledAt", "minimum": 1e12 - 60_000, "maximum": 1e12 + 31_536_000_000}
    assert refusal("scheduled_at", 2e12, 1e12).message == "The start time lies more than 365 days ahead"
    long = refusal("duration", 1e12)
    assert long.message == "A meeting can be planned for 1 minute to 4 hours"
    assert long.metadata == {"field": "duration", "minimum": 60_000, "maximum": 14_400_000}


@pytest.mark.parametrize(("wait", "words"), [(0.05, "1 second"), (1.0, "1 second"), (1.2, "2 seconds")])
def test_a_user_that_calls_too_often_is_told_when_to_try_again(wait: float, words: str) -> None:
    error = RateLimited("chatMessage", wait, 1.0)
    assert error.message == f"That was too often: try again in {words}"
    assert error.metadata["retryAfterSeconds"] == wait
