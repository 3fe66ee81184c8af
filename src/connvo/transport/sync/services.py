"""What the workers of a process share."""

import sys
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ...runtime.execute import Runtime
from ...settings import SyncSettings
from ..admission import Admission
from ..budgets import Occupancy, RateBudget
from ..tally import Tally
from .requests import Requests
from .throttle import Throttle

if TYPE_CHECKING:
    from .worker import SyncWorker

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
    admit: Callable[["SyncWorker"], Awaitable[None]]
    spawn: Callable[[Coroutine[Any, Any, None]], object]

    @classmethod
    def of(
        cls,
        runtime: Runtime,
        tally: Tally,
        admission: Admission,
        admit: Callable[["SyncWorker"], Awaitable[None]],
        spawn: Callable[[Coroutine[Any, Any, None]], object],
    ) -> "Services":
        """Return those of a runtime, limited by its settings."""
        settings = runtime.settings
        sync = settings.sync
        return cls(
            runtime=runtime,
            requests=Requests(runtime, tally, admission.used),
            admission=admission,
            settings=sync,
            throttle=Throttle(admission.budget),
            mutations=Occupancy(sys.maxsize, sync.account_mutations),
            actions=Occupancy(sync.actions, sync.account_actions),
            lines=RateBudget(LOG_BURST, LOG_PER_SECOND),
            admit=admit,
            spawn=spawn,
        )
