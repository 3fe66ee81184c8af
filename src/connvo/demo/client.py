"""A small client of the documented HTTP API; `calls` has a method per operation."""

from types import TracebackType
from typing import Self, TypeVar

import msgspec

from connvo.kernel.http_client import web_client

T = TypeVar("T")
REQUEST_SECONDS = 10.0


class CallFailed(Exception):
    """A call was refused or failed. `code` is stable, `message` says what to change."""

    def __init__(self, path: str, code: str, message: str) -> None:
        super().__init__(f"{path}: {code}: {message}")
        self.code = code
        self.message = message


class _Refusal(msgspec.Struct):
    code: str
    message: str


class Client:
    """A user's client of the server at `url`. Use it with `async with`."""

    def __init__(self, url: str, token: str) -> None:
        self._http = web_client(
            base_url=url,
            headers={"authorization": f"Bearer {token}"},
            timeout=REQUEST_SECONDS,
            trust_env=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def run(self, path: str, answer: type[T], **arguments: object) -> T:
        """Return the value of a call; arguments that are None are left out.

        Raises:
            CallFailed: The call is refused or fails.
        """
        return msgspec.convert(await self._value(path, arguments), answer, strict=False)

    async def do(self, path: str, **arguments: object) -> None:
        """Make a call whose value does not matter.

        Raises:
            CallFailed: The call is refused or fails.
        """
        await self._value(path, arguments)

    async def _value(self, path: str, arguments: dict[str, object]) -> object:
        present = {name: msgspec.to_builtins(value) for name, value in arguments.items() if value is not None}
        reply = await self._http.post(f"/api/run/{path}", json={"args": present, "format": "json"})
        body: dict[str, object] = msgspec.json.decode(reply.content)
        if reply.is_success and body["status"] == "success":
            return body["value"]
        error = msgspec.convert(body.get("errorData", body), _Refusal)
        raise CallFailed(path, error.code, error.message)
