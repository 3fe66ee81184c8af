"""Commands for the vectors of texts."""

from typing import TYPE_CHECKING

import typer

from .data import open_engine, run, runtime_of, several, with_open
from .errors import DataOption, settings_of

if TYPE_CHECKING:
    from connvo.store.engine import Engine

app = typer.Typer(name="embeddings", help="Look after the vectors of texts.", no_args_is_help=True)


@app.callback()
def about() -> None:
    """Look after the vectors of texts."""


def add_to(parent: typer.Typer) -> None:
    """Add the commands to the command line."""
    parent.add_typer(app)


@app.command()
def retry(data: DataOption = None) -> None:
    """Have texts tried again that the embedding model has refused too often, with a server running or not."""
    from connvo.model.embeddings.pipeline import retry_resting

    settings = settings_of(data=data)

    async def work(engine: "Engine") -> int:
        total = 0
        while found := await runtime_of(engine, settings).call(retry_resting):
            total += found
        return total

    typer.echo(f"{several(run(with_open(open_engine(settings), work)), 'text')} will be tried again")
