"""Carry WebDriver BiDi between Playwright and Firefox, and answer the commands that this Firefox does not know yet.

Playwright asks every browser to emulate colour schemes and screens and to collect responses, and gives up on one that
cannot. An extended support release is older than some of these commands, and no test of a call needs them.

Run `python -m tests.support.bidi_bridge [--net FILE] FIREFOX ARGUMENTS` in Firefox's place. With `--net`, Firefox runs
in that network namespace, and Playwright outside of it.
"""

import asyncio
import json
import os
import re
import socket
import sys
from asyncio import StreamReader
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable
from pathlib import Path
from typing import Any

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve

from .net import enter

SAYING = "WebDriver BiDi listening on"
LISTENING = re.compile(rf"{SAYING} (ws://\S+)")
UNKNOWN = "unknown command"
# Commands that no test of a call needs, and the result that stands for each.
NOT_NEEDED: dict[str, dict[str, str]] = {
    "browser.setDownloadBehavior": {},
    "emulation.setMediaFeaturesOverride": {},
    "emulation.setScreenOrientationOverride": {},
    "emulation.setScreenSettingsOverride": {},
    "network.addDataCollector": {"collector": "none"},
}


async def main(net: Path | None, command: list[str]) -> int:
    """Run Firefox, carry the commands of Playwright to it and its answers back; return its exit code."""
    listening = socket.create_server(("127.0.0.1", 0))  # before the namespace: Playwright is outside of it
    if net is not None:
        with net.open() as namespace:
            enter(namespace.fileno())
    firefox = await asyncio.create_subprocess_exec(*command, stderr=PIPE)
    assert firefox.stderr is not None
    url = await _address(firefox.stderr)
    if url is None:
        return await firefox.wait()
    async with serve(_bridge(url), sock=listening, max_size=None):
        sys.stderr.write(f"{SAYING} ws://127.0.0.1:{listening.getsockname()[1]}\n")
        return await _ended(firefox, firefox.stderr)


async def _address(said: StreamReader) -> str | None:
    """Return the address that Firefox listens at, or None when it ends before."""
    while line := (await said.readline()).decode():
        if found := LISTENING.search(line):
            return found[1]
        sys.stderr.write(line)
    return None


async def _ended(firefox: Process, said: StreamReader) -> int:
    while line := await said.readline():
        sys.stderr.write(line.decode())
    return await firefox.wait()


def _bridge(url: str) -> Callable[[ServerConnection], Any]:
    async def handle(playwright: ServerConnection) -> None:
        assert playwright.request is not None
        asked: dict[int, str] = {}
        async with connect(url + playwright.request.path, max_size=None, proxy=None) as firefox:
            await asyncio.gather(_ask(playwright, firefox, asked), _answer(firefox, playwright, asked))

    return handle


async def _ask(playwright: ServerConnection, firefox: ClientConnection, asked: dict[int, str]) -> None:
    async for message in playwright:
        command = json.loads(message)
        if command["method"] in NOT_NEEDED:
            asked[command["id"]] = command["method"]
        await firefox.send(message)
    await firefox.close()


async def _answer(firefox: ClientConnection, playwright: ServerConnection, asked: dict[int, str]) -> None:
    async for message in firefox:
        answer = json.loads(message)
        method = asked.pop(answer.get("id"), None)
        if method is not None and answer.get("error") == UNKNOWN:
            answer = {"type": "success", "id": answer["id"], "result": NOT_NEEDED[method]}
            message = json.dumps(answer)
        await playwright.send(message)
    await playwright.close()


if __name__ == "__main__":
    arguments = sys.argv[1:]
    namespace = Path(arguments[1]) if arguments[0] == "--net" else None
    os._exit(asyncio.run(main(namespace, arguments[2:] if namespace else arguments)))
