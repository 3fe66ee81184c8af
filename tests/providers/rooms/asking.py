"""Asking an adapter to a media server, and what it answers when it refuses."""

import asyncio
from collections.abc import Awaitable
from typing import Any

import pytest

from connvo.providers.rooms.base import RoomError


def run(call: Awaitable[Any]) -> Any:
    """Return what comes of a call, in an event loop of its own."""

    async def to_the_end() -> Any:
        return await call

    return asyncio.run(to_the_end())


def refusal(call: Awaitable[Any]) -> RoomError:
    """Return the error in which a call ends; fail when it ends in none."""
    with pytest.raises(RoomError) as caught:
        run(call)
    return caught.value
