"""A call of a public function, on its way from a transport to the executor."""

import msgspec

from connvo.kernel.identity import Identity

from .function import Kind


class CallRequest(msgspec.Struct, frozen=True, gc=False):
    """A call by canonical path; `kind` None takes any kind of function.

    `at` is a query's snapshot. `size` is the number of bytes in which the arguments came; without it they are measured.
    """

    path: str
    args: object
    identity: Identity | None
    kind: Kind | None
    request_id: str
    at: int | None = None
    size: int | None = None
