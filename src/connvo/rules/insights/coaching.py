"""Coaching: what a person's way of speaking in one meeting suggests. It is for that person alone."""

from .report import Speaking

MIN_WORDS = 100
SLOW_WPM, FAST_WPM = 130.0, 175.0
MAX_FILLERS = 0.04
LONG_TURN_MS = 180_000.0
MINUTE_MS = 60_000.0
# Shares are judged by how many times a fair one they are.
MUCH, LITTLE = 2.0, 0.33
CERTAIN, LIKELY = 0.8, 0.7


def advice(own: Speaking, speakers: int) -> list[tuple[str, float]]:
    """Return pieces of advice, each with its confidence; none for a person who said little."""
    if own.words < MIN_WORDS:
        return []
    found: list[tuple[str, float]] = []
    if own.pace > FAST_WPM:
        found.append((f"You spoke {own.pace:.0f} words a minute. 130 to 175 are easy to follow: pause more.", CERTAIN))
    elif own.pace < SLOW_WPM:
        found.append((f"You spoke {own.pace:.0f} words a minute. 130 to 175 keep people listening.", LIKELY))
    fillers = own.fillers / own.words
    if fillers > MAX_FILLERS:
        found.append((f"{fillers:.0%} of your words were fillers such as “um”. Aim for less than 4%.", CERTAIN))
    if own.longest_ms > LONG_TURN_MS:
        minutes = own.longest_ms / MINUTE_MS
        found.append((f"Your longest turn took {minutes:.0f} minutes. Ask a question halfway.", LIKELY))
    return found + _of_share(own, speakers)


def _of_share(own: Speaking, speakers: int) -> list[tuple[str, float]]:
    if speakers < 2:
        return []
    fair = 1 / speakers
    if own.share > min(MUCH * fair, 0.8):
        return [(f"You spoke {own.share:.0%} of the time among {speakers} speakers. Invite the others in.", LIKELY)]
    if own.share < LITTLE * fair:
        return [(f"You spoke {own.share:.0%} of the time among {speakers} speakers. Take more room.", LIKELY)]
    return []
