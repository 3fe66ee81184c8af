"""Names of models, and the similarity from which their texts count as related.

A name is `provider/model@revision/dimensions`. Vectors of different names are never compared.
"""

import hashlib
from typing import Literal, TypeAlias

SourceType: TypeAlias = Literal["user", "profile", "meeting", "note", "transcriptSegment"]
ModelState: TypeAlias = Literal["active", "inactive", "migrating"]
EmbeddingFailure: TypeAlias = Literal["unreachable", "slow", "denied", "busy", "failing", "refused", "unusable"]

LEXICAL = "connvo/lexical@1/384"
SENTENCES = "local/use-multilingual@3/512"
LEXICAL_DIMENSIONS = 384
SENTENCE_DIMENSIONS = 512
# Failures of the server or its settings, which say nothing about a text.
OF_THE_SERVER: frozenset[EmbeddingFailure] = frozenset({"unreachable", "slow", "denied", "busy", "failing"})
# The similarity that 95 of 100 unrelated pairs of texts stay below, with a margin.
LEAST = {LEXICAL: 0.3, SENTENCES: 0.45}
# A question is less similar to its answer than a text to its paraphrase: from here on a search shows passages.
LEAST_SHOWN = {LEXICAL: 0.3, SENTENCES: 0.35}
# Models of other servers differ; the operator sets theirs.
UNKNOWN_LEAST = 0.5
DIGEST_SEPARATOR = "\0"


def dimensions_of(name: str) -> int:
    """Return the dimensions that a model's name states.

    Raises:
        ValueError: The name states none.
    """
    return int(name.rpartition("/")[2])


def digest(model: str, text: str) -> str:
    """Return the digest by which a text of a model is recognised."""
    return hashlib.sha256(f"{model}{DIGEST_SEPARATOR}{text}".encode()).hexdigest()


def is_full_of_meaning(model: str) -> bool:
    """Return whether a model knows more than the letters of words."""
    return model != LEXICAL
