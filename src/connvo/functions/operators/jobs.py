"""Jobs of the server: those that wait, run or have failed, and periodic ones."""

from typing import Literal

from connvo.model.access import require_operator
from connvo.model.operators import jobs
from connvo.rules.monitoring.shedding import Priority
from connvo.runtime.context import MutationCtx, QueryCtx
from connvo.runtime.function import mutation, query
from connvo.runtime.jobs.tables import JobId
from connvo.runtime.wire import Result

PRIORITY: Priority = "normal"


class JobView(Result, frozen=True, kw_only=True):
    """A job without its arguments. `run_at` is when it is due, or when it failed; in ms."""

    id: JobId
    creation_time: float
    path: str
    run_at: float
    reason: str | None = None
    node: str | None = None


class PeriodicJob(Result, frozen=True, kw_only=True):
    """A periodic function and the time of its next run, in ms."""

    path: str
    next_at: float


class JobCounts(Result, frozen=True, kw_only=True):
    """The number of jobs by state, up to 10,000."""

    pending: float
    running: float
    failed: float


class JobList(Result, frozen=True, kw_only=True):
    """The number of jobs, up to 200 of those in the state asked for, and the periodic ones."""

    counts: JobCounts
    jobs: list[JobView]
    periodic: list[PeriodicJob]


@query
def list_jobs(ctx: QueryCtx, state: Literal["pending", "running", "failed"]) -> JobList:
    """Return jobs in a state. Failed ones are kept for a week. For operators."""
    require_operator(ctx)
    return JobList(
        counts=JobCounts(
            pending=jobs.count(ctx, "pending"), running=jobs.count(ctx, "running"), failed=jobs.count(ctx, "failed")
        ),
        jobs=[JobView.from_row(job) for job in jobs.newest(ctx, state)],
        periodic=[PeriodicJob(path=cron.path, next_at=cron.next_at) for cron in jobs.periodic(ctx)],
    )


@mutation
def retry_job(ctx: MutationCtx, job_id: JobId) -> None:
    """Let a failed job run again now. For operators; it is audited.

    Raises:
        Invalid: The job has not failed.
        NotFound: There is no such job.
    """
    operator = require_operator(ctx)
    jobs.retry(ctx, job_id, None if operator is None else operator.id)
