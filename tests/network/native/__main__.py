"""The program: says a line when it has started, is told by one where to come in, and answers others with a `Look`."""

import asyncio
import sys
from typing import Any

import msgspec

from connvo.demo.answers import Answer

from .door import sign_in
from .member import Member
from .words import Invitation, Look


class Accepted(Answer, frozen=True):
    """The answer of acceptLink."""

    meeting_id: str


async def main() -> None:
    """Take part in the call until standard input ends; what goes wrong with the part ends the program."""
    lines = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    _say(b"")
    invited = msgspec.json.decode(await lines.readline(), type=Invitation)
    door, me = await sign_in(invited.url, invited.name)
    meeting = (await door.run("meetings/links/acceptLink", Accepted, code=invited.code)).meeting_id
    await door.run("meetings/lifecycle/joinMeeting", dict[str, Any], meetingId=meeting)
    member = Member(door, meeting, me)
    async with asyncio.TaskGroup() as tasks:
        part = tasks.create_task(member.take_part())
        while await lines.readline():
            look = Look(member.meter, member.ways, member.carried, member.said)
            _say(msgspec.json.encode(look))
        part.cancel()


def _say(line: bytes) -> None:
    sys.stdout.buffer.write(line + b"\n")
    sys.stdout.buffer.flush()


if __name__ == "__main__":
    asyncio.run(main())
