"""How the nodes are, and what they need."""

from connvo.model.access import require_operator
from connvo.model.ai.health import availability
from connvo.model.embeddings import health as embedding_health
from connvo.model.embeddings import models as embedding_models
from connvo.model.monitoring import breakers, windows
from connvo.model.operators import jobs
from connvo.model.operators.checks_for_actions import check_operator
from connvo.rules.monitoring.calls import PERCENT
from connvo.rules.monitoring.objectives import MINUTE_MS
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import ActionCtx, QueryCtx
from connvo.runtime.function import action, query
from connvo.runtime.measuring.tables import Gauges
from connvo.runtime.wire import Result

PRIORITY: Priority = "normal"

# Nodes write every ten seconds. One that has not for so long is gone, or cannot write.
SHOWN_MS = 10 * MINUTE_MS


class NodeHealth(Result, frozen=True, kw_only=True):
    """The state of a node when it wrote last; percentages, and numbers of the minute until then. Times in ms.

    A node that has `stopped` in order has no state: its numbers are 0.
    """

    node: str
    stopped: bool
    version: str
    written_at: float
    lag_ms: float
    queued: float
    cpu: float
    memory: float
    files: float
    connections: float
    live_queries: float
    requests: float
    refused: float


class Service(Result, frozen=True, kw_only=True):
    """A service outside of the server. `state`: works, failing, closed, open, half_open, none, ok or failed."""

    name: str
    state: str
    detail: str


class Overview(Result, frozen=True, kw_only=True):
    """The nodes that wrote within ten minutes, stopped ones last; services and failed jobs, as the database says."""

    nodes: list[NodeHealth]
    services: list[Service]


@query
def get_overview(ctx: QueryCtx) -> Overview:
    """Return the nodes, the breakers of media servers, the models, and whether jobs have failed. For operators."""
    require_operator(ctx)
    nodes: list[NodeHealth] = []
    for row in sorted(windows.newest_of_nodes(ctx, SHOWN_MS), key=lambda row: row.gauges is None):
        gauges = row.gauges or Gauges()
        nodes.append(
            NodeHealth(
                node=row.node,
                stopped=row.gauges is None,
                version=gauges.version,
                written_at=row.written_at,
                lag_ms=gauges.lag_ms,
                queued=gauges.queued,
                cpu=gauges.cpu * PERCENT,
                memory=gauges.memory * PERCENT,
                files=gauges.files * PERCENT,
                connections=gauges.connections,
                live_queries=gauges.live_queries,
                requests=row.requests,
                refused=row.refused,
            )
        )
    services = [
        Service(name=one.provider, state=one.state, detail=f"{one.failures} failures in a row")
        for one in breakers.all_breakers(ctx)
    ]
    model = availability(ctx)
    services.append(Service(name="language_model", state=model.state, detail=model.reason or model.model or ""))
    services += [_embedding_model(ctx), _failed_jobs(ctx)]
    return Overview(nodes=nodes, services=services)


def _embedding_model(ctx: QueryCtx) -> Service:
    name = embedding_models.searched(ctx)
    if name is None:
        return Service(name="embedding_model", state="none", detail="")
    reason = embedding_health.last_reason(ctx, name)
    return Service(name="embedding_model", state="works" if reason is None else "failing", detail=reason or name)


def _failed_jobs(ctx: QueryCtx) -> Service:
    failed = jobs.count(ctx, "failed")
    return Service(name="failed_jobs", state="failed" if failed else "ok", detail=str(failed))


class PartCheck(Result, frozen=True, kw_only=True):
    """A part of the server that was checked now. `state`: ok, warning, failed or skipped, as the doctor says it."""

    name: str
    state: str
    detail: str


@action
async def check_parts(ctx: ActionCtx) -> list[PartCheck]:
    """Check the database, the TURN server, media servers, the recogniser and the language model now. For operators.

    The checks are those of `/readyz?deep=1`, which run at most once in `CONNVO_DOCTOR_DEEP_CACHE_SECONDS`.
    """
    await ctx.run_query(check_operator)
    return [PartCheck(name=one.name, state=one.state, detail=one.detail) for one in await ctx.node.check_parts()]
