"""`python -m bench.hostile`: attacks a server of its own, and measures who waits; exits with 1 when a bound is broken.

The server has a core of its own where there are two. The attacker shares the other with the bystanders and gives way to
them; its own needs still count in the times a little. Servers and bystanders go before whatever else runs on the
machine, where the user may ask for that.
"""

import argparse
import asyncio
import json
import os
import platform
import subprocess
import sys
import tempfile
from contextlib import ExitStack, suppress
from pathlib import Path
from time import perf_counter
from urllib.parse import urlsplit

import msgspec

from .attacks import ATTACKS, Attack
from .bystander import Bystanders, Meeting, prepare, sign_up
from .ground import Target
from .place import ATTACKER_PRIORITY, OTHER_CORE, SERVER_PRIORITY, Place, before_other_sessions, pin, serving
from .report import Result, save, table

QUIET_SECONDS = 3.0
OVERTIME_SECONDS = 12.0
KINDS = ("sqlite", "postgres", "nodes")


def main() -> int:
    """Return the exit code: 0 when every attack stays within the bounds."""
    parser = argparse.ArgumentParser(prog="python -m bench.hostile", description="Attacks a server, and measures.")
    parser.add_argument("--only", action="append", choices=sorted(ATTACKS), help="try this attack; may be repeated")
    parser.add_argument("--on", choices=KINDS, default="sqlite", help="the server: nodes are two behind Caddy")
    parser.add_argument("--seconds", type=float, help="how long each attack lasts, instead of its own time")
    parser.add_argument("--quiet", type=float, default=QUIET_SECONDS, help="how long is measured before each")
    parser.add_argument("--from", dest="first", choices=list(ATTACKS), help="begin with this attack")
    parser.add_argument("--most", type=int, default=len(ATTACKS), help="try so many")
    parser.add_argument("--folder", type=Path, help="where the data go; in memory, the disk does not count")
    parser.add_argument("--json", type=Path, help="write the results there as JSON, too")
    options = parser.parse_args()
    began = perf_counter()
    about = {
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "on": options.on,
    }
    print("; ".join(f"{name} {value}" for name, value in about.items()), flush=True)
    pin(OTHER_CORE, SERVER_PRIORITY)()
    results: list[Result] = []
    with ExitStack() as stack:
        if options.on == "sqlite":  # PostgreSQL has sessions of its own, which would have to wait as well
            stack.enter_context(before_other_sessions())
        made = stack.enter_context(tempfile.TemporaryDirectory(prefix="connvo-hostile-", dir=options.folder))
        Path(made).chmod(0o711)
        names = list(ATTACKS)
        first = 0 if options.first is None else names.index(options.first)
        for name in options.only or names[first : first + options.most]:
            found = _measure(name, Path(made) / name, options.on, options.quiet, options.seconds)
            print(f"{name}: p99 {found.attacked.p99:.0f} ms, x{found.growth:.2f}", file=sys.stderr, flush=True)
            results.append(found)
    print(table(results), flush=True)
    broken = [result.name for result in results if result.broken]
    print(f"{len(results)} attacks, {len(broken)} break a bound; measured in {perf_counter() - began:.0f} s")
    if options.json is not None:
        save(results, options.json, about)
    return 1 if broken else 0


def _measure(name: str, folder: Path, kind: str, quiet: float, seconds: float | None) -> Result:
    attack = ATTACKS[name]
    with serving(folder, kind, attack.settings) as place:
        meeting = prepare(place)
        target = _target(place, meeting, attack, seconds or attack.seconds)
        return asyncio.run(_compare(name, attack, place, meeting, target, quiet))


def _target(place: Place, meeting: Meeting, attack: Attack, seconds: float) -> Target:
    subjects = [f"mallory{number}" for number in range(attack.accounts)]
    tokens = [place.token(subject) for subject in subjects]
    users = [sign_up(place, subject, token) for subject, token in zip(subjects, tokens, strict=True)]
    parts = urlsplit(place.url)
    assert parts.hostname is not None
    assert parts.port is not None
    return Target(
        host=parts.hostname,
        port=parts.port,
        authority=None if place.authority is None else str(place.authority),
        seconds=seconds,
        tokens=tokens,
        users=users,
        meeting=meeting.id,
        link=meeting.link,
    )


async def _compare(
    name: str, attack: Attack, place: Place, meeting: Meeting, target: Target, quiet_seconds: float
) -> Result:
    async with Bystanders(place, meeting) as bystanders:
        quiet = await bystanders.during(asyncio.ensure_future(asyncio.sleep(quiet_seconds)))
        place.reset_peak()
        before, began = place.use(), perf_counter()
        got: dict[str, int] = {}
        attacked = await bystanders.during(asyncio.ensure_future(_attack(name, target, got)))
        after, took = place.use(), perf_counter() - began
    return Result(
        name=name,
        title=attack.title,
        quiet=quiet,
        attacked=attacked,
        start=before.memory,
        peak=after.peak,
        cpu=after.cpu - before.cpu,
        seconds=took,
        files=after.files - before.files,
        log=after.log - before.log,
        got=got,
    )


async def _attack(name: str, target: Target, got: dict[str, int]) -> None:
    """Run the attacker's process, and put what it got into `got`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.hostile.attacker",
        name,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        preexec_fn=pin(OTHER_CORE, ATTACKER_PRIORITY),
    )
    try:
        async with asyncio.timeout(target.seconds + OVERTIME_SECONDS):
            said, _ = await process.communicate(msgspec.json.encode(target))
        got.update(json.loads(said) if said else {"the attacker failed": 1})
    except TimeoutError:
        got["the attacker did not come to an end"] = 1
        with suppress(ProcessLookupError):
            process.kill()
        await process.communicate()


if __name__ == "__main__":
    sys.exit(main())
