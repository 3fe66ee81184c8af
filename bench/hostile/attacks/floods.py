"""Floods of each door beyond the power of a server, from many accounts and networks and without call budgets.

Shedding by load alone stands between them and the bystanders' signals.
"""

import json
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

from bench.hostile.ground import Ground, bearer

from .bodies import code_of
from .registry import attack

ACCOUNTS, CROWD, PIPELINE, WATCHED = 40, 80, 20, 40
PLENTY = "1000000000"
# Budgets of accounts and networks would end a flood before it loads the server.
UNBUDGETED = {
    "RATE_NETWORK_BURST": PLENTY,
    "RATE_NETWORK_PER_SECOND": PLENTY,
    "RATE_ACCOUNT_BURST": PLENTY,
    "RATE_ACCOUNT_PER_SECOND": PLENTY,
    "AUTH_NAME_BURST": PLENTY,
    "AUTH_NAME_PER_DAY": PLENTY,
    "AUTH_NAME_TOTAL_BURST": PLENTY,
}
HTTP_OK = 200
UPLOAD_CHARS = 900_000
Body = Callable[[int], Mapping[str, Any]]


@attack("mutations over HTTP of 40 accounts, without budgets", accounts=ACCOUNTS, settings=UNBUDGETED)
async def flood_mutations(ground: Ground) -> None:
    """Change settings, a call of normal priority."""
    await _requests(ground, "/api/mutation", "settings/mutations:updateSettings", {"profileVisibility": True})


@attack("important mutations over HTTP of 40 accounts, without budgets", accounts=ACCOUNTS, settings=UNBUDGETED)
async def flood_meetings(ground: Ground) -> None:
    """Make meetings, a call of high priority."""
    await _requests(ground, "/api/mutation", "meetings/lifecycle:createMeeting", {"title": "Meeting"})


@attack("queries over HTTP of 40 accounts, without budgets", accounts=ACCOUNTS, settings=UNBUDGETED)
async def flood_queries(ground: Ground) -> None:
    """Ask for lists of meetings."""
    await _requests(ground, "/api/query", "meetings/queries:listUserMeetings", {})


@attack("calls of low priority of 40 accounts, without budgets", accounts=ACCOUNTS, settings=UNBUDGETED)
async def flood_low_calls(ground: Ground) -> None:
    """Ask for the own use of the server."""
    await _requests(ground, "/api/query", "monitoring/bandwidthManager:getBandwidthStats", {})


@attack("uploads of 900 kB of 40 accounts, without budgets", accounts=ACCOUNTS, settings=UNBUDGETED)
async def flood_uploads(ground: Ground) -> None:
    """Send texts that are refused only once they were read."""
    text = "x" * UPLOAD_CHARS
    await _requests(ground, "/api/mutation", "users/reports:report", {"userId": "x", "text": text})


@attack("sign-ins by name from 80 networks, without budgets", settings=UNBUDGETED)
async def flood_sign_ins(ground: Ground) -> None:
    """Have tokens made."""

    async def one(number: int) -> None:
        line = await ground.dial(number)
        while ground.running:
            body = json.dumps({"subject": str(uuid4()), "name": "Mallory"}).encode()
            status, answer = await line.request("POST", "/api/auth/local", body)
            ground.note("tokens" if status == HTTP_OK else f"{status} {code_of(answer)}")

    await ground.crowd(CROWD, one)


@attack("mutations over 80 sockets of 40 accounts, without budgets", accounts=ACCOUNTS, settings=UNBUDGETED)
async def flood_sockets(ground: Ground) -> None:
    """Change settings over sockets, twenty at a time."""
    path, arguments = "settings/mutations:updateSettings", {"profileVisibility": True}

    async def one(number: int) -> None:
        socket = await ground.socket(number)
        await socket.greet(ground.target.tokens[number % ACCOUNTS])
        request = 0
        while ground.running:
            for _ in range(PIPELINE):
                await socket.say("Mutation", requestId=request, udfPath=path, args=[arguments])
                request += 1
            answered = 0
            while answered < PIPELINE:
                heard = json.loads(await socket.hear())
                if heard["type"] == "MutationResponse":
                    answered += 1
                    ground.note("done" if heard["success"] else str(heard.get("errorData", {}).get("code")))

    await ground.crowd(CROWD, one)


@attack(
    "1,600 live queries of 40 accounts beside their changes, without budgets", accounts=ACCOUNTS, settings=UNBUDGETED
)
async def flood_live_queries(ground: Ground) -> None:
    """Watch the own settings forty times on each socket, and change them."""
    watched, changing = "settings/queries:getCurrentUserSettings", "settings/mutations:updateSettings"

    async def one(number: int) -> None:
        socket = await ground.socket(number)
        await socket.greet(ground.target.tokens[number % ACCOUNTS])
        adds = [{"type": "Add", "queryId": id, "udfPath": watched, "args": [{}]} for id in range(WATCHED)]
        await socket.say("ModifyQuerySet", baseVersion=0, newVersion=1, modifications=adds)
        request = 0
        while ground.running:
            seen = {"profileVisibility": request % 2 == 0}
            await socket.say("Mutation", requestId=request, udfPath=changing, args=[seen])
            request += 1
            while json.loads(await socket.hear())["type"] != "MutationResponse":
                ground.note("messages")
            ground.note("changes")

    await ground.crowd(ACCOUNTS, one)


async def _requests(ground: Ground, door: str, path: str, arguments: Mapping[str, Any]) -> None:
    """Call a function again and again over a kept connection of each of 80 networks."""
    body = json.dumps({"path": path, "args": arguments}).encode()

    async def one(number: int) -> None:
        line = await ground.dial(number)
        headers = bearer(ground.target.tokens[number % ACCOUNTS])
        while ground.running:
            status, answer = await line.request("POST", door, body, headers)
            failed = status == HTTP_OK and json.loads(answer)["status"] != "success"
            code = code_of(answer) if status != HTTP_OK else ""
            ground.note("refused by the function" if failed else f"{status} {code}".strip())

    await ground.crowd(CROWD, one)
