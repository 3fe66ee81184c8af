"""A server is killed while a model improves a report; after a restart, or on another node, there is one report.

The moments are those in which a server waits: for a process of its own, for the model's answer, and for a commit.
"""

import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import pytest

from connvo.schema.ai import AiUsage
from connvo.schema.insights import Insight, InsightRun, InsightStep, MeetingReport, Recommendation
from tests.browser.mortal import ANY_SECONDS, MortalServer, call_any
from tests.support import outside
from tests.support.held_workers import HeldWorkers, Worker
from tests.support.insights import LINES, REPORT
from tests.support.live import LiveServer
from tests.support.llm_double import KEY, MODEL
from tests.support.llm_fixtures import LlmDouble
from tests.support.postgres import database_of
from tests.support.store import ENGINES, Store

# The first process makes the report by rules, the second one plans. A part takes one that prepares its request and one
# that checks the answer, and so does the merge; the last one checks the whole.
RULES, PLAN, PART, MERGE, WHOLE = 1, 2, 4, 8, 9
PARTS = 2
# Of both parts and of their merge.
REQUESTS = 3
FIRST_REQUEST, LAST_REQUEST = 1, 3
TURNS = 14
SENTENCES = 5
TURN_MS = 2000.0
POLL_SECONDS = 0.2
MS = 1000.0
SETTINGS = {
    "CONNVO_AI_MODEL": MODEL,
    "CONNVO_AI_KEY": KEY,
    "CONNVO_AI_CONTEXT_TOKENS": "4096",
    "CONNVO_AI_OUTPUT_TOKENS": "512",
    "CONNVO_AI_CONCURRENCY": "1",
    "CONNVO_NODE_RENEW_SECONDS": "1",
    "CONNVO_SPEECH_ENGINE": "off",
    "CONNVO_RATE_ACCOUNT_BURST": "1000000",
}


class Moment(NamedTuple):
    """The moment of a death: while a process runs, or is over and its result not stored; or while the model thinks."""

    process: int = 0
    is_over: bool = False
    request: int = 0

    @property
    def lost_calls(self) -> int:
        """How many calls of the model are lost with the server."""
        return int(self.request > 0 or self.process in (PART, MERGE))


MOMENTS = {
    "rules": Moment(RULES),
    "rules-commit": Moment(RULES, is_over=True),
    "plan": Moment(PLAN),
    "plan-commit": Moment(PLAN, is_over=True),
    "part-asked": Moment(request=FIRST_REQUEST),
    "part-checked": Moment(PART),
    "part-commit": Moment(PART, is_over=True),
    "merge-asked": Moment(request=LAST_REQUEST),
    "merge-checked": Moment(MERGE),
    "merge-commit": Moment(MERGE, is_over=True),
    "whole-checked": Moment(WHOLE),
    "whole-commit": Moment(WHOLE, is_over=True),
}
WITH_EVERY_CHANGE = {("sqlite", "part-commit"), ("postgres", "merge-asked")}
CASES = [
    pytest.param(engine, MOMENTS[name], id=f"{engine}-{name}", marks=() if is_usual else pytest.mark.soak)
    for engine in ENGINES
    for name in MOMENTS
    for is_usual in [(engine, name) in WITH_EVERY_CHANGE]
]


class Nodes:
    """A server of a database, and the one that goes on after its death: itself again, or another node."""

    def __init__(self, engine: str, folder: Path, **settings: str) -> None:
        self.data = folder / "data"
        self.engine = engine
        if engine == "postgres":
            settings["CONNVO_DATABASE_URL"] = database_of(self.data)
        self.first = MortalServer(folder, **settings)
        self.next = self.first if engine == "sqlite" else MortalServer(folder, **settings)

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Let no server commit what it has written, nor the rest of a transaction after its death."""
        if self.engine == "sqlite":
            with closing(sqlite3.connect(self.data / "connvo.db", timeout=ANY_SECONDS, isolation_level=None)) as one:
                one.execute("BEGIN IMMEDIATE")
                yield
        else:
            with psycopg.connect(database_of(self.data)) as connection:
                connection.execute('LOCK TABLE "insightSteps" IN EXCLUSIVE MODE')
                yield
                others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
                connection.execute(f"SELECT pg_terminate_backend(pid) {others}")


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[HeldWorkers]:
    """The processes of the servers, which are let go in the end."""
    held = HeldWorkers(tmp_path / "workers")
    yield held
    held.open()


@pytest.fixture
def nodes(engine: str, tmp_path: Path, llm: LlmDouble, workers: HeldWorkers) -> Iterator[Nodes]:
    """The servers; the first one runs."""
    outside.needs("processes to kill")
    made = Nodes(engine, tmp_path, **SETTINGS, **workers.settings, CONNVO_AI_URL=llm.url)
    try:
        made.first.start()
        yield made
    finally:
        made.first.kill()
        made.next.kill()


def meet_and_talk(nodes: Nodes) -> tuple[str, str]:
    """Hold a meeting whose words take the model two parts; return its id and the token of its host."""
    server = LiveServer(nodes.first.url, nodes.data)
    meeting, host, guest = server.meet("Launch")
    for turn in range(TURNS):
        said = (f"{LINES[(turn + more) % len(LINES)]} That was point {turn}.{more}." for more in range(SENTENCES))
        start = time.time() * MS + turn * TURN_MS
        times = {"startTime": start, "endTime": start + TURN_MS - 1, "confidence": 1}
        token = (host, guest)[turn % 2]
        path = "transcripts/ingestion:ingestTranscriptChunk"
        server.call(token, path, meetingId=meeting, text=" ".join(said), **times)
    server.call(host, "meetings/lifecycle:endMeeting", meetingId=meeting)
    return meeting, host


def wait_for(done: Callable[[], Any], otherwise: str) -> None:
    """Return once a condition holds."""
    until = time.monotonic() + ANY_SECONDS
    while not done():
        assert time.monotonic() < until, otherwise
        time.sleep(POLL_SECONDS)


def die(nodes: Nodes, workers: HeldWorkers, llm: LlmDouble, moment: Moment) -> None:
    """Kill the server at a moment, and have the next one run."""
    held: list[Worker] = []
    if moment.request:
        workers.open()
        wait_for(lambda: len(llm.bodies()) == moment.request, "the model is not asked")
    else:
        held.append(workers.wait_for(moment.process))
    if nodes.next is not nodes.first and not moment.is_over:
        nodes.next.start()
    if moment.is_over:
        with nodes.locked():
            workers.free(held[0])
            workers.wait_for_end(held[0])
            nodes.first.kill()
    else:
        nodes.first.kill()
    workers.open()
    workers.wait_for_end(*held)
    if nodes.next is nodes.first or moment.is_over:
        nodes.next.start()


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("engine", "moment"), CASES)
def test_a_server_that_is_killed_leaves_one_report_and_pays_for_each_request_once(
    nodes: Nodes, workers: HeldWorkers, llm: LlmDouble, moment: Moment
) -> None:
    if moment.request:
        llm.play(*[{}] * (moment.request - 1), {"kind": "silent"}, {})
    meeting, host = meet_and_talk(nodes)
    die(nodes, workers, llm, moment)

    def is_written() -> bool:
        shown = call_any([nodes.next], host, REPORT, meetingId=meeting)
        return (shown["state"], shown.get("source"), shown["total"]) == ("ready", MODEL, 0)

    wait_for(is_written, "the model's report does not come")
    store = Store(ENGINES[nodes.engine], nodes.data)
    try:
        wait_for(lambda: {one.revision for one in store.everything(Insight)} == {2}, "no insights follow")
        [run] = store.everything(InsightRun)
        [report] = store.everything(MeetingReport)
        insights, steps = store.everything(Insight), store.everything(InsightStep)
        advice = store.everything(Recommendation)
        [used] = [one for one in store.everything(AiUsage) if one.scope == "meeting"]
    finally:
        store.close()
    assert (run.state, run.revision, report.revision) == ("ready", 2, 2)
    assert len({one.user_id for one in insights}) == len(insights) == 2
    assert set(Counter((one.insight_id, one.content) for one in advice).values()) <= {1}
    assert len({(one.revision, one.key) for one in steps}) == len(steps)
    assert {one.state for one in steps} == {"done"}
    assert sum(one.attempt - 1 for one in steps) == 1, "a single attempt is lost"
    assert len([one for one in steps if one.key.startswith("model:map")]) == PARTS
    sent = Counter(body["messages"][1]["content"] for body in llm.bodies())
    assert (len(sent), sum(sent.values())) == (REQUESTS, REQUESTS + moment.lost_calls)
    assert (used.reserved, used.calls) == (0, sum(sent.values())), "each request is charged once"
    assert (used.uncounted > 0) == (moment.lost_calls > 0), "a lost one as reserved, and no other"
    assert used.tokens_in + used.tokens_out + used.uncounted >= llm.seen()["tokens"]
    assert not [one for one in workers.started if one.runs], "no process outlives its work"
