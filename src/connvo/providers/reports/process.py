"""Compute in a process of its own.

Guarantees: the process is gone when a call has returned, however it returned. One whose server dies ends by its closed
pipe.
"""

from typing import Generic, TypeVar

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

Asked = TypeVar("Asked", bound=msgspec.Struct)
Found = TypeVar("Found", bound=msgspec.Struct)


class Computation(Generic[Asked, Found]):
    """A computation by a module that runs as a process, from one type of request to one type of result."""

    def __init__(self, module: str, request: type[Asked], result: type[Found]) -> None:
        self.module = module
        self._result = result

    async def __call__(self, request: Asked) -> Found:
        """Return the result for a request.

        Raises:
            ProcessFailed: The process failed, or took longer than `SECONDS`.
        """
        output = await output_of(self.module, data=msgspec.json.encode(request), seconds=SECONDS)
        try:
            return msgspec.json.decode(output, type=self._result)
        except msgspec.MsgspecError as error:
            raise ProcessFailed("the process wrote no result") from error


compute = Computation(WORKER, Minutes, Report)
plan = Computation(MODEL_WORKER, PlanRequest, Plan)
prepare = Computation(MODEL_WORKER, PromptRequest, Prepared)
check = Computation(MODEL_WORKER, CheckRequest, Checked)
prepare_suggestions = Computation(MODEL_WORKER, SuggestionRequest, SuggestionPrompt)
check_suggestions = Computation(MODEL_WORKER, SuggestionCheck, CheckedSuggestions)
