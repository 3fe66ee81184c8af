"""Compute in a process of its own.

Guarantees: the process is gone when a call has returned, however it returned. One whose server dies ends by its closed
pipe.
"""

from typing import TypeVar

import msgspec

from connvo.providers.one_call import ProcessFailed, output_of
from connvo.rules.insights.messages import Checked, CheckRequest, Plan, PlanRequest, Prepared, PromptRequest
from connvo.rules.insights.report import Minutes, Report
from connvo.rules.prompts.suggestion_messages import (
    CheckedSuggestions,
    SuggestionCheck,
    SuggestionPrompt,
    SuggestionRequest,
)

WORKER = "connvo.providers.reports.worker"
MODEL_WORKER = "connvo.providers.reports.model_worker"
SECONDS = 45.0

T = TypeVar("T")


async def compute(minutes: Minutes) -> Report:
    """Return the report of a meeting.

    Raises:
        ProcessFailed: The process failed, or took longer than `SECONDS`.
    """
    return await _run(WORKER, minutes, Report)


async def plan(request: PlanRequest) -> Plan:
    """Return the parts of a meeting for a model.

    Raises:
        ProcessFailed: The process failed, or took longer than `SECONDS`.
    """
    return await _run(MODEL_WORKER, request, Plan)


async def prepare(request: PromptRequest) -> Prepared:
    """Return a request to a model.

    Raises:
        ProcessFailed: The process failed, or took longer than `SECONDS`.
    """
    return await _run(MODEL_WORKER, request, Prepared)


async def check(request: CheckRequest) -> Checked:
    """Return what holds of a model's answer.

    Raises:
        ProcessFailed: The process failed, or took longer than `SECONDS`.
    """
    return await _run(MODEL_WORKER, request, Checked)


async def prepare_suggestions(request: SuggestionRequest) -> SuggestionPrompt:
    """Return a request for suggestions to a model.

    Raises:
        ProcessFailed: The process failed, or took longer than `SECONDS`.
    """
    return await _run(MODEL_WORKER, request, SuggestionPrompt)


async def check_suggestions(request: SuggestionCheck) -> CheckedSuggestions:
    """Return the suggestions of a model's answer that hold.

    Raises:
        ProcessFailed: The process failed, or took longer than `SECONDS`.
    """
    return await _run(MODEL_WORKER, request, CheckedSuggestions)


async def _run(module: str, request: msgspec.Struct, kind: type[T]) -> T:
    output = await output_of(module, data=msgspec.json.encode(request), seconds=SECONDS)
    try:
        return msgspec.json.decode(output, type=kind)
    except msgspec.MsgspecError as error:
        raise ProcessFailed("the process wrote no result") from error
