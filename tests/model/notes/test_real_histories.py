"""Real editing histories make their exact text, whichever functions write them.

`bench/replaying.py` writes them whole, through a server.
"""

from collections.abc import Callable, Iterator
from itertools import islice

import pytest

from connvo.rules.notes.operation import Change
from connvo.rules.notes.text import NoteText
from connvo.settings import NoteSettings
from tests.support.backend import Backend
from tests.support.notes.scene import BATCH, COMMIT, SINCE, NoteScene, delete, insert, unwire, wire
from tests.support.notes.traces import AGENTS, Agent, concurrent, final_text, flat, flat_patches, in_groups
from tests.support.outside import examples
from tests.support.scene import Scene

PATCHES = 5_000
GROUP = 20
AT_ONCE = 500


@pytest.fixture
def notes(make_backend: Callable[..., Backend]) -> NoteScene:
    """Empty notes without a limit of their rate."""
    return NoteScene(Scene(make_backend(notes=NoteSettings(burst=1_000_000))))


def documented() -> Iterator[dict[str, object]]:
    """Yield the deletes and inserts of the first edits, one after another."""
    for position, deleted, inserted in islice(flat_patches(), PATCHES):
        if deleted:
            yield delete(position, deleted)
        if inserted:
            yield insert(position, inserted)


def test_by_the_documented_functions(notes: NoteScene) -> None:
    operations = documented()
    known = 0
    while batch := [{"operation": one, "clientSequence": known} for one in islice(operations, 100)]:
        done = notes.on(notes.guest, BATCH, operations=batch)
        assert done["failed"] == 0
        known += len(batch)
        notes.rest(1.0)
    expected = NoteText("")
    for position, deleted, inserted in islice(flat_patches(), PATCHES):
        expected.apply((Change(position, deleted, inserted),))
    assert notes.text() == expected.content
    assert notes.on(notes.host, "notes/sync:snapshot")["sequence"] > known - 400


def test_by_a_client_that_follows_the_log(notes: NoteScene) -> None:
    for number, operation in enumerate(in_groups(flat(), GROUP), 1):
        args = {"clientId": "tab", "number": number, "sequence": number - 1, "changes": wire(operation)}
        notes.on(notes.guest, COMMIT, **args)
        if number % 100 == 0:
            notes.rest(1.0)
    assert notes.text() == final_text()


def test_by_two_clients_at_once(notes: NoteScene) -> None:
    agents = [Agent() for _ in range(AGENTS)]
    people = [notes.host, notes.guest]
    names = ["one", "two"]

    def follow(agent: int) -> None:
        found = notes.on(people[agent], SINCE, sequence=agents[agent].sequence)
        for one in found["operations"]:
            agents[agent].receive(one["clientId"] == names[agent], unwire(one["changes"]))
        assert not found["reset"]
        if found["more"]:
            follow(agent)

    def commit(agent: int, count: int) -> None:
        while agents[agent].committed < count:
            follow(agent)
            mine = agents[agent]
            sent = {"number": mine.committed + 1, "sequence": mine.sequence, "changes": wire(mine.pending[0])}
            notes.on(people[agent], COMMIT, clientId=names[agent], **sent)
            follow(agent)

    for edit in islice(concurrent(), examples(AT_ONCE)):
        commit(1 - edit.agent, edit.known)
        follow(edit.agent)
        agents[edit.agent].edit(edit.operation)
    for agent in range(AGENTS):
        commit(agent, agents[agent].committed + len(agents[agent].pending))
    for agent in range(AGENTS):
        follow(agent)
    assert {agent.text.content for agent in agents} == {notes.text()}
