"""The providers that can carry the media of a meeting."""

from typing import Literal, TypeAlias

Provider: TypeAlias = Literal["webrtc", "getstream", "janus"]
MESH: Provider = "webrtc"
JANUS: Provider = "janus"
GETSTREAM: Provider = "getstream"
# Best first: a hosted service, then a self-hosted media server, then the mesh.
PREFERRED: tuple[Provider, ...] = (GETSTREAM, JANUS, MESH)
