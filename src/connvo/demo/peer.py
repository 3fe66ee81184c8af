"""One WebRTC connection to another peer, with a synthetic camera and microphone. Only this module imports aiortc.

Guarantees:
    Media stays on the loopback interface.
    Only the STUN and TURN servers that the server named are used.
    Every received frame is counted.

Does not know:
    How descriptions and candidates are delivered.
"""

import asyncio
from collections.abc import Callable, Iterable
from time import monotonic
from typing import Literal, TypeAlias

import aioice.ice
from aiortc import (
    AudioStreamTrack,
    MediaStreamError,
    MediaStreamTrack,
    RTCBundlePolicy,
    RTCConfiguration,
    RTCIceServer,
    RTCIceTransportPolicy,
    RTCPeerConnection,
    RTCSessionDescription,
    VideoStreamTrack,
)
from aiortc.sdp import candidate_from_sdp
from aiortc.stats import RTCInboundRtpStreamStats, RTCRemoteInboundRtpStreamStats, RTCTransportStats

from .answers import Candidate, Description, IceServer, Stats
from .timeline import Negotiation
from .trickle import NO_MORE, fragments, split

Kind: TypeAlias = Literal["audio", "video"]
LOOPBACK = "127.0.0.1"
CLOCK_RATES = {"audio": 48_000, "video": 90_000}
LOSS_STEPS = 256
PERCENT = 100.0
MS = 1000.0
BITS = 8


def stay_on_this_machine() -> None:
    """Restrict media to the loopback address, which aioice would leave out."""
    aioice.ice.get_host_addresses = _loopback_only


def _loopback_only(use_ipv4: bool, use_ipv6: bool) -> list[str]:
    return [LOOPBACK] if use_ipv4 else []


class Peer:
    """A connection to a remote session. `seen` is called with the first frame of each kind.

    With `relay_only` media uses TURN servers only.

    `connected` is set when media can flow, `lost` when the other side or the network ended the connection.
    """

    def __init__(
        self,
        remote_session: str,
        ice_servers: Iterable[IceServer],
        seen: Callable[[Kind], None],
        relay_only: bool = False,
    ) -> None:
        self.remote_session = remote_session
        self.negotiation = Negotiation(began=monotonic())
        self.connected = asyncio.Event()
        self.lost = asyncio.Event()
        self._seen = seen
        self._remote_fragments: set[str] = set()
        self._closing = False
        self._pullers: list[asyncio.Task[None]] = []
        self._connection = RTCPeerConnection(
            RTCConfiguration(
                iceServers=[RTCIceServer(_list(s.urls), s.username, s.credential) for s in ice_servers],
                iceTransportPolicy=RTCIceTransportPolicy.RELAY if relay_only else RTCIceTransportPolicy.ALL,
                # MAX_BUNDLE loses the answerer's transport if the media lines are in another order than its tracks.
                bundlePolicy=RTCBundlePolicy.BALANCED,
            )
        )
        self._connection.addTrack(VideoStreamTrack())
        self._connection.addTrack(AudioStreamTrack())
        self._connection.on("track", self._receive)
        self._connection.on("connectionstatechange", self._note_state)

    async def offer(self) -> tuple[Description, list[Candidate]]:
        """Return an offer and the candidates to trickle after it."""
        await self._connection.setLocalDescription(await self._connection.createOffer())
        return self._local()

    async def answer(self, offer: Description) -> tuple[Description, list[Candidate]]:
        """Return the answer to an offer and the candidates to trickle after it."""
        await self.accept(offer)
        await self._connection.setLocalDescription(await self._connection.createAnswer())
        return self._local()

    async def accept(self, description: Description) -> None:
        """Take the other side's description."""
        self._remote_fragments = fragments(description)
        await self._connection.setRemoteDescription(RTCSessionDescription(description.sdp, description.type))

    async def add(self, candidate: Candidate) -> None:
        """Take a candidate of the other side, after its description; ignore one of another negotiation."""
        if candidate.username_fragment not in self._remote_fragments:
            return
        if candidate.candidate == NO_MORE:
            await self._connection.addIceCandidate(None)
            return
        parsed = candidate_from_sdp(candidate.candidate.removeprefix("candidate:"))
        parsed.sdpMid, parsed.sdpMLineIndex = candidate.sdp_mid, candidate.sdp_mline_index
        await self._connection.addIceCandidate(parsed)

    async def stats(self) -> Stats:
        """Return the mean bitrate since the connection began, and the worst loss, latency and jitter."""
        found = list((await self._connection.getStats()).values())
        sent = [s for s in found if isinstance(s, RTCRemoteInboundRtpStreamStats)]
        received = [s for s in found if isinstance(s, RTCInboundRtpStreamStats)]
        octets = {s.id: s.bytesReceived for s in found if isinstance(s, RTCTransportStats)}
        seconds = monotonic() - (self.negotiation.connected or self.negotiation.began)
        return Stats(
            bitrate=sum(octets.values()) * BITS / seconds,
            packet_loss=max((s.fractionLost / LOSS_STEPS * PERCENT for s in sent), default=0.0),
            # None until the first report of the other side, despite its type.
            latency=max(((s.roundTripTime or 0.0) * MS for s in sent), default=0.0),
            jitter=max((s.jitter / CLOCK_RATES[s.kind] * MS for s in received), default=0.0),
        )

    async def close(self) -> None:
        """End the connection."""
        self._closing = True
        await self._connection.close()
        for puller in self._pullers:
            puller.cancel()
        await asyncio.gather(*self._pullers, return_exceptions=True)

    def _local(self) -> tuple[Description, list[Candidate]]:
        local = self._connection.localDescription
        return split(Description(local.type, local.sdp))

    def _note_state(self) -> None:
        state = self._connection.connectionState
        if state == "connected" and self.negotiation.connected is None:
            self.negotiation.connected = monotonic()
            self.connected.set()
        elif state in ("failed", "closed") and not self._closing:
            self.lost.set()

    def _receive(self, track: MediaStreamTrack) -> None:
        kind: Kind = "video" if track.kind == "video" else "audio"
        self._pullers.append(asyncio.create_task(self._pull(track, kind)))

    async def _pull(self, track: MediaStreamTrack, kind: Kind) -> None:
        frames = self.negotiation.frames
        try:
            while True:
                await track.recv()
                frames[kind] = frames.get(kind, 0) + 1
                if frames[kind] == 1:
                    self.negotiation.first_frame[kind] = monotonic()
                    self._seen(kind)
        except MediaStreamError:
            return


def _list(urls: str | list[str]) -> list[str]:
    return [urls] if isinstance(urls, str) else urls
