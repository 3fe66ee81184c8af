"""Jobs that wait, run or have failed, without their arguments; a failed one can be tried again."""

from connvo.kernel.errors import Invalid, NotFound
from connvo.model.audit import audit
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.jobs.tables import Cron, Job, JobId
from connvo.schema.users import UserId

RESOURCE = "scheduledJobs"
MAX_SHOWN = 200
MAX_COUNTED = 10_000


def newest(ctx: QueryCtx, state: str) -> list[Job]:
    """Return jobs in a state: those that wait in the order of their times, the others the newest first."""
    return ctx.db.scan(Job, "by_due", state, reverse=state != "pending", limit=MAX_SHOWN)


def count(ctx: QueryCtx, state: str) -> int:
    """Return how many jobs are in a state, up to a bound."""
    return ctx.db.count(Job, "by_due", state, limit=MAX_COUNTED)


def periodic(ctx: QueryCtx) -> list[Cron]:
    """Return the periodic functions, by the time of their next run."""
    return ctx.db.scan(Cron, "by_next")


def retry(ctx: MutationCtx, job_id: JobId, operator: UserId | None) -> None:
    """Let a failed job run again now.

    Raises:
        Invalid: The job has not failed.
        NotFound: There is no such job.
    """
    job = ctx.db.get(Job, job_id)
    if job is None:
        raise NotFound("Job", job_id)
    if job.state != "failed":
        raise Invalid("Only a job that has failed can be tried again", "jobId", state=job.state)
    ctx.db.patch(job, state="pending", run_at=ctx.now, reason=None, put_back=0)
    audit(ctx, "job.retry", RESOURCE, job.id, operator, function=job.path)
