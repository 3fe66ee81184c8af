"""The progress of a resource rises with its changes, and tells nothing of what others alone may see."""

import pytest

from connvo.model.realtime.progress import Progress, progress_of
from connvo.runtime.context import QueryCtx
from connvo.schema.meetings import MeetingId
from connvo.schema.prompts import Prompt
from connvo.schema.users import UserId
from connvo.store.transaction import Transaction
from tests.support.scene import Scene

KINDS = ["meetingNotes", "transcripts", "meetingParticipants", "participants", "messages", "prompts"]


def progress(scene: Scene, kind: str) -> Progress:
    backend = scene.backend
    meeting, user = MeetingId(scene.meeting_id), UserId(scene.host.user_id)
    found: Progress = backend.read(
        lambda db: progress_of(QueryCtx(db, scene.host.identity, backend.now_ms, backend.settings), kind, meeting, user)
    )
    return found


@pytest.mark.parametrize("kind", KINDS)
def test_a_resource_of_a_new_meeting_has_a_progress(scene: Scene, kind: str) -> None:
    assert progress(scene, kind).revision >= 0


def test_messages_members_and_prompts_make_progress(scene: Scene) -> None:
    before = {kind: progress(scene, kind) for kind in KINDS}
    scene.start()
    scene.join(scene.guest)
    scene.guest.call("meetings/chat:sendMessage", meetingId=scene.meeting_id, text="Hello")

    def prompts(db: Transaction) -> None:
        for person in (None, scene.host.user_id, scene.guest.user_id):
            db.insert(
                Prompt(
                    meeting_id=MeetingId(scene.meeting_id),
                    type="precall",
                    kind="goals",
                    person_id=None if person is None else UserId(person),
                    content="x",
                    relevance=1,
                    created_at=db.now,
                    updated_at=db.now,
                )
            )

    scene.backend.run(scene.backend.engine.write(prompts))
    after = {kind: progress(scene, kind) for kind in KINDS}
    assert after["messages"].revision == before["messages"].revision + 1
    assert after["messages"].at > before["messages"].at
    assert after["participants"].revision > before["participants"].revision
    assert after["prompts"].revision == before["prompts"].revision + 2
