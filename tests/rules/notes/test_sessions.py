"""Whole sessions: clients with operations under way, repeats, losses and reconnects end with the server's text."""

from collections import deque
from collections.abc import Callable
from itertools import count
from random import Random

import pytest

from connvo.rules.notes.operation import EMPTY, Change, Operation, length_after
from connvo.rules.notes.text import apply
from connvo.rules.notes.transform import TieRule, later_left, smaller_left, transform
from connvo.rules.notes.utf16 import units
from tests.support.notes.client import NoteClient, Received, Sent
from tests.support.notes.edits import random_operation
from tests.support.outside import examples

PARTS = 6
SESSIONS = 60  # of each part
STEPS = 120
MAX_CLIENTS = 5
TOO_FAR = 40  # a client that is so far behind loads the text


class Server:
    """A server of notes without a database: commit order, numbers, and the log."""

    def __init__(self) -> None:
        self.texts = [""]
        self.log: list[Received] = []

    def commit(self, client: str, sent: Sent, rule: TieRule = later_left) -> int:
        """Return the sequence of an operation; a known number is answered as before."""
        for known in self.log:
            if (known.client, known.number) == (client, sent.number):
                return known.sequence
        operation = sent.operation
        length_after(operation, units(self.texts[sent.sequence]))
        for earlier in self.log[sent.sequence :]:
            operation = transform(operation, earlier.operation, rule)
        sequence = len(self.texts)
        self.texts.append(apply(self.texts[-1], operation))
        self.log.append(Received(sequence, client, sent.number, operation))
        return sequence

    def knows(self, client: str, number: int) -> bool:
        return any((known.client, known.number) == (client, number) for known in self.log)


class Line:
    """A client and its connection: messages on their way, some of which are lost or come twice."""

    def __init__(self, client: NoteClient, reloads: bool) -> None:
        self.client = client
        self.reloads = reloads
        self.on_their_way: deque[Sent] = deque()

    def send(self, random: Random) -> None:
        sent = self.client.outgoing()
        if sent is not None and random.random() < 0.8:
            self.on_their_way.extend([sent] * random.choice([1, 1, 1, 2]))

    def deliver(self, server: Server, random: Random) -> None:
        """One message arrives, not always in order."""
        if self.on_their_way:
            self.on_their_way.rotate(random.randrange(2))
            server.commit(self.client.name, self.on_their_way.popleft())

    def listen(self, server: Server, most: int) -> None:
        """Operations of the log arrive; a client that is far behind loads the text instead."""
        if self.reloads and len(server.log) - self.client.sequence > TOO_FAR:
            self.return_by_snapshot(server)
            return
        for received in server.log[self.client.sequence : self.client.sequence + most]:
            if not self.client.receive(received):
                assert self.reloads, "the server made another operation of it"
                self.return_by_snapshot(server)
                return

    def return_by_snapshot(self, server: Server) -> None:
        if self.client.inflight is not None and server.knows(self.client.name, self.client.number):
            self.client.joined()
        self.client.reload(len(server.log), server.texts[-1])


Edit = Callable[[Random, str], Operation]


def run(random: Random, edit: Edit, reloads: bool, others: bool = True) -> str:
    """One session, until everything has arrived everywhere; returns the text. `others`: not only clients write."""
    server = Server()
    lines = [Line(NoteClient(f"client {number}"), reloads) for number in range(random.randint(2, MAX_CLIENTS))]
    strange = count(1)
    for _ in range(STEPS):
        line = random.choice(lines)
        match random.randrange(8):
            case 0 | 1 | 2:
                line.client.edit(edit(random, line.client.text))
            case 3 | 4:
                line.send(random)
            case 5:
                line.deliver(server, random)
            case 6:
                line.listen(server, random.randint(1, 9))
            case _ if reloads and random.randrange(3) == 0:
                line.return_by_snapshot(server)
            case _ if others:
                write_otherwise(server, random, next(strange))
            case _:
                pass
    settle(server, lines)
    assert {line.client.text for line in lines} == {server.texts[-1]}
    return server.texts[-1]


def write_otherwise(server: Server, random: Random, number: int) -> None:
    """A rollback, or an operation by the other rule."""
    if random.randrange(2):
        target = random.choice(server.texts)
        whole = (Change(0, units(server.texts[-1]), target),) if server.texts[-1] or target else EMPTY
        server.commit("rollbacks", Sent(number, len(server.log), whole))
        return
    base = random.randrange(max(0, len(server.log) - 9), len(server.log) + 1)
    sent = Sent(number, base, random_operation(random, server.texts[base], 1))
    server.commit("documented", sent, smaller_left)


def settle(server: Server, lines: list[Line]) -> None:
    """Everything is sent until it is answered, and received."""
    for line in lines:
        line.listen(server, len(server.log))
        while (sent := line.client.outgoing()) is not None:
            server.commit(line.client.name, sent)
            line.listen(server, len(server.log))
    for line in lines:
        line.listen(server, len(server.log))
        assert not line.client.pending


@pytest.mark.parametrize("reloads", [True, False])
@pytest.mark.parametrize("part", range(PARTS))
def test_all_clients_end_with_the_text_of_the_server(part: int, reloads: bool) -> None:
    random = Random(f"sessions {part}")
    for _ in range(examples(SESSIONS)):
        run(random, lambda random, text: random_operation(random, text, 2), reloads)


@pytest.mark.parametrize("reloads", [True, False])
def test_each_character_that_was_typed_is_in_the_text_once(reloads: bool) -> None:
    random = Random("once")
    for _ in range(examples(SESSIONS)):
        typed: list[str] = []

        def type_one(random: Random, text: str, typed: list[str] = typed) -> Operation:
            typed.append(chr(ord("一") + len(typed)))
            return (Change(random.randint(0, len(text)), 0, typed[-1]),)

        assert sorted(run(random, type_one, reloads, others=False)) == typed


def type_at(client: NoteClient, letter: str) -> None:
    operation: Operation = (Change(client.cursor, 0, letter),)
    client.edit(operation)
    client.cursor += 1


def test_texts_typed_at_one_place_by_two_writers_are_never_mixed() -> None:
    random = Random("one place")
    for _ in range(examples(400)):
        server = Server()
        lines = [Line(NoteClient("one"), False), Line(NoteClient("two"), False)]
        words = {"one": deque("ABCDEFGHIJ"), "two": deque("abcdefghij")}
        while any(words.values()):
            line = random.choice(lines)
            match random.randrange(4):
                case 0 if words[line.client.name]:
                    type_at(line.client, words[line.client.name].popleft())
                case 1:
                    if (sent := line.client.outgoing()) is not None:
                        server.commit(line.client.name, sent)
                case 2:
                    line.listen(server, random.randint(1, 3))
                case _:
                    pass
        settle(server, lines)
        assert server.texts[-1] in ("ABCDEFGHIJabcdefghij", "abcdefghijABCDEFGHIJ")
