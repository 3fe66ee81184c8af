"""`lexical-1` as a model: in the server itself, a text at a time, so that other work comes between."""

import asyncio
from collections.abc import Sequence

from connvo.rules.embeddings.lexical import embedded
from connvo.rules.embeddings.models import LEXICAL


class LexicalModel:
    """The model without a model."""

    name = LEXICAL
    sends = False

    async def embed(self, texts: Sequence[str]) -> list[bytes]:
        """Return the vectors of texts."""
        found: list[bytes] = []
        for text in texts:
            found.append(embedded(text))
            await asyncio.sleep(0)
        return found
