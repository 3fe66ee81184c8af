"""Lists that are read page by page and update themselves."""

from typing import Any

from tests.support.sync_client import SyncClient
from tests.support.sync_house import SyncHarness
from tests.support.sync_pipe import Pipe


def options(cursor: str | None, size: int = 3, **more: Any) -> dict[str, Any]:
    """Return what the npm client sends for a page."""
    return {"numItems": size, "cursor": cursor, "id": 7, **more}


def add(house: SyncHarness, pipe: Pipe, *ranks: float) -> None:
    for rank in ranks:
        house.value(pipe, "notes:add", text=str(rank), rank=rank)


def ranks(page: dict[str, Any]) -> list[float]:
    return [row["rank"] for row in page["page"]]


def test_pages_grow_and_shrink_without_gap_or_overlap(house: SyncHarness) -> None:
    writer, reader = house.open(), house.open()
    add(house, writer, 1, 2, 3, 4, 5)
    first = house.watch(reader, "notes:page", paginationOpts=options(None))
    second = house.watch(reader, "notes:page", paginationOpts=options(first()["continueCursor"]))
    add(house, writer, 0, 2.5, 3.5, 6)
    assert ranks(first()) == [0, 1, 2, 2.5, 3]
    assert ranks(second()) == [3.5, 4, 5, 6]
    house.value(writer, "notes:remove", noteId=first()["page"][-1]["_id"])
    assert ranks(first()) + ranks(second()) == [0, 1, 2, 2.5, 3.5, 4, 5, 6]


def test_pages_keep_their_range_over_a_reconnect(house: SyncHarness) -> None:
    client = SyncClient()
    reader, writer = house.open(client), house.open()
    add(house, writer, 1, 2, 3, 4)
    first = house.watch(reader, "notes:page", paginationOpts=options(None))
    second = house.watch(reader, "notes:page", paginationOpts=options(first()["continueCursor"]))
    reader.cut()
    add(house, writer, 0, 0.5)
    house.open(client)
    assert ranks(first()) == [0, 0.5, 1, 2, 3]
    assert ranks(second()) == [4]


def test_pages_can_be_split_and_joined(house: SyncHarness) -> None:
    pipe = house.open()
    add(house, pipe, 1, 2, 3, 4, 5, 6)
    small = house.watch(pipe, "notes:page", paginationOpts=options(None, size=2))
    end = house.watch(pipe, "notes:page", paginationOpts=options(small()["continueCursor"], size=2))
    joined = house.watch(pipe, "notes:page", paginationOpts=options(None, endCursor=end()["continueCursor"]))
    assert ranks(joined()) == [1, 2, 3, 4]


def test_a_cursor_of_other_arguments_says_invalid_cursor(house: SyncHarness) -> None:
    pipe = house.open()
    add(house, pipe, 1, 2, 3, 4)
    cursor = house.watch(pipe, "notes:page", paginationOpts=options(None))()["continueCursor"]
    for wrong in (cursor[:-5] + "AAAAA", "nonsense", cursor):
        channel = {"channel": "other"} if wrong is cursor else {}
        shown = house.watch(pipe, "notes:page", paginationOpts=options(wrong), **channel)()
        assert "InvalidCursor" in shown["failed"]


def test_identical_pages_are_shared_and_stay_shared(house: SyncHarness) -> None:
    writer = house.open()
    add(house, writer, 1, 2, 3, 4)
    readers = [house.open() for _ in range(4)]
    views = [house.watch(reader, "notes:page", paginationOpts=options(None)) for reader in readers]
    assert len(house.backend.runtime.subscriptions) == 1
    add(house, writer, 0)
    assert [ranks(view()) for view in views] == [[0, 1, 2, 3]] * 4
    assert len(house.backend.runtime.subscriptions) == 1


def test_options_added_by_convex_clients_are_accepted_and_not_described(house: SyncHarness) -> None:
    token = house.token("alice", org_id="org")
    pipe = house.open(token=token)
    house.value(pipe, "users/mutations:upsertUser", workosUserId="alice", email="alice@example.org")
    more: dict[str, Any] = {"endCursor": None, "maximumRowsRead": 10, "maximumBytesRead": 10}
    shown = house.watch(pipe, "users/queries:listActiveUsersInOrg", paginationOpts=options(None, **more))()
    assert shown == {"page": [], "isDone": True, "continueCursor": None}
