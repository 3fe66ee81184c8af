"""Which providers a deployment has."""

import pytest

from connvo.providers.rooms.base import RoomError
from connvo.providers.rooms.factory import available_providers, room_provider, undocumented
from connvo.settings import Settings


def test_without_further_settings_there_is_only_the_mesh() -> None:
    assert available_providers(Settings()) == {"webrtc"}
    assert room_provider(Settings(), "webrtc").name == "webrtc"


@pytest.mark.parametrize("name", ["getstream", "janus"])
def test_a_provider_that_is_not_configured_cannot_be_had(name: str) -> None:
    with pytest.raises(RoomError, match="not configured"):
        room_provider(Settings(), name)  # type: ignore[arg-type]


def test_a_server_without_janus_documents_no_such_provider() -> None:
    assert undocumented(Settings()) == {"janus"}
