"""A runtime with a small API on an engine under test."""

from pathlib import Path
from typing import Any

from connvo.kernel.errors import FunctionError
from connvo.kernel.identity import Identity
from connvo.runtime.call_request import CallRequest
from connvo.runtime.function import Kind
from connvo.runtime.jobs.tables import Cron, Job
from connvo.runtime.outcome import Outcome
from connvo.runtime.registry import Registry
from connvo.runtime.services import Runtime
from connvo.settings import Settings
from connvo.telemetry.instruments import Measurement
from tests.runtime.sample._jobs import PRESENCE

from .store import MakeEngine, Store
from .tables import Item

SAMPLE = "tests.runtime.sample"
REQUEST_ID = "0123456789abcdef"
ANN = Identity(issuer="https://issuer.test", subject="ann", expires_at=4e12)


class Host(Store):
    """Runs functions of the sample API; time passes only by `advance`."""

    def __init__(self, make: MakeEngine, folder: Path, settings: Settings) -> None:
        self.settings = settings
        self.measures: list[Measurement] = []
        self.registry = Registry(SAMPLE)
        super().__init__(make, folder, settings.limits, settings.store)
        self._start()

    def _start(self) -> None:
        self.runtime = Runtime(
            self.registry, self.engine, self.settings, self._clock, presence=PRESENCE, measured=self.measures.extend
        )
        self.run(self.runtime.start(run_jobs=False))

    def call(
        self, path: str, identity: Identity | None = None, kind: Kind | None = None, at: int | None = None, **args: Any
    ) -> Outcome:
        """Return what came of a call of a public function."""
        outcome: Outcome = self.run(self.runtime.run(CallRequest(path, args, identity, kind, REQUEST_ID, at)))
        self.run(self.runtime.settle())
        return outcome

    def value(self, path: str, **args: Any) -> Any:
        """Return the value of a call that must succeed."""
        outcome = self.call(path, **args)
        assert outcome.error is None, outcome.error
        return outcome.value

    def error(self, path: str, **args: Any) -> FunctionError:
        """Return the error of a call that must fail, and must change nothing."""
        seq = self.last_seq()
        outcome = self.call(path, **args)
        assert outcome.error is not None, outcome.value
        assert outcome.value is None
        assert self.last_seq() == seq
        return outcome.error

    def notes(self, owner: str) -> list[str]:
        """Return what somebody noted."""
        return [item.note for item in self.read(lambda db: db.scan(Item, "by_owner", owner))]

    def jobs(self) -> list[Job]:
        """Return the jobs that have a row."""
        return self.everything(Job)

    def crons(self) -> dict[str, float]:
        """Return when each periodic function runs next."""
        return {cron.path: cron.next_at for cron in self.everything(Cron)}

    def advance(self, seconds: float) -> None:
        """Move the clock and run what is due by then."""
        self.now_ns += int(seconds * 1e9)
        self.run(self.runtime.scheduler.settle())

    def outlive(self) -> None:
        """Renew the lease until every node that does not has died."""
        for _ in range(self.settings.node.missed_renewals + 1):
            self.run(self.runtime.lease.renew())

    def reopen(self) -> None:
        """Stop and start everything, as a restart does."""
        self.run(self.runtime.stop())
        super().reopen()
        self._start()

    def close(self) -> None:
        """Stop everything."""
        self.run(self.runtime.stop())
        super().close()
