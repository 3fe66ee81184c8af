"""People who wait, made up: for properties, and for functions."""

from typing import Any

from hypothesis import strategies as st

from connvo.rules.matching.seekers import Seeker, closed
from connvo.rules.matching.waiting import Waiting
from connvo.rules.matching.windows import HOUR_MS, Window
from connvo.rules.matching.wishes import Named

from .backend import Backend, Caller

NOW = 1_800_000_000_000.0
MINUTE = 60_000.0

ENTER = "matching/queue:enterMatchingQueue"
CANCEL = "matching/queue:cancelQueueEntry"
STATUS = "matching/queue:getQueueStatus"
ENTRIES = "matching/queue:getActiveQueueEntries"
SET_STATUS = "matching/queue:updateQueueStatus"
CYCLE = "matching/engine:runMatchingCycle"
SCORE = "matching/scoring:calculateCompatibilityScore"
ANSWER = "matching/analytics:submitMatchFeedback"
HISTORY = "matching/analytics:getMatchHistory"
STATS = "matching/analytics:getMatchingStats"
GLOBAL = "matching/analytics:getGlobalMatchingAnalytics"
OPTIMIZE = "matching/analytics:optimizeMatchingWeights"
CURRENT = "matching/matches:getCurrentMatch"
PAST = "matching/matches:listPastMatches"
TO_RATE = "matching/matches:getMatchToRate"
APPLY = "matching/weights:applyWeights"
VERSIONS = "matching/weights:listWeights"
AVAILABLE = "matching/availability:getAvailability"

WISHES = {"interests": ["Climbing"], "roles": ["mentor"]}


def named(*keys: str) -> tuple[Named, ...]:
    """Return wishes or interests with these keys."""
    return tuple(Named(key, key.title()) for key in keys)


def some_named(keys: str, least: int = 0) -> st.SearchStrategy[tuple[Named, ...]]:
    """Return a strategy for some of these one-letter keys."""
    return st.sets(st.sampled_from(sorted(keys)), min_size=least).map(lambda found: named(*sorted(found)))


def seekers() -> st.SearchStrategy[Seeker]:
    """Return a strategy for any seeker."""
    return st.builds(
        Seeker,
        interests=some_named("abcdef"),
        wishes=some_named("abcd", 1),
        roles=st.sets(st.sampled_from(["mentor", "mentee", "founder", "investor"]), min_size=1).map(
            lambda found: named(*sorted(found))
        ),
        org_wish=st.sampled_from(["any", "same_org", "different_org"]),
        org_id=st.sampled_from([None, "one", "two"]),
        level=st.none() | st.integers(1, 6),
        field=st.sampled_from([None, "software", "data", "retail", "ux design"]),
        languages=st.sets(st.sampled_from(["english", "german"])).map(lambda found: tuple(sorted(found))),
        utc_offset=st.none() | st.integers(-840, 840).map(float),
    ).flatmap(lambda one: st.sampled_from([one, one, closed(one)]))


def waiting(number: int, seeker: Seeker, **more: Any) -> Waiting:
    """Return an entry of its own user that waits, available for two hours."""
    fields: dict[str, Any] = {"window": Window(NOW, NOW + 2 * HOUR_MS), "waited_since": NOW, **more}
    return Waiting(entry_id=f"entry {number:04}", user_id=f"user {number:04}", seeker=seeker, **fields)


class Pool:
    """A backend with people who can meet, and an operator."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.operator = backend.sign_in("operator", operator=True, provision=False)

    def person(self, name: str, **more: Any) -> Caller:
        """Return a signed-in person."""
        return self.backend.sign_in(name, **more)

    def enter(self, caller: Caller, start: float = 0.0, minutes: float = 120.0, **wishes: Any) -> str:
        """Put a person into the queue, available `start` minutes from now."""
        now = self.backend.now_ms
        entry_id: str = caller.call(
            ENTER,
            availableFrom=now + start * MINUTE,
            availableTo=now + (start + minutes) * MINUTE,
            constraints={**WISHES, **wishes},
        )
        return entry_id

    def cycle(self, **args: Any) -> dict[str, Any]:
        """Run a cycle."""
        found: dict[str, Any] = self.operator.call(CYCLE, **args)
        return found

    def propose(self, *callers: Caller, **more: Any) -> str:
        """Let people enter and be proposed to each other; return the match."""
        for caller in callers:
            self.enter(caller, **more)
        assert self.cycle()["totalMatches"] == len(callers) / 2
        match_id: str = callers[0].call(CURRENT)["matchId"]
        return match_id

    def confirm(self, first: Caller, second: Caller, **more: Any) -> str:
        """Let two people meet; return the meeting."""
        match_id = self.propose(first, second, **more)
        for caller in (first, second):
            caller.call(ANSWER, matchId=match_id, outcome="accepted")
        meeting_id: str = first.call(CURRENT)["meetingId"]
        return meeting_id

    def hold(self, first: Caller, second: Caller) -> str:
        """Let two people have their meeting; return the match."""
        meeting_id = self.confirm(first, second)
        first.call("meetings/lifecycle:startMeeting", meetingId=meeting_id)
        for caller in (first, second):
            caller.call("meetings/lifecycle:joinMeeting", meetingId=meeting_id)
        match_id: str = first.call(CURRENT)["matchId"]
        return match_id
