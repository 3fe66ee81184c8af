"""The command line: the server, and small commands around it. Commands that move data are in `data`.

Guarantees:
    A command imports only what it needs: `connvo token` does not load the server.
"""

import gc
import os
import re
import shlex
import shutil
import socket
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from connvo import __version__
from connvo.kernel.running_servers import Running, announced, running

from .audit import add_to as add_audit_commands
from .data import add_to as add_data_commands
from .embeddings import add_to as add_embedding_commands
from .errors import (
    EXIT_ADDRESS,
    EXIT_CODES,
    EXIT_FAILED,
    EXIT_SETTING,
    DataOption,
    exit_on_error,
    fail,
    number_of,
    settings_of,
    warn,
)

if TYPE_CHECKING:
    from connvo.app import Backend
    from connvo.settings import Settings

MAX_TOKEN_SECONDS = 366 * 24 * 3600.0
SECONDS_OF = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 24 * 3600.0}
PREFIX = "CONNVO_"
TOKEN_PREFIX = "CONNVO_TOKEN_"
DEMO_PREFIX = "CONNVO_DEMO_"
ANY_ADDRESS = ("0.0.0.0", "::")
OPTION_PREFIXES = (TOKEN_PREFIX, DEMO_PREFIX)
NO_PAGE = """
  page       no web page is installed; to get it, in a clone and with Node.js 20 or newer: `make wheel`, then
             `pip install --force-reinstall dist/*.whl`; in the clone itself `make run` builds it"""

app = typer.Typer(
    name="connvo",
    help="A meeting backend: connects people over WebRTC and keeps them connected.",
    epilog=EXIT_CODES,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)

TurnOption = Annotated[
    bool,
    typer.Option("--turn", help="Include the TURN server of this machine, coturn. [env var: CONNVO_TURN_SERVE]"),
]


def main() -> None:
    """Run the command line."""
    # Settings hold secrets, and a plugin of another package would see them. To look for plugins takes time, too.
    os.environ["PYDANTIC_DISABLE_PLUGINS"] = "__all__"
    app()


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"connvo {__version__}")
        raise typer.Exit


@app.callback()
def options(
    version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit.")
    ] = False,
) -> None:
    """Options of every command. The help text is that of the application."""


@app.command()
def serve(
    host: Annotated[
        str | None,
        typer.Option(metavar="ADDRESS", help="Address to listen on. [env var: CONNVO_HOST; default: 127.0.0.1]"),
    ] = None,
    port: Annotated[
        str | None,
        typer.Option(metavar="PORT", help="Port to listen on, 0 for a free one. [env var: CONNVO_PORT; default: 3210]"),
    ] = None,
    data: DataOption = None,
    turn: TurnOption = False,
) -> None:
    """Run the server until Ctrl+C or SIGTERM.

    All settings are environment variables; `connvo settings` lists them.
    """
    gc.disable()  # almost nothing that is loaded goes away again; `server.tune_gc` enables it
    settings = settings_of(host=host, port=port, data=data, turn=turn)
    from connvo.telemetry.logging import configure_logging

    server = settings.server
    configure_logging(server.log_level, server.log_format, server.log_lines_a_minute)
    _warn_of_unknown_variables()
    listener = _listen(settings.server.host, settings.server.port)
    metrics = settings.metrics
    operators = None if metrics.port is None else _listen(metrics.host, metrics.port)
    _keep_strangers_out(settings, listener)
    from connvo.app import Backend
    from connvo.server import create_turn_server, run

    offered, coturn = exit_on_error(lambda: create_turn_server(settings))
    backend = exit_on_error(lambda: Backend(offered))
    with announced(Running(_listens_at(backend, listener), settings.server.data.resolve())):
        exit_on_error(
            lambda: run(backend, listener, lambda: _print_banner(backend, listener, operators), coturn, operators)
        )


@app.command()
def token(
    subject: Annotated[
        str, typer.Argument(metavar="SUBJECT", help="User of the token: any name, as the token's `sub`.")
    ],
    email: Annotated[
        str | None, typer.Option(envvar=TOKEN_PREFIX + "EMAIL", metavar="ADDRESS", help="E-mail address.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(envvar=TOKEN_PREFIX + "NAME", metavar="TEXT", help="Name that other users see.")
    ] = None,
    org_id: Annotated[
        str | None, typer.Option(envvar=TOKEN_PREFIX + "ORG_ID", metavar="TEXT", help="Organisation.")
    ] = None,
    org_role: Annotated[
        str | None,
        typer.Option(envvar=TOKEN_PREFIX + "ORG_ROLE", metavar="TEXT", help="Role in the organisation, e.g. admin."),
    ] = None,
    expires: Annotated[
        str,
        typer.Option(envvar=TOKEN_PREFIX + "EXPIRES", metavar="TIME", help="Lifetime of the token: 30s, 15m, 1h, 7d."),
    ] = "1h",
    operator: Annotated[
        bool,
        typer.Option("--operator", help="Let the token call the functions for operators of the server."),
    ] = False,
    data: DataOption = None,
) -> None:
    """Print a token of the local issuer, to try the server without an identity provider.

    A server accepts it if it runs on the same data folder and no other issuer is configured. `connvo sessions` revokes
    a lost token.
    """
    lifetime = _seconds(expires)
    settings = settings_of(data=data)
    from connvo.transport.auth.authenticator import MAX_SUBJECT_CHARS
    from connvo.transport.auth.local_issuer import KEY_FILE, LocalIssuer

    if not 0 < len(subject) <= MAX_SUBJECT_CHARS:
        fail(EXIT_SETTING, f"SUBJECT takes 1 to {MAX_SUBJECT_CHARS} characters")
    if not settings.identity.local_issuer_on:
        fail(EXIT_SETTING, "the local issuer is off; CONNVO_AUTH_LOCAL_ISSUER=true turns it on")
    is_new = not (settings.server.data / KEY_FILE).exists()
    issuer = exit_on_error(lambda: LocalIssuer.open(settings.server.data))
    minted = issuer.mint(
        subject,
        settings.identity,
        time.time(),
        lifetime,
        email=email,
        name=name,
        org_id=org_id,
        org_role=org_role,
        operator=operator,
    )
    typer.echo(minted)
    _tell_whose_key(settings, is_new)


@app.command()
def doctor(
    data: DataOption = None,
    turn: TurnOption = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print a JSON document instead.")] = False,
) -> None:
    """Check everything that calls depend on from this machine, and say how to fix what fails.

    Asks every STUN and TURN server over its transport with a member's credentials, media servers, the issuer, the
    clock, the database and the disk. Changes no data. Exit code 0: no check failed (there may be warnings), 1: one did.
    """
    import asyncio
    import json
    from dataclasses import replace

    from connvo.doctor.checks import examined
    from connvo.doctor.report import document, failed, lines
    from connvo.providers.coturn.plan import planned
    from connvo.telemetry.logging import configure_logging

    settings = settings_of(data=data, turn=turn)
    configure_logging("error", settings.server.log_format)
    if settings.turn.serve:
        plan = exit_on_error(lambda: planned(settings))
        settings = replace(settings, ice=plan.offered(settings.ice))
    findings = asyncio.run(examined(settings))
    typer.echo(json.dumps(document(findings), indent=2) if as_json else "\n".join(lines(findings)))
    raise typer.Exit(EXIT_FAILED if failed(findings) else 0)


@app.command()
def demo(
    url: Annotated[
        str | None,
        typer.Option(envvar=DEMO_PREFIX + "URL", help="Server to use; if none answers there, one is started."),
    ] = None,
    seconds: Annotated[
        str,
        typer.Option(
            envvar=DEMO_PREFIX + "SECONDS",
            metavar="NUMBER",
            help="How long media flows before and after the failure.",
        ),
    ] = "3",
    data: DataOption = None,
) -> None:
    """Make a call between two WebRTC peers, interrupt it, and print its timeline.

    Each peer is a process of its own that uses only the HTTP API. Needs the extra `demo`: pip install 'connvo[demo]',
    or in a clone .venv/bin/pip install -e '.[demo]'.
    """
    from connvo.demo.run import MAX_SECONDS, MIN_SECONDS
    from connvo.demo.run import main as run_demo

    length = number_of(seconds, "--seconds", MIN_SECONDS, MAX_SECONDS)
    raise typer.Exit(run_demo(url, data, length))


add_data_commands(app)
add_audit_commands(app)
add_embedding_commands(app)


@app.command()
def openapi() -> None:
    """Print the OpenAPI document of the API."""
    import json

    from connvo.app import openapi as document

    typer.echo(json.dumps(document(), indent=2))


@app.command("settings")
def list_settings() -> None:
    """List every setting with its default and description."""
    from connvo.settings import setting_rows

    section = ""
    for row in setting_rows():
        if row.section != section:
            typer.echo(f"{'' if not section else chr(10)}{row.section}")
            section = row.section
        typer.echo(f"  {row.variable}={row.default}\n      {row.description}")


def _listen(host: str, port: int) -> socket.socket:
    """Return a bound socket. It is bound before anything else, so that a wrong address is reported at once."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        listener = socket.socket(family, kind, protocol)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
    except OSError as error:
        fail(EXIT_ADDRESS, f"cannot listen on {_url(host, port)}: {(error.strerror or str(error)).lower()}")
    return listener


def _keep_strangers_out(settings: "Settings", listener: socket.socket) -> None:
    """Refuse to start if any client on another machine could sign in by name, unless a setting allows it."""
    from connvo.kernel.hosts import is_loopback

    is_closed = settings.identity.by_name and not settings.identity.open
    if is_closed and not is_loopback(str(listener.getsockname()[0])):
        fail(
            EXIT_SETTING,
            f"other machines can reach {settings.server.host}, and without an issuer any client there could sign in "
            "by any name: set CONNVO_AUTH_ISSUER or CONNVO_AUTH_WORKOS_CLIENT_ID (docs/identity.md), or "
            "CONNVO_AUTH_OPEN=true to allow it",
        )


def _listens_at(backend: "Backend", listener: socket.socket) -> str:
    return _url(backend.settings.server.host, listener.getsockname()[1])


def _print_banner(backend: "Backend", listener: socket.socket, operators: socket.socket | None) -> None:
    from connvo.settings import split
    from connvo.transport.http.web_app import find_web_app

    url = _listens_at(backend, listener)
    host = backend.settings.server.host
    local = _url("localhost", listener.getsockname()[1]) if host in ANY_ADDRESS else url
    has_page = find_web_app(backend.settings.server.web) is not None
    lines = [
        f"connvo {__version__} at {url}",
        f"  open       {local}{'' if has_page else NO_PAGE}",
        f"  reference  {local}/docs/api",
        f"  data       {backend.settings.server.data.resolve()}",
    ]
    if operators is not None:
        lines.append(f"  metrics    {_url(backend.settings.metrics.host, operators.getsockname()[1])}/metrics")
    if backend.settings.turn.serve:
        lines.append(f"  turn       {', '.join(split(backend.settings.ice.turn_urls))}")
    if backend.settings.identity.local_issuer_on:
        data = shlex.quote(str(backend.settings.server.data))
        lines.append(f"  token      {_command()} token alice --email alice@example.org --data {data}")
    print("\n".join(lines), flush=True)


def _tell_whose_key(settings: "Settings", is_new: bool) -> None:
    """Say which server accepts the token, unless such a server runs here."""
    folder = settings.server.data.resolve()
    servers = running()
    if any(server.data == folder for server in servers):
        return
    own = f"made {folder} with a new key" if is_new else f"signed with the key in {folder}"
    port = f":{settings.server.port}"
    other = next((server for server in servers if server.url.endswith(port)), servers[0] if servers else None)
    if other is None:
        warn(f"{own}; only a server on this data folder accepts the token")
    else:
        warn(f"{own}, but the server at {other.url} runs on {other.data}: for that one, add --data {other.data}")


def _command() -> str:
    """Return the command that called this program, to be copied."""
    program = Path(sys.argv[0])
    if program.suffix == ".py":
        return f"{shlex.quote(sys.executable)} -m connvo"
    if shutil.which(program.name) == str(program.absolute()):
        return program.name
    near = os.path.relpath(program)
    return shlex.quote(str(program) if near.startswith(os.pardir) else near)


def _url(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def _warn_of_unknown_variables() -> None:
    from connvo.settings import setting_rows

    known = {row.variable for row in setting_rows()}
    for variable in sorted(os.environ):
        if variable.startswith(PREFIX) and variable not in known and not variable.startswith(OPTION_PREFIXES):
            print(f"connvo: {variable} is not a setting; `connvo settings` lists them", file=sys.stderr)


def _seconds(text: str) -> float:
    found = re.fullmatch(r"(\d{1,9})([smhd])", text.strip().lower())
    seconds = int(found[1]) * SECONDS_OF[found[2]] if found else 0.0
    if not 0 < seconds <= MAX_TOKEN_SECONDS:
        fail(EXIT_SETTING, f"--expires takes a number with s, m, h or d, from 1s to 366d, not {text!r}")
    return seconds


if __name__ == "__main__":
    main()
