"""Calls: sessions and signals between members, rooms, and recovery of failed connections."""

from .rooms import (
    generate_participant_access_token,
    handle_connection_failure,
    initialize_webrtc_room,
    monitor_connection_quality,
)
from .signaling import (
    close_session,
    create_webrtc_session,
    exchange_ice_candidate,
    exchange_session_description,
    get_active_sessions,
    get_pending_signals,
    mark_signals_processed,
    update_session_state,
)

__all__ = [
    "close_session",
    "create_webrtc_session",
    "exchange_ice_candidate",
    "exchange_session_description",
    "generate_participant_access_token",
    "get_active_sessions",
    "get_pending_signals",
    "handle_connection_failure",
    "initialize_webrtc_room",
    "mark_signals_processed",
    "monitor_connection_quality",
    "update_session_state",
]
