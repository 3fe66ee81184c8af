"""Tokens, estimated from bytes and words: a tokenizer's tables are the model's own, and most are only on the network.

Transcripts in JSON were measured at 3.25 bytes per token, and at 2.6 where tokens were shortest. Long paragraphs of
spoken English have five. Hardly any tokenizer has fewer tokens than words.
"""

import math

from connvo.rules.transcripts.chunks import UNSPACED

BYTES_PER_TOKEN = 2.5
# An input has at least so many tokens for each word, or for each character where a script has no spaces.
TOKENS_PER_WORD = 0.85
TOKENS_PER_CHARACTER = 0.35
# Each call has a frame of roles and names around its texts.
FRAME_TOKENS = 64
# No input has more tokens than bytes, and no answer more than bytes or than it was allowed.
MAX_ANSWER_BYTES = 64 * 1024


def estimate(*texts: str) -> int:
    """Return the tokens to reserve for texts that are sent together."""
    return FRAME_TOKENS + math.ceil(sum(len(text.encode()) for text in texts) / BYTES_PER_TOKEN)


def least(data: str) -> int:
    """Return the fewest tokens that a text can have."""
    characters = sum(map(len, UNSPACED.findall(data)))
    words = len(UNSPACED.sub(" ", data).split())
    return math.floor(TOKENS_PER_WORD * words + TOKENS_PER_CHARACTER * characters)


def is_cut(data: str, tokens_in: int | None) -> bool:
    """Return whether a server counted fewer input tokens than the data has; a server that counts none says nothing."""
    return bool(tokens_in) and tokens_in is not None and tokens_in < least(data)


def billed(reserved: int, tokens_in: int | None, tokens_out: int | None) -> int:
    """Return the tokens to charge for a call of which so many were reserved.

    The whole reservation is charged where the server counted nothing. A server that counts wrongly cannot charge more
    than double the reservation, and never less than nothing.
    """
    if tokens_in is None and tokens_out is None:
        return reserved
    return min(max(0, tokens_in or 0) + max(0, tokens_out or 0), 2 * reserved)
