"""What a context knows of the functions it runs and schedules: kind, arguments and result.

Guarantees: a context and the functions it is given to do not depend on each other; both depend on this.
Does not know: how functions are declared, registered or run.
"""

from typing import Any, Literal, ParamSpec, Protocol, TypeVar

P = ParamSpec("P")
R_co = TypeVar("R_co", covariant=True)


class FunctionReference(Protocol[P, R_co]):
    """Any function of the tree; that of an action gives an awaitable."""

    @property
    def kind(self) -> Literal["query", "mutation", "action"]:
        """Query, mutation or action."""
        ...

    def __call__(self, ctx: Any, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call it with a context."""
        ...


class QueryReference(Protocol[P, R_co]):
    """A query."""

    @property
    def kind(self) -> Literal["query"]:
        """Always the same."""
        ...

    def __call__(self, ctx: Any, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call it with a context."""
        ...


class MutationReference(Protocol[P, R_co]):
    """A mutation."""

    @property
    def kind(self) -> Literal["mutation"]:
        """Always the same."""
        ...

    def __call__(self, ctx: Any, /, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Call it with a context."""
        ...
