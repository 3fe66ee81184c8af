"""The cursors of a call, bound to its function and to its arguments except the pagination options."""

import msgspec

from connvo.store.cursors import CursorCodec

from .wire import PaginationOptions


def pages_of(secret: bytes, path: str, arguments: dict[str, object], journal: str | None = None) -> CursorCodec:
    """Return the codec that signs and checks the cursors of a call."""

    def context() -> bytes:
        others = {name: value for name, value in arguments.items() if not isinstance(value, PaginationOptions)}
        return msgspec.json.encode([path, others], enc_hook=str)

    return CursorCodec(secret, context, journal)
