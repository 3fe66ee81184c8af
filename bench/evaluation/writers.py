"""Making reports of golden meetings: by rules, or by a model with the same steps, requests and checks as the server."""

import msgspec

from connvo.model.insights.asking_model import task_of
from connvo.providers.llm.base import LanguageModel, LlmError
from connvo.rules.insights.attempts import after_failure
from connvo.rules.insights.chunking import halved
from connvo.rules.insights.improving import check, plan, prepare
from connvo.rules.insights.messages import Checked, CheckRequest, Limits, Part, PlanRequest, PromptRequest
from connvo.rules.insights.minutes import report_of
from connvo.rules.insights.model_report import ModelReport
from connvo.rules.insights.report import Minutes, Report, with_statistics
from connvo.rules.insights.requests import merge_groups
from connvo.settings import AiSettings, Settings


class Written(msgspec.Struct, kw_only=True):
    """A report, and what it cost; without a model's report, `failure` is the reason."""

    report: Report
    calls: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    rejected: int = 0
    failure: str | None = None


def by_rules(minutes: Minutes) -> Written:
    """Returns the report by rules."""
    return Written(report=report_of(minutes))


async def by_model(minutes: Minutes, model: LanguageModel, settings: AiSettings) -> Written:
    """Returns the report of a model; where it fails, that by rules with the reason."""
    written = by_rules(minutes)
    writer = _Writer(minutes, model, settings, written)
    try:
        final = await writer.write()
    except LlmError as error:
        written.failure = error.reason
        return written
    if final is None:
        written.failure = "unusable"
        return written
    written.report = with_statistics(final.report, written.report)
    return written


class _Writer:
    def __init__(self, minutes: Minutes, model: LanguageModel, settings: AiSettings, written: Written) -> None:
        self._minutes = minutes
        self._model = model
        self._settings = Settings(ai=settings)
        self._limits = Limits(context_tokens=settings.context_tokens, output_tokens=settings.output_tokens)
        self._written = written

    async def write(self) -> Checked | None:
        """Returns the checked minutes of the whole meeting, or None if they are empty."""
        found = plan(PlanRequest(minutes=self._minutes, limits=self._limits))
        parts: list[ModelReport] = []
        for span in found.spans:
            parts += await self._ask(Part(span=span))
        parts = [part for part in parts if not part.is_empty]
        while len(parts) > 1:
            groups = merge_groups(parts, found.room)
            merged = [part for group in groups for part in await self._ask(Part(parts=tuple(group)))]
            parts = [part for part in merged if not part.is_empty]
        return self._check(Part(parts=(parts[0],)), parts[0]) if parts else None

    async def _ask(self, part: Part, is_half: bool = False) -> list[ModelReport]:
        """Returns the checked minutes of a part, or of its halves."""
        fault: str | None = None
        for attempt in range(1, self._settings.ai.tries + 1):
            try:
                return [await self._once(part, fault)]
            except LlmError as error:
                following = after_failure(error.reason, attempt, self._settings.ai.tries, error.retry_after)
                if following.reaction == "halve" and part.span is not None and not is_half:
                    halves = [Part(span=span) for span in halved(part.span)]
                    return [one for half in halves for one in await self._ask(half, is_half=True)]
                if following.reaction != "again":
                    raise
                fault = error.fault
        raise LlmError("unreachable", "The tries are used up")

    async def _once(self, part: Part, fault: str | None) -> ModelReport:
        request = PromptRequest(minutes=self._minutes, limits=self._limits, part=part, fault=fault)
        self._written.calls += 1
        answer = await self._model.complete(task_of(prepare(request).prompt, self._settings))
        self._written.tokens_in += answer.tokens_in or 0
        self._written.tokens_out += answer.tokens_out or 0
        checked = self._check(part, answer.value)
        rejected = msgspec.structs.asdict(checked.rejected)
        self._written.rejected += sum(rejected.values())
        if checked.fault is not None:
            raise LlmError("unusable", checked.fault, fault=checked.fault)
        return checked.minutes

    def _check(self, part: Part, answer: ModelReport) -> Checked:
        source = self._settings.ai.model or ""
        return check(CheckRequest(minutes=self._minutes, limits=self._limits, part=part, answer=answer, source=source))
