"""The objectives of the service, their error budgets, and when too much of a budget burns.

A burn rate of 1 uses up a budget exactly in its 30 days. It is computed by events: the share of bad ones in a window.
So an hour with few calls weighs little.

Guarantees:
    Without events nothing is said: neither that an objective holds nor that it is missed.
    A few failures among few calls are no alert.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Literal, NamedTuple, TypeAlias

from .calls import Calls

Severity: TypeAlias = Literal["warning", "critical"]
Status: TypeAlias = Literal["healthy", "warning", "critical"]
ObjectiveName: TypeAlias = Literal["availability", "query_p95", "query_p99", "update_latency"]

SECOND_MS = 1000.0
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
BUDGET_MS = 30 * DAY_MS
# Fewer bad events than this in the longer window raise no alert.
MIN_BAD = 10
PERCENT = 100.0
_RANK: dict[Status, int] = {"healthy": 0, "warning": 1, "critical": 2}


class Objective(NamedTuple):
    """An objective: the share of events that has to be good."""

    name: ObjectiveName
    description: str
    target: float


OBJECTIVES = (
    Objective("availability", "Calls that did not fail by a fault of the server", 0.999),
    Objective("query_p95", "Queries that took at most 120 ms", 0.95),
    Objective("query_p99", "Queries that took at most 250 ms", 0.99),
    Objective("update_latency", "Changes sent to live queries within 150 ms of their commit", 0.99),
)


class BurnRule(NamedTuple):
    """An alert: both windows burn at least at this rate."""

    severity: Severity
    rate: float
    short_ms: float
    long_ms: float


RULES = (
    BurnRule("critical", 14.4, 5 * MINUTE_MS, HOUR_MS),
    BurnRule("critical", 6.0, 30 * MINUTE_MS, 6 * HOUR_MS),
    BurnRule("warning", 1.0, 6 * HOUR_MS, 3 * DAY_MS),
)


class Events(NamedTuple):
    """The events of an objective, and how many of them were bad."""

    total: int = 0
    bad: int = 0

    def plus(self, other: "Events") -> "Events":
        """Return the sum of both."""
        return Events(self.total + other.total, self.bad + other.bad)

    @property
    def percent_good(self) -> float:
        """The percentage of good events. There has to be one event."""
        return (self.total - self.bad) * PERCENT / self.total


class Alert(NamedTuple):
    """An objective whose budget burns at a rate, by the strictest rule that says so."""

    objective: Objective
    rule: BurnRule
    rate: float


EventsIn: TypeAlias = Callable[[float], Events]


def events_of(functions: Iterable[Calls], updates: Calls) -> dict[ObjectiveName, Events]:
    """Return the events of each objective among counted calls, and changes sent to live queries."""
    calls = faults = queries = over_p95 = over_p99 = 0
    for one in functions:
        calls += one.count
        faults += one.errors.get("INTERNAL_ERROR", 0) + one.errors.get("SERVICE_UNAVAILABLE", 0)
        if one.kind == "query":
            queries += one.count
            over_p95 += one.over[0]
            over_p99 += one.over[2]
    return {
        "availability": Events(calls, faults),
        "query_p95": Events(queries, over_p95),
        "query_p99": Events(queries, over_p99),
        "update_latency": Events(updates.count, updates.over[1]),
    }


def burn_rate(events: Events, target: float) -> float:
    """Return how many times faster than allowed the budget burns; 0 without events."""
    return 0.0 if not events.total else (events.bad / events.total) / (1 - target)


def alert_of(objective: Objective, events_in: EventsIn) -> Alert | None:
    """Return the worst alert of an objective. `events_in` gives the events of the last milliseconds."""
    for rule in RULES:
        long, short = events_in(rule.long_ms), events_in(rule.short_ms)
        rate = burn_rate(long, objective.target)
        if long.bad >= MIN_BAD and rate >= rule.rate and burn_rate(short, objective.target) >= rule.rate:
            return Alert(objective, rule, rate)
    return None


def worst(statuses: Iterable[Status]) -> Status:
    """Return the worst of some states; healthy if there are none."""
    return max(statuses, key=_RANK.__getitem__, default="healthy")


def score(statuses: Mapping[ObjectiveName, Status]) -> float:
    """Return the percentage of objectives that are healthy; 0 if nothing was measured."""
    healthy = sum(status == "healthy" for status in statuses.values())
    return PERCENT * healthy / len(statuses) if statuses else 0.0
