"""The types of ASGI: what a server and an application hand each other."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, TypeAlias

# Their values depend on the key.
Scope: TypeAlias = MutableMapping[str, Any]
Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Send: TypeAlias = Callable[[Message], Awaitable[None]]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]
