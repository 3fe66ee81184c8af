"""A member finds what was said, with the moment at which it was said."""

from collections.abc import Callable
from typing import Any

import pytest

from connvo.runtime.call_request import CallRequest
from connvo.store.postgres.rows import PostgresRows
from tests.support.backend import Backend, Caller
from tests.support.speech import Talk
from tests.support.store import postgres

FIND = "transcripts/search:find"


def find(talk: Talk, text: str, person: Caller | None = None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (person or talk.watcher).call(FIND, meetingId=talk.meeting_id, text=text)
    return found


def test_a_hit_leads_to_the_chunk_with_the_word(each_talk: Talk) -> None:
    talk = each_talk
    talk.say(talk.guest, "The budget", at=0)
    talk.say(talk.guest, "for the café", at=2)
    talk.say(talk.host, "is spent", at=4)
    (hit,) = find(talk, "CAFE")
    second = talk.chunks()[1]
    assert (hit["chunkId"], hit["sequence"], hit["startMs"]) == (second.id, 2, second.start_ms)
    assert hit["snippet"] == "The budget for the café"
    assert hit["speaker"]["displayName"] == "Gustav"
    assert [one["sequence"] for one in find(talk, "budget caf")] == [1], "a match may cross chunks"
    assert find(talk, "budget spent") == []


def test_hits_come_in_the_order_of_speech_and_are_few(talk: Talk) -> None:
    for number in range(55):
        talk.say(talk.host if number % 2 else talk.guest, f"word number {number}", at=number / 3)
    found = find(talk, "number")
    assert len(found) == 50
    assert [one["startMs"] for one in found] == sorted(one["startMs"] for one in found)


@pytest.mark.parametrize("text", ["", "  ", "?", "x" * 201, "a b c d e f g h i j k l m"])
def test_a_search_needs_some_words(talk: Talk, text: str) -> None:
    error = talk.host.fails(FIND, "VALIDATION_ERROR", meetingId=talk.meeting_id, text=text)
    assert error.metadata["field"] == "text"


def test_words_that_were_taken_back_are_not_found(talk: Talk) -> None:
    talk.say(talk.guest, "secret plan")
    talk.guest.call("transcripts/editing:deleteMine", meetingId=talk.meeting_id)
    talk.backend.advance(1)
    assert find(talk, "secret") == []


EVERYWHERE = "transcripts/search:findEverywhere"


def everywhere(talk: Talk, text: str, person: Caller, size: float = 100, cursor: str | None = None) -> dict[str, Any]:
    options = {"numItems": size, "cursor": cursor}
    found: dict[str, Any] = person.call(EVERYWHERE, text=text, paginationOpts=options)
    return found


def snippets(talk: Talk, text: str, person: Caller) -> list[str]:
    return [hit["snippet"] for hit in everywhere(talk, text, person)["page"]]


WORDS = {
    "Das Café am Markt": ["cafe", "CAFÉ", "markt", "am das"],
    "Der Straßenbahnfahrer": ["STRASSENBAHNFAHRER"],
    "今日はいい天気ですね": ["天気", "いい天気", "ね"],
    "הגעתי לתחנה": ["לתחנה", "הגעתי"],
    "Встреча в понедельник": ["ВСТРЕЧА", "понедельник в"],
    "İstanbul'da görüşürüz": ["istanbul", "gorusuruz"],
    "สวัสดีครับ": ["สวัสดี"],
    "<b>1e5 & or not near</b>": ["1e5", "or not", "near"],
}


def test_both_databases_find_the_same_in_every_script(each_talk: Talk) -> None:
    talk = each_talk
    for number, text in enumerate(WORDS):
        talk.say(talk.host if number % 2 else talk.guest, text, at=number * 2)
    for text, queries in WORDS.items():
        for query in queries:
            assert snippets(talk, query, talk.watcher) == [text], query
            assert [hit["snippet"] for hit in find(talk, query)] == [text], query
    for part in ("気天", "mark", "strassenbahn", "понед"):
        assert snippets(talk, part, talk.watcher) == [], "across meetings, words are found whole"


def test_only_meetings_of_the_caller_are_searched_and_the_newest_words_come_first(each_talk: Talk) -> None:
    talk, other = each_talk, Talk(each_talk.backend)
    talk.say(talk.guest, "the secret plan", at=0)
    other.say(other.host, "another plan", at=0)
    private = Talk(each_talk.backend)
    private.of(private.host, "removeParticipant", userId=private.guest.user_id)
    private.say(private.host, "a plan without Gustav", at=0)
    assert snippets(talk, "plan", talk.outsider) == []
    assert snippets(talk, "plan", talk.guest) == ["another plan", "the secret plan"]
    first = everywhere(talk, "plan", talk.guest)
    assert first["continueCursor"] is None
    assert first["page"][0]["meetingId"] == other.meeting_id


def test_a_search_goes_on_with_older_meetings(talk: Talk) -> None:
    other = Talk(talk.backend)
    talk.say(talk.guest, "old plan", at=0)
    other.say(other.guest, "new plan", at=0)
    first = everywhere(talk, "plan", talk.guest, size=1)
    second = everywhere(talk, "plan", talk.guest, 1, first["continueCursor"])
    found = [hit["snippet"] for part in (first, second) for hit in part["page"]]
    assert found == ["new plan", "old plan"]
    assert (first["isDone"], second["isDone"]) == (False, True)


def test_a_hit_of_the_past_is_not_shown_to_a_removed_member(talk: Talk) -> None:
    talk.say(talk.guest, "the secret plan", at=0)
    runtime = talk.backend.runtime
    at = talk.backend.run(runtime.latest_ts(talk.watcher.identity))
    talk.of(talk.host, "removeParticipant", userId=talk.watcher.user_id)
    asked = {"text": "plan", "paginationOpts": {"numItems": 10, "cursor": None}}
    told = talk.backend.run(runtime.run(CallRequest(EVERYWHERE, asked, talk.watcher.identity, "query", "test", at)))
    assert told.value["page"] == []


def test_corrected_and_erased_words_are_found_as_they_are_now(each_talk: Talk) -> None:
    talk = each_talk
    talk.say(talk.guest, "the secrett plan", at=0)
    (chunk,) = talk.chunks()
    talk.guest.call("transcripts/editing:correct", chunkId=chunk.id, text="the secret plan", revision=0)
    assert snippets(talk, "secrett", talk.guest) == []
    assert snippets(talk, "secret plan", talk.guest) == ["the secret plan"]
    talk.guest.call("transcripts/editing:deleteMine", meetingId=talk.meeting_id)
    talk.backend.advance(1)
    assert snippets(talk, "secret", talk.guest) == []


def test_more_hits_take_no_more_round_trips(
    make_backend: Callable[..., Backend], monkeypatch: pytest.MonkeyPatch
) -> None:
    talk = Talk(make_backend(postgres))
    trips: list[str] = []
    for name in ("all", "each"):
        monkeypatch.setattr(PostgresRows, name, counted(getattr(PostgresRows, name), trips))

    def needed(hits: int) -> list[int]:
        lengths = []
        for search in (lambda: find(talk, "plan"), lambda: snippets(talk, "plan", talk.watcher)):
            trips.clear()
            assert len(search()) == hits
            lengths.append(len(trips))
        return lengths

    def say(numbers: range) -> None:
        for number in numbers:
            talk.say(talk.host if number % 2 else talk.guest, f"plan {number}", at=number * 2)

    say(range(2))
    few = needed(2)
    say(range(2, 6))
    assert needed(6) == few


def counted(method: Callable[..., Any], calls: list[str]) -> Callable[..., Any]:
    """Return a method that also notes its calls."""

    def noted(*given: Any) -> Any:
        calls.append(method.__name__)
        return method(*given)

    return noted


def test_a_search_everywhere_is_for_people_with_an_account(talk: Talk) -> None:
    first_page = {"paginationOpts": {"numItems": 10, "cursor": None}}
    talk.backend.anonymous.fails(EVERYWHERE, "UNAUTHORIZED", text="plan", **first_page)
    talk.backend.sign_in("sam", provision=False).fails(EVERYWHERE, "UNAUTHORIZED", text="plan", **first_page)
    talk.guest.fails(EVERYWHERE, "VALIDATION_ERROR", text=" ", **first_page)
    nonsense = {"paginationOpts": {"numItems": 10, "cursor": "nonsense"}}
    talk.guest.fails(EVERYWHERE, "VALIDATION_ERROR", text="plan", **nonsense)
    talk.guest.call("users/mutations:deactivateUser", userId=talk.guest.user_id)
    talk.guest.fails(EVERYWHERE, "FORBIDDEN", text="plan", **first_page)
