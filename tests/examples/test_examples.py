"""The examples do what their README says, each as a program of its own against a running server."""

import asyncio
import json
import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import pytest

from connvo.demo.answers import Candidate, Signal
from connvo.demo.calls import Signalling
from connvo.demo.client import Client
from connvo.demo.mailbox import Mailbox
from connvo.demo.peer import Kind, Peer, stay_on_this_machine
from tests.protocol.serving import HERE as CLIENTS
from tests.protocol.serving import node
from tests.support.live import LiveServer, clean_environment, serving

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples"
ADDRESS = "http://127.0.0.1:3210"
PATIENCE_SECONDS = 45.0
BLOCK = re.compile(r"^```bash\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The bot as its users start it, but with media on this machine alone.
BOT = f"""
import runpy
from connvo.demo.peer import stay_on_this_machine
stay_on_this_machine()
runpy.run_path({str(EXAMPLES / "bot.py")!r}, run_name="__main__")
"""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[LiveServer]:
    """A server with default settings."""
    with serving(tmp_path / "data") as served:
        yield served


@contextmanager
def running(*command: str) -> Iterator["subprocess.Popen[str]"]:
    """Run a program; it must end well within the block."""
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=clean_environment()
    ) as program:
        try:
            yield program
            _, errors = program.communicate(timeout=PATIENCE_SECONDS)
            assert program.returncode == 0, errors
        finally:
            program.kill()


def read_until(output: IO[str] | None, start: str) -> str:
    """Return the first line that starts so, without that start."""
    assert output is not None
    for line in output:
        if line.startswith(start):
            return line.removeprefix(start).strip()
    raise AssertionError(f"the program never printed {start!r}")


def signed_up(server: LiveServer, name: str) -> str:
    """Return the token of a new user."""
    token = server.token(name)
    server.call(token, "users/mutations:upsertUser", workosUserId=name, email=f"{name}@example.org")
    return token


def started(server: LiveServer, host: str) -> tuple[str, str]:
    """Return the id of a meeting that its host is in, and the code of its link."""
    meeting: str = server.call(host, "meetings/lifecycle:createMeeting", title="Example")["meetingId"]
    server.call(host, "meetings/lifecycle:startMeeting", meetingId=meeting)
    server.call(host, "meetings/lifecycle:joinMeeting", meetingId=meeting)
    code: str = server.call(host, "meetings/links:createLink", meetingId=meeting)["code"]
    return meeting, code


def messages(server: LiveServer, token: str, meeting: str) -> list[str]:
    """Return what was written in a meeting, oldest first."""
    newest = {"numItems": 20, "cursor": None}
    page = server.call(token, "meetings/chat:listMessages", meetingId=meeting, paginationOpts=newest)["page"]
    return [message["text"] for message in reversed(page)]


def test_the_python_client_follows_a_list_until_a_guest_comes(server: LiveServer) -> None:
    guest = signed_up(server, "guest")
    with running(sys.executable, str(EXAMPLES / "python_client.py"), server.url, server.token("alice")) as program:
        code = read_until(program.stdout, "link: ")
        assert read_until(program.stdout, "in the meeting: ") == "1 of 1"
        meeting = server.call(guest, "meetings/links:acceptLink", code=code)["meetingId"]
        server.call(guest, "meetings/lifecycle:joinMeeting", meetingId=meeting)
        read_until(program.stdout, "a guest came")
    assert server.call(guest, "meetings/queries:getMeeting", meetingId=meeting)["state"] == "concluded"


def test_the_javascript_client_answers_in_the_chat(server: LiveServer, tmp_path: Path) -> None:
    host = signed_up(server, "host")
    meeting, code = started(server, host)
    program = tmp_path / "client.mjs"
    program.write_text((EXAMPLES / "javascript" / "client.mjs").read_text("utf-8"))
    (tmp_path / "node_modules").symlink_to(CLIENTS / "node_modules")
    command = node("client.mjs")[0]
    with running(command, str(program), server.url, server.token("bob"), code) as client:
        read_until(client.stdout, "in the meeting")
        server.call(host, "meetings/chat:sendMessage", meetingId=meeting, text="bye")
        read_until(client.stdout, "left")
    assert messages(server, host, meeting) == ["Hello", "bye", "You said: bye"]


def test_the_bot_of_notes_writes_while_others_write(server: LiveServer) -> None:
    host = signed_up(server, "host")
    meeting, code = started(server, host)

    def write(position: float, content: str) -> None:
        operation = {"type": "insert", "position": position, "content": content}
        args = {"meetingId": meeting, "operation": operation, "clientSequence": 0}
        server.call(host, "notes/mutations:applyNoteOperation", **args)

    def text() -> str:
        read: str = server.call(host, "notes/queries:getMeetingNotes", meetingId=meeting)["content"]
        return read

    write(0, "# Plans \U0001f600\n")
    with running(sys.executable, str(EXAMPLES / "notes_bot.py"), server.url, server.token("bot"), code) as bot:
        read_until(bot.stdout, "writing notes")
        for number, said in enumerate(["todo Call Ada", "nothing to do", "Todo write \U0001f600"]):
            server.call(host, "meetings/chat:sendMessage", meetingId=meeting, text=said)
            write(0, f"{number}\n")
        deadline = time.monotonic() + PATIENCE_SECONDS
        while "write" not in text() and time.monotonic() < deadline:
            time.sleep(0.2)
        server.call(host, "meetings/lifecycle:endMeeting", meetingId=meeting)
    lines = text().splitlines()
    assert sorted(lines) == ["# Plans \U0001f600", "- [ ] Call Ada", "- [ ] write \U0001f600", "0", "1", "2"]


def test_it_is_installed_with_the_versions_that_are_tested() -> None:
    tested = json.loads((CLIENTS / "package.json").read_text("utf-8"))["dependencies"]
    wanted = json.loads((EXAMPLES / "javascript" / "package.json").read_text("utf-8"))["dependencies"]
    assert wanted.items() <= tested.items()


def test_the_bot_sends_sound_and_picture_back(server: LiveServer) -> None:
    host = signed_up(server, "host")
    meeting, code = started(server, host)
    stay_on_this_machine()
    with running(sys.executable, "-c", BOT, server.url, server.token("bot"), code) as bot:
        session = read_until(bot.stdout, "in the call as ")
        asyncio.run(echoed(server.url, host, meeting, session))
        server.call(host, "meetings/lifecycle:endMeeting", meetingId=meeting)


async def echoed(url: str, token: str, meeting: str, bot: str) -> None:
    """Call the bot, and wait until sound and picture have come back."""
    heard: dict[Kind, asyncio.Event] = {"audio": asyncio.Event(), "video": asyncio.Event()}
    peer = Peer(bot, [], lambda kind: heard[kind].set())
    async with Client(url, token) as client:
        calls = Signalling(client)

        async def handle(signal: Signal) -> None:
            content = signal.content()
            await (peer.add(content) if isinstance(content, Candidate) else peer.accept(content))

        own = str(uuid4())
        await calls.create_session(meeting, own)
        (user,) = {s.user_id for s in await calls.get_active_sessions(meeting) if s.session_id == bot}
        description, candidates = await peer.offer()
        await calls.send_description(meeting, own, user, description)
        for candidate in candidates:
            await calls.send_candidate(meeting, own, user, candidate)
        mail = asyncio.create_task(Mailbox(calls, meeting, handle).watch())
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                await peer.connected.wait()
                await asyncio.gather(*(event.wait() for event in heard.values()))
        finally:
            mail.cancel()
            await peer.close()


def test_words_are_delivered_and_read_back(server: LiveServer) -> None:
    host = signed_up(server, "host")
    meeting, code = started(server, host)
    said = ["Good morning everyone", "<b>this</b> is the second sentence"]
    ran = subprocess.run(
        [sys.executable, str(EXAMPLES / "captions.py"), server.url, server.token("bot"), code],
        input="\n".join([*said, "", ""]),
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert ran.returncode == 0, ran.stderr
    assert ran.stdout.splitlines() == ["stored 1", "stored 2", f"1: {said[0]}", f"2: {said[1]}"]
    (segment,) = server.call(host, "transcripts/queries:getTranscriptSegments", meetingId=meeting)
    assert segment["text"] == " ".join(said)


def test_the_curl_version_does_the_same(server: LiveServer) -> None:
    (script,) = BLOCK.findall((EXAMPLES / "README.md").read_text("utf-8"))
    variables = {
        "CONNVO_DATA": str(server.data),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
    }
    ran = subprocess.run(
        ["bash", "-eu", "-o", "pipefail"],
        input=script.replace(ADDRESS, server.url),
        env=clean_environment() | variables,
        capture_output=True,
        text=True,
        timeout=PATIENCE_SECONDS,
    )
    assert ran.returncode == 0, ran.stderr
    answers: list[dict[str, Any]] = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {answer["status"] for answer in answers} == {"success"}
    lists = [answer["value"] for answer in answers if isinstance(answer["value"], list)]
    assert [[member["presence"] for member in members] for members in lists] == [["joined"]] * 3
