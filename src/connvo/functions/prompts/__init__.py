"""Prompts of meetings: ideas before a call, nudges during it."""

from .actions import generate_pre_call_ideas
from .mutations import update_prompt_feedback
from .queries import get_in_call_prompts, get_pre_call_prompts, subscribe_to_in_call_prompts

__all__ = [
    "generate_pre_call_ideas",
    "get_in_call_prompts",
    "get_pre_call_prompts",
    "subscribe_to_in_call_prompts",
    "update_prompt_feedback",
]
