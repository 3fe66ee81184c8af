"""The state of the objectives: over a window, and what of it is an alert."""

from typing import Any, NamedTuple

import structlog

from connvo.rules.monitoring.objectives import (
    OBJECTIVES,
    Alert,
    Events,
    Objective,
    Status,
    alert_of,
    burn_rate,
)
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.schema.monitoring import SloAlert

from .windows import EventCounts

log = structlog.get_logger()


class ObjectiveState(NamedTuple):
    """An objective with its events in the window that was asked for, and its alert, if there is one."""

    objective: Objective
    events: Events
    alert: Alert | None

    @property
    def status(self) -> Status:
        """The status: that of the alert, else healthy."""
        return "healthy" if self.alert is None else self.alert.rule.severity

    @property
    def rate(self) -> float:
        """The burn rate: that of the alert, else over the window."""
        return burn_rate(self.events, self.objective.target) if self.alert is None else self.alert.rate


def states(ctx: QueryCtx, window_ms: float) -> list[ObjectiveState]:
    """Return the objectives that have events in a window."""
    counts = EventCounts(ctx)

    def state_of(objective: Objective) -> ObjectiveState:
        alert = alert_of(objective, lambda length: counts.of(objective.name, length))
        return ObjectiveState(objective, counts.of(objective.name, window_ms), alert)

    return [state for state in map(state_of, OBJECTIVES) if state.events.total]


def changed_states(ctx: MutationCtx, found: list[ObjectiveState]) -> list[SloAlert]:
    """Store the states of objectives; log and return those that have changed. One without events is no alert."""
    now = {state.objective.name: state for state in found}
    changed: list[SloAlert] = []
    for objective in OBJECTIVES:
        state, row = now.get(objective.name), ctx.db.first(SloAlert, "by_objective", objective.name)
        before: Status = "healthy" if row is None else row.status
        status: Status = "healthy" if state is None else state.status
        if before == status:
            continue
        rate = 0.0 if state is None else round(state.rate, 3)
        facts: dict[str, Any] = {"status": status, "rate": rate, "since": ctx.now}
        row = ctx.db.insert(SloAlert(objective=objective.name, **facts)) if row is None else ctx.db.patch(row, **facts)
        note = log.info if status == "healthy" else log.warning
        note("slo_alert", objective=row.objective, status=row.status, burn_rate=row.rate)
        changed.append(row)
    return changed
