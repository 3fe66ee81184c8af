"""Reports of meetings, and the insights of each person."""

from .generation import generate_insights
from .mutations import delete_insights, update_insights_feedback
from .queries import get_connection_recommendations, get_insight_by_id, get_meeting_insights, get_user_insights

__all__ = [
    "delete_insights",
    "generate_insights",
    "get_connection_recommendations",
    "get_insight_by_id",
    "get_meeting_insights",
    "get_user_insights",
    "update_insights_feedback",
]
