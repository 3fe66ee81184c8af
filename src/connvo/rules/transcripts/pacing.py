"""The pace of recognition under load: final words first, interim ones as far as there is time, then no more streams.

Lag is the age of the oldest finished utterance that is not recognised yet, in seconds.
"""

EACH_SECONDS = 0.6
SLOWER_SECONDS = 1.2
LITTLE_LAG_SECONDS = 1.0
SOME_LAG_SECONDS = 2.0
MAX_LAG_SECONDS = 6.0


def interim_pause(lag: float) -> float | None:
    """Return the seconds between interim words of one speaker, None for no interim words."""
    if lag < LITTLE_LAG_SECONDS:
        return EACH_SECONDS
    return SLOWER_SECONDS if lag < SOME_LAG_SECONDS else None


def must_pause(lag: float) -> bool:
    """Return whether the newest stream has to pause."""
    return lag > MAX_LAG_SECONDS


def may_resume(lag: float) -> bool:
    """Return whether a stream that was paused may go on."""
    return lag < SOME_LAG_SECONDS
