"""Matching: users who want to meet others are paired, both agree, and there is a meeting."""

from .analytics import (
    get_global_matching_analytics,
    get_match_history,
    get_matching_stats,
    optimize_matching_weights,
    submit_match_feedback,
)
from .engine import run_matching_cycle
from .queue import cancel_queue_entry, enter_matching_queue, get_queue_status
from .scoring import calculate_compatibility_score

__all__ = [
    "calculate_compatibility_score",
    "cancel_queue_entry",
    "enter_matching_queue",
    "get_global_matching_analytics",
    "get_match_history",
    "get_matching_stats",
    "get_queue_status",
    "optimize_matching_weights",
    "run_matching_cycle",
    "submit_match_feedback",
]
