"""Every change becomes a vector once, whatever dies or fails meanwhile, and vectors go with their source."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest

from connvo.maintenance.erasure import erase
from connvo.model.embeddings import models, pipeline
from connvo.model.embeddings.people import vector_of
from connvo.providers.embeddings import factory, lexical
from connvo.providers.embeddings.base import EmbeddingError
from connvo.rules.embeddings.lexical import embedded
from connvo.rules.embeddings.models import LEXICAL, EmbeddingFailure, digest
from connvo.runtime.context import QueryCtx
from connvo.schema.embeddings import EmbeddingTask, VectorIndexMeta
from connvo.schema.users import UserId
from connvo.settings import EmbeddingSettings
from connvo.telemetry.instruments import EMBEDDING_TEXTS
from tests.support.backend import Backend
from tests.support.search_scene import Library

OTHER = "test/other@1/384"


class Scripted:
    """A model that fails as a test tells it: `faults` are the reasons of its next failures, None for success."""

    sends = True

    def __init__(self) -> None:
        self.name = LEXICAL
        self.faults: list[EmbeddingFailure | None] = []
        self.always: Callable[[str], EmbeddingFailure | None] = lambda text: None
        self.asked: list[str] = []

    async def embed(self, texts: Sequence[str]) -> list[bytes]:
        self.asked += texts
        await asyncio.sleep(0)
        refused = (fault for fault in map(self.always, texts) if fault is not None)
        fault = self.faults.pop(0) if self.faults else next(refused, None)
        if fault is not None:
            raise EmbeddingError(fault, "It failed", 7.0 if fault == "busy" else None)
        return [embedded(text) for text in texts]


@pytest.fixture
def scripted(monkeypatch: pytest.MonkeyPatch) -> Iterator[Scripted]:
    """Puts a scripted model in the place of `lexical-1`."""
    model = Scripted()
    factory._model.cache_clear()
    monkeypatch.setattr(factory, "LexicalModel", lambda: model)
    yield model
    factory._model.cache_clear()


def digests(library: Library) -> dict[str, int]:
    found: dict[str, int] = {}
    for row in library.vectors():
        found[row.digest] = found.get(row.digest, 0) + 1
    return found


def test_a_change_and_its_task_commit_together(each_library: Library) -> None:
    library = each_library
    library.settle()
    assert library.tasks() == []
    library.say(library.guest, "A new sentence about gardens")
    (task,) = library.tasks()
    assert (task.kind, task.source_id) == ("transcriptSegment", library.segments()[0].id)
    library.say(library.guest, "and another one", at=1.5)
    assert len(library.tasks()) == 1
    library.settle()
    assert library.tasks() == []
    text = library.segments()[0].text
    assert digests(library)[digest(LEXICAL, text)] == 1


def test_a_node_that_dies_after_any_step_loses_nothing_and_doubles_nothing(each_library: Library) -> None:
    library = each_library
    library.settle()
    library.say(library.guest, "A new sentence about gardens")
    library.backend.advance(0)
    library.backend.now_ns += int(20e9)
    work = library.claim()
    assert list(work.texts.values()) == ["A new sentence about gardens"]
    assert library.claim() is None, "a claimed task is not given out twice"
    assert library.vectors() and digest(LEXICAL, "A new sentence about gardens") not in digests(library)
    # The node dies here. Its claim ends, and another takes it up.
    library.backend.advance(60)
    library.settle()
    assert digests(library)[digest(LEXICAL, "A new sentence about gardens")] == 1
    # The dead node was only slow: what it brings is there already.
    vectors = {one: embedded(text) for one, text in work.texts.items()}
    library.run(pipeline.store_vectors, model=LEXICAL, tasks=work.tasks, vectors=vectors, milliseconds=1.0)
    assert digests(library)[digest(LEXICAL, "A new sentence about gardens")] == 1
    assert library.tasks() == []


def test_a_vector_of_a_text_that_has_changed_is_not_stored(library: Library) -> None:
    library.settle()
    library.say(library.guest, "First words")
    library.backend.now_ns += int(20e9)
    work = library.claim()
    library.say(library.guest, "then others", at=1.5)
    vectors = {one: embedded(text) for one, text in work.texts.items()}
    library.run(pipeline.store_vectors, model=LEXICAL, tasks=work.tasks, vectors=vectors, milliseconds=1.0)
    assert digest(LEXICAL, "First words") not in digests(library)
    library.settle()
    assert digest(LEXICAL, "First words then others") in digests(library)
    assert digest(LEXICAL, "First words") not in digests(library)


def test_a_source_that_goes_while_its_vector_is_made_leaves_none(library: Library) -> None:
    library.settle()
    library.say(library.guest, "First words")
    library.backend.now_ns += int(20e9)
    work = library.claim()
    library.guest.call("transcripts/editing:deleteMine", meetingId=library.meeting_id)
    library.backend.advance(1)
    vectors = {one: embedded(text) for one, text in work.texts.items()}
    library.run(pipeline.store_vectors, model=LEXICAL, tasks=work.tasks, vectors=vectors, milliseconds=1.0)
    assert not [row for row in library.vectors() if row.source_type == "transcriptSegment"]
    assert library.tasks() == []


def test_texts_that_have_not_changed_are_not_made_again(scripted: Scripted, library: Library) -> None:
    library.write_notes(library.host, " ".join(f"Sentence number {number}." for number in range(300)))
    library.settle()
    before = len(scripted.asked)
    library.write_notes(library.host, " Z.", position=len(" ".join(f"Sentence number {n}." for n in range(300))))
    library.settle()
    assert len(scripted.asked) == before + 1


def test_lines_that_only_move_are_not_made_again(scripted: Scripted, library: Library) -> None:
    lines = "".join(
        f"This line of the notes has number {number} and some more words that fill it.\n" for number in range(40)
    )
    library.write_notes(library.host, lines)
    library.settle()
    before, rows = len(scripted.asked), {row.digest: row.id for row in library.vectors()}
    library.write_notes(library.host, "One line above all others, with words enough for a passage of its own here.\n")
    library.settle()
    assert len(scripted.asked) == before + 1
    assert rows.items() <= {row.digest: row.id for row in library.vectors()}.items()


def test_notes_that_are_typed_meanwhile_are_collected_again(library: Library) -> None:
    library.settle()
    library.write_notes(library.host, "Half a sen")
    library.backend.now_ns += int(20e9)
    work = library.claim()
    library.write_notes(library.host, "tence", position=10)
    vectors = {one: embedded(text) for one, text in work.texts.items()}
    library.run(pipeline.store_vectors, model=LEXICAL, tasks=work.tasks, vectors=vectors, milliseconds=1.0)
    assert library.claim() is None
    library.settle()
    assert digest(LEXICAL, "Half a sentence") in digests(library)


def test_a_busy_server_delays_texts_and_loses_none(scripted: Scripted, library: Library) -> None:
    library.settle()
    for number in range(60):
        person = (library.host, library.guest)[number % 2]
        library.say(person, f"Sentence {number} about gardens", at=number / 4, seconds=0.2)
    scripted.faults = ["busy", "failing", None, "busy", "slow", "unreachable", "busy"]
    for _ in range(60):
        library.backend.advance(10)
    assert scripted.faults == []
    assert library.tasks() == []
    texts = {segment.text for segment in library.segments()}
    assert {digest(LEXICAL, text) for text in texts} <= digests(library).keys()
    assert set(digests(library).values()) == {1}


def test_a_refused_text_rests_and_fails_no_other(scripted: Scripted, library: Library) -> None:
    library.settle()
    scripted.always = lambda text: "refused" if "poison" in text else None
    library.say(library.host, "This is poison")
    library.say(library.guest, "This is not", at=5)
    for _ in range(40):
        library.backend.advance(60)
    (task,) = library.tasks()
    assert (task.state, task.because, task.tries) == ("resting", "refused", pipeline.MAX_TRIES)
    outcomes = library.backend.counted(EMBEDDING_TEXTS)
    assert set(outcomes) == {("made",), ("refused",)}
    assert outcomes.count(("refused",)) >= pipeline.MAX_TRIES
    assert digest(LEXICAL, "This is not") in digests(library)
    asked = len(scripted.asked)
    library.backend.advance(600)
    assert len(scripted.asked) == asked
    scripted.always = lambda text: None
    assert library.run(pipeline.retry_resting) == 1
    library.settle()
    assert library.tasks() == []
    assert digest(LEXICAL, "This is poison") in digests(library)


def test_no_more_texts_are_sent_than_a_day_allows(scripted: Scripted, make_backend: Any) -> None:
    library = Library(make_backend(embeddings=EmbeddingSettings(engine="lexical", daily=3)))
    for number in range(6):
        library.say((library.host, library.guest)[number % 2], f"Sentence {number}", at=number, seconds=0.5)
    library.settle()
    assert len(scripted.asked) == 3
    library.backend.advance(86_400)
    library.settle()
    assert len(scripted.asked) == 6


def test_another_model_takes_over_when_all_texts_are_made(
    scripted: Scripted, library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    library.say(library.guest, "A sentence about gardens")
    library.write_profile(library.guest, goals="Grow a garden")
    library.settle()
    before = {row.id for row in library.vectors()}
    monkeypatch.setattr(models, "configured_name", lambda settings: OTHER)
    monkeypatch.setattr(factory, "configured_name", lambda settings: OTHER)
    monkeypatch.setattr(factory, "HttpModel", lambda settings, name: scripted)
    scripted.faults = ["failing", "failing"]
    library.backend.advance(5)
    assert states(library) == {LEXICAL: "active", OTHER: "migrating"}
    for _ in range(12):
        library.backend.advance(10)
        if states(library)[OTHER] == "migrating":
            assert library.find(library.guest, "gardens"), "the former model is searched until then"
    assert states(library) == {LEXICAL: "inactive", OTHER: "active"}
    assert {row.model for row in library.vectors()} == {LEXICAL, OTHER}
    assert {row.digest for row in library.vectors() if row.model == OTHER}.isdisjoint(
        row.digest for row in library.vectors() if row.model == LEXICAL
    )
    library.backend.advance(9 * 86_400)
    library.settle()
    assert {row.model for row in library.vectors()} == {OTHER}
    assert before.isdisjoint(row.id for row in library.vectors())
    assert states(library) == {OTHER: "active"}


def states(library: Library) -> dict[str, str]:
    rows = library.backend.read(lambda db: db.scan(VectorIndexMeta, "by_creation"))
    return {row.index_name: row.status for row in rows}


def test_a_database_of_before_is_filled(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    library.say(library.guest, "A sentence about gardens")
    library.write_chat(library.host, "A message about trees")
    library.write_profile(library.guest, goals="Grow a garden")

    def forget(db: Any) -> None:
        for row in (*db.scan(EmbeddingTask, "by_creation"), *db.scan(VectorIndexMeta, "by_creation")):
            db.delete(row)

    library.backend.run(library.backend.engine.write(forget))
    monkeypatch.setattr(models, "FILL_BATCH", 2)
    for _ in range(20):
        library.backend.advance(10)
    assert {row.source_type for row in library.vectors()} == {"profile", "meeting", "transcriptSegment"}
    assert library.kinds(library.guest, "trees") == {"chat"}
    assert library.tasks() == []


def test_long_chats_are_claimed_one_after_another(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pipeline, "CLAIM_ROWS", 0)
    library.settle()
    for number in range(6):
        library.write_chat(library.host, f"Message {number} about gardens")
    library.write_notes(library.host, "Notes about trees")
    library.backend.now_ns += int(20e9)
    assert len(library.claim().tasks) == 1
    assert len(library.claim().tasks) == 1
    library.backend.advance(60)
    library.settle()
    assert library.tasks() == []
    assert library.kinds(library.guest, "gardens") == {"chat"}
    assert library.kinds(library.guest, "trees") == {"note"}


def test_an_erased_meeting_leaves_nothing(each_library: Library) -> None:
    library = each_library
    alone = library.backend.sign_in("alone")
    meeting = library.create(alone, title="Secret meeting about gardens")
    library.settle()
    library.backend.run(erase(library.backend.runtime, alone.user_id))
    library.settle()
    left = [row.meeting_id for row in library.vectors()] + [row.meeting_id for row in library.passages()]
    assert meeting not in {*left, *(row.meeting_id for row in library.tasks())}


def test_a_person_is_the_mean_of_their_profile(
    library: Library, backend: Backend, monkeypatch: pytest.MonkeyPatch
) -> None:
    def of(user_id: str) -> Any:
        return backend.read(lambda db: vector_of(QueryCtx(db, None, backend.now_ms, backend.settings), UserId(user_id)))

    library.write_profile(library.guest, goals="Grow a garden", company="Secret Ltd")
    library.settle()
    assert of(library.guest.user_id) is None, "letters say nothing about people"
    monkeypatch.setattr("connvo.model.embeddings.people.is_full_of_meaning", lambda model: True)
    model, vector = of(library.guest.user_id)
    assert model == LEXICAL
    assert list(vector) == pytest.approx(list(memoryview(embedded("Grow a garden")).cast("f")), abs=1e-6)
    assert of(library.host.user_id) is None


def test_the_model_of_tests_is_the_lexical_one() -> None:
    assert isinstance(factory.model_of(EmbeddingSettings(engine="lexical"), LEXICAL), lexical.LexicalModel)
