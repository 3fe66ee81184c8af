"""An operator has texts tried again that the model has refused."""

import asyncio
from pathlib import Path

from typer.testing import CliRunner

from connvo.cli.commands import app
from connvo.schema.embeddings import EmbeddingTask
from connvo.store.sqlite.engine import SqliteEngine
from connvo.store.transaction import Transaction


def resting(db: Transaction) -> None:
    for number in range(3):
        db.insert(EmbeddingTask(kind="chat", source_id=str(number), state="resting", tries=8, due_at=0))


def test_resting_texts_are_tried_again(tmp_path: Path) -> None:
    async def states(begin: bool) -> list[tuple[str, int]]:
        engine = SqliteEngine(tmp_path / "connvo.db")
        await engine.open()
        if begin:
            await engine.write(resting)
        rows = await engine.read(lambda db: db.scan(EmbeddingTask, "by_creation"))
        await engine.close()
        return [(row.state, row.tries) for row in rows]

    assert asyncio.run(states(begin=True)) == [("resting", 8)] * 3
    told = CliRunner().invoke(app, ["embeddings", "retry", "--data", str(tmp_path)])
    assert told.output == "3 texts will be tried again\n"
    assert asyncio.run(states(begin=False)) == [("waiting", 0)] * 3
    told = CliRunner().invoke(app, ["embeddings", "retry", "--data", str(tmp_path)])
    assert told.output == "0 texts will be tried again\n"
