"""Who can carry the media of a meeting."""

from typing import Literal, TypeAlias

Provider: TypeAlias = Literal["webrtc", "getstream"]
MESH: Provider = "webrtc"
