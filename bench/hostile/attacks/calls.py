"""Attacks by very many calls, each of which is allowed."""

import json
from base64 import urlsafe_b64encode
from os import urandom
from typing import Any
from uuid import uuid4

from bench.hostile.ground import Ground, bearer

from .bodies import code_of
from .registry import attack

LIFECYCLE, SIGNALING = "meetings/lifecycle", "meetings/webrtc/signaling"
SOCKETS = 10
TOGETHER = 50
TURN = {"ICE_TURN_URLS": "turn:127.0.0.1:3478", "ICE_TURN_SECRET": "s" * 32}


@attack("calls without a token")
async def anonymous_calls(ground: Ground) -> None:
    """Ask for the catalogue."""
    await _loop(ground, "POST", "/api/query", b'{"path":"interests/queries:listCatalog","args":{}}')


@attack("the same from 100 networks")
async def anonymous_calls_spread(ground: Ground) -> None:
    """Ask for the catalogue from many addresses."""
    await _loop(ground, "POST", "/api/query", b'{"path":"interests/queries:listCatalog","args":{}}', networks=100)


@attack("refused calls of one account", accounts=1)
async def refused_calls(ground: Ground) -> None:
    """Call what there is not."""
    await _loop(ground, "POST", "/api/query", b'{"path":"a:b","args":{}}', token=ground.target.tokens[0])


@attack("tokens with a wrong signature")
async def bad_tokens(ground: Ground) -> None:
    """Have signatures checked: each token is another one, of the server's own key id."""
    line = await ground.dial()
    _, known = await line.request("GET", "/.well-known/jwks.json")
    line.close()
    keys = json.loads(known).get("keys") if known.startswith(b"{") else None
    key = keys[0]["kid"] if keys else "a"
    head = _part({"alg": "ES256", "typ": "JWT", "kid": key})

    async def one(number: int) -> None:
        line = await ground.dial(number)
        while ground.running:
            claims = {"iss": "connvo:local", "aud": "connvo", "sub": str(uuid4()), "exp": 2**32}
            token = f"{head}.{_part(claims)}.{urlsafe_b64encode(urandom(64)).rstrip(b'=').decode()}"
            status, answer = await line.request("POST", "/api/query_ts", b"{}", bearer(token))
            ground.note(f"{status} {code_of(answer)}")

    await ground.crowd(8, one)


@attack("the description of the API in a loop")
async def documents(ground: Ground) -> None:
    """Fetch the largest document."""
    await _loop(ground, "GET", "/openapi.json")


@attack("metrics in a loop")
async def metrics(ground: Ground) -> None:
    """Fetch the metrics."""
    await _loop(ground, "GET", "/metrics")


@attack("deep health checks in a loop")
async def health_checks(ground: Ground) -> None:
    """Fetch the deep check."""
    await _loop(ground, "GET", "/readyz?deep=1")


@attack("the page in a loop")
async def pages(ground: Ground) -> None:
    """Fetch the page."""
    await _loop(ground, "GET", "/")


@attack("preflights in a loop")
async def preflights(ground: Ground) -> None:
    """Ask what a page may send."""
    await _loop(ground, "OPTIONS", "/api/query")


@attack("accounts by name")
async def accounts(ground: Ground) -> None:
    """Sign in by another name each time, and make the account."""
    await _accounts(ground, 1)


@attack("the same from 100 networks")
async def accounts_spread(ground: Ground) -> None:
    """Sign in by name from many addresses."""
    await _accounts(ground, 100)


async def _accounts(ground: Ground, networks: int) -> None:
    async def one(number: int) -> None:
        line = await ground.dial(number % networks)
        while ground.running:
            body = json.dumps({"subject": str(uuid4()), "name": "Mallory"}).encode()
            status, answer = await line.request("POST", "/api/auth/local", body)
            if status != 200:
                ground.note(f"{status} {code_of(answer)}")
                continue
            given = json.loads(answer)
            email = f"{uuid4()}@example.org"
            made = await ground.call(
                line, "users/mutations:upsertUser", given["token"], workosUserId=given["subject"], email=email
            )
            ground.note("accounts", made is not None)

    await ground.crowd(min(100, max(8, networks)), one)


@attack("meetings of one account", accounts=1)
async def meetings(ground: Ground) -> None:
    """Make meetings that nobody needs."""
    await _calls(ground, 8, f"{LIFECYCLE}:createMeeting", title="M" * 100, description="d" * 1_000)


@attack("actions of one account", accounts=1, settings=TURN)
async def actions(ground: Ground) -> None:
    """Ask for relays."""
    arguments = {"meetingId": await _own_meeting(ground)}
    await _messages(ground, "Action", "meetings/webrtc/turn:getICEServers", arguments)


@attack("mutations of one account over ten sockets", accounts=1)
async def mutations(ground: Ground) -> None:
    """Change one's own settings."""
    await _messages(ground, "Mutation", "settings/mutations:updateSettings", {"profileVisibility": True})


@attack("signals of a member of the bystanders' meeting", accounts=1)
async def signals(ground: Ground) -> None:
    """Send candidates to everybody in the call."""
    token, meeting = ground.target.tokens[0], ground.target.meeting
    line = await ground.dial()
    await ground.call(line, "meetings/links:acceptLink", token, code=ground.target.link)
    await ground.call(line, f"{LIFECYCLE}:joinMeeting", token, meetingId=meeting)
    session = str(uuid4())
    await ground.call(line, f"{SIGNALING}:createWebRTCSession", token, meetingId=meeting, sessionId=session)
    offer = {"type": "offer", "sdp": "v=0\r\n" + "a=x\r\n" * 10_000}
    arguments = {"meetingId": meeting, "sessionId": session, "description": offer}
    await _messages(ground, "Mutation", f"{SIGNALING}:exchangeSessionDescription", arguments)


async def _own_meeting(ground: Ground) -> str:
    """Return a running meeting of the attacker's, empty if there can be none."""
    token = ground.target.tokens[0]
    line = await ground.dial()
    created = await ground.call(line, f"{LIFECYCLE}:createMeeting", token, title="Mine")
    if created is None:
        return ""
    meeting: str = created["meetingId"]
    for step in ("startMeeting", "joinMeeting"):
        await ground.call(line, f"{LIFECYCLE}:{step}", token, meetingId=meeting)
    return meeting


async def _messages(ground: Ground, kind: str, path: str, arguments: dict[str, Any]) -> None:
    """Send calls over ten sockets, some at a time, each when the earlier ones are answered."""

    async def one(number: int) -> None:
        socket = await ground.socket()
        await socket.greet(ground.target.tokens[0])
        request = 0
        while ground.running:
            for _ in range(TOGETHER):
                await socket.say(kind, requestId=request, udfPath=path, args=[arguments])
                request += 1
            answered = 0
            while answered < TOGETHER:
                heard = json.loads(await socket.hear())
                if heard["type"] in ("MutationResponse", "ActionResponse"):
                    answered += 1
                    ground.note("done" if heard["success"] else str(heard.get("errorData", {}).get("code")))

    await ground.crowd(SOCKETS, one)


async def _calls(ground: Ground, at_once: int, path: str, **arguments: Any) -> None:
    async def one(number: int) -> None:
        line = await ground.dial()
        while ground.running:
            await ground.call(line, path, ground.target.tokens[0], **arguments)

    await ground.crowd(at_once, one)


async def _loop(
    ground: Ground, method: str, path: str, body: bytes = b"", token: str | None = None, networks: int = 1
) -> None:
    """Send a request again and again over kept connections."""
    headers = {"Origin": "https://elsewhere.example", **bearer(token)}

    async def one(number: int) -> None:
        line = await ground.dial(number % networks)
        while ground.running:
            status, answer = await line.request(method, path, body, headers)
            ground.note(f"{status} {code_of(answer) if status != 200 else ''}".strip())

    await ground.crowd(max(8, networks), one)


def _part(value: dict[str, object]) -> str:
    return urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()
