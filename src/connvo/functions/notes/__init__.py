"""Notes that the members of a meeting write together."""

from .mutations import apply_note_operation, batch_apply_note_operations, rollback_to_sequence
from .offline import (
    clear_synced_operations,
    create_offline_checkpoint,
    get_offline_queue_status,
    queue_offline_operations,
    restore_from_checkpoint,
    retry_failed_operations,
    sync_offline_operations,
)
from .queries import get_meeting_notes

__all__ = [
    "apply_note_operation",
    "batch_apply_note_operations",
    "clear_synced_operations",
    "create_offline_checkpoint",
    "get_meeting_notes",
    "get_offline_queue_status",
    "queue_offline_operations",
    "restore_from_checkpoint",
    "retry_failed_operations",
    "rollback_to_sequence",
    "sync_offline_operations",
]
