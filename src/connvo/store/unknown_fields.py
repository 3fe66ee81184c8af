"""What a stored body says beyond the document that this program reads in it, because a newer program wrote it.

While nodes are replaced one after another, both write to one database: what the older one does not know, it carries on.
"""

from collections.abc import Collection

import msgspec

from .schema import Document

_encode = msgspec.json.encode
_decode = msgspec.json.decode
_raw_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


class UnknownFields(msgspec.Struct, frozen=True):
    """A body that says more than its document."""

    body: str


def has_unknown_fields(document: Document, body: str) -> bool:
    """Return whether a body says anything that the document decoded from it does not, at any depth."""
    known = _encode(document)
    if known.decode() == body:
        return False  # nearly always, and all that it costs then
    fields = _decode(known)
    return any(name not in fields or fields[name] != value for name, value in _decode(body).items())


def merge_unknown_fields(document: Document, body: str, changed: Collection[str]) -> str:
    """Return the body of a document that had another one, whose fields stand as they are but for the changed ones.

    `changed` are wire names. What a newer program put into one of these is gone with its old value.
    """
    fields = _raw_decoder.decode(_encode(document))
    fields.update((name, raw) for name, raw in _raw_decoder.decode(body).items() if name not in changed)
    return _encode(fields).decode()
