"""The decorators of functions: a Python signature is the contract of the API.

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


def unchanged(_ctx: QueryCtx, value: Any, **_arguments: object) -> Any:
    """Return the result of a query on a past snapshot as it is."""
    return value


class Function(Generic[P, R]):
    """A declared function. The registry sets `path` from the file that declares it."""

    kind: Kind

    def __init__(self, handler: Callable[..., Any], internal: bool) -> None:
        self.handler = handler
        self.internal = internal
        self.path = ""
        self.name = handler.__name__
        self.module = handler.__module__
        self.every: float | None = None
        self.recorded = True
        self.recheck: Callable[..., Any] = unchanged
        self.__doc__ = handler.__doc__
        self.__wrapped__ = handler
        if inspect.iscoroutinefunction(handler) != (self.kind == "action"):
            raise TypeError(f"{self.name}: queries and mutations are `def`, actions are `async def`")


class Query(Function[P, R]):
    """A function that reads a snapshot."""

    kind: Literal["query"] = "query"

    def __call__(self, ctx: QueryCtx, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it in the transaction or snapshot of a context."""
        result: R = self.handler(ctx, *args, **kwargs)
        return result


class Mutation(Function[P, R]):
    """A function that reads and writes in one transaction."""

    kind: Literal["mutation"] = "mutation"

    def __call__(self, ctx: MutationCtx, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it in the transaction or snapshot of a context."""
        result: R = self.handler(ctx, *args, **kwargs)
        return result


class Action(Function[P, R]):
    """A function that calls the outside world, and reaches the data only through queries and mutations."""

    kind: Literal["action"] = "action"

    async def __call__(self, ctx: ActionCtx, *args: P.args, **kwargs: P.kwargs) -> R:
        """Run it in the context of another action."""
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
    """Store no idempotency record of a mutation, because its result holds secrets. Apply above the decorator.

    A repeated request runs again, so two runs must have the effect of one.
    """
    function.recorded = False
    return function


def rechecked(recheck: Callable[..., R]) -> Callable[[Query[P, R]], Query[P, R]]:
    """Filter the result on a past snapshot by what the caller may see now. Apply above the decorator.

    `recheck` gets the present context, the past result, and the arguments by name. A query needs it if it shows several
    things, each by a right of its own. If all depend on one right, it is enough that the query refuses or returns null
    now.
    """

    def declare(function: Query[P, R]) -> Query[P, R]:
        function.recheck = recheck
        return function

    return declare


F = TypeVar("F", bound=Function[Any, Any])


def every(seconds: float) -> Callable[[F], F]:
    """Make an internal function without arguments a periodic job. Apply above the decorator."""

    def declare(function: F) -> F:
        if not function.internal:
            raise TypeError(f"{function.name}: only internal functions can be periodic")
        function.every = seconds
        return function

    return declare
