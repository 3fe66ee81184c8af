"""The states of a run, from the end of a meeting to its report."""

from typing import Literal, TypeAlias

# A transcript shorter than this says nothing that can be summed up.
MIN_WORDS = 40

RunState: TypeAlias = Literal["off", "waiting", "queued", "running", "ready", "empty", "failed"]
RunReason: TypeAlias = Literal[
    # Why there is no report.
    "too_few_words",
    "too_long",
    "crashed",
    "transcript_deleted",
    # Why a report by rules was not replaced by a model's.
    "rate_limited",
    "unreachable",
    "slow",
    "refused",
    "declined",
    "cut",
    "unusable",
    "context_cut",
    "budget",
]
OVER: frozenset[RunState] = frozenset({"ready", "empty", "failed"})


def is_over(state: RunState) -> bool:
    """Return whether a run has ended."""
    return state in OVER
