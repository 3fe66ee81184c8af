"""The way to the server, over which every question is answered in the end, whatever becomes of the network."""

import asyncio
from typing import Any, TypeVar
from uuid import uuid4

import httpx2
import msgspec

from connvo.demo.client import Client

T = TypeVar("T")
# A connection on which nothing has come for so long is given up for another one.
ANSWER_SECONDS = 3.0
AGAIN_SECONDS = 0.2


class SignedIn(msgspec.Struct, frozen=True):
    """The answer of `/api/auth/local`."""

    token: str
    subject: str


class Door:
    """Asks as one person. What is asked may reach the server twice."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        self._token = token
        self._client = Client(url, token)

    async def run(self, path: str, answer: type[T], **arguments: Any) -> T:
        """Return the value of a call, however long that takes. Raises CallFailed."""
        while True:
            client = self._client
            try:
                async with asyncio.timeout(ANSWER_SECONDS):
                    return await client.run(path, answer, **arguments)
            except (TimeoutError, httpx2.HTTPError):
                if client is self._client:
                    self._client = Client(self._url, self._token)
                await asyncio.sleep(AGAIN_SECONDS)


async def sign_in(url: str, name: str) -> tuple[Door, str]:
    """Return the door of somebody new, and the id of the user they are from now on."""
    async with httpx2.AsyncClient(base_url=url, timeout=ANSWER_SECONDS, trust_env=False) as http:
        reply = await http.post("/api/auth/local", json={"subject": str(uuid4()), "name": name})
    who = msgspec.json.decode(reply.content, type=SignedIn)
    door = Door(url, who.token)
    email = f"{who.subject.lower()}@native.invalid"
    me = await door.run("users/mutations/upsertUser", str, workosUserId=who.subject, email=email, displayName=name)
    return door, me
