"""Notify the listeners of an engine of new commits, on the event loop."""

import asyncio
from collections.abc import Sequence

from .commit_log import Commit
from .engine import CommitListener


class CommitListeners:
    """The listeners to commits of this node (`local`) and of other nodes (`remote`)."""

    __slots__ = ("local", "remote")

    def __init__(self) -> None:
        self.local: list[CommitListener] = []
        self.remote: list[CommitListener] = []

    def publish(self, local: Sequence[Commit], remote: Sequence[Commit] = ()) -> None:
        """Call every listener with its commits, those of other nodes first; an error of one does not affect others."""
        for listeners, commits in ((self.remote, remote), (self.local, local)):
            for listener in listeners if commits else ():
                try:
                    listener(list(commits))
                except Exception as error:
                    asyncio.get_running_loop().call_exception_handler(
                        {"message": "a commit listener failed", "exception": error}
                    )
