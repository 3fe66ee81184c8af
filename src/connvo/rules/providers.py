"""Who can carry the media of a meeting."""

from typing import Literal, TypeAlias

Provider: TypeAlias = Literal["webrtc", "getstream", "janus"]
MESH: Provider = "webrtc"
JANUS: Provider = "janus"
GETSTREAM: Provider = "getstream"
# The best first: a hosted service before a media server of one's own, and the mesh where there is neither.
PREFERRED: tuple[Provider, ...] = (GETSTREAM, JANUS, MESH)
