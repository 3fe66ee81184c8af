"""`python -m bench.evaluation`: judges reports of golden meetings, by rules or a model, and the gist of public ones."""

import argparse
import asyncio
import json
import os
import sys
from pathlib import Path
from time import perf_counter

from connvo.model.insights.asking_model import task_of
from connvo.providers.llm.dialect import Dialect
from connvo.providers.llm.request import request_body
from connvo.rules.insights.improving import plan, prepare
from connvo.rules.insights.messages import Limits, Part, PlanRequest, PromptRequest
from connvo.settings import AiSettings, Settings

from . import summaries
from .golden import Golden, golden_meetings
from .scoring import MIN_F1, Score, judge, total
from .writers import Written, by_model, by_rules

COLUMNS = (
    "uncited",
    "foreign",
    "dates",
    "canaries",
    "taken back",
    "names",
    "actions",
    "F1",
    "owners",
    "days",
    "calls",
    "tokens",
    "s",
)
KEY = "CONNVO_AI_KEY"


def main() -> None:
    """Prints a row for each meeting, the sum and the gates; the exit code says whether they are passed."""
    options = _options()
    settings = AiSettings() if options.url is None else _settings(options)
    meetings = [one for one in golden_meetings() if options.only in (None, one.name)]
    if options.show:
        for golden in meetings:
            show(golden, settings)
        return
    print(f"{'meeting':18}" + "".join(f"{name:>11}" for name in COLUMNS))
    scores = []
    for golden in meetings:
        since = perf_counter()
        written = write(golden, settings)
        score = judge(golden, written.report)
        scores.append(score)
        print(row(golden.name, score, written, perf_counter() - since), flush=True)
    summed = total(scores)
    print(row("all", summed, None, None))
    print(
        f"precision: actions {precision(summed.matched, summed.found)}, owners "
        f"{precision(summed.owners_right, summed.owners_named)}, days {precision(summed.dates, summed.dates_named)}"
    )
    print(f"gates: no uncited statement, foreign owner, wrong date or canary, and F1 of actions at least {MIN_F1}")
    print("passed" if summed.passes else "not passed")
    if options.data is not None:
        for line in summaries.table(options.data):
            print(line, flush=True)
    sys.exit(0 if summed.passes else 1)


def write(golden: Golden, settings: AiSettings) -> Written:
    """Returns the report of a meeting, by the model if one is set."""
    if not settings.configured:
        return by_rules(golden.minutes)
    from connvo.providers.llm.openai_compatible import OpenAiCompatible

    return asyncio.run(by_model(golden.minutes, OpenAiCompatible(settings), settings))


def show(golden: Golden, settings: AiSettings) -> None:
    """Prints the body of each request that is sent about the parts of a meeting."""
    limits = Limits(context_tokens=settings.context_tokens, output_tokens=settings.output_tokens)
    for span in plan(PlanRequest(minutes=golden.minutes, limits=limits)).spans:
        prepared = prepare(PromptRequest(minutes=golden.minutes, limits=limits, part=Part(span=span)))
        task = task_of(prepared.prompt, Settings(ai=settings))
        print(json.dumps(request_body(settings.model or "MODEL", task, Dialect()), indent=2, ensure_ascii=False))


def row(name: str, score: Score, written: Written | None, seconds: float | None) -> str:
    """Returns a line of the table."""
    cells = [
        score.uncited, score.foreign_owners, score.wrong_dates, score.canaries, score.taken_back, score.misspelled,
        f"{score.matched}/{score.expected}+{score.found - score.matched}", f"{score.f1:.2f}",
        f"{score.owners}-{score.wrong_owners}", f"{score.dates}/{score.dates_expected}",
        "" if written is None else written.calls,
        "" if written is None else written.tokens_in + written.tokens_out,
        "" if seconds is None else f"{seconds:.1f}",
    ]  # fmt: skip
    failure = f"  {written.failure}: report by rules" if written is not None and written.failure else ""
    return f"{name:18}" + "".join(f"{cell!s:>11}" for cell in cells) + failure


def precision(right: int, found: int) -> str:
    """Returns a share as text."""
    return f"{right / found:.2f} ({right} of {found})" if found else "-"


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m bench.evaluation", description="Judges reports of golden meetings."
    )
    parser.add_argument("--url", help="address of a model's API; without it the reports are those by rules")
    parser.add_argument("--model", help="name of the model there")
    parser.add_argument("--context", type=int, default=8192, help="tokens of its context")
    parser.add_argument("--output", type=int, default=1500, help="most tokens of an answer")
    parser.add_argument("--data", type=Path, help="folder of public meetings: also prints ROUGE of the gist on them")
    parser.add_argument("--only", help="judge this meeting alone")
    parser.add_argument("--show", action="store_true", help="print the requests in place of sending them")
    options = parser.parse_args()
    if (options.url is None) != (options.model is None):
        parser.error(f"--url and --model need each other; the key of the API is read from {KEY}")
    return options


def _settings(options: argparse.Namespace) -> AiSettings:
    return AiSettings(
        url=options.url,
        model=options.model,
        key=os.environ.get(KEY),
        context_tokens=options.context,
        output_tokens=options.output,
    )


if __name__ == "__main__":
    main()
