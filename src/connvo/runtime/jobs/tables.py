"""Deferred calls and periodic ones, as documents: they commit with the mutation that asked for them."""

from typing import Literal, NewType

from connvo.store.schema import Document, table

JobId = NewType("JobId", str)
CronId = NewType("CronId", str)


@table("scheduledJobs", 101, id_type=JobId, indexes={"by_due": ("state", "run_at")}, retention="failed ones 7 days")
class Job(Document, frozen=True, kw_only=True):
    """A call to come. What succeeded leaves no row; what failed stays for a while, with its reason and since when.

    `node` runs it now. `put_back`: how often a node found that it does not know the function.
    """

    id: JobId = JobId("")
    path: str
    arguments: str
    run_at: float
    state: Literal["pending", "running", "failed"] = "pending"
    reason: str | None = None
    node: str | None = None
    put_back: int = 0


@table("crons", 102, id_type=CronId, indexes={"by_path": ("path",), "by_next": ("next_at",)}, retention="for ever")
class Cron(Document, frozen=True, kw_only=True):
    """When a periodic function runs next."""

    id: CronId = CronId("")
    path: str
    next_at: float
