"""The services that the workers of a process share."""

import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass

from connvo.runtime.services import Runtime
from connvo.settings import SyncSettings
from connvo.transport.admission import Admission
from connvo.transport.budgets import Occupancy, RateBudget
from connvo.transport.call_metrics import CallMetrics

from .client import SlotHolder
from .requests import Requests
from .throttle import Throttle

# Limits of log lines about reconnecting clients: a burst, then one a second, for all clients together.
LOG_BURST = 20
LOG_PER_SECOND = 1.0


@dataclass(frozen=True)
class Services:
    """The shared services. `admit` ends a session's earlier connection; `spawn` starts tasks that outlive a worker.

    `mutations` and `actions` count the running ones by account or network.
    """

    runtime: Runtime
    requests: Requests
    admission: Admission
    settings: SyncSettings
    throttle: Throttle
    mutations: Occupancy
    actions: Occupancy
    lines: RateBudget
    admit: Callable[[SlotHolder], Awaitable[None]]
    spawn: Callable[[Coroutine[object, None, None]], object]

    @classmethod
    def of(
        cls,
        runtime: Runtime,
        call_metrics: CallMetrics,
        admission: Admission,
        admit: Callable[[SlotHolder], Awaitable[None]],
        spawn: Callable[[Coroutine[object, None, None]], object],
    ) -> "Services":
        """Return the services of a runtime, with the limits of its settings."""
        settings = runtime.settings
        sync = settings.sync
        return cls(
            runtime=runtime,
            requests=Requests(runtime, call_metrics, admission.record_use),
            admission=admission,
            settings=sync,
            throttle=Throttle(admission.budget),
            mutations=Occupancy(sys.maxsize, sync.account_mutations),
            actions=Occupancy(sync.actions, sync.account_actions),
            lines=RateBudget(LOG_BURST, LOG_PER_SECOND),
            admit=admit,
            spawn=spawn,
        )
