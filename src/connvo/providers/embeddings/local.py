"""The embedded model, in a computing process."""

from collections.abc import Sequence

import msgspec

from connvo.providers.computing.computer import ComputingFailed, computer
from connvo.rules.embeddings.models import SENTENCE_DIMENSIONS, SENTENCES
from connvo.rules.embeddings.vectors import UnusableVector, checked, unpacked
from connvo.settings.embeddings import EmbeddingSettings

from .base import EmbeddingError

WHO = "The embedding model"


class LocalModel:
    """Universal Sentence Encoder multilingual v3 of the extra `embeddings`."""

    name = SENTENCES
    sends = False

    def __init__(self, settings: EmbeddingSettings) -> None:
        self._settings = settings

    async def embed(self, texts: Sequence[str]) -> list[bytes]:
        """Return the vectors of texts.

        Raises:
            EmbeddingError: The process failed, or took too long.
        """
        request = msgspec.msgpack.encode(list(texts))
        process = computer("sentences", self._settings.idle_seconds)
        try:
            answer = await process.run(request, self._settings.call_seconds)
            found = msgspec.msgpack.decode(answer, type=list[bytes])
        except ComputingFailed as error:
            raise EmbeddingError("failing", f"{WHO} failed: {error}") from None
        except msgspec.DecodeError:
            raise EmbeddingError("unusable", f"{WHO} gave no vectors") from None
        if len(found) != len(texts):
            raise EmbeddingError("unusable", f"{WHO} gave {len(found)} vectors for {len(texts)} texts")
        try:
            return [checked(unpacked(vector), SENTENCE_DIMENSIONS) for vector in found]
        except UnusableVector as error:
            raise EmbeddingError("unusable", f"{WHO} gave a useless vector: {error}") from None
