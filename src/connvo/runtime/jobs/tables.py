"""The tables of deferred and periodic calls. Guarantees: a deferred call commits with the mutation that made it."""

from typing import Literal, NewType

from connvo.store.schema import Document, table

JobId = NewType("JobId", str)
CronId = NewType("CronId", str)


@table("scheduledJobs", 101, id_type=JobId, indexes={"by_due": ("state", "run_at")}, retention="failed ones 7 days")
class Job(Document, frozen=True, kw_only=True):
    """A deferred call. It is deleted once it succeeded; a failed one stays for a while, with its reason and its time.

    `node` is the one that runs it now. `put_back` counts how often a node did not know the function.
    """

    id: JobId = JobId("")
    path: str
    arguments: str
    run_at: float
    state: Literal["pending", "running", "failed"] = "pending"
    reason: str | None = None
    node: str | None = None
    put_back: int = 0


@table("crons", 102, id_type=CronId, indexes={"by_path": ("path",), "by_next": ("next_at",)}, retention="permanent")
class Cron(Document, frozen=True, kw_only=True):
    """The next run of a periodic function, in epoch milliseconds."""

    id: CronId = CronId("")
    path: str
    next_at: float
