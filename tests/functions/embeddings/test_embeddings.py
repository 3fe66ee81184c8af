"""Operators store and read vectors; others read those of their own texts and of their meetings."""

import base64
import math
from typing import Any

import pytest

from connvo.rules.embeddings.lexical import embedded
from connvo.rules.embeddings.models import LEXICAL, LEXICAL_DIMENSIONS
from connvo.rules.embeddings.vectors import packed
from connvo.schema.embeddings import Embedding
from tests.support.backend import Caller
from tests.support.search_scene import (
    ANALYTICS,
    BY_MODEL,
    BY_SOURCE,
    GENERATE,
    META,
    ONE,
    PAGE,
    SIMILAR,
    Library,
)

TEXT = "Sailing boats in the harbour"


def made(library: Library, source_type: str = "meeting", source_id: str = "", **more: Any) -> dict[str, Any]:
    answer: dict[str, Any] = library.operator.call(
        GENERATE, sourceType=source_type, sourceId=source_id or library.meeting_id, **{"content": TEXT, **more}
    )
    return answer


def test_an_operator_stores_a_vector(each_library: Library) -> None:
    library = each_library
    answer = made(library, metadata={"from": "import", "rank": 1, "checked": True})
    assert (answer["model"], answer["dimensions"], answer["success"]) == (LEXICAL, LEXICAL_DIMENSIONS, True)
    assert answer["vector"] == embedded(TEXT)
    row = library.operator.call(ONE, embeddingId=answer["embeddingId"])
    assert (row["sourceType"], row["sourceId"], row["version"]) == ("meeting", library.meeting_id, "1")
    assert row["metadata"] == {"from": "import", "rank": 1, "checked": True}


def test_the_same_text_is_not_made_again(library: Library) -> None:
    first = made(library)
    library.backend.advance(0)
    second = made(library)
    assert (second["embeddingId"], second["processingTime"]) == (first["embeddingId"], 0)
    third = made(library, content="Rowing boats")
    assert third["embeddingId"] == first["embeddingId"]
    assert third["vector"] != first["vector"]
    (row,) = [one for one in library.vectors() if one.source_id == library.meeting_id and one.part == 0]
    assert row.created_at < row.updated_at


def test_a_long_text_counts_to_its_end(library: Library) -> None:
    long = "word " * 6_000
    assert made(library, content=long + "apple")["vector"] != made(library, content=long + "pear")["vector"]


BAD: list[tuple[str, dict[str, Any]]] = [
    ("VALIDATION_ERROR", {"content": ""}),
    ("VALIDATION_ERROR", {"content": " \u200b\n"}),
    ("VALIDATION_ERROR", {"content": "x" * 32_769}),
    ("VALIDATION_ERROR", {"model": "text-embedding-3-small"}),
    ("VALIDATION_ERROR", {"sourceType": "chat"}),
    ("VALIDATION_ERROR", {"metadata": {"list": [1]}}),
    ("VALIDATION_ERROR", {"metadata": {str(number): number for number in range(17)}}),
    ("VALIDATION_ERROR", {"metadata": {"rank": float("nan")}}),
    ("VALIDATION_ERROR", {"metadata": {"long": "x" * 201}}),
    ("NOT_FOUND", {"sourceId": "nothing"}),
    ("NOT_FOUND", {"sourceType": "profile"}),
]


@pytest.mark.parametrize(("code", "arguments"), BAD, ids=lambda given: str(given)[:40])
def test_bad_input_is_refused(library: Library, code: str, arguments: dict[str, Any]) -> None:
    given = {"sourceType": "meeting", "sourceId": library.meeting_id, "content": TEXT, **arguments}
    library.operator.fails(GENERATE, code, **given)


VECTORS: list[Any] = [
    packed([1.0] * (LEXICAL_DIMENSIONS - 1)),
    packed([0.0] * LEXICAL_DIMENSIONS),
    packed([math.nan] * LEXICAL_DIMENSIONS),
    packed([math.inf] * LEXICAL_DIMENSIONS),
    b"abc",
    b"",
    "no base64!",
    7,
]


@pytest.mark.parametrize("vector", VECTORS, ids=range(len(VECTORS)))
def test_other_bytes_are_refused(library: Library, vector: Any) -> None:
    for person in (library.operator, library.guest):
        person.fails(SIMILAR, "VALIDATION_ERROR", queryVector=vector)


@pytest.mark.parametrize("arguments", [{"threshold": 2}, {"threshold": math.nan}, {"limit": math.nan}, {"model": "x"}])
def test_bad_bounds_of_a_search_are_refused(library: Library, arguments: dict[str, Any]) -> None:
    library.guest.fails(SIMILAR, "VALIDATION_ERROR", queryVector=embedded(TEXT), **arguments)


def similar(person: Caller, text: str, **more: Any) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = person.call(SIMILAR, queryVector=embedded(text), **more)
    return found


def test_the_nearest_come_first(each_library: Library) -> None:
    library = each_library
    made(library)
    made(library, "user", library.guest.user_id, content="Sailing boats and harbour walls")
    found = similar(library.guest, TEXT)
    assert [one["embedding"]["sourceType"] for one in found] == ["meeting", "user"]
    assert found[0]["score"] == pytest.approx(1.0, abs=1e-5)
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    assert [one["embedding"]["sourceType"] for one in similar(library.guest, TEXT, sourceTypes=["user"])] == ["user"]
    assert len(similar(library.guest, TEXT, limit=1)) == 1
    assert similar(library.guest, TEXT, sourceTypes=[]) == []
    encoded = base64.b64encode(embedded(TEXT)).decode()
    assert library.guest.call(SIMILAR, queryVector=encoded) == found


def test_an_unrelated_vector_finds_nothing(library: Library) -> None:
    made(library)
    assert similar(library.operator, "Violin concerto") == []
    assert len(similar(library.operator, "Violin concerto", threshold=-1, limit=1_000)) == len(library.vectors())


def test_a_caller_sees_their_own_scopes_alone(library: Library) -> None:
    own = made(library, "user", library.guest.user_id)["embeddingId"]
    shared = made(library, metadata={"scope": f"user:{library.outsider.user_id}"})["embeddingId"]
    readable = {library.operator: {own, shared}, library.guest: {own, shared}, library.host: {shared}}
    for person in (library.operator, library.guest, library.host, library.watcher, library.outsider):
        may = readable.get(person, {shared} if person is library.watcher else set())
        for id in (own, shared):
            assert (person.call(ONE, embeddingId=id) is not None) == (id in may)
        assert {one["embedding"]["_id"] for one in similar(person, TEXT)} == may
        page = person.call(BY_SOURCE, sourceType="user", sourceId=library.guest.user_id, paginationOpts=PAGE)
        assert [one["_id"] for one in page["page"]] == ([own] if own in may else [])
        assert page["isDone"]
    library.of(library.host, "removeParticipant", userId=library.guest.user_id)
    assert library.guest.call(ONE, embeddingId=shared) is None
    assert [one["embedding"]["_id"] for one in similar(library.guest, TEXT)] == [own]


@pytest.mark.parametrize(
    ("path", "arguments"),
    [
        (GENERATE, {"sourceType": "meeting", "sourceId": "x", "content": "x"}),
        (BY_MODEL, {"model": LEXICAL, "paginationOpts": PAGE}),
        (META, {"paginationOpts": PAGE}),
        (ANALYTICS, {}),
    ],
)
def test_some_functions_are_for_operators(library: Library, path: str, arguments: dict[str, Any]) -> None:
    for person in (library.host, library.watcher, library.outsider):
        person.fails(path, "FORBIDDEN", **arguments)
    library.backend.anonymous.fails(path, "UNAUTHORIZED", **arguments)


def test_pages_go_from_the_newest_to_the_oldest(library: Library) -> None:
    people = [library.host, library.guest, library.watcher, library.outsider]
    ids = [made(library, "user", person.user_id)["embeddingId"] for person in people]
    seen: list[str] = []
    cursor = None
    while True:
        options = {"numItems": 3, "cursor": cursor}
        page = library.operator.call(BY_MODEL, model=LEXICAL, paginationOpts=options)
        seen += [one["_id"] for one in page["page"]]
        cursor = page["continueCursor"]
        if page["isDone"]:
            break
    assert seen[: len(ids)] == ids[::-1]
    assert len(seen) == len(set(seen)) == len(library.vectors())
    assert library.operator.call(BY_MODEL, model="another", paginationOpts=PAGE)["page"] == []


def test_operators_see_models_and_counters(library: Library) -> None:
    library.say(library.guest, "The budget for the garden is spent")
    library.settle()
    (meta,) = library.operator.call(META, paginationOpts=PAGE)["page"]
    assert (meta["indexName"], meta["status"], meta["provider"]) == (LEXICAL, "active", "connvo")
    library.find(library.guest, "garden budget")
    figures = library.operator.call(ANALYTICS)
    stored = library.vectors()
    assert figures["totalEmbeddings"] == len(stored) == figures["embeddingsByModel"][LEXICAL]
    assert figures["embeddingsBySource"] == {"meeting": 1, "transcriptSegment": 1}
    assert figures["storageUsage"]["estimatedSizeBytes"] == sum(len(row.vector) for row in stored)
    assert figures["searchMetrics"]["totalSearches"] == 1
    assert figures["searchMetrics"]["averageResultCount"] == 1
    assert figures["qualityMetrics"]["averageSimilarityScore"] > 0.4


def test_counters_follow_deletions(library: Library) -> None:
    library.say(library.guest, "The budget for the garden is spent")
    made(library, "user", library.guest.user_id)
    library.settle()
    library.guest.call("transcripts/editing:deleteMine", meetingId=library.meeting_id)
    library.settle()
    stored: list[Embedding] = library.vectors()
    assert library.operator.call(ANALYTICS)["totalEmbeddings"] == len(stored)


def test_aliases_do_the_same(library: Library) -> None:
    answer = library.operator.call(
        "embeddings/index:generateEmbedding", sourceType="meeting", sourceId=library.meeting_id, content=TEXT
    )
    row = library.operator.call("embeddings/index:getEmbedding", embeddingId=answer["embeddingId"])
    assert row == library.operator.call(ONE, embeddingId=answer["embeddingId"])
