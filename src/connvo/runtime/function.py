"""The decorators of functions: a Python signature is the contract of the API.

`@query` and `@mutation` take plain functions, `@action` takes coroutines; the first parameter is the context,
every other one an argument of the wire. `@shared_query` takes a guard besides: it runs per caller, the query once for
all whom the guard puts into the same audience. `@internal_...` are callable by the server alone. A function stays
callable: inside a transaction, call it with the context.
"""

import inspect
from collections.abc import Awaitable, Callable, Hashable
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeAlias, TypeVar

from connvo.rules.monitoring.shedding import Priority
from connvo.settings import Settings

from .context import ActionCtx, MutationCtx, QueryCtx, SharedCtx

P = ParamSpec("P")
R = TypeVar("R")
R_co = TypeVar("R_co", covariant=True)
A = TypeVar("A")
# A check of the caller: it refuses, or returns the audience that the caller belongs to, a small hashable value.
GuardCheck: TypeAlias = Callable[..., A]
Kind: TypeAlias = Literal["query", "mutation", "action"]
# A module of functions declares by this name how important they are when a node is overloaded.
PRIORITY = "PRIORITY"


def unchanged(_ctx: QueryCtx, value: Any, **_arguments: object) -> Any:
    """Return the result of a query on a past snapshot as it is."""
    return value


class Function(Generic[P, R_co]):
    """A declared function. The registry sets `path` from the file that declares it."""

    kind: Kind

    def __init__(self, handler: Callable[..., Any], internal: bool) -> None:
        self.handler = handler
        self.internal = internal
        self.path = ""
        self.name = handler.__name__
        self.every: float | None = None
        self.recorded = True
        self.paced = False
        self.recheck: Callable[..., Any] = unchanged
        self.__doc__ = handler.__doc__
        self.__wrapped__ = handler
        if inspect.iscoroutinefunction(handler) != (self.kind == "action"):
            raise TypeError(f"{self.name}: queries and mutations are `def`, actions are `async def`")

    @property
    def module(self) -> str:
        """The name of the module that declares it."""
        return str(self.handler.__module__)

    @property
    def priority(self) -> Priority:
        """How important its calls are when a node is overloaded, as its module declares."""
        declared: Priority = getattr(self.handler, "__globals__", {}).get(PRIORITY, "normal")
        return declared

    def __call__(self, ctx: Any, *args: P.args, **kwargs: P.kwargs) -> Any:
        """Run it in a context of its kind."""
        return self.handler(ctx, *args, **kwargs)


class Query(Function[P, R_co]):
    """A function that reads a snapshot. `noted` describes a read by an operator, if such reads are audited."""

    kind: Literal["query"] = "query"
    noted: Callable[[dict[str, object], Any], tuple[str, int]] | None = None

    def __call__(self, ctx: QueryCtx, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Run it in the transaction or snapshot of a context."""
        result: R_co = self.handler(ctx, *args, **kwargs)
        return result


class Guard:
    """The guard of shared queries. `names` are those arguments of a query that it looks at."""

    __slots__ = ("check", "names")

    def __init__(self, check: GuardCheck[Any], handler: Callable[..., Any]) -> None:
        self.check = check
        wanted = dict(list(inspect.signature(check).parameters.items())[1:])
        given = inspect.signature(handler).parameters
        self.names = tuple(wanted)
        for name, parameter in wanted.items():
            if name not in given or given[name].annotation != parameter.annotation:
                raise TypeError(f"{handler.__name__}: its guard {check.__name__} takes another `{name}`")

    def values(self, arguments: dict[str, object]) -> tuple[Hashable, ...]:
        """Return the arguments that the guard looks at, in its order."""
        return tuple([arguments[name] for name in self.names])


class SharedQuery(Query[P, R_co]):
    """A query with a guard. The guard and the query have a read set each; only the guard knows the caller."""

    def __init__(self, handler: Callable[..., Any], guard: GuardCheck[Any]) -> None:
        super().__init__(handler, internal=False)
        self.guard = Guard(guard, handler)
        self._names = list(inspect.signature(handler).parameters)[1:]

    def __call__(self, ctx: QueryCtx, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Run the guard, then the query, in the transaction or snapshot of a context."""
        given = {**dict(zip(self._names, args, strict=False)), **kwargs}
        audience = self.guard.check(ctx, *self.guard.values(given))
        result: R_co = self.handler(ctx.for_audience(audience), **given)
        return result


class Mutation(Function[P, R_co]):
    """A function that reads and writes in one transaction."""

    kind: Literal["mutation"] = "mutation"

    def __call__(self, ctx: MutationCtx, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Run it in the transaction or snapshot of a context."""
        result: R_co = self.handler(ctx, *args, **kwargs)
        return result


class Action(Function[P, R_co]):
    """A function that calls the outside world, and reaches the data only through queries and mutations."""

    kind: Literal["action"] = "action"

    def __init__(self, handler: Callable[..., Any], internal: bool) -> None:
        super().__init__(handler, internal)
        self.seconds: Callable[[Settings], float] | None = None
        self.take_back: Mutation[..., Any] | None = None

    async def __call__(self, ctx: ActionCtx, *args: P.args, **kwargs: P.kwargs) -> R_co:
        """Run it in the context of another action."""
        result: R_co = await self.handler(ctx, *args, **kwargs)
        return result


def query(handler: Callable[Concatenate[QueryCtx, P], R]) -> Query[P, R]:
    """Declare a public query."""
    return Query(handler, internal=False)


def shared_query(
    guard: GuardCheck[A],
) -> Callable[[Callable[Concatenate[SharedCtx[A], P], R]], SharedQuery[P, R]]:
    """Declare a public query whose result is the same for all in an audience.

    `guard(ctx, ...)` takes the context with the caller, and those arguments of the query that it names. It raises, or
    returns the audience. In a live query it runs again when a commit touches what it has read itself, and not when one
    touches what the query has read.
    """

    def declare(handler: Callable[Concatenate[SharedCtx[A], P], R]) -> SharedQuery[P, R]:
        return SharedQuery(handler, guard)

    return declare


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
    """Store no idempotency record of a mutation. Apply above the decorator.

    Either its result holds secrets, or it recognises a repeated request by its arguments, and a record is a second
    write. A repeated request runs again, so two runs must have the effect of one.
    """
    function.recorded = False
    return function


Q = TypeVar("Q", bound=Query[..., Any])


def paced(function: Q) -> Q:
    """Let the members of a large meeting see several changes of a live query together. Apply above the decorator.

    For lists of members and their states. Signals, words and decisions must not wait.
    """
    function.paced = True
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


def noted_for_operators(
    describe: Callable[[dict[str, object], Any], tuple[str, int]],
) -> Callable[[Query[P, R]], Query[P, R]]:
    """Audit each call of a query by an operator, and the begin of each live query. Apply above the decorator.

    `describe` gets the arguments and the result, None at the begin of a live query, and returns the names of the
    filters and the number of rows.
    """

    def declare(function: Query[P, R]) -> Query[P, R]:
        function.noted = describe
        return function

    return declare


def lasting(seconds: Callable[[Settings], float]) -> Callable[[Action[P, R]], Action[P, R]]:
    """Give an internal action a time limit of its own, by the settings. Apply above the decorator.

    A server that stops does not wait for such an action, so its work is claimed, and taken back when it is lost.
    """

    def declare(function: Action[P, R]) -> Action[P, R]:
        if not function.internal:
            raise TypeError(f"{function.name}: only internal actions can last longer than others")
        function.seconds = seconds
        return function

    return declare


def taken_back_by(take_back: Mutation[P, Any]) -> Callable[[Action[P, R]], Action[P, R]]:
    """Name the mutation that takes back the work of an internal action. Apply above the decorator.

    It runs with the arguments of the action when the action has failed, or when its node is gone. Its caller may still
    work, so the mutation makes late results of this work worthless.
    """

    def declare(function: Action[P, R]) -> Action[P, R]:
        if not (function.internal and take_back.internal):
            raise TypeError(f"{function.name}: only internal actions are taken back, by internal mutations")
        function.take_back = take_back
        return function

    return declare


def is_lasting(function: Function[..., object]) -> bool:
    """Return whether a function has a time limit of its own."""
    return isinstance(function, Action) and function.seconds is not None


F = TypeVar("F", bound=Function[Any, Any])


def every(seconds: float) -> Callable[[F], F]:
    """Make an internal function without arguments a periodic job. Apply above the decorator."""

    def declare(function: F) -> F:
        if not function.internal:
            raise TypeError(f"{function.name}: only internal functions can be periodic")
        function.every = seconds
        return function

    return declare
