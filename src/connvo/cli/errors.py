"""Shared parts of all commands: settings from the environment, options, exit codes and one-line errors.

Guarantees:
    An error that an operator can fix is one line on standard error, with an exit code of its kind.
"""

import math
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from connvo.settings import Settings

T = TypeVar("T")

EXIT_FAILED = 1
EXIT_SETTING = 3
EXIT_DATA = 4
EXIT_NEWER_DATABASE = 5
EXIT_ADDRESS = 6
EXIT_TURN = 7
EXIT_FILE = 8
EXIT_REFUSED = 9
EXIT_PENDING = 10
EXIT_CODES = f"""Exit codes: {EXIT_SETTING} a setting is wrong, {EXIT_DATA} the data folder or database cannot be used,
{EXIT_NEWER_DATABASE} the database is of a newer version, {EXIT_ADDRESS} the address cannot be listened on,
{EXIT_TURN} the TURN server cannot be started, {EXIT_FILE} a file cannot be read or written or has the wrong form,
{EXIT_REFUSED} the command was refused and changed nothing, {EXIT_PENDING} the schema has to be changed
(migrate --check); of `connvo doctor` and `connvo audit verify`: {EXIT_FAILED} a check failed."""

DataOption = Annotated[
    Path | None,
    typer.Option("--data", metavar="DIR", help="Data folder. [env var: CONNVO_DATA; default: connvo-data]"),
]


def settings_of(turn: bool = False, **given: Any) -> "Settings":
    """Return the settings of the environment, overridden by options of the command line."""
    from pydantic import ValidationError

    from connvo.settings import SECTIONS, ServerSettings, Settings, TurnSettings

    from .setting_errors import fault_of

    try:
        return Settings(
            server=ServerSettings(**{name: value for name, value in given.items() if value is not None}),
            turn=TurnSettings(serve=True) if turn else TurnSettings(),
        )
    except ValidationError as error:
        section = next(section for section in SECTIONS if section.__name__ == error.title)
        first = error.errors()[0]
        if not first["loc"]:
            fail(EXIT_SETTING, first["msg"].removeprefix("Value error, "))
        field = str(first["loc"][0])
        name = f"--{field}" if given.get(field) is not None else section.variable(field)
        fail(EXIT_SETTING, fault_of(name, section.model_fields[field], first))


def number_of(text: str, option: str, least: float, most: float, whole: bool = False) -> float:
    """Return the number given to an option; exit with one line if it is not a number in range."""
    try:
        value = float(int(text)) if whole else float(text)
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        bounds = f"from {least:g} to {most:g}" if most < math.inf else f"of at least {least:g}"
        fail(EXIT_SETTING, f"{option} takes a {'whole ' if whole else ''}number {bounds}, not {text!r}")
    return value


def exit_on_error(work: Callable[[], T]) -> T:
    """Return the result of `work`; exit with one line on an error that an operator can fix."""
    from connvo.providers.coturn.plan import CoturnError
    from connvo.store.engine import NewerDatabase, StoreError
    from connvo.transport.auth.local_issuer import LocalIssuerError

    try:
        return work()
    except NewerDatabase as error:
        fail(EXIT_NEWER_DATABASE, error.message)
    except StoreError as error:
        fail(EXIT_DATA, error.message)
    except LocalIssuerError as error:
        fail(EXIT_DATA, str(error))
    except CoturnError as error:
        fail(EXIT_TURN, str(error))


def fail(code: int, message: str) -> NoReturn:
    """Exit with a code and one line on standard error."""
    warn(message)
    raise SystemExit(code)


def warn(message: str) -> None:
    """Print one line on standard error, beside the command's result."""
    print(f"connvo: {' '.join(message.split())}", file=sys.stderr, flush=True)
