"""The states of entries and matches, and the steps between them.

waiting ──▶ matched: proposed ──both accept──▶ confirmed ──▶ completed
   ▲  └─ its time passed ▶ expired     │ declined, lapsed, or void
   └────────── both back
"""

from typing import Literal, TypeAlias

EntryStatus: TypeAlias = Literal["waiting", "matched", "expired", "cancelled"]
# `missed`: confirmed, but neither of the two says that they had the meeting.
# `void`: one of the two was blocked, deactivated or erased, or called the meeting off, or an operator took it back.
MatchState: TypeAlias = Literal["proposed", "confirmed", "completed", "missed", "declined", "lapsed", "void"]
# The state as the two are told. Every end is the same, so that neither learns what the other did.
PublicState: TypeAlias = Literal["proposed", "confirmed", "ended"]
Answer: TypeAlias = Literal["accepted", "declined"]
Outcome: TypeAlias = Literal["accepted", "declined", "completed"]

MAX_LAPSES = 3
GOOD_RATING = 4
OPEN_MATCHES: frozenset[MatchState] = frozenset({"proposed", "confirmed"})
AGREED: frozenset[MatchState] = frozenset({"confirmed", "completed", "missed"})
# The steps that an operator may set; all others follow from what people do.
_OPERATOR_STEPS: frozenset[tuple[EntryStatus, EntryStatus]] = frozenset(
    {("waiting", "cancelled"), ("waiting", "expired"), ("matched", "waiting"), ("matched", "cancelled")}
)


def public_state(state: MatchState) -> PublicState:
    """Return the state of a match as its two users are told."""
    return state if state in ("proposed", "confirmed") else "ended"


def may_set(status: EntryStatus, wanted: EntryStatus) -> bool:
    """Return whether an operator may take an entry from one status to another."""
    return (status, wanted) in _OPERATOR_STEPS


def after_lapse(lapses: int) -> EntryStatus:
    """Return the status of an entry whose user has let so many proposals lapse."""
    return "expired" if lapses >= MAX_LAPSES else "waiting"


def is_good(first_completed: bool, second_completed: bool, ratings: list[int]) -> bool:
    """Return whether a match was good: both had the meeting, and neither rated it below 4."""
    return first_completed and second_completed and all(rating >= GOOD_RATING for rating in ratings)
