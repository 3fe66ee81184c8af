"""A member finds what was said and written in their meetings, by words and by meaning, and nothing of others."""

from typing import Any

import pytest

from connvo.maintenance.erasure import erase
from connvo.settings import EmbeddingSettings
from tests.support.backend import Backend, Caller
from tests.support.search_scene import SEARCH, Library

BUDGET = "The budget for the garden is spent"


def fill(library: Library) -> None:
    """Say and write something in each place."""
    library.say(library.guest, BUDGET, at=1)
    library.write_chat(library.host, "Shall we order pizza with mushrooms?")
    library.write_notes(library.host, "Decided: hire a second designer in spring.")
    library.settle()


def test_titles_notes_chat_and_transcript_are_found(each_library: Library) -> None:
    library = each_library
    fill(library)
    (said,) = library.find(library.watcher, "garden budget")
    assert (said["kind"], said["passage"], said["foundBy"]) == ("transcript", BUDGET, "both")
    assert said["user"]["displayName"] == "Gustav"
    assert said["meetingTitle"] == "Planning"
    assert said["at"] == library.segments()[0].start_ms
    assert library.kinds(library.guest, "mushrooms") == {"chat"}
    assert library.kinds(library.guest, "designer") == {"note"}
    assert library.kinds(library.guest, "planning") == {"title"}


def test_similar_words_are_found_too(library: Library) -> None:
    fill(library)
    (found,) = library.find(library.guest, "hiring designers for the spring")
    assert (found["kind"], found["foundBy"]) == ("note", "meaning")
    assert found["words"] == ["spring"]


def test_a_passage_names_the_words_that_were_found_as_it_spells_them(library: Library) -> None:
    library.say(library.guest, "The Garden café is spent; a garden CAFE is not.", at=1)
    library.settle()
    (found,) = library.find(library.guest, "a cafe garden")
    assert found["words"] == ["a", "café", "CAFE", "Garden", "garden"]


def test_each_moment_at_which_something_was_said_is_found(library: Library) -> None:
    library.say(library.guest, "We order forty tulips for the garden", at=1)
    library.backend.advance(60)
    library.say(library.host, "We order forty tulips for the garden", at=50)
    library.settle()
    assert len(library.find(library.guest, "forty tulips")) == 2


def test_an_item_of_a_report_is_no_second_result_beside_the_words_that_it_rests_on(conversation: Any) -> None:
    backend: Backend = conversation.backend
    conversation.conclude()
    for _ in range(6):
        backend.advance(10)
    texts = [item["text"] for item in conversation.report()["overview"]]
    assert texts
    for text in texts:
        found = conversation.host.call(SEARCH, text=text[:200], limit=100)["results"]
        shown = [one["passage"] for one in found if one["kind"] in ("report", "transcript")]
        assert len(shown) == len({passage.strip("… ").casefold() for passage in shown}) > 0


def test_an_unrelated_text_finds_nothing(library: Library) -> None:
    fill(library)
    assert library.find(library.guest, "violin concerto") == []


def test_outsiders_find_nothing_and_their_meetings_change_nothing(library: Library) -> None:
    fill(library)
    assert library.find(library.outsider, "garden budget") == []
    before = library.find(library.guest, "garden budget")
    other = Library.__new__(Library)
    other.__dict__.update(library.__dict__)
    other.host = library.outsider
    other.meeting_id = library.create(library.outsider, title="The garden budget")
    other.start()
    other.of(library.outsider, "joinMeeting")
    for number in range(8):
        other.write_chat(library.outsider, f"The garden budget, number {number}")
    library.settle()
    assert len(library.find(library.outsider, "garden budget")) >= 1
    assert library.find(library.guest, "garden budget") == before


@pytest.mark.parametrize("meeting", [True, False])
def test_a_removed_member_finds_nothing(library: Library, meeting: bool) -> None:
    fill(library)
    library.of(library.host, "removeParticipant", userId=library.guest.user_id)
    if meeting:
        library.guest.fails(SEARCH, "FORBIDDEN", text="budget", meetingId=library.meeting_id)
    else:
        assert library.find(library.guest, "budget") == []


@pytest.mark.parametrize("who", ["anonymous", "unprovisioned", "deactivated"])
def test_strangers_are_refused(library: Library, who: str) -> None:
    callers: dict[str, Caller] = {
        "anonymous": library.backend.anonymous,
        "unprovisioned": library.backend.sign_in("new", provision=False),
        "deactivated": library.watcher,
    }
    library.watcher.call("users/mutations:deactivateUser", userId=library.watcher.user_id)
    callers[who].fails(SEARCH, text="budget")


def test_filters_restrict_person_place_and_time(library: Library) -> None:
    fill(library)
    library.say(library.host, "My garden budget is larger", at=10)
    library.settle()
    find = library.find
    assert len(find(library.guest, "garden budget")) == 2
    (own,) = find(library.guest, "garden budget", userId=library.host.user_id)
    assert own["user"]["displayName"] == "Hanna"
    assert find(library.guest, "garden budget", kinds=["chat", "note"]) == []
    assert library.kinds(library.guest, "garden budget", kinds=["transcript"]) == {"transcript"}
    assert len(find(library.guest, "garden budget", meetingId=library.meeting_id)) == 2
    assert find(library.guest, "garden budget", since=library.backend.now_ms + 1) == []
    assert find(library.guest, "garden budget", until=library.backend.now_ms - 86_400_000) == []
    assert len(find(library.guest, "garden budget", since=library.backend.now_ms - 86_400_000)) == 2
    assert len(find(library.guest, "garden budget", limit=1)) == 1


BAD: list[dict[str, Any]] = [
    {"text": ""},
    {"text": " \n"},
    {"text": "x" * 401},
    {"text": "x", "kinds": ["nothing"]},
    {"text": "x", "limit": float("nan")},
    {"text": "x", "since": float("inf")},
    {"text": "x", "until": float("nan")},
    {"text": "x", "meetingId": "nothing"},
    {"text": "x", "userId": "nothing"},
    {},
]


def test_a_refusal_speaks_of_the_search(library: Library) -> None:
    refused = library.guest.fails(SEARCH, "VALIDATION_ERROR", text=" ")
    assert refused.message == "The search needs 1 to 400 visible characters"


@pytest.mark.parametrize("arguments", BAD, ids=str)
def test_bad_input_is_refused(library: Library, arguments: dict[str, Any]) -> None:
    library.guest.fails(SEARCH, "VALIDATION_ERROR", **arguments)


def test_a_search_too_often_is_refused(library: Library) -> None:
    for _ in range(library.backend.settings.embeddings.search_burst):
        library.find(library.guest, "budget")
    refusal = library.guest.fails(SEARCH, "RATE_LIMIT_EXCEEDED", text="budget")
    assert refusal.metadata["retryAfterSeconds"] > 0
    library.backend.advance(3)
    library.find(library.guest, "budget")


def test_words_that_were_taken_back_are_gone_at_once(each_library: Library) -> None:
    library = each_library
    fill(library)
    library.guest.call("transcripts/editing:deleteMine", meetingId=library.meeting_id)
    library.backend.run(library.backend.runtime.scheduler.settle())
    assert library.find(library.host, "garden budget") == []
    assert not [row for row in library.vectors() if row.source_type == "transcriptSegment"]


def test_an_erased_person_is_found_no_more(each_library: Library) -> None:
    library = each_library
    fill(library)
    library.write_chat(library.guest, "I prefer lasagne with spinach")
    library.write_profile(library.guest, goals="Learn to sail")
    library.settle()
    assert library.kinds(library.host, "lasagne spinach") == {"chat"}
    library.backend.run(erase(library.backend.runtime, library.guest.user_id))
    library.settle()
    assert library.find(library.host, "lasagne spinach") == []
    assert library.find(library.host, "garden budget") == []
    owners = [row.owner_id for row in library.vectors()] + [row.owner_id for row in library.passages()]
    assert library.guest.user_id not in owners


def test_changed_notes_are_found_as_they_are(library: Library) -> None:
    fill(library)
    library.write_notes(library.host, "Also buy an umbrella. ")
    library.settle()
    assert library.kinds(library.guest, "umbrella") == {"note"}
    assert len([one for one in library.passages() if one.kind == "note"]) == 1


def test_without_a_model_words_are_found(make_backend: Any) -> None:
    library = Library(make_backend(embeddings=EmbeddingSettings(engine="off")))
    fill(library)
    found = library.guest.call(SEARCH, text="garden budget")
    assert [one["foundBy"] for one in found["results"]] == ["words"]
    assert not found["byMeaning"]
    assert library.vectors() == []
    assert library.tasks() == []


def test_a_report_is_found_by_its_items(conversation: Any) -> None:
    """The items of a report lead to the moments that they rest on."""
    backend: Backend = conversation.backend
    conversation.conclude()
    for _ in range(6):
        backend.advance(10)
    report = conversation.report()
    item = (report["actions"] or report["overview"])[0]
    words = " ".join(item["text"].split()[:4])
    found = conversation.host.call(SEARCH, text=words, kinds=["report"])["results"]
    assert item["itemId"] in {one["itemId"] for one in found}
    assert {one["at"] for one in found if one["itemId"] == item["itemId"]} == {item["cites"][0]["startMs"]}


def test_a_report_is_found_by_attendees_alone(conversation: Any) -> None:
    backend: Backend = conversation.backend
    conversation.conclude()
    for _ in range(6):
        backend.advance(10)
    item = conversation.report()["overview"][0]
    asked = {"text": item["text"], "kinds": ["report"]}
    assert conversation.guest.call(SEARCH, **asked)["results"]
    assert conversation.watcher.call(SEARCH, **asked)["results"] == []
    vectors = {"sourceType": "meeting", "sourceId": conversation.meeting_id}
    page = {"paginationOpts": {"numItems": 100, "cursor": None}}
    seen, whole = (
        person.call("embeddings/queries:getEmbeddingsBySource", **vectors, **page)["page"]
        for person in (conversation.watcher, conversation.guest)
    )
    assert 0 < len(seen) < len(whole)
    (first, *_) = [one for one in whole if one not in seen]
    asked_by_vector = {"queryVector": first["vector"], "threshold": 0.99}
    similar = "embeddings/queries:vectorSimilaritySearch"
    assert first["_id"] in {one["embedding"]["_id"] for one in conversation.guest.call(similar, **asked_by_vector)}
    assert first["_id"] not in {
        one["embedding"]["_id"] for one in conversation.watcher.call(similar, **asked_by_vector)
    }
    assert conversation.watcher.call("embeddings/queries:getEmbedding", embeddingId=first["_id"]) is None


def test_a_deleted_or_edited_item_is_found_no_more_at_once(conversation: Any) -> None:
    backend: Backend = conversation.backend
    conversation.conclude()
    for _ in range(6):
        backend.advance(10)
    texts = [item["text"] for item in conversation.report()["overview"]]
    assert len(texts) > 1
    for number, text in enumerate(texts[:2]):
        item = next(item for item in conversation.report()["overview"] if item["text"] == text)
        about = {"meetingId": conversation.meeting_id, "itemId": item["itemId"]}
        changed = {"deleteItem": {}, "editItem": {"text": "Something else"}}
        (name, more) = list(changed.items())[number]
        conversation.host.call(f"insights/report:{name}", **about, **more)
        found = conversation.host.call(SEARCH, text=text, kinds=["report"])["results"]
        assert item["itemId"] not in {one["itemId"] for one in found}
