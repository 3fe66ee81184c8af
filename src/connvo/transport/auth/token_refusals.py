"""Refused tokens: the error with its reason, and its log line for the operator.

Guarantees: a line contains no token, subject or address. Each reason has at most one line a minute, however many
tokens are refused.
"""

import time
from collections.abc import Callable
from typing import Literal
from urllib.parse import urlsplit

import structlog

from connvo.kernel.errors import REQUEST_ERRORS, RequestError
from connvo.telemetry.log_lines import OneLineAMinute

log = structlog.get_logger()

Reason = Literal[
    "malformed",
    "unknown issuer",
    "algorithm not allowed",
    "unknown key",
    "bad signature",
    "wrong audience",
    "wrong client",
    "wrong kind of token",
    "expired",
    "not yet valid",
    "claim missing or wrong",
]
MAX_DETAIL_CHARS = 120
UNREADABLE = "unreadable"


class TokenRefused(RequestError):
    """A refused token. `details` go to the operator's log, never to the caller."""

    def __init__(self, code: str, message: str, reason: Reason, **details: object) -> None:
        super().__init__(code, message, REQUEST_ERRORS[code][0])
        self.reason: Reason = reason
        self.details = details


class RefusalLog:
    """The log of refusals: the first of each reason at once, then a count of the others once a minute."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._lines = OneLineAMinute(monotonic)

    def note(self, refused: TokenRefused) -> None:
        """Log a refusal, unless this reason was logged within the last minute."""
        self._lines.write(log.warning, "token_refused", (refused.reason,), reason=refused.reason, **refused.details)


def shown_origin(issuer: object) -> str:
    """Return the scheme and host of an unknown issuer; its path may contain personal data."""
    if not isinstance(issuer, str) or len(issuer) > MAX_DETAIL_CHARS or not _is_plain(issuer):
        return UNREADABLE
    try:
        parts = urlsplit(issuer)
        return f"{parts.scheme}://{parts.hostname}" if parts.scheme and parts.hostname else UNREADABLE
    except ValueError:
        return UNREADABLE


def shown_audience(claim: object) -> str:
    """Return the audience of a correctly signed token, cut to fit on a line."""
    names = claim if isinstance(claim, list) else [claim]
    plain = [name for name in names if isinstance(name, str) and _is_plain(name)]
    return ", ".join(plain)[:MAX_DETAIL_CHARS] or "none"


def _is_plain(text: str) -> bool:
    return text.isascii() and text.isprintable()
