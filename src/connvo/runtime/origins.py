"""The origin of the running call: the address, user agent and request id of its client.

The transport sets it around a call; jobs and the server's own calls have none. It is made only when a function asks.

Guarantees: a mutation sees the origin of the call that began it, on whichever thread it runs.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import msgspec

MAX_AGENT_CHARS = 200


class Origin(msgspec.Struct, frozen=True, kw_only=True):
    """The origin of a call. Address and agent are personal data: only `model.audit.sources` stores them."""

    request_id: str
    address: str | None = None
    agent: str | None = None


_current: ContextVar[Callable[[], Origin] | None] = ContextVar("origin", default=None)


def current() -> Callable[[], Origin] | None:
    """Return the function that makes the origin of the running call, None without one."""
    return _current.get()


@contextmanager
def calling_from(origin: Callable[[], Origin]) -> Iterator[None]:
    """Set the origin of the calls within."""
    token = _current.set(origin)
    try:
        yield
    finally:
        _current.reset(token)


def agent_of(header: bytes | None) -> str | None:
    """Return a User-Agent header as it is stored: printable characters, at most 200, None for an empty one."""
    if not header:
        return None
    text = "".join(one for one in header.decode("latin-1") if one.isprintable())
    return text[:MAX_AGENT_CHARS].strip() or None
