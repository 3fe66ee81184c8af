"""Preserve fields of a stored body that this program does not know, because a newer program wrote them.

During a rolling upgrade both versions write to one database; the older one must not drop the fields of the newer one.
"""

from collections.abc import Collection

import msgspec

from .schema import Document

_encode = msgspec.json.encode
_decode = msgspec.json.decode
_raw_decoder = msgspec.json.Decoder(dict[str, msgspec.Raw])


class UnknownFields(msgspec.Struct, frozen=True):
    """A body with fields that its document does not have."""

    body: str


def has_unknown_fields(document: Document, body: str) -> bool:
    """Return whether a body has a field, at any depth, that is missing in the document decoded from it."""
    known = _encode(document)
    if known.decode() == body:
        return False  # the common case, which costs nothing more
    fields = _decode(known)
    return any(name not in fields or fields[name] != value for name, value in _decode(body).items())


def merge_unknown_fields(document: Document, body: str, changed: Collection[str]) -> str:
    """Return the new body of a document: the fields of the old body, except the changed ones.

    `changed` are wire names. Unknown fields nested in a changed field are lost with its old value.
    """
    fields = _raw_decoder.decode(_encode(document))
    fields.update((name, raw) for name, raw in _raw_decoder.decode(body).items() if name not in changed)
    return _encode(fields).decode()
