"""The checks for a configuration, and the order in which they run."""

import asyncio
import time
from collections.abc import Sequence

from connvo.providers.rooms.base import Reason, RoomError, RoomProvider
from connvo.providers.rooms.factory import available_providers, room_provider
from connvo.rules.providers import JANUS, MESH, Provider
from connvo.settings import Settings, split

from .embeddings import embedding_check
from .exposure import exposure_checks
from .identity import CLOCK, KEYS, clock_finding, keys_finding
from .language_model import model_checks
from .relays import stun_finding, turn_finding
from .report import Check, Finding, told
from .server import SERVER, server_finding
from .speech import SPEECH, speech_finding
from .storage import DATABASE, DISK, database_finding, disk_finding
from .websocket import SOCKET, socket_finding

RELAY = "relay"
NO_RELAY = (
    "there is no TURN server: calls between some networks cannot be made",
    "start one with connvo serve --turn, or name your own in CONNVO_ICE_TURN_URLS",
)
MEDIA_ADVICE: dict[Reason, str] = {
    "unreachable": "start it, or correct its address; open its port for this machine",
    "slow": "it answers too late: check its load and the network between",
    "refused": "its key or secret is not the one configured here",
}
JANUS_ADVICE: dict[Reason, str] = {
    "unreachable": "start it, or correct CONNVO_JANUS_ADMIN_URL; open that port for this machine",
    "refused": "code 403: CONNVO_JANUS_ADMIN_SECRET must be its `admin_secret`; "
    "code 433: CONNVO_JANUS_ADMIN_KEY must be the `admin_key` of its VideoRoom plugin",
}
OTHER_MEDIA_ADVICE = "check its log; until then calls go to another provider"


async def examined(settings: Settings) -> list[Finding]:
    """Return the findings of all checks. Checks of relays run one after the other, so that they do not compete."""
    return await _run(
        [*_parts(settings), *_media(settings), *model_checks(settings.ai)],
        _servers(settings, thorough=True),
        settings.doctor.timeout_seconds,
    )


async def glanced(settings: Settings) -> list[Finding]:
    """Return the findings of the cheap checks: all at once, with less time, and without data through relays."""
    cheap = [_disk(settings), _keys(settings), *_servers(settings, thorough=False)]
    return await _run(cheap, [], settings.doctor.deep_timeout_seconds)


async def _run(together: Sequence[Check], in_turn: Sequence[Check], seconds: float) -> list[Finding]:
    async def one_by_one() -> list[Finding]:
        return [await told(check, seconds) for check in in_turn]

    relays = asyncio.create_task(one_by_one())
    others = await asyncio.gather(*(told(check, seconds) for check in together))
    return [*others, *await relays]


def _parts(settings: Settings) -> list[Check]:
    return [
        Check(SERVER, lambda: server_finding(settings.server.data.resolve())),
        Check(DATABASE, lambda: database_finding(settings)),
        _disk(settings),
        Check(CLOCK, lambda: clock_finding(settings.identity, settings.doctor.ntp)),
        _keys(settings),
        *exposure_checks(settings),
        Check(SPEECH, lambda: speech_finding(settings.speech)),
        embedding_check(settings),
    ]


def _disk(settings: Settings) -> Check:
    return Check(DISK, lambda: disk_finding(settings.server.data))


def _keys(settings: Settings) -> Check:
    return Check(KEYS, lambda: keys_finding(settings.identity))


def _servers(settings: Settings, thorough: bool) -> list[Check]:
    ice = settings.ice

    def turn(url: str) -> Check:
        return Check(url, lambda: turn_finding(url, ice, time.time(), thorough))

    def stun(url: str) -> Check:
        return Check(url, lambda: stun_finding(url))

    relays = [turn(url) for url in split(ice.turn_urls)] or [Check(RELAY, _no_relay)]
    return [*(stun(url) for url in split(ice.stun_urls)), *relays]


async def _no_relay() -> Finding:
    return Finding(RELAY, "warning", *NO_RELAY)


def _media(settings: Settings) -> list[Check]:
    def media(name: Provider) -> Check:
        # Created before the time limit starts: this loads the provider's client.
        provider = room_provider(settings, name)
        return Check(name, lambda: _media_finding(provider))

    def socket(url: str) -> Check:
        return Check(SOCKET, lambda: socket_finding(url))

    url = settings.janus.ws_url
    return [*(media(name) for name in sorted(available_providers(settings) - {MESH})), *([socket(url)] if url else [])]


async def _media_finding(provider: RoomProvider) -> Finding:
    name = provider.name
    try:
        await provider.probe()
    except RoomError as error:
        advice = {**MEDIA_ADVICE, **(JANUS_ADVICE if name == JANUS else {})}
        return Finding(name, "failed", str(error), advice.get(error.reason, OTHER_MEDIA_ADVICE))
    return Finding(name, "ok", "answers, and takes our key")
