"""The demo call from outside: a server, tokens of two users, two processes, and their timeline.

Does not know:
    The steps of the members.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.util import find_spec
from pathlib import Path
from uuid import uuid4

import msgspec

from connvo.kernel.running_servers import running
from connvo.settings import IdentitySettings, ServerSettings
from connvo.transport.auth.local_issuer import KEY_FILE, LocalIssuer, LocalIssuerError

from .part import Part, Role
from .server import ServerFailed, answers, started
from .timeline import Event, Outcome, Report, Timeline, decode

SECONDS = 3.0
MIN_SECONDS = 1.0
MAX_SECONDS = 600.0
TOKEN_SECONDS = 3600.0
MARGIN_SECONDS = 35.0
PEOPLE: tuple[Role, Role] = ("host", "guest")
NAMES: dict[Role, str] = {"host": "Hana", "guest": "Gil"}
RUN_ID_CHARS = 8
EXIT_FAILED = 1


class DemoFailed(Exception):
    """The demo cannot be run here; the message is one line for the user."""


def main(url: str | None, data: Path | None, seconds: float = SECONDS) -> int:
    """Make the call and print its timeline; return the exit code, 0 for a good call.

    `url` is a running server, `data` its data folder, whose key signs the tokens. If no server answers, one is started
    for the call. Media flows for `seconds` before the failure and again after the recovery.
    """
    try:
        outcome = asyncio.run(_demo(url, data, seconds))
    except (DemoFailed, ServerFailed, LocalIssuerError) as error:
        sys.stderr.write(f"connvo: {error}\n")
        return EXIT_FAILED
    return EXIT_FAILED if outcome.faults() else 0


async def make_call(url: str, tokens: dict[Role, str], seconds: float, timeline: Timeline) -> Outcome:
    """Make a call between two processes, and return its outcome.

    Raises:
        DemoFailed: A process ended early, or the call took too long.
    """
    title = f"Demo call {uuid4().hex[:RUN_ID_CHARS]}"
    try:
        async with asyncio.timeout(2 * seconds + MARGIN_SECONDS), asyncio.TaskGroup() as group:
            plays = [group.create_task(_play(_part(url, who, tokens[who], title, seconds), timeline)) for who in PEOPLE]
    except ExceptionGroup as errors:
        raise DemoFailed("; ".join(str(error) for error in errors.exceptions)) from None
    except TimeoutError:
        raise DemoFailed("the call took too long") from None
    return Outcome([play.result() for play in plays])


def mint(folder: Path) -> dict[Role, str]:
    """Return a token for each of the two users, colleagues in an organisation of this run."""
    issuer, settings, organisation = LocalIssuer.open(folder), IdentitySettings(), f"demo-{uuid4().hex}"
    return {
        who: issuer.mint(
            _subject(who), settings, time.time(), TOKEN_SECONDS, email=_email(who), name=name, org_id=organisation
        )
        for who, name in NAMES.items()
    }


async def _demo(url: str | None, data: Path | None, seconds: float) -> Outcome:
    if find_spec("aiortc") is None:
        raise DemoFailed(
            "the demo needs aiortc: pip install 'connvo[demo]', or in a clone: .venv/bin/pip install -e '.[demo]'"
        )
    if not MIN_SECONDS <= seconds <= MAX_SECONDS:
        raise DemoFailed(f"--seconds takes {MIN_SECONDS:.0f} to {MAX_SECONDS:.0f}")
    timeline = Timeline(sys.stdout, time.monotonic())
    timeline.head()
    async with _server(url, data, timeline) as (address, folder):
        outcome = await make_call(address, mint(folder), seconds, timeline)
    timeline.close(outcome.summary())
    return outcome


@asynccontextmanager
async def _server(url: str | None, data: Path | None, timeline: Timeline) -> AsyncIterator[tuple[str, Path]]:
    """Yield the address and data folder of a server: the running one, or one started for the demo."""
    settings = ServerSettings()
    address = (url or f"http://{settings.host}:{settings.port}").rstrip("/")
    folder = data or next((server.data for server in running() if server.url == address), settings.data)
    if await answers(address):
        if not (folder / KEY_FILE).exists():
            raise DemoFailed(
                f"no key in {folder} to sign tokens for the server at {address}: name its data folder with --data, "
                "or a free address with --url"
            )
        timeline.note(Event(time.monotonic(), "demo", f"uses the server at {address}"))
        yield address, folder
        return
    with tempfile.TemporaryDirectory(prefix="connvo-demo-") as made:
        async with started(Path(made)) as own:
            timeline.note(Event(time.monotonic(), "demo", f"no server at {address}: started one at {own}"))
            yield own, Path(made)


async def _play(part: Part, timeline: Timeline) -> Report:
    """Run a part in a process of its own, pass its events to the timeline, and return its report.

    Raises:
        DemoFailed: The process ends without a report.
    """
    with tempfile.TemporaryFile() as errors:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "connvo.demo.member"),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=errors,
        )
        assert process.stdin is not None
        assert process.stdout is not None
        report = None
        try:
            process.stdin.write(msgspec.json.encode(part))
            process.stdin.close()
            async for line in process.stdout:
                said = decode(line)
                if isinstance(said, Event):
                    timeline.note(said)
                else:
                    report = said
            await process.wait()
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if report is None:
            errors.seek(0)
            said_why = errors.read().decode("utf-8", "replace").strip()
            raise DemoFailed(f"the {part.who} gave up: {said_why or 'without a word'}")
        return report


def _part(url: str, who: Role, token: str, title: str, seconds: float) -> Part:
    return Part(
        url=url,
        token=token,
        who=who,
        subject=_subject(who),
        name=NAMES[who],
        email=_email(who),
        title=title,
        seconds=seconds,
    )


def _subject(who: Role) -> str:
    return f"connvo-demo-{who}"


def _email(who: Role) -> str:
    return f"{NAMES[who].lower()}@demo.connvo.invalid"
