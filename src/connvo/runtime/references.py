"""The functions that a context runs and schedules, by kind, arguments and result.

Guarantees: contexts and declared functions do not depend on each other; both depend on this module.
Does not know: how functions are declared, registered or run.
"""

from typing import Any, Literal, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


class FunctionReference(Protocol[P, R_co]):
    """Any function of the tree; calling an action returns an awaitable."""

    @property
    def kind(self) -> Literal["query", "mutation", "action"]:
        """The kind of the function."""
        ...

    def __call__(self, ctx: Any, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call it with a context."""
        ...


class QueryReference(Protocol[P, R_co]):
    """A query."""

    @property
    def kind(self) -> Literal["query"]:
        """The kind, the same for all of these."""
        ...

    def __call__(self, ctx: Any, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call it with a context."""
        ...


class MutationReference(Protocol[P, R_co]):
    """A mutation."""

    @property
    def kind(self) -> Literal["mutation"]:
        """The kind, the same for all of these."""
        ...

    def __call__(self, ctx: Any, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call it with a context."""
        ...
