"""Every scan seeks in the index it names: its cost does not grow with what else is stored."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from connvo.store.query import Scan, count_sql, scan_sql
from connvo.store.sqlite.engine import SqliteEngine
from connvo.store.sqlite.rows import DIALECT
from tests.support.store import Store, sqlite

from .model import ITEMS

PREFIXES: list[tuple[str, tuple[object, ...]]] = [
    ("by_owner", ("ann",)),
    ("by_owner", ("ann", None)),
    ("by_owner", ("ann", 1.0)),
    ("by_owner", ("ann", 1.0, 5.0)),
    ("by_flag", (True, "x")),
    ("by_size", (3,)),
]
BOUNDS: list[dict[str, Any]] = [{}, {"since": 1.0}, {"after": 1.0, "before": 9.0}, {"until": 9.0}]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(sqlite, tmp_path)
    yield store
    store.close()


def plan(store: Store, sql: str, parameters: tuple[Any, ...]) -> list[str]:
    """Return how the database goes about a statement."""
    assert isinstance(store.engine, SqliteEngine)
    return [str(row[3]) for row in store.engine._reader.execute("EXPLAIN QUERY PLAN " + sql, parameters)]


@pytest.mark.parametrize(("index", "prefix"), PREFIXES)
@pytest.mark.parametrize("bounds", BOUNDS)
@pytest.mark.parametrize("reverse", [False, True])
def test_a_scan_seeks_and_never_sorts(
    store: Store, index: str, prefix: tuple[object, ...], bounds: dict[str, Any], reverse: bool
) -> None:
    scan = Scan.build(ITEMS, index, prefix, **bounds, reverse=reverse)
    sql, parameters = scan_sql(DIALECT, ITEMS, scan)
    (step,) = plan(store, sql, (*parameters, 10))
    assert step.startswith(f"SEARCH testItems USING INDEX testItems__{index} (")
    assert step.count("=?") == len(prefix)
    assert step.count(">?") == len({"since", "after"} & bounds.keys())
    assert step.count("<?") == len({"until", "before"} & bounds.keys())


@pytest.mark.parametrize("reverse", [False, True])
def test_a_list_without_a_prefix_comes_in_the_order_of_its_index(store: Store, reverse: bool) -> None:
    sql, parameters = scan_sql(DIALECT, ITEMS, Scan.build(ITEMS, "by_creation", (), reverse=reverse))
    assert plan(store, sql, (*parameters, 10)) == ["SCAN testItems USING INDEX testItems__by_creation"]


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize(
    ("index", "prefix", "rest"), [("by_owner", ("ann", 1.0), (5.0, "id")), ("by_creation", (), (5.0, "id"))]
)
def test_a_page_seeks_to_where_the_last_one_ended(
    store: Store, index: str, prefix: tuple[object, ...], rest: tuple[Any, ...], reverse: bool
) -> None:
    whole = Scan.build(ITEMS, index, prefix, reverse=reverse)
    bound = {"upper" if reverse else "lower": (rest, False)}
    sql, parameters = scan_sql(DIALECT, ITEMS, msgspec.structs.replace(whole, **bound))
    (step,) = plan(store, sql, (*parameters, 10))
    assert step.startswith(f"SEARCH testItems USING INDEX testItems__{index} (")
    assert f"created{'<' if reverse else '>'}?" in step


def test_a_count_seeks_and_reads_no_document(store: Store) -> None:
    sql, parameters = count_sql(DIALECT, ITEMS, Scan.build(ITEMS, "by_owner", ("ann",), limit=10))
    assert any(
        "SEARCH testItems USING" in step and "testItems__by_owner" in step for step in plan(store, sql, parameters)
    )
