"""Checks of the issuer: its keys can be fetched and used, and its clock agrees with this machine's."""

import asyncio
import os
import socket
import struct
import time
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

import httpx2

from connvo.kernel.http_client import web_client
from connvo.settings import IdentitySettings, split
from connvo.transport.auth.discovery import DISCOVERY_PATH
from connvo.transport.auth.jwks import KeySet, Unreachable, parse_object

from .report import Finding

KEYS, CLOCK = "issuer keys", "clock"
CONNECT_SECONDS = 3.0
MAX_BYTES = 1024 * 1024
# HTTP dates have whole seconds.
HTTP_PRECISION = 1.0
# A clock that differs by more is not synchronised by NTP, even if tokens are still accepted.
NOTICEABLE_SECONDS = 2.5
NTP_PORT, NTP_BYTES, NTP_TRANSMIT_AT = 123, 48, 40
NTP_EPOCH = 2_208_988_800
NTP_CLIENT = b"\x23" + bytes(39)
SECOND_FRACTION = 2.0**32
SET_CLOCK = "let NTP set this machine's clock (timedatectl set-ntp true), or correct that of the issuer's machine"


def issuer_of(settings: IdentitySettings) -> str | None:
    """Return the address at which an external issuer is asked first, or None."""
    if settings.issuer:
        return settings.jwks_url or settings.issuer.rstrip("/") + DISCOVERY_PATH
    if settings.workos_client_id:
        return f"{settings.workos_origin}/sso/jwks/{settings.workos_client_id}"
    return None


async def keys_finding(settings: IdentitySettings) -> Finding:
    """Return whether the issuer has keys that its tokens can be verified with."""
    first = issuer_of(settings)
    if first is None:
        return Finding(KEYS, "skipped", "only the local issuer is trusted")
    try:
        document = parse_object((await _get(first))[0])
        if settings.issuer and not settings.jwks_url:
            if str(document.get("issuer")).rstrip("/") != settings.issuer.rstrip("/"):
                advice = "set CONNVO_AUTH_ISSUER to the `issuer` of the discovery document"
                return Finding(KEYS, "failed", "the discovery document is of another issuer", advice)
            document = parse_object((await _get(str(document.get("jwks_uri"))))[0])
    except Unreachable as error:
        advice = "check CONNVO_AUTH_ISSUER and CONNVO_AUTH_JWKS_URL, DNS, and that this machine may connect there"
        return Finding(KEYS, "failed", f"cannot be fetched: {error}", advice)
    entries = document.get("keys")
    keys = KeySet([entry for entry in entries if isinstance(entry, dict)] if isinstance(entries, list) else [])
    algorithms = split(settings.algorithms) if settings.issuer else ["RS256"]
    usable = {name: len(keys.matching(None, name)) for name in algorithms}
    if not any(usable.values()):
        advice = "add the algorithm its keys are for to CONNVO_AUTH_ALGORITHMS; RSA keys need 2048 bits"
        return Finding(KEYS, "failed", f"none is usable with {', '.join(algorithms)}", advice)
    seen = ", ".join(f"{count} for {name}" for name, count in usable.items() if count)
    return Finding(KEYS, "ok", seen)


async def clock_finding(settings: IdentitySettings, ntp: str | None) -> Finding:
    """Return how far this machine's clock is from the configured NTP server's, or the issuer's."""
    issuer = issuer_of(settings)
    if ntp is None and issuer is None:
        return Finding(CLOCK, "skipped", "nothing to compare with; name a server in CONNVO_DOCTOR_NTP")
    try:
        offset, precision = (await ntp_offset(ntp), 0.0) if ntp else (await _http_offset(issuer or ""), HTTP_PRECISION)
    except Unreachable as error:
        return Finding(
            CLOCK, "warning", f"cannot be compared: {error}", "check CONNVO_DOCTOR_NTP and the issuer's address"
        )
    seen = f"{abs(offset):.1f} s {'behind' if offset > 0 else 'ahead of'} {'NTP' if ntp else 'the issuer'}"
    if abs(offset) > settings.leeway_seconds + precision:
        return Finding(CLOCK, "failed", f"{seen}: valid tokens and TURN credentials are refused", SET_CLOCK)
    if abs(offset) > min(NOTICEABLE_SECONDS, settings.leeway_seconds / 2) + precision:
        return Finding(CLOCK, "warning", seen, SET_CLOCK)
    return Finding(CLOCK, "ok", seen)


async def ntp_offset(server: str) -> float:
    """Return the seconds by which an NTP server's clock is ahead of this machine's (SNTP, RFC 4330).

    Raises:
        Unreachable: The server does not answer, or does not know the time.
    """
    loop = asyncio.get_running_loop()
    try:
        # A bare IPv6 address has many colons; with a port it is in brackets.
        where = urlsplit(f"//{server}" if server.count(":") < 2 or "]" in server else f"//[{server}]")
        async with asyncio.timeout(CONNECT_SECONDS):
            found = await loop.getaddrinfo(where.hostname, where.port or NTP_PORT, type=socket.SOCK_DGRAM)
            with socket.socket(found[0][0], socket.SOCK_DGRAM) as asking:
                asking.setblocking(False)
                await loop.sock_connect(asking, found[0][4])
                nonce = os.urandom(8)
                sent = time.time()
                await loop.sock_sendall(asking, NTP_CLIENT + nonce)
                answer = b""
                while len(answer) < NTP_BYTES or answer[24:32] != nonce:
                    answer = await loop.sock_recv(asking, 512)
    except (OSError, ValueError) as error:
        raise Unreachable(f"the NTP server does not answer ({type(error).__name__})") from error
    seconds, fraction = struct.unpack_from(">II", answer, NTP_TRANSMIT_AT)
    if not seconds:
        raise Unreachable("the NTP server has no time")
    return float(seconds - NTP_EPOCH + fraction / SECOND_FRACTION - (sent + time.time()) / 2)


async def _http_offset(url: str) -> float:
    date = (await _get(url, any_status=True))[1]
    try:
        return parsedate_to_datetime(date).timestamp() + HTTP_PRECISION / 2 - time.time()
    except ValueError:
        raise Unreachable("the issuer does not tell the time") from None


async def _get(url: str, any_status: bool = False) -> tuple[bytes, str]:
    """Return the body and the Date header of an answer.

    Raises:
        Unreachable: The server cannot be reached, or answers with an error or too many bytes.
    """
    body = bytearray()
    try:
        async with (
            web_client(timeout=CONNECT_SECONDS, follow_redirects=False) as client,
            client.stream("GET", url, headers={"accept": "application/json"}) as answer,
        ):
            if not any_status and answer.status_code != httpx2.codes.OK:
                raise Unreachable(f"HTTP {answer.status_code}")
            async for chunk in answer.aiter_bytes():
                body += chunk
                if len(body) > MAX_BYTES:
                    raise Unreachable(f"more than {MAX_BYTES} bytes")
            return bytes(body), answer.headers.get("date", "")
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        raise Unreachable(_why(error)) from None


def _why(error: Exception) -> str:
    text = str(error).lower()
    return f"{type(error).__name__}{': a certificate that is not trusted' if 'certificate' in text else ''}"
