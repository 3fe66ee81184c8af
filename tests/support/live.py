"""A server in a process of its own, started as its users start it, on a free port and a folder of its own."""

import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple
from urllib.request import Request, urlopen

from connvo.settings import IdentitySettings
from connvo.transport.auth.local_issuer import LocalIssuer

CONNVO = (sys.executable, "-m", "connvo")
BANNER = re.compile(r"^connvo \S+ at (http://\S+)$")
PATIENCE_SECONDS = 30
TOKEN_SECONDS = 3600
OVERLOAD = "CONNVO_OVERLOAD_SIGNALS"


class LiveMeeting(NamedTuple):
    """A meeting of two who have joined it: its id, and their tokens."""

    meeting: str
    host: str
    guest: str


class LiveServer:
    """A running server: where it listens, and callers of it."""

    def __init__(self, url: str, data: Path) -> None:
        self.url = url
        self.data = data

    def token(self, subject: str, **claims: Any) -> str:
        """Return a token of the server's own issuer; `operator=True` for one of an operator."""
        issuer = LocalIssuer.open(self.data)
        given = {"email": f"{subject}@example.org", **claims}
        return issuer.mint(subject, IdentitySettings(), time.time(), TOKEN_SECONDS, **given)

    def call(self, token: str, path: str, **args: Any) -> Any:
        """Return the value of a call of `module:function` that must succeed."""
        request = Request(
            f"{self.url}/api/run/{path.replace(':', '/')}",
            json.dumps({"args": args}).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {token}"},
        )
        with urlopen(request, timeout=PATIENCE_SECONDS) as response:
            envelope = json.load(response)
        assert envelope["status"] == "success", f"{path}: {envelope}"
        return envelope["value"]

    def meet(self, title: str) -> LiveMeeting:
        """Return a meeting that a host and a guest have joined."""
        host, guest = (self.token(name) for name in ("host", "guest"))
        accounts = [
            self.call(token, "users/mutations:upsertUser", workosUserId=name, email=f"{name}@example.org")
            for token, name in ((host, "host"), (guest, "guest"))
        ]
        meeting = self.call(host, "meetings/lifecycle:createMeeting", title=title)["meetingId"]
        about = {"meetingId": meeting}
        self.call(host, "meetings/lifecycle:addParticipant", **about, userId=accounts[1], role="participant")
        self.call(guest, "meetings/invitations:acceptInvitation", **about)
        self.call(host, "meetings/lifecycle:startMeeting", **about)
        for token in (host, guest):
            self.call(token, "meetings/lifecycle:joinMeeting", **about)
        return LiveMeeting(meeting, host, guest)


@contextmanager
def serving(data: Path, **variables: str) -> Iterator[LiveServer]:
    """Run a server on this data folder; it is stopped, and must stop cleanly, at the end. `variables` are settings."""
    errors = data.with_suffix(".log")
    with errors.open("wb") as log:
        process = subprocess.Popen(
            [*CONNVO, "serve", "--port", "0", "--data", str(data)],
            env=clean_environment() | variables,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        )
    with process:
        try:
            assert process.stdout is not None
            banner = BANNER.match(process.stdout.readline().rstrip())
            assert banner is not None, errors.read_text()
            yield LiveServer(banner[1], data)
        finally:
            process.terminate()
            process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, errors.read_text()


def clean_environment() -> dict[str, str]:
    """Return the environment without anybody's settings; no memory or lag of this machine refuses a call."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("CONNVO_")}
    return kept | {OVERLOAD: "queue"}
