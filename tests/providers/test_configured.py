"""Which providers a deployment has."""

from connvo.providers.configured import available_providers
from connvo.settings import Settings


def test_without_further_settings_there_is_only_the_mesh() -> None:
    assert available_providers(Settings()) == {"webrtc"}
