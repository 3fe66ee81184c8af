"""A read set without a client."""

from collections.abc import Callable

from connvo.runtime.live.subscriptions import Subscription
from connvo.store.read_set import ReadSet


class Told(Subscription):
    """A read set that calls a function when a commit touches it."""

    def __init__(self, reads: ReadSet, told: Callable[[], None]) -> None:
        super().__init__(reads)
        self.told = told

    def tell(self) -> None:
        self.told()
