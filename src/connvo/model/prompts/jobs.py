"""Periodic deletion of prompts past their retention, with their feedback and sources."""

from connvo.runtime.context import MutationCtx
from connvo.runtime.function import every, internal_mutation
from connvo.schema.prompts import Prompt, PromptAsk
from connvo.store.purging import purge
from connvo.store.schema import BY_CREATION

from . import records

HOUR = 3_600.0
DAY_MS = 86_400_000.0
BATCH = 200


@every(seconds=HOUR)
@internal_mutation
def forget_prompts(ctx: MutationCtx) -> None:
    """Delete a batch of prompts without feedback, and of those with some; run again while there are more."""
    keeps = ctx.settings.retention
    more = [
        _forget(ctx, rated=False, until=ctx.now - keeps.prompt_days * DAY_MS),
        _forget(ctx, rated=True, until=ctx.now - keeps.rated_prompt_days * DAY_MS),
        purge(ctx.db, PromptAsk, BY_CREATION, until=ctx.now - keeps.prompt_days * DAY_MS),
    ]
    if any(more):
        ctx.scheduler.run_after(0, forget_prompts)


def _forget(ctx: MutationCtx, rated: bool, until: float) -> bool:
    """Return whether there may be more."""
    old = ctx.db.scan(Prompt, "by_age", rated, until=until, limit=BATCH)
    for prompt in old:
        records.remove(ctx, prompt)
    return len(old) == BATCH
