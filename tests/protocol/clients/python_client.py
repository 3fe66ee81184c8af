"""The official Python client, on a line that can be cut. Prints what it has checked; fails with a traceback.

A program of its own, and never in the server's process: this client holds the interpreter's lock while it waits.
"""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from convex import ConvexClient, ConvexError, ConvexInt64
from convex.http_client import ConvexHttpClient

T = TypeVar("T")
GIVEN = json.loads(os.environ["GIVEN"])
TOKENS = GIVEN["tokens"]
PATIENCE_SECONDS = 30.0
CHANNEL: dict[str, Any] = {"channel": "python"}
OVERLONG = 2_000_000  # more than a message may have
LARGE = 22_000_000  # more than the 16 MiB that the client reads in one frame


class TookTooLong(Exception):
    """The client blocks; only a signal gets through to it."""


def _give_up(*_: object) -> None:
    raise TookTooLong


def within(work: Callable[[], T]) -> T:
    """Return what `work` gives in time."""
    signal.setitimer(signal.ITIMER_REAL, PATIENCE_SECONDS)
    try:
        return work()
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def error_of(work: Callable[[], Any]) -> Exception:
    """Return the error that `work` must raise in time."""
    try:
        value = within(work)
    except TookTooLong:
        raise
    except Exception as error:
        return error
    raise AssertionError(f"it succeeded with {value!r}")


def done(what: str) -> None:
    """Say that something was checked."""
    print(f"ok {what}", flush=True)


class Line:
    """The relay between the client and the server, in its own process for the same reason."""

    def __init__(self, port: int) -> None:
        command = [sys.executable, "-m", "tests.protocol.relay", str(port)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.port = int(self._answer())

    def _answer(self) -> str:
        assert self._process.stdout is not None
        return self._process.stdout.readline()

    def cut(self) -> None:
        """Cut every connection."""
        assert self._process.stdin is not None
        self._process.stdin.write("cut\n")
        self._process.stdin.flush()
        self._answer()

    def close(self) -> None:
        """End the relay."""
        self._process.kill()
        self._process.communicate()


def next_that(values: Iterator[Any], fits: Callable[[Any], bool]) -> Any:
    """Return the first value of a subscription that fits; the client may show one twice and skip others."""
    return within(lambda: next(value for value in values if fits(value)))


def add(client: ConvexClient, text: str) -> Any:
    """Add a note."""
    return within(lambda: client.mutation("notes:add", {"text": text, **CHANNEL}))


def check_calls(client: ConvexClient) -> None:
    """Queries, mutations, actions and their failures."""
    assert within(lambda: client.query("notes:inChannel", CHANNEL)) == []
    done("query")
    assert isinstance(add(client, "a"), str)
    assert within(lambda: client.query("notes:count", CHANNEL)) == 1.0
    done("mutation")
    assert within(lambda: client.action("values:act", {"x": 1}))["echo"] == {"x": 1.0}
    done("action")
    for kind in ("query", "mutation", "action"):
        call = getattr(client, kind)
        refused = error_of(lambda call=call, kind=kind: call(f"errors:{kind}Refuses", {}))  # type: ignore[misc]
        assert isinstance(refused, ConvexError), refused
        assert refused.data["code"] == "CONFLICT"
        broken = error_of(lambda call=call, kind=kind: call(f"errors:{kind}Breaks", {}))  # type: ignore[misc]
        assert not isinstance(broken, ConvexError), broken
        assert "secret" not in str(broken)
        done(f"{kind} that fails")
    assert "Could not find" in str(error_of(lambda: client.query("no:such", {})))
    done("unknown function")
    for call, path, name in (
        (client.query, "values:echo", "n"),
        (client.mutation, "notes:add", "text"),
        (client.action, "values:act", "x"),
    ):
        refused = error_of(lambda call=call, path=path, name=name: call(path, {name: "x" * OVERLONG}))  # type: ignore[misc]
        assert isinstance(refused, ConvexError), refused
        assert refused.data["code"] == "LIMIT_EXCEEDED"
    assert within(lambda: client.query("notes:count", CHANNEL)) == 1.0
    done("calls that are too large")
    given: dict[str, Any] = {"i": ConvexInt64(-7), "b": b"\x00\xff", "n": 1, "z": None}
    echo = within(lambda: client.query("values:echo", given))["echo"]
    assert echo == {"i": ConvexInt64(-7), "b": b"\x00\xff", "n": 1.0, "z": None}
    assert isinstance(echo["n"], float)
    done("values")


def check_subscription(client: ConvexClient, line: Line) -> None:
    """A live query, over a line that is cut."""
    notes: Iterator[Any] = iter(client.subscribe("notes:inChannel", CHANNEL))
    first = within(lambda: next(notes))
    add(client, "b")
    assert len(next_that(notes, lambda rows: len(rows) > len(first))) == len(first) + 1
    done("subscription")
    line.cut()
    try:
        add(client, "after the cut")
    except Exception as error:
        if "channel closed" not in str(error):
            raise
        # The call that meets the cut may fail inside the client, which recovers automatically.
        add(client, "after the cut")
    next_that(notes, lambda rows: rows[-1]["text"] == "after the cut")
    done("subscription over a cut")
    everything = client.watch_all()
    add(client, "for all")
    assert isinstance(within(lambda: next(iter(everything))), dict)
    done("all subscriptions")


def check_identity(client: ConvexClient) -> None:
    """Signing in and out."""
    assert within(lambda: client.query("values:whoami", {})) is None
    client.set_auth(TOKENS["alice"])
    assert within(lambda: client.query("values:whoami", {})) == "alice"
    client.clear_auth()
    assert within(lambda: client.query("values:whoami", {})) is None
    done("identity")


def check_large_results(client: ConvexClient) -> None:
    """A result beyond what the client reads in one frame."""
    text = within(lambda: client.query("values:large", {"characters": LARGE}))
    assert len(text.encode()) > LARGE
    done("large result")


def check_http() -> None:
    """The HTTP client that comes with it."""
    client = ConvexHttpClient(GIVEN["url"])
    assert within(lambda: client.query("notes:count", CHANNEL)) > 0
    assert isinstance(error_of(lambda: client.query("errors:queryRefuses", {})), ConvexError)
    assert not isinstance(error_of(lambda: client.query("errors:queryBreaks", {})), ConvexError)
    client.set_auth(TOKENS["forged"])
    assert str(error_of(lambda: client.query("values:whoami", {}))).startswith("401 ")
    done("HTTP")


def main() -> None:
    """Check everything."""
    signal.signal(signal.SIGALRM, _give_up)
    line = Line(int(GIVEN["url"].rpartition(":")[2]))
    client = ConvexClient(f"http://127.0.0.1:{line.port}")
    check_calls(client)
    check_subscription(client, line)
    check_identity(client)
    check_large_results(client)
    check_http()
    line.close()
    print("all ok", flush=True)
    os._exit(0)


if __name__ == "__main__":
    main()
