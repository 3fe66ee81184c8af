"""The use of the server by its callers, whether it is overloaded, and the circuit breakers of its providers."""

import math
from typing import Literal

from connvo.kernel.errors import Invalid
from connvo.model.access import require_operator
from connvo.model.failover.probes import note_probe, probe
from connvo.model.monitoring import breakers, windows
from connvo.model.monitoring.callers import require_caller
from connvo.rules.monitoring.calls import PERCENT
from connvo.rules.monitoring.objectives import MINUTE_MS
from connvo.rules.monitoring.shedding import Priority, pressure, refuses
from connvo.runtime.context import ActionCtx, MutationCtx, QueryCtx
from connvo.runtime.function import action, mutation, query
from connvo.runtime.wire import Result

PRIORITY: Priority = "low"

STANDARD, OPERATOR = "standard", "operator"
MS = 1000.0
# Callers who are no operators see the load in steps of ten.
ROUGH = -1
MAX_OPERATION_ID = 128


class Usage(Result, frozen=True, kw_only=True):
    """The calls and bytes of the current minute on this node, and the live queries now."""

    requests: float
    subscriptions: float
    bytes: float


class LimitCheck(Result, frozen=True, kw_only=True):
    """Whether the next call would be taken; if not, `reason` is the code of its error."""

    allowed: bool
    reason: str | None = None
    retry_after_ms: float | None = None
    current_usage: Usage
    user_tier: str


@query
def check_bandwidth_limit(
    ctx: QueryCtx,
    request_type: Literal["query", "mutation", "subscription"],
    estimated_bytes: float | None = None,
) -> LimitCheck:
    """Return whether the caller's budget on this node allows another call. It counts nothing.

    Raises:
        Invalid: `estimatedBytes` is negative or no number.
    """
    identity, _ = require_caller(ctx)
    if estimated_bytes is not None and not (math.isfinite(estimated_bytes) and estimated_bytes >= 0):
        raise Invalid("A number of bytes is at least 0", "estimatedBytes")
    used = ctx.node.used_by(identity.token_identifier)
    reason, wait = None, None
    too_large = (estimated_bytes or 0) > ctx.settings.limits.argument_bytes
    too_many = request_type == "subscription" and used.live_queries >= ctx.settings.sync.queries_per_account
    if too_large or too_many:
        reason = "LIMIT_EXCEEDED"
    elif used.wait > 0:
        reason, wait = "RATE_LIMIT_EXCEEDED", used.wait * MS
    return LimitCheck(
        allowed=reason is None,
        reason=reason,
        retry_after_ms=wait,
        current_usage=Usage(requests=used.requests, subscriptions=used.live_queries, bytes=used.request_bytes),
        user_tier=OPERATOR if identity.operator else STANDARD,
    )


class OwnUse(Result, frozen=True, kw_only=True):
    """The caller's use of this node since `window_start`, in milliseconds."""

    request_count: float
    subscription_count: float
    bytes_transferred: float
    window_start: float
    priority: str


class WholeUse(Result, frozen=True, kw_only=True):
    """The use of all nodes since `window_start`, as they wrote it at most ten seconds ago."""

    total_requests: float
    total_subscriptions: float
    total_bytes_transferred: float
    window_start: float


class BandwidthStats(Result, frozen=True, kw_only=True):
    """The caller's use, and that of all if an operator asked for it."""

    user_stats: OwnUse | None = None
    global_stats: WholeUse | None = None


@query
def get_bandwidth_stats(ctx: QueryCtx, include_global: bool | None = None) -> BandwidthStats:
    """Return the calls and argument bytes of the current minute, and the live queries: the caller's on this node.

    With `includeGlobal` also those of all callers on all nodes, for operators.

    Raises:
        Forbidden: The caller asks for those of all, and is no operator.
    """
    identity, _ = require_caller(ctx)
    if include_global:
        require_operator(ctx)
    used = ctx.node.used_by(identity.token_identifier)
    own = OwnUse(
        request_count=used.requests,
        subscription_count=used.live_queries,
        bytes_transferred=used.request_bytes,
        window_start=used.since,
        priority="normal",
    )
    return BandwidthStats(user_stats=own, global_stats=_of_all(ctx) if include_global else None)


def _of_all(ctx: QueryCtx) -> WholeUse:
    start = ctx.now // MINUTE_MS * MINUTE_MS
    newest = windows.newest_of_nodes(ctx, MINUTE_MS)
    now = [row for row in newest if row.start == start]
    return WholeUse(
        total_requests=sum(row.requests for row in now),
        total_subscriptions=sum(row.gauges.live_queries for row in newest if row.gauges is not None),
        total_bytes_transferred=sum(row.request_bytes for row in now),
        window_start=start,
    )


class SystemLoad(Result, frozen=True, kw_only=True):
    """The load of this node: percentages, open connections and waiting mutations."""

    cpu_usage: float
    memory_usage: float
    active_connections: float
    queue_depth: float


class ShedAdvice(Result, frozen=True, kw_only=True):
    """Whether the server would refuse a call of a priority now; `reason` names the signal."""

    should_shed: bool
    reason: str | None = None
    system_load: SystemLoad


@query
def should_shed_load(ctx: QueryCtx, request_priority: Priority) -> ShedAdvice:
    """Return whether this node would refuse a call of a priority now, because it is overloaded.

    The server decides by the priority of the function, never by one that the caller names. Operators see the load
    exactly, others in steps of ten.
    """
    identity, _ = require_caller(ctx)
    load = ctx.node.load
    pressed, reason = pressure(load)
    sheds = refuses(pressed, request_priority)
    shown = (load.cpu * PERCENT, load.memory * PERCENT, float(load.connections), float(load.queued))
    digits = None if identity.operator else ROUGH
    cpu, memory, connections, queued = (value if digits is None else round(value, digits) for value in shown)
    return ShedAdvice(
        should_shed=sheds,
        reason=reason if sheds else None,
        system_load=SystemLoad(cpu_usage=cpu, memory_usage=memory, active_connections=connections, queue_depth=queued),
    )


class BreakerRow(Result, frozen=True, kw_only=True):
    """A provider and the state of its breaker: closed, open or half_open."""

    service: str
    state: str
    failures: float


class BreakerSummary(Result, frozen=True, kw_only=True):
    """The number of breakers by state."""

    total_breakers: float
    open_breakers: float
    half_open_breakers: float
    closed_breakers: float


class BreakerStatus(Result, frozen=True, kw_only=True):
    """All breakers."""

    breakers: list[BreakerRow]
    summary: BreakerSummary


@query
def get_circuit_breaker_status(ctx: QueryCtx) -> BreakerStatus:
    """Return the circuit breakers of the media providers, which all nodes share. For operators."""
    require_operator(ctx)
    found = breakers.all_breakers(ctx)
    states = [one.state for one in found]
    return BreakerStatus(
        breakers=[BreakerRow(service=one.provider, state=one.state, failures=one.failures) for one in found],
        summary=BreakerSummary(
            total_breakers=len(found),
            open_breakers=states.count("open"),
            half_open_breakers=states.count("half_open"),
            closed_breakers=states.count("closed"),
        ),
    )


class BreakerReset(Result, frozen=True, kw_only=True):
    """Whether there is such a breaker, which is closed now."""

    success: bool
    message: str


@mutation
def reset_circuit_breaker(ctx: MutationCtx, service_name: str) -> BreakerReset:
    """Close the circuit breaker of a provider. For operators; it is audited."""
    require_operator(ctx)
    done = breakers.reset(ctx, service_name)
    message = "The breaker is closed" if done else "There is no provider of this name"
    return BreakerReset(success=done, message=message)


class ProbeResult(Result, frozen=True, kw_only=True):
    """The probe that a provider answered."""

    operation_id: str
    timestamp: float


class Tried(Result, frozen=True, kw_only=True):
    """The result of a probe; `error` is the reason of its failure, or `open` or `busy` if there was none."""

    success: bool
    result: ProbeResult | None = None
    error: str | None = None
    circuit_state: str


@action
async def execute_with_circuit_breaker(
    ctx: ActionCtx,
    service_name: str,
    operation_id: str,
    failure_threshold: float | None = None,
    recovery_time_ms: float | None = None,
) -> Tried:
    """Probe a provider once, if its breaker allows it, and record the result. For operators.

    While the breaker is open nothing is sent. While it is half open one probe at a time is sent, by any node.

    Raises:
        Forbidden: The caller is no operator.
        Invalid: A threshold is not the one of the breaker, or `operationId` is empty or too long.
        NotFound: There is no such provider here.
    """
    # The caller is checked first: a stranger learns nothing of the thresholds.
    provider = (await ctx.run_query(breakers.seen, service_name=service_name)).provider
    breakers.check_thresholds(failure_threshold, recovery_time_ms)
    if not 0 < len(operation_id) <= MAX_OPERATION_ID:
        raise Invalid(f"An id has 1 to {MAX_OPERATION_ID} characters", "operationId", limit=MAX_OPERATION_ID)
    error: str | None = await ctx.run_mutation(breakers.claim_probe, service_name=service_name)
    if error is None:
        found = await probe(ctx, provider)
        await ctx.run_mutation(note_probe, provider=provider, reason=found.reason)
        error = found.reason
    state = (await ctx.run_query(breakers.seen, service_name=service_name)).state
    answered = ProbeResult(operation_id=operation_id, timestamp=ctx.now()) if error is None else None
    return Tried(success=error is None, result=answered, error=error, circuit_state=state)
