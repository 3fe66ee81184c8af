"""The functions of the API: a signature is the contract.

`@query` and `@mutation` take plain functions, `@action` takes coroutines; the first parameter is the context,
every other one an argument of the wire. `@internal_...` are callable by the server alone. A function stays
callable: inside a transaction, call it with the context.
"""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeAlias, TypeVar

from .context import ActionCtx, MutationCtx, QueryCtx

P = ParamSpec("P")
R = TypeVar("R")
Kind: TypeAlias = Literal["query", "mutation", "action"]


def as_it_was(_ctx: QueryCtx, value: Any, **_asked: object) -> Any:
    """Return an answer of the past whole."""
    return value


class Function(Generic[P, R]):
    """A registered function. `path` is set by the registry from the file it stands in."""

    kind: Kind

    def __init__(self, handler: Callable[..., Any], internal: bool) -> None:
        self.handler = handler
        self.internal = internal
        self.path = ""
        self.name = handler.__name__
        self.module = handler.__module__
        self.every: float | None = None
        self.recorded = True
        self.recheck: Callable[..., Any] = as_it_was
        self.__doc__ = handler.__doc__
        self.__wrapped__ = handler
        if inspect.iscoroutinefunction(handler) != (self.kind == "action"):
            raise TypeError(f"{self.name}: queries and mutations are `def`, actions are `async def`")


class Query(Function[P, R]):
    """Reads a snapshot."""

    kind: Literal["query"] = "query"

    def __call__(self, ctx: QueryCtx, *args: P.args, **kwargs: P.kwargs) -> R:
        result: R = self.handler(ctx, *args, **kwargs)
        return result


class Mutation(Function[P, R]):
    """Reads and writes in one transaction."""

    kind: Literal["mutation"] = "mutation"

    def __call__(self, ctx: MutationCtx, *args: P.args, **kwargs: P.kwargs) -> R:
        result: R = self.handler(ctx, *args, **kwargs)
        return result


class Action(Function[P, R]):
    """Meets the outside world, and the data only through queries and mutations."""

    kind: Literal["action"] = "action"

    async def __call__(self, ctx: ActionCtx, *args: P.args, **kwargs: P.kwargs) -> R:
        result: R = await self.handler(ctx, *args, **kwargs)
        return result


def query(handler: Callable[Concatenate[QueryCtx, P], R]) -> Query[P, R]:
    """Declare a public query."""
    return Query(handler, internal=False)


def mutation(handler: Callable[Concatenate[MutationCtx, P], R]) -> Mutation[P, R]:
    """Declare a public mutation."""
    return Mutation(handler, internal=False)


def action(handler: Callable[Concatenate[ActionCtx, P], Awaitable[R]]) -> Action[P, R]:
    """Declare a public action."""
    return Action(handler, internal=False)


def internal_query(handler: Callable[Concatenate[QueryCtx, P], R]) -> Query[P, R]:
    """Declare a query that only the server calls."""
    return Query(handler, internal=True)


def internal_mutation(handler: Callable[Concatenate[MutationCtx, P], R]) -> Mutation[P, R]:
    """Declare a mutation that only the server calls."""
    return Mutation(handler, internal=True)


def internal_action(handler: Callable[Concatenate[ActionCtx, P], Awaitable[R]]) -> Action[P, R]:
    """Declare an action that only the server calls."""
    return Action(handler, internal=True)


def unrecorded(function: Mutation[P, R]) -> Mutation[P, R]:
    """Keep no receipt of a mutation, because its answer holds secrets. Stands above its decorator.

    A request that is sent again runs again, so running twice must do no more than running once.
    """
    function.recorded = False
    return function


def rechecked(recheck: Callable[..., R]) -> Callable[[Query[P, R]], Query[P, R]]:
    """Let `recheck` take out of an answer of the past what its caller may not see any more. Stands above its decorator.

    It gets the context of now, the answer of then, and the arguments by name. For a query that shows several things,
    each by a right of its own; where all hangs on one right, it is enough that the query refuses or answers null now.
    """

    def declare(function: Query[P, R]) -> Query[P, R]:
        function.recheck = recheck
        return function

    return declare


F = TypeVar("F", bound=Function[Any, Any])


def every(seconds: float) -> Callable[[F], F]:
    """Make an internal function without arguments a periodic job. Stands above its decorator."""

    def declare(function: F) -> F:
        if not function.internal:
            raise TypeError(f"{function.name}: only internal functions run by the clock")
        function.every = seconds
        return function

    return declare
