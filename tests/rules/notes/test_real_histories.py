"""What two people really typed at once ends in the text that they ended with."""

from connvo.rules.notes.operation import Operation
from connvo.rules.notes.text import NoteText
from tests.support.notes.traces import AGENTS, Agent, concurrent, final_text, flat, in_groups


def test_a_history_in_one_order_makes_its_text() -> None:
    text = NoteText("")
    for operation in flat():
        text.apply(operation)
    assert text.content == final_text()


def test_composed_operations_make_the_same_text() -> None:
    text = NoteText("")
    for operation in in_groups(flat(), 50):
        text.apply(operation)
    assert text.content == final_text()


def test_two_clients_at_once_end_with_the_recorded_text() -> None:
    agents = [Agent() for _ in range(AGENTS)]
    log: list[tuple[int, Operation]] = []

    def follow(agent: int) -> None:
        for author, operation in log[agents[agent].sequence :]:
            agents[agent].receive(author == agent, operation)

    def commit(agent: int, count: int) -> None:
        while agents[agent].committed < count:
            follow(agent)
            log.append((agent, agents[agent].pending[0]))
            follow(agent)

    for edit in concurrent():
        commit(1 - edit.agent, edit.known)
        follow(edit.agent)
        assert agents[edit.agent].seen == edit.known
        agents[edit.agent].edit(edit.operation)
    for agent in range(AGENTS):
        commit(agent, agents[agent].committed + len(agents[agent].pending))
    for agent in range(AGENTS):
        follow(agent)
    assert [agent.text.content for agent in agents] == [final_text()] * AGENTS
