"""What the workers of a process share."""

import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from connvo.runtime.services import Runtime
from connvo.settings import SyncSettings
from connvo.transport.admission import Admission
from connvo.transport.budgets import Occupancy, RateBudget
from connvo.transport.call_metrics import CallMetrics

from .client import SlotHolder
from .requests import Requests
from .throttle import Throttle

# Lines about clients that come back: so many at once, then one a second, whoever they are.
LOG_BURST = 20
LOG_PER_SECOND = 1.0


@dataclass(frozen=True)
class Services:
    """What all workers share. `admit` waits for a session's earlier connection; `spawn` starts what outlives one.

    `mutations` and `actions` are those under way, by account or network.
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
    spawn: Callable[[Coroutine[Any, Any, None]], object]

    @classmethod
    def of(
        cls,
        runtime: Runtime,
        tally: CallMetrics,
        admission: Admission,
        admit: Callable[[SlotHolder], Awaitable[None]],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> "Services":
        """Return those of a runtime, limited by its settings."""
        settings = runtime.settings
        sync = settings.sync
        return cls(
            runtime=runtime,
            requests=Requests(runtime, tally, admission.record_use),
            admission=admission,
            settings=sync,
            throttle=Throttle(admission.budget),
            mutations=Occupancy(sys.maxsize, sync.account_mutations),
            actions=Occupancy(sync.actions, sync.account_actions),
            lines=RateBudget(LOG_BURST, LOG_PER_SECOND),
            admit=admit,
            spawn=spawn,
        )
