"""Checks of STUN and TURN servers as a member's browser uses them, with the credentials that a member would get.

Guarantees:
    Every allocated relay is released.
    No credential is part of a finding.
"""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from ipaddress import IPv4Address, IPv6Address

from connvo.providers.turn import MS, turn_servers
from connvo.settings import IceSettings

from .line import Cause, Datagrams, LineError, Place, ReportLine, Stream, opened, places_of
from .peers import judge_peers
from .report import Finding, Outcome
from .stun import Endpoint
from .turn import FORBIDDEN, UNAUTHORIZED, Allocated, Client, NoRealm, Refused

WHO = "connvo-doctor"
CONNECT_SECONDS = 3.0
ROUND_TRIP_SECONDS = 1.5
TRIES = 3
DAY_SECONDS = 86_400.0
RENEW_DAYS = 14
WORD_BYTES = 16
MAX_ADDRESSES = 4
QUOTA, FULL, MISMATCH, TRY_OTHER = 486, 508, 437, 300
FAMILY, PROTOCOL = 440, 442

LINE_ADVICE: dict[Cause, str] = {
    "address": "write stun:HOST:PORT, turn:HOST:PORT?transport=udp (or tcp), turns:HOST:PORT?transport=tcp",
    "dns": "correct the name in CONNVO_ICE_STUN_URLS or CONNVO_ICE_TURN_URLS, or its DNS record",
    "refused": "nothing listens there: start the server, correct the port, or open it in the firewall",
    "silent": "a firewall drops it, or nothing is there: open the port for this protocol, and check the address",
    "closed": "another program has this port, or the server does not accept this transport: check port and protocol",
    "unreachable": "this machine has no route to that address: check its network and routes",
    "expired": "renew the certificate and restart the TURN server; if it is new, set this machine's clock",
    "name": "use the name in the certificate in CONNVO_ICE_TURN_URLS, or get a certificate for this name",
    "unknown": "browsers refuse it as well: use a certificate of a public authority, with its whole chain (`cert=`)",
    "tls": "give the TURN server `cert=` and `pkey=`, and the address its `tls-listening-port`",
}
REFUSED_ADVICE = {
    UNAUTHORIZED: "CONNVO_ICE_TURN_SECRET must be its `static-auth-secret`, beside `use-auth-secret`; "
    "if it is, compare the clocks of the two machines",
    FORBIDDEN: "the server forbids it: check its denied-peer-ip, allowed-peer-ip and its own address filters",
    MISMATCH: "an older relay is in the way: try again in some minutes",
    QUOTA: "raise its `user-quota` or `total-quota` (CONNVO_TURN_MEMBER_ALLOCATIONS with serve --turn)",
    FULL: "its relay ports are used up: widen `min-port` to `max-port` (CONNVO_TURN_LAST_RELAY_PORT), and the firewall",
    TRY_OTHER: "it redirects clients (`alternate-server`): configure the address that it names",
    FAMILY: "browsers ask for no family, and it relays no IPv4: give it an IPv4 `relay-ip`, or, to relay IPv6 alone, "
    "`allocation-default-address-family=keep`",
    PROTOCOL: "it relays no UDP: remove `no-udp-relay`",
}
NO_REALM = "set `realm=` in the TURN server's configuration to any name, such as its own, and restart it"
OPEN_RANGE = "open the whole relay range (`min-port` to `max-port`) for UDP in the firewall, in both directions"
OPEN = "any client can use this relay: set `use-auth-secret`, `static-auth-secret` and `realm`, and restart it"


async def stun_finding(url: str) -> Finding:
    """Return whether a STUN server answers."""
    return await _at_every_address(url, _binds)


async def _binds(place: Place) -> Outcome:
    try:
        async with opened(place, CONNECT_SECONDS) as line:
            since = time.monotonic()
            mapped = await Client(line).bind()
            return Outcome("ok", f"sees this machine as {mapped.address}, in {_ms(since)}")
    except LineError as error:
        return _broken(error)
    except Refused as error:
        return Outcome(
            "failed", f"refuses a binding: {error}", "it is not open to the public: configure another STUN server"
        )


async def turn_finding(url: str, ice: IceSettings, now: float, thorough: bool = True) -> Finding:
    """Return whether a TURN server relays for a member at `now` (seconds since the epoch).

    `thorough` also sends data through it.
    """
    offered = turn_servers(ice, WHO, now * MS)
    if not offered:
        return Finding(url, "failed", "there is no secret to make credentials from", "set CONNVO_ICE_TURN_SECRET")
    credentials = offered[0].username or "", offered[0].credential or ""
    return await _at_every_address(url, lambda place: _relays(place, credentials, now, thorough))


async def _relays(place: Place, credentials: tuple[str, str], now: float, thorough: bool) -> Outcome:
    try:
        async with opened(place, CONNECT_SECONDS) as line:
            since = time.monotonic()
            client = Client(line, *credentials)
            allocated = await client.allocate()
            took = _ms(since)
            try:
                found = _unfit(allocated, line.server.address) or (
                    await _carries(client, allocated, place, credentials) if thorough else None
                )
            finally:
                with suppress(LineError, Refused, NoRealm):
                    await client.release()
            return found or _lasting(line, now) or Outcome("ok", _praise(allocated, took, thorough))
    except LineError as error:
        return _broken(error)
    except NoRealm:
        return Outcome("failed", "it asks for credentials but names no realm", NO_REALM)
    except Refused as error:
        return _refused(error)


async def _at_every_address(url: str, look: Callable[[Place], Awaitable[Outcome]]) -> Finding:
    """Return the combined finding at all addresses of a server's name: browsers may use any of them."""
    try:
        places = await places_of(url, CONNECT_SECONDS)
    except LineError as error:
        return _told(url, _broken(error))
    outcomes = {place.address: await look(place) for place in places[:MAX_ADDRESSES]}
    near = {address: outcome for address, outcome in outcomes.items() if not outcome.away} or outcomes
    bad = {address: outcome for address, outcome in near.items() if outcome.state == "failed"}
    good = [outcome for address, outcome in near.items() if address not in bad]
    if bad and good:
        address, worst = next(iter(bad.items()))
        advice = f"{worst.advice}; or remove {address} from the name's DNS records"
        return Finding(url, "warning", f"works, but not at {address}, which its name has too: {worst.says}", advice)
    return _told(url, min(near.values(), key=lambda outcome: outcome.state == "ok"))


def _told(url: str, outcome: Outcome) -> Finding:
    return Finding(url, outcome.state, outcome.says, outcome.advice)


def _broken(error: LineError) -> Outcome:
    return Outcome("failed", str(error), LINE_ADVICE[error.cause], error.cause == "unreachable")


def _refused(error: Refused) -> Outcome:
    what = "refuses the credentials" if error.code == UNAUTHORIZED else f"refuses the {error.step}"
    advice = REFUSED_ADVICE.get(error.code, "check the TURN server's log")
    return Outcome("failed", f"{what}: {error}", advice)


def _unfit(allocated: Allocated, server: IPv4Address | IPv6Address) -> Outcome | None:
    """Return a problem with the relay's address, or None. Clients that reach the server must reach it too."""
    relayed = allocated.relayed.address
    if allocated.open_to_all:
        return Outcome("failed", "it relays without asking for credentials", OPEN)
    if relayed.is_unspecified:
        return Outcome("failed", f"relays from {relayed}, which is not an address", "set its `relay-ip`")
    narrow = "loopback" if relayed.is_loopback else "private" if relayed.is_private else ""
    wider = not server.is_loopback if relayed.is_loopback else not server.is_private
    if not narrow or not wider:
        return None
    public = server if server.version == relayed.version else f"its public IPv{relayed.version} address"
    advice = f"set `external-ip={public}/{relayed}` there (CONNVO_TURN_EXTERNAL_IP with serve --turn)"
    if relayed.is_loopback:
        advice = f"set its `relay-ip` to an address that other machines reach, such as {public}"
    return Outcome("failed", f"offers the {narrow} address {relayed}, which other networks cannot reach", advice)


async def _carries(client: Client, allocated: Allocated, place: Place, credentials: tuple[str, str]) -> Outcome | None:
    """Check the allowed peers, then send through the relay: from here as a peer, and from a second relay."""
    peers = await judge_peers(client, allocated, client.server)
    if peers is not None and peers.state == "failed":
        return peers
    return await _sends(client, allocated, place, credentials) or peers


async def _sends(client: Client, allocated: Allocated, place: Place, credentials: tuple[str, str]) -> Outcome | None:
    lost = await _from_here(client, allocated)
    async with opened(place, CONNECT_SECONDS) as line:
        other = Client(line, *credentials)
        second = await other.allocate()
        try:
            between = await _between(client, allocated.relayed, other, second.relayed)
        finally:
            with suppress(LineError, Refused, NoRealm):
                await other.release()
    if lost:
        return Outcome("warning" if between is None else "failed", f"{lost}: {allocated.relayed}", OPEN_RANGE)
    return between


async def _from_here(client: Client, allocated: Allocated) -> str:
    """Return what is lost between this machine, as a peer, and the relay; empty if `judge_peers` reports it."""
    if allocated.mapped is None or allocated.mapped.address.version != allocated.relayed.address.version:
        return ""
    try:
        await client.permit(allocated.mapped)
    except Refused as error:
        if error.code == FORBIDDEN:
            return ""
        raise
    loop = asyncio.get_running_loop()
    relayed = (str(allocated.relayed.address), allocated.relayed.port)
    _, peer = await loop.create_datagram_endpoint(Datagrams, remote_addr=relayed)
    try:
        there, back = os.urandom(WORD_BYTES), os.urandom(WORD_BYTES)
        if not await _arrives(there, lambda: peer.send(there), client.heard):
            return "no datagram from this machine reaches the relay's UDP port"
        us = client.heard_from or allocated.mapped
        if not await _arrives(back, lambda: client.send(us, back), peer.receive):
            return "no datagram from the relay's UDP port reaches this machine"
        return ""
    finally:
        peer.close()


async def _between(one: Client, relayed: Endpoint, other: Client, second: Endpoint) -> Outcome | None:
    try:
        await one.permit(second)
        await other.permit(relayed)
    except Refused as error:
        if error.code != FORBIDDEN:
            raise
        return Outcome(
            "warning",
            f"forbids its own address {second.address} as a peer: two members who both need it cannot talk",
            f"add `allowed-peer-ip={second.address}` there (on one machine: `allow-loopback-peers`)",
        )
    word = os.urandom(WORD_BYTES)
    if await _arrives(word, lambda: one.send(second, word), other.heard):
        return None
    return Outcome(
        "failed",
        "accepts data but does not deliver it from one relay to another",
        "open the relay range (`min-port` to `max-port`) for UDP, also to itself (hairpin NAT); check `external-ip`",
    )


async def _arrives(word: bytes, send: Callable[[], None], heard: Callable[[], Awaitable[bytes]]) -> bool:
    for _ in range(TRIES):
        send()
        try:
            async with asyncio.timeout(ROUND_TRIP_SECONDS / TRIES):
                while await heard() != word:
                    pass
                return True
        except TimeoutError:
            continue
    return False


def _lasting(line: ReportLine, now: float) -> Outcome | None:
    ends = line.ends if isinstance(line, Stream) else None
    days = None if ends is None else (ends - now) / DAY_SECONDS
    if days is None or days > RENEW_DAYS:
        return None
    return Outcome(
        "warning", f"works, but its certificate expires in {days:.0f} days", "renew it and restart the server"
    )


def _praise(allocated: Allocated, took: str, thorough: bool) -> str:
    carried = " and carries data" if thorough else ""
    return f"relays from {allocated.relayed.address}{carried}; allocated in {took}"


def _ms(since: float) -> str:
    return f"{(time.monotonic() - since) * MS:.0f} ms"
