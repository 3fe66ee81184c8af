"""The step after a failed call to a language model: another try and when, a smaller task, or the report by rules.

| failure | tries | reason |
| --- | --- | --- |
| too many requests; server error, lost, half a stream; slow | `tries`, after 5, 20, 60 s or as told | temporary |
| refused, declined, context cut, budget | none | permanent |
| cut | one more, with half the lines | `cut` |
| unusable | one more, the fault named | `unusable` |
"""

from typing import Literal, TypeAlias

import msgspec

CallFailure: TypeAlias = Literal[
    "rate_limited", "unreachable", "slow", "refused", "declined", "cut", "unusable", "context_cut"
]
Reaction: TypeAlias = Literal["again", "halve", "give_up"]

MS = 1000.0
PAUSES_SECONDS = (5.0, 20.0, 60.0)
# Pauses differ by up to this share of themselves, so that many calls that failed together do not return together.
JITTER = 0.25
# A server that asks for a longer pause gets no further try, so that the report settles.
MAX_RETRY_AFTER_SECONDS = 300.0
TEMPORARY: frozenset[CallFailure] = frozenset({"rate_limited", "unreachable", "slow"})
# Failures that count against the server. An answer that cannot be used says nothing about the next task.
OF_THE_SERVER: frozenset[CallFailure] = frozenset({"rate_limited", "unreachable", "slow", "refused"})
# An answer that was cut or unusable is asked for once more.
TRIES_FOR_AN_ANSWER = 2


class Next(msgspec.Struct, frozen=True):
    """The reaction to a failure, after a pause."""

    reaction: Reaction
    pause_ms: float = 0.0


GIVE_UP = Next("give_up")


def after_failure(
    reason: CallFailure, attempt: int, tries: int, retry_after: float | None = None, random: float = 0.5
) -> Next:
    """Return what follows the failure of an attempt, counted from 1. `random` is in [0, 1) and spreads the pauses."""
    if reason in TEMPORARY:
        if attempt >= tries or (retry_after or 0.0) > MAX_RETRY_AFTER_SECONDS:
            return GIVE_UP
        pause = PAUSES_SECONDS[min(attempt, len(PAUSES_SECONDS)) - 1]
        spread = pause * (1.0 + JITTER * (2.0 * random - 1.0))
        # A pause that the server asked for is never shortened.
        return Next("again", MS * (spread if retry_after is None else retry_after * (1.0 + JITTER * random)))
    if reason == "unusable" and attempt < TRIES_FOR_AN_ANSWER:
        return Next("again")
    if reason == "cut" and attempt < TRIES_FOR_AN_ANSWER:
        return Next("halve")
    return GIVE_UP
