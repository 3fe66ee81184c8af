"""A member of the demo call, from sign-up to leaving: the program of a process of its own.

The host creates the meeting and answers; the guest finds it, offers, loses the connection and recovers it. They learn
of each other only through the API. The program reads its part from standard input and writes events to standard output.
"""

import asyncio
import sys
from collections.abc import Awaitable, Callable, Iterator
from time import monotonic
from typing import TypeVar
from uuid import uuid4

import httpx2
import msgspec

from .answers import Candidate, Description, IceServer, Signal
from .calls import Calls
from .client import CallFailed, Client
from .mailbox import Mailbox
from .part import Part
from .peer import Kind, Peer, stay_on_this_machine
from .timeline import Event, Report

T = TypeVar("T")
STEP_SECONDS = 15.0
POLL_SECONDS = 0.1
INTERESTS = 3
AGE = 30


class OutOfOrder(Exception):
    """The server delivered signals in the wrong order."""


class Member:
    """A user in one meeting, with a session and at most one connection at a time."""

    def __init__(self, part: Part, client: Client, tasks: asyncio.TaskGroup) -> None:
        self.part = part
        self.calls = Calls(client)
        self.user = ""
        self.meeting = ""
        self.session = ""
        self.peers: list[Peer] = []
        self.sent = 0
        self._ice_servers: list[IceServer] = []
        self._tasks = tasks
        self._watcher: asyncio.Task[None] | None = None

    def say(self, what: str) -> None:
        """Write an event."""
        write(Event(at=monotonic(), who=self.part.who, what=what))

    async def sign_up(self) -> None:
        """Create the user and fill in the onboarding form."""
        part = self.part
        self.user = await self.calls.accounts.upsert_user(part.subject, part.email, part.name)
        catalog = await self.calls.accounts.list_catalog(INTERESTS)
        await self.calls.accounts.save_onboarding(
            {
                "age": AGE,
                "gender": "prefer-not-to-say",
                "field": "Demonstration",
                "jobTitle": part.who.capitalize(),
                "company": "Connvo",
                "bio": f"The {part.who} of the demo call.",
                "interests": [{"id": e.key, "name": e.label, "category": e.category} for e in catalog],
            }
        )
        self.say(f"signed up as {part.name}, {len(catalog)} interests chosen")

    async def enter(self) -> None:
        """Join the meeting with a session, ready to receive signals."""
        await self.calls.meetings.join_meeting(self.meeting)
        await self.open_session()
        self.mailbox = Mailbox(self.calls.signalling, self.meeting, self.handle)
        self._mail = self._tasks.create_task(self.mailbox.watch())

    async def open_session(self) -> None:
        """Open a new session, with ICE servers and a room token minted for it."""
        info = await self.calls.meetings.get_connection_info(self.meeting)
        self._ice_servers = info.connection_info.ice_servers
        self.session = str(uuid4())
        await self.calls.signalling.create_session(self.meeting, self.session)
        await self.calls.signalling.generate_access_token(self.meeting, self.session)
        self.say(f"opened session {self.session[:8]} ({info.video_provider}, {len(self._ice_servers)} ICE servers)")

    def connect(self, remote_session: str) -> Peer:
        """Return a new connection to another session, which replaces the previous one."""
        self._stop_watching()
        peer = Peer(remote_session, self._ice_servers, self._saw)
        self.peers.append(peer)
        self._watcher = self._tasks.create_task(self._watch(peer))
        return peer

    async def send(self, target: str, description: Description, candidates: list[Candidate]) -> None:
        """Send a description, then its candidates one by one."""
        await self.calls.signalling.send_description(self.meeting, self.session, target, description)
        for candidate in candidates:
            await self.calls.signalling.send_candidate(self.meeting, self.session, target, candidate)
        self.sent += 1 + len(candidates)
        self.say(f"sent {description.type} and {len(candidates)} candidates")

    async def handle(self, signal: Signal) -> None:
        """Handle a signal of the other peer. The server delivers a description before its candidates."""
        content = signal.content()
        if isinstance(content, Candidate):
            await self._peer_of(signal).add(content)
        elif content.type == "answer":
            self.say("received answer")
            await self._peer_of(signal).accept(content)
        else:
            self.say(f"received offer of session {signal.session_id[:8]}")
            if self.peers:
                await self.peers[-1].close()
            peer = self.connect(signal.session_id)
            await self.send(signal.from_user_id, *await peer.answer(content))

    async def drop(self) -> None:
        """End the connection without telling the server."""
        self._stop_watching()
        await self.peers[-1].close()

    async def leave(self) -> tuple[int, int]:
        """Close the session and leave; return how many signals and open sessions were left."""
        self._mail.cancel()
        signals = await self.mailbox.drain()
        await self.drop()
        await self.calls.signalling.close_session(self.meeting, self.session)
        sessions = [s for s in await self.calls.signalling.get_active_sessions(self.meeting) if s.user_id == self.user]
        await self.calls.meetings.leave_meeting(self.meeting)
        self.say(f"acknowledged {self.mailbox.handled} signals, closed the session, left the meeting")
        return signals, len(sessions)

    async def other_session(self) -> tuple[str, str]:
        """Wait for the other member's session, and return their user and session."""

        async def look() -> tuple[str, str] | None:
            sessions = await self.calls.signalling.get_active_sessions(self.meeting)
            return next(((s.user_id, s.session_id) for s in sessions if s.user_id != self.user), None)

        user, session = await until(look)
        self.say(f"sees session {session[:8]} of the other")
        return user, session

    async def _watch(self, peer: Peer) -> None:
        """Report the states of a connection to the server."""
        await within_step(peer.connected.wait())
        self.say(f"connected, {(monotonic() - peer.negotiation.began) * 1000:.0f} ms after it began")
        await self.calls.signalling.update_session_state(self.meeting, self.session, "connected")
        await asyncio.sleep(self.part.seconds / 2)
        stats = await peer.stats()
        answer = await self.calls.signalling.monitor_connection_quality(self.meeting, self.session, stats)
        self.say(
            f"reported quality, judged {answer.quality}: {stats.bitrate / 1000:.0f} kbit/s, "
            f"{stats.packet_loss:.1f} % lost, latency {stats.latency:.1f} ms, jitter {stats.jitter:.1f} ms"
        )
        await peer.lost.wait()
        self.say("lost the connection")
        await self.calls.signalling.update_session_state(self.meeting, self.session, "disconnected")

    def _peer_of(self, signal: Signal) -> Peer:
        peer = self.peers[-1] if self.peers else None
        if peer is None or peer.remote_session != signal.session_id:
            raise OutOfOrder(f"a signal of session {signal.session_id[:8]} came before its description")
        return peer

    def _stop_watching(self) -> None:
        if self._watcher is not None:
            self._watcher.cancel()

    def _saw(self, kind: Kind) -> None:
        self.say(f"first {kind} frame")


async def host(member: Member) -> Report:
    """Create a meeting with the only colleague, answer offers, and end it when the guest has left."""
    meetings, title = member.calls.meetings, member.part.title
    await member.sign_up()
    member.meeting = meeting = await meetings.create_meeting(title)

    async def colleague() -> str | None:
        return next((c.id for c in (await member.calls.accounts.list_colleagues()).page if c.id != member.user), None)

    guest_user = await until(colleague)
    await meetings.add_participant(meeting, guest_user)
    await meetings.start_meeting(meeting)
    await meetings.initialize_webrtc_room(meeting)
    member.say(f"created and started {title!r} with its room, guest added")
    await member.enter()
    await member.other_session()

    async def guest_left() -> bool | None:
        people = await meetings.list_participants(meeting)
        return any(p.user_id == guest_user and p.presence == "left" for p in people) or None

    await until(guest_left, 2 * (member.part.seconds + STEP_SECONDS))
    left = await member.leave()
    await meetings.end_meeting(meeting)
    state = (await meetings.get_meeting(meeting)).state
    member.say(f"ended the meeting: it is {state}")
    return _report(member, left, meeting_state=state)


async def guest(member: Member) -> Report:
    """Join the meeting, offer, talk, lose the connection, recover it as advised, and leave."""
    meetings, title = member.calls.meetings, member.part.title
    await member.sign_up()

    async def invitation() -> str | None:
        return next((m.id for m in await meetings.list_user_meetings("active") if m.title == title), None)

    member.meeting = meeting = await until(invitation)
    member.say("found the meeting")
    await member.enter()
    await _talk(member)
    failed_at = monotonic()
    await member.drop()
    answer = await member.calls.signalling.handle_connection_failure(
        meeting, member.session, "ice_failed", "cut by the demo"
    )
    member.say(f"cut and reported the failure: {'retry' if answer.retry_recommended else 'give up'}")
    if answer.retry_recommended:
        await member.open_session()
        await _talk(member)
    return _report(member, await member.leave(), failed_at=failed_at)


async def _talk(member: Member) -> None:
    """Offer to the other session, and let media flow for the given time."""
    user, session = await member.other_session()
    peer = member.connect(session)
    await member.send(user, *await peer.offer())
    await within_step(peer.connected.wait())
    await asyncio.sleep(member.part.seconds)


def _report(
    member: Member, left: tuple[int, int], failed_at: float | None = None, meeting_state: str | None = None
) -> Report:
    signals, sessions = left
    return Report(
        who=member.part.who,
        meeting=member.meeting,
        negotiations=[peer.negotiation for peer in member.peers],
        failed_at=failed_at,
        sent=member.sent,
        received=member.mailbox.handled,
        unprocessed=signals,
        open_sessions=sessions,
        meeting_state=meeting_state,
    )


async def until(look: Callable[[], Awaitable[T | None]], seconds: float = STEP_SECONDS) -> T:
    """Call `look` until its result is not None, and return the result.

    Raises:
        TimeoutError: It takes too long.
    """
    async with asyncio.timeout(seconds):
        while True:
            found = await look()
            if found is not None:
                return found
            await asyncio.sleep(POLL_SECONDS)


async def within_step(wait: Awaitable[T]) -> T:
    """Return the result of `wait`.

    Raises:
        TimeoutError: It takes longer than a step may.
    """
    async with asyncio.timeout(STEP_SECONDS):
        return await wait


def write(line: Event | Report) -> None:
    """Write a line for the process that started this one."""
    sys.stdout.buffer.write(msgspec.json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


def leaves(group: BaseExceptionGroup[Exception]) -> Iterator[BaseException]:
    """Yield the errors in a group and its nested groups."""
    for error in group.exceptions:
        if isinstance(error, BaseExceptionGroup):
            yield from leaves(error)
        else:
            yield error


async def play(part: Part) -> None:
    """Play a part to its end."""
    stay_on_this_machine()
    async with Client(part.url, part.token) as client, asyncio.TaskGroup() as tasks:
        member = Member(part, client, tasks)
        write(await (host if part.who == "host" else guest)(member))


def main() -> None:
    """Play the part on standard input. An error is one line on standard error."""
    part = msgspec.json.decode(sys.stdin.buffer.read(), type=Part)
    try:
        asyncio.run(play(part))
    except* (CallFailed, OutOfOrder, httpx2.HTTPError) as group:
        sys.exit("; ".join(str(error) for error in leaves(group)))
    except* TimeoutError:
        sys.exit(f"a step took longer than {STEP_SECONDS:.0f} s")


if __name__ == "__main__":
    main()
