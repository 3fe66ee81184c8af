"""The kinds of prompts, and who sees them."""

from typing import Literal, TypeAlias

OpenerKind: TypeAlias = Literal["actions", "interests", "fields", "decision", "goals", "general", "suggestion"]
NudgeKind: TypeAlias = Literal["silence", "imbalance", "silent_member", "question", "time", "suggestion"]
PromptKind: TypeAlias = OpenerKind | NudgeKind
PromptAudience: TypeAlias = Literal["all", "hosts", "person"]
