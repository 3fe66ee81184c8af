"""Alerts: find the objectives whose state has changed, and post each change.

Guarantees:
    A change is posted until the receiver takes it; after 12 tries over some hours it is given up.
"""

import structlog

from connvo.kernel.http_client import web_client
from connvo.rules.monitoring.objectives import DAY_MS, ObjectiveName, Status
from connvo.runtime.context import ActionCtx, MutationCtx
from connvo.runtime.function import every, internal_action, internal_mutation

from .objectives import changed_states, states

log = structlog.get_logger()

MINUTE = 60.0
MAX_TRIES = 12
FIRST_RETRY_SECONDS, MAX_RETRY_SECONDS = 5.0, 3_600.0
POST_SECONDS = 10.0
HTTP_OK, HTTP_REDIRECT = 200, 300


@every(seconds=MINUTE)
@internal_mutation
def watch_objectives(ctx: MutationCtx) -> None:
    """Store, log and post the objectives whose state has changed."""
    for row in changed_states(ctx, states(ctx, DAY_MS)):
        if ctx.settings.alerts.url is not None:
            ctx.scheduler.run_after(
                0, post_alert, objective=row.objective, status=row.status, rate=row.rate, at=row.since, tried=0
            )


@internal_action
async def post_alert(
    ctx: ActionCtx, objective: ObjectiveName, status: Status, rate: float, at: float, tried: int
) -> None:
    """Post a change to `CONNVO_ALERT_URL`; if it is not taken, try again later."""
    url = ctx.settings.alerts.url
    if url is None:
        return
    body: dict[str, object] = {
        "event": "slo_alert", "objective": objective, "status": status, "burnRate": rate, "at": at,
    }  # fmt: skip
    reason = await _post(url, body)
    if reason is None:
        return
    tried += 1
    if tried >= MAX_TRIES:
        log.error("slo_alert_given_up", objective=objective, status=status, reason=reason)
        return
    pause = min(FIRST_RETRY_SECONDS * 2.0 ** (tried - 1), MAX_RETRY_SECONDS)
    log.warning("slo_alert_not_posted", objective=objective, reason=reason, next_try_seconds=pause)
    await ctx.scheduler.run_after(pause, post_alert, objective=objective, status=status, rate=rate, at=at, tried=tried)


async def _post(url: str, body: dict[str, object]) -> str | None:
    """Post a body; return why it was not taken, or None."""
    import httpx2  # slow to import

    try:
        async with web_client(timeout=POST_SECONDS) as client:
            reply = await client.post(url, json=body)
    except (httpx2.HTTPError, OSError) as error:
        return type(error).__name__
    return None if HTTP_OK <= reply.status_code < HTTP_REDIRECT else f"HTTP {reply.status_code}"
