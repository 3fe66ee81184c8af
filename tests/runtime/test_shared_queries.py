"""Shared queries called once: a guard looks at the caller, the query at the data, and past answers hold for both."""

from typing import Any

import msgspec
import pytest

from connvo.runtime.context import MutationCtx, QueryCtx, SharedCtx
from connvo.runtime.function import shared_query
from tests.support.host import ANN, Host

from .sample.circles import count, write, written

BOB = msgspec.structs.replace(ANN, subject="bob")
PAGE = {"numItems": 2, "cursor": None}


@pytest.fixture
def circle(host: Host) -> Host:
    """A host with a circle that Ann leads."""
    host.value("circles:letIn", circle="c", name="ann", role="leader")
    host.value("circles:write", circle="c", text="one")
    return host


def test_a_query_runs_for_the_audience_that_its_guard_returns(circle: Host) -> None:
    assert circle.value("circles:written", identity=ANN, circle="c") == ["one"]
    assert circle.value("circles:count", identity=ANN, circle="c") == "leader: 1"
    circle.value("circles:letIn", circle="c", name="bob")
    assert circle.value("circles:count", identity=BOB, circle="c") == "member: 1"


def test_a_caller_refused_by_the_guard_is_refused_by_the_query(circle: Host) -> None:
    for path, args in (("written", {}), ("count", {}), ("pages", {"paginationOpts": PAGE}), ("nosy", {})):
        error = circle.error(f"circles:{path}", identity=BOB, circle="c", **args)
        assert (error.code, error.metadata) == ("FORBIDDEN", {"circle": "c"})


def test_a_query_that_asks_for_its_caller_all_the_same_fails(circle: Host) -> None:
    assert circle.error("circles:nosy", identity=ANN, circle="c").code == "INTERNAL_ERROR"


def test_the_guard_records_heartbeats_and_the_query_cannot(circle: Host) -> None:
    def look(db: Any) -> set[tuple[str, str]]:
        ctx = QueryCtx(db, ANN, 0.0, circle.settings)
        shared = ctx.for_audience(None)
        with pytest.raises(TypeError):
            shared.heartbeat("c", "ann")
        circle.registry.registered(written).function(ctx, circle="c")
        return ctx.dependencies.heartbeats

    assert circle.read(look) == {("c", "ann")}


def test_another_query_calls_it_as_a_function_with_its_own_context(circle: Host) -> None:
    assert circle.value("circles:summary", identity=ANN, circle="c") == ["one", "leader: 1"]
    assert circle.error("circles:summary", identity=BOB, circle="c").code == "FORBIDDEN"


def test_pages_go_on_where_they_ended(circle: Host) -> None:
    for text in ("two", "three"):
        circle.value("circles:write", circle="c", text=text)
    first = circle.value("circles:pages", identity=ANN, circle="c", paginationOpts=PAGE)
    rest = circle.value(
        "circles:pages", identity=ANN, circle="c", paginationOpts=PAGE | {"cursor": first["continueCursor"]}
    )
    assert (first["page"], rest["page"], rest["continueCursor"]) == (["one", "two"], ["three"], None)


def test_a_past_snapshot_is_read_by_users_with_access_now(circle: Host) -> None:
    circle.value("circles:letIn", circle="c", name="bob")
    at = circle.run(circle.runtime.latest_ts(BOB))
    circle.value("circles:write", circle="c", text="two")
    assert circle.value("circles:written", identity=BOB, at=at, circle="c") == ["one"]
    circle.value("circles:write", circle="c", text="three", leave=["bob"])
    assert circle.call("circles:written", identity=BOB, at=at, circle="c").error is not None


def members(ctx: QueryCtx, circle: str) -> None:
    """Let everybody in."""


def test_a_guard_names_arguments_of_its_query() -> None:
    with pytest.raises(TypeError, match="takes another `circle`"):

        @shared_query(members)
        def no_such_argument(ctx: SharedCtx[None], room: str) -> None:
            """Lack what its guard wants."""

    with pytest.raises(TypeError, match="takes another `circle`"):

        @shared_query(members)
        def another_type(ctx: SharedCtx[None], circle: float) -> None:
            """Have something else under that name."""


def test_a_mutation_calls_it_in_its_transaction(circle: Host) -> None:
    def work(db: Any) -> str:
        scheduler: Any = None
        ctx = MutationCtx(db, ANN, db.now, circle.settings, scheduler, lambda: 0)
        write(ctx, circle="c", text="two")
        return count(ctx, circle="c")

    assert circle.write(work) == "leader: 2"
