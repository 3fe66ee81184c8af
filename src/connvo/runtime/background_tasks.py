"""Work that no caller waits for, such as writing heartbeats after a call.

Guarantees: a task is referenced until it ends, and `settle` waits for all of them.
"""

import asyncio
from collections.abc import Coroutine


class BackgroundTasks:
    """The tasks that calls left behind."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[None]] = set()

    def spawn(self, work: Coroutine[object, None, None], name: str) -> None:
        """Start a task. It has to handle its own errors."""
        task = asyncio.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def settle(self) -> None:
        """Wait until no task runs, including those started meanwhile."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)
