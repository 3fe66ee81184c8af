"""A client of the sync protocol that holds the server to every rule the official clients rely on.

Pure: it returns the messages it would send and takes those it gets. What the server may not do raises
`AssertionError` here, where an official client would crash, hang or flicker.
"""

import json
import uuid
from base64 import b64decode, b64encode
from typing import Any

LOST = object()


class Pending:
    """A mutation that its caller waits for. `answer` is the server's; `sends` counts the connections it went over."""

    def __init__(self, message: dict[str, Any]) -> None:
        self.message = message
        self.answer: dict[str, Any] | None = None
        self.sends = 0


class SyncClient:
    """The state of one client over any number of connections.

    `results`: what its user sees of each subscribed query, a value or a `QueryFailed`. `outcomes`: mutations whose
    promise has settled. `history`: every (timestamp, results) shown.
    """

    def __init__(self) -> None:
        self.session = str(uuid.uuid4())
        self.connections = 0
        self.queries: dict[int, dict[str, Any]] = {}
        self.results: dict[int, Any] = {}
        self.pending: dict[int, Pending] = {}
        self.outcomes: dict[int, dict[str, Any]] = {}
        self.actions: dict[int, Any] = {}
        self.history: list[tuple[int, dict[int, Any]]] = []
        self.token: str | None = None
        self.auth_errors: list[dict[str, Any]] = []
        self.fatal: str | None = None
        self.transitions = 0
        self.pings = 0
        self.newest_ts = 0
        self._numbers = iter(range(1_000_000_000))
        self._announced = 0
        self._identity = 0
        self._version = (0, 0, 0)
        self._waiting_for: dict[int, int] = {}
        self._journals: dict[int, str | None] = {}
        self._chunks: list[dict[str, Any]] = []
        self._fresh: dict[int, str] = {}

    # What a user does. Each returns the messages to send if there is a connection.

    def subscribe(self, path: str, args: dict[str, Any] | None = None) -> tuple[int, list[dict[str, Any]]]:
        """Watch a query; return its number."""
        number = next(self._numbers)
        self.queries[number] = {"udfPath": path, "args": [args or {}]}
        return number, [self._modify([self._add(number)])]

    def unsubscribe(self, number: int) -> list[dict[str, Any]]:
        """Stop watching a query."""
        del self.queries[number]
        self.results.pop(number, None)
        self._journals.pop(number, None)
        self._fresh.pop(number, None)
        self._waiting_for.pop(number, None)
        return [self._modify([{"type": "Remove", "queryId": number}])]

    def mutate(self, path: str, args: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
        """Call a mutation; return its request number."""
        number = next(self._numbers)
        message = {"type": "Mutation", "requestId": number, "udfPath": path, "args": [args]}
        self.pending[number] = Pending(message)
        self.pending[number].sends += 1
        return number, [message]

    def act(self, path: str, args: dict[str, Any]) -> tuple[int, list[dict[str, Any]]]:
        """Call an action; return its request number."""
        number = next(self._numbers)
        self.actions[number] = None
        return number, [{"type": "Action", "requestId": number, "udfPath": path, "args": [args]}]

    def authenticate(self, token: str | None) -> list[dict[str, Any]]:
        """Change who the client is."""
        self.token = token
        return [self._authenticate()]

    # A connection.

    def connect(self) -> list[dict[str, Any]]:
        """Start a connection; return what is said first."""
        hello: dict[str, Any] = {"type": "Connect", "sessionId": self.session, "connectionCount": self.connections}
        hello["lastCloseReason"] = "InitialConnect" if self.connections == 0 else None
        if self.newest_ts:
            hello["maxObservedTimestamp"] = _stamp(self.newest_ts)
        self.connections += 1
        self._announced = self._identity = 0
        self._version = (0, 0, 0)
        self._waiting_for.clear()
        self._chunks.clear()
        self._fresh.clear()
        for number in self.actions:
            if self.actions[number] is None:
                self.actions[number] = LOST
        messages = [hello]
        if self.token is not None:
            messages.append(self._authenticate())
        messages.append(self._modify([self._add(number) for number in self.queries]))
        for pending in self.pending.values():
            pending.sends += 1
            messages.append(pending.message)
        return messages

    def receive(self, text: str) -> None:
        """Take a message of the server."""
        message = json.loads(text)
        match message["type"]:
            case "Transition":
                self._transition(message)
            case "TransitionChunk":
                self._chunk(message)
            case "MutationResponse":
                self._mutation_response(message)
            case "ActionResponse":
                assert message["requestId"] in self.actions
                assert isinstance(message["logLines"], list)
                self.actions[message["requestId"]] = message
            case "AuthError":
                assert isinstance(message["authUpdateAttempted"], bool)
                self.auth_errors.append(message)
            case "FatalError":
                self.fatal = message["error"]
            case "Ping":
                self.pings += 1
            case other:
                raise AssertionError(f"no client knows {other}")

    @property
    def settled(self) -> bool:
        """Whether everything the user asked for is answered and shown."""
        return not self.pending and not self._waiting_for and self.results.keys() == self.queries.keys()

    def _authenticate(self) -> dict[str, Any]:
        base, self._identity = self._identity, self._identity + 1
        if self.token is None:
            return {"type": "Authenticate", "baseVersion": base, "tokenType": "None"}
        return {"type": "Authenticate", "baseVersion": base, "tokenType": "User", "value": self.token}

    def _add(self, number: int) -> dict[str, Any]:
        journal = self._journals.get(number)
        extra = {} if journal is None else {"journal": journal}
        return {"type": "Add", "queryId": number, **self.queries[number], **extra}

    def _modify(self, modifications: list[dict[str, Any]]) -> dict[str, Any]:
        base, self._announced = self._announced, self._announced + 1
        for change in modifications:
            if change["type"] == "Add":
                self._waiting_for[change["queryId"]] = self._announced
        return {
            "type": "ModifyQuerySet",
            "baseVersion": base,
            "newVersion": self._announced,
            "modifications": modifications,
        }

    def _chunk(self, message: dict[str, Any]) -> None:
        assert message["partNumber"] == len(self._chunks)
        assert {m["transitionId"] for m in self._chunks} <= {message["transitionId"]}
        self._chunks.append(message)
        if len(self._chunks) == message["totalParts"]:
            whole = "".join(part["chunk"] for part in self._chunks)
            self._chunks.clear()
            self._transition(json.loads(whole))

    def _transition(self, message: dict[str, Any]) -> None:
        assert not self._chunks, "only Pings come between chunks"
        start, end = _version(message["startVersion"]), _version(message["endVersion"])
        assert start == self._version, "a Transition starts where the last one ended"
        assert all(before <= after for before, after in zip(start, end, strict=True)), "nothing goes back"
        assert end[0] <= self._announced
        assert end[1] <= self._identity
        assert end[2] >= self.newest_ts, "not even over connections"
        assert type(message["clientClockSkew"]) is int
        assert type(message["serverTs"]) is int
        first = self._version == (0, 0, 0)
        assert not first or end[0] > 0 or not self.queries, "the first Transition holds the query set"
        self._version = end
        self.newest_ts = end[2]
        self.transitions += 1
        if first:
            self.results = {}
        for change in message["modifications"]:
            self._apply(change)
        for number, version in list(self._waiting_for.items()):
            if version <= end[0]:
                assert number in self.results, "a query is answered by the Transition that reaches its version"
                del self._waiting_for[number]
        for number, pending in list(self.pending.items()):
            if pending.answer is not None and pending.answer["success"] and _number(pending.answer["ts"]) <= end[2]:
                self._settle(number, pending.answer)
        self.history.append((end[2], dict(self.results)))

    def _apply(self, change: dict[str, Any]) -> None:
        number = change["queryId"]
        if change["type"] == "QueryRemoved":
            return
        assert isinstance(change["logLines"], list)
        assert "journal" in change
        if number not in self.queries:
            return
        self._journals[number] = change["journal"]
        if change["type"] == "QueryUpdated":
            shown = change["value"]
        else:
            assert change["type"] == "QueryFailed"
            assert change.get("errorData", "") is not None, "data that are null are data"
            shown = {"failed": change["errorMessage"], "data": change.get("errorData")}
        written = json.dumps(shown, sort_keys=True)
        assert self._fresh.get(number) != written, "what looks the same is not sent again"
        self._fresh[number] = written
        self.results[number] = shown

    def _mutation_response(self, message: dict[str, Any]) -> None:
        number = message["requestId"]
        assert number in self.pending, "nothing is answered that was not asked"
        pending = self.pending[number]
        assert pending.answer is None or pending.sends > 1, "nothing is answered twice on a connection"
        assert isinstance(message["logLines"], list)
        earlier = [p for n, p in self.pending.items() if n < number]
        assert all(p.answer is not None for p in earlier), "mutations are answered in order"
        if not message["success"]:
            assert "result" in message
            assert message.get("errorData", "") is not None, "data that are null are data"
            self._settle(number, message)
            return
        assert "result" in message
        if pending.sends == 1:
            assert _number(message["ts"]) > self._version[2], "no effect is shown before its answer"
        if pending.answer is not None:
            assert pending.answer["ts"] == message["ts"], "sent again, it is answered as before"
            assert pending.answer["result"] == message["result"]
        pending.answer = message

    def _settle(self, number: int, answer: dict[str, Any]) -> None:
        del self.pending[number]
        self.outcomes[number] = answer


def _version(wire: dict[str, Any]) -> tuple[int, int, int]:
    assert type(wire["querySet"]) is int
    assert type(wire["identity"]) is int
    return wire["querySet"], wire["identity"], _number(wire["ts"])


def _number(stamp: str) -> int:
    raw = b64decode(stamp, validate=True)
    assert len(raw) == 8
    return int.from_bytes(raw, "little")


def _stamp(number: int) -> str:
    return b64encode(number.to_bytes(8, "little")).decode()
