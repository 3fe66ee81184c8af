"""Findings of checks, and reports of them as text and JSON.

Guarantees:
    No secret is part of a finding.
"""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Literal, NamedTuple

State = Literal["ok", "warning", "failed", "skipped"]
WIDEST = 44


class Outcome(NamedTuple):
    """The result of a check without its name. `away`: this machine has no route to the server."""

    state: State
    says: str
    advice: str = ""
    away: bool = False


class Finding(NamedTuple):
    """The result of a check: its state, what was seen, and how to fix it. `says` contains no path of the machine."""

    check: str
    state: State
    says: str
    advice: str = ""


class Check(NamedTuple):
    """A named check; `seconds` is its time limit, if it needs more than others."""

    name: str
    look: Callable[[], Awaitable[Finding]]
    seconds: float | None = None


async def told(check: Check, seconds: float) -> Finding:
    """Return the finding of a check. A check that times out or raises an exception has failed."""
    seconds = check.seconds or seconds
    try:
        async with asyncio.timeout(seconds):
            return await check.look()
    except TimeoutError:
        return Finding(
            check.name,
            "failed",
            f"did not end within {seconds:g} s",
            "the service is slow or cut off; raise CONNVO_DOCTOR_TIMEOUT_SECONDS to wait longer",
        )
    except Exception as error:
        advice = "this is a bug in connvo: please report it"
        return Finding(check.name, "failed", f"the check itself failed: {type(error).__name__}", advice)


def failed(findings: Iterable[Finding]) -> bool:
    """Return whether a check failed."""
    return any(finding.state == "failed" for finding in findings)


def lines(findings: list[Finding]) -> Iterable[str]:
    """Yield the report as text: one line per check, its advice below, and the totals at the end."""
    width = min(WIDEST, max((len(finding.check) for finding in findings), default=0))
    for finding in findings:
        yield f"{finding.state:8} {finding.check:{width}}  {finding.says}"
        if finding.advice:
            yield f"{'':8} {'':{width}}  -> {finding.advice}"
    counts = {state: sum(finding.state == state for finding in findings) for state in ("ok", "warning", "failed")}
    yield ", ".join(f"{count} {state}" for state, count in counts.items())


def document(findings: list[Finding]) -> dict[str, object]:
    """Return the report as a JSON document."""
    return {"ok": not failed(findings), "checks": [finding._asdict() for finding in findings]}
