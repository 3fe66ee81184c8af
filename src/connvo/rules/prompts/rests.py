"""How seldom nudges come: rests of a meeting, and rests of a person who dismisses them. Times in ms."""

from collections.abc import Collection, Sequence

import msgspec

from .kinds import NudgeKind

MINUTE_MS = 60_000.0
HOUR_MS = 60 * MINUTE_MS

APART_MS = 2 * MINUTE_MS
SAME_KIND_MS = 5 * MINUTE_MS
MAX_PER_HOUR = 10
SHOWN_MS = 2 * MINUTE_MS
# After so many dismissals of a kind, it rests for the person, then it ends for them.
RESTS_AFTER = 2
OFF_AFTER = 4
DISMISSED_MS = 10 * MINUTE_MS


class Given(msgspec.Struct, frozen=True):
    """A nudge of a meeting that was shown."""

    kind: str
    at: float


def may_come(kind: NudgeKind, earlier: Collection[Given], now: float) -> bool:
    """Return whether a nudge may be shown in a meeting, given those of the last hour."""
    lately = [one for one in earlier if now - one.at < HOUR_MS]
    if len(lately) >= MAX_PER_HOUR or any(now - one.at < APART_MS for one in lately):
        return False
    return not any(one.kind == kind and now - one.at < SAME_KIND_MS for one in lately)


def is_spared(dismissals: Sequence[float], at: float) -> bool:
    """Return whether a person is not shown a nudge of a kind that they have dismissed at these times before `at`."""
    before = [one for one in dismissals if one <= at]
    if len(before) >= OFF_AFTER:
        return True
    return len(before) >= RESTS_AFTER and at - max(before) < DISMISSED_MS
