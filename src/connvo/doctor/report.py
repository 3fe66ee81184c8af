"""What a check found, and how a list of it is told to people and to programs. No secret is ever part of it."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Any, Literal, NamedTuple

State = Literal["ok", "warning", "failed", "skipped"]
WIDEST = 44


class Outcome(NamedTuple):
    """How it went, without the name of the check. `away` where there is no way from this machine."""

    state: State
    says: str
    advice: str = ""
    away: bool = False


class Finding(NamedTuple):
    """One line: which check, how it went, what was seen, and what mends it. `says` holds no path of the machine."""

    check: str
    state: State
    says: str
    advice: str = ""


class Check(NamedTuple):
    """Something that can be looked at, by its name."""

    name: str
    look: Callable[[], Awaitable[Finding]]


async def told(check: Check, seconds: float) -> Finding:
    """Return what a check finds within its time; one that takes longer, or break, have failed."""
    try:
        async with asyncio.timeout(seconds):
            return await check.look()
    except TimeoutError:
        return Finding(
            check.name,
            "failed",
            f"did not end within {seconds:g} s",
            "what is asked here is slow or cut off; CONNVO_DOCTOR_TIMEOUT_SECONDS gives it longer",
        )
    except Exception as error:
        advice = "this is a fault of connvo: please report it"
        return Finding(check.name, "failed", f"the check itself broke: {type(error).__name__}", advice)


def failed(findings: Iterable[Finding]) -> bool:
    """Return whether something does not work."""
    return any(finding.state == "failed" for finding in findings)


def lines(findings: list[Finding]) -> Iterable[str]:
    """Yield the report for people: one line for each check, its advice below, a sum at the end."""
    width = min(WIDEST, max((len(finding.check) for finding in findings), default=0))
    for finding in findings:
        yield f"{finding.state:8} {finding.check:{width}}  {finding.says}"
        if finding.advice:
            yield f"{'':8} {'':{width}}  -> {finding.advice}"
    counts = {state: sum(finding.state == state for finding in findings) for state in ("ok", "warning", "failed")}
    yield ", ".join(f"{count} {state}" for state, count in counts.items())


def document(findings: list[Finding]) -> dict[str, Any]:
    """Return the report for programs."""
    return {"ok": not failed(findings), "checks": [finding._asdict() for finding in findings]}
