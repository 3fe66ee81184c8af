"""A line to a STUN or TURN server: messages over UDP, TCP or TLS.

Guarantees:
    Every network failure is a `LineError` with a cause, from which advice is chosen.
"""

import asyncio
import socket
import ssl
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from typing import Literal, NamedTuple, Protocol, cast

from .stun import HEADER_BYTES, Endpoint

Transport = Literal["udp", "tcp", "tls"]
Cause = Literal["address", "dns", "refused", "silent", "closed", "unreachable", "expired", "name", "unknown", "tls"]

SCHEMES: dict[str, Transport] = {"stun": "udp", "turn": "udp", "stuns": "tls", "turns": "tls"}
PORTS: dict[Transport, int] = {"udp": 3478, "tcp": 3478, "tls": 5349}
MAX_PORT = 65_535
# Codes of OpenSSL's verification, openssl-verification-options(1).
NOT_YET, EXPIRED, NAME, ADDRESS = 9, 10, 62, 64


class LineError(Exception):
    """A line could not be opened, or broke. The text contains no secret."""

    def __init__(self, cause: Cause, text: str) -> None:
        super().__init__(text)
        self.cause: Cause = cause


class Place(NamedTuple):
    """Location and transport of a server. `address` is one of the addresses of `host`, once resolved."""

    host: str
    port: int
    transport: Transport
    address: str = ""


def place_of(url: str) -> Place:
    """Return the location in a `stun:`, `turn:` or `turns:` address (RFC 7064, 7065).

    Raises:
        LineError: It is not such an address.
    """
    scheme, _, rest = url.partition(":")
    where, _, query = rest.partition("?")
    host, found, number = where.rpartition(":") if not where.endswith("]") else (where, "", "")
    if not found:
        host, number = where, ""
    transport = SCHEMES.get(scheme.lower())
    asked = query.partition("transport=")[2].lower()
    if transport is None or not host or (asked not in ("", "udp", "tcp")) or not (number.isdigit() or not found):
        raise LineError("address", "this is not an address of a STUN or TURN server")
    if transport == "tls" and asked == "udp":
        raise LineError("address", "browsers do not support TURN over DTLS")
    transport = "tcp" if transport == "udp" and asked == "tcp" else transport
    port = int(number or PORTS[transport])
    if not 0 < port <= MAX_PORT:
        raise LineError("address", f"{port} is not a port")
    return Place(host.strip("[]"), port, transport)


async def places_of(url: str, seconds: float) -> list[Place]:
    """Return the location of a server once for each address of its name.

    Raises:
        LineError: It is not an address of a server, or its name cannot be resolved.
    """
    place = place_of(url)
    kind = socket.SOCK_DGRAM if place.transport == "udp" else socket.SOCK_STREAM
    try:
        async with asyncio.timeout(seconds):
            found = await asyncio.get_running_loop().getaddrinfo(place.host, place.port, type=kind)
    except TimeoutError as error:
        raise LineError("dns", f"the name {place.host} is not resolved in time") from error
    except (OSError, UnicodeError) as error:
        raise LineError("dns", f"the name {place.host} cannot be resolved: {_reason(error)}") from error
    addresses = dict.fromkeys(str(entry[4][0]) for entry in found)
    return [place._replace(address=address) for address in addresses]


class ReportLine(Protocol):
    """An open line. `lossy`: messages may be lost."""

    lossy: bool
    server: Endpoint

    def send(self, data: bytes) -> None:
        """Send a message."""
        ...

    async def receive(self) -> bytes:
        """Return the next message.

        Raises:
            LineError: The connection failed or timed out.
        """
        ...

    def close(self) -> None:
        """Close the line."""
        ...


class Datagrams(asyncio.DatagramProtocol):
    """A line over UDP."""

    lossy = True

    def __init__(self) -> None:
        self._arrived: asyncio.Queue[bytes | LineError] = asyncio.Queue()
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Store the transport."""
        self._transport = cast(asyncio.DatagramTransport, transport)
        self.server = _endpoint(transport.get_extra_info("peername"))

    def datagram_received(self, data: bytes, addr: object) -> None:
        """Queue a message until it is received."""
        self._arrived.put_nowait(data)

    def error_received(self, exc: Exception) -> None:
        """Queue a network error about a sent datagram."""
        refused = isinstance(exc, ConnectionRefusedError)
        self._arrived.put_nowait(LineError("refused" if refused else "unreachable", _reason(exc)))

    def send(self, data: bytes) -> None:
        """Send a message."""
        assert self._transport is not None
        self._transport.sendto(data)

    async def receive(self) -> bytes:
        """Return the next message.

        Raises:
            LineError: The connection failed or timed out.
        """
        arrived = await self._arrived.get()
        if isinstance(arrived, LineError):
            raise arrived
        return arrived

    def close(self) -> None:
        """Close the socket."""
        if self._transport is not None:
            self._transport.close()


class Stream:
    """A line over TCP or TLS. `ends` is when the server's certificate expires, in seconds since the epoch."""

    lossy = False

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self.server = _endpoint(writer.get_extra_info("peername"))
        certificate = writer.get_extra_info("peercert")
        self.ends = float(ssl.cert_time_to_seconds(certificate["notAfter"])) if certificate else None

    def send(self, data: bytes) -> None:
        """Send a message."""
        self._writer.write(data)

    async def receive(self) -> bytes:
        """Return the next message.

        Raises:
            LineError: The connection failed or timed out.
        """
        try:
            header = await self._reader.readexactly(HEADER_BYTES)
            (length,) = struct.unpack_from(">H", header, 2)
            return header + await self._reader.readexactly(length)
        except (OSError, asyncio.IncompleteReadError) as error:
            raise LineError("closed", "the server closed the connection without an answer") from error

    def close(self) -> None:
        """Close the connection."""
        with suppress(OSError):
            self._writer.close()


@asynccontextmanager
async def opened(place: Place, seconds: float) -> AsyncIterator[ReportLine]:
    """Yield an open line to an address, and close it. `seconds` is the time limit for opening it.

    Raises:
        LineError: The line cannot be opened in time.
    """
    line = await _open(place, seconds)
    try:
        yield line
    finally:
        line.close()


async def _open(place: Place, seconds: float) -> ReportLine:
    there = place.address, place.port
    try:
        async with asyncio.timeout(seconds):
            if place.transport == "udp":
                _, datagrams = await asyncio.get_running_loop().create_datagram_endpoint(Datagrams, remote_addr=there)
                return datagrams
            tls = ssl.create_default_context() if place.transport == "tls" else None
            return Stream(*await asyncio.open_connection(*there, ssl=tls, server_hostname=place.host if tls else None))
    except ssl.SSLCertVerificationError as error:
        raise _mistrust(error) from error
    except ssl.SSLError as error:
        raise LineError("tls", f"the server there does not speak TLS: {error.reason or 'handshake failed'}") from error
    except TimeoutError as error:
        raise LineError("silent", "nothing answers") from error
    except ConnectionRefusedError as error:
        raise LineError("refused", "the connection is refused") from error
    except ConnectionResetError as error:
        raise LineError("closed", "the server closed the connection without an answer") from error
    except OSError as error:
        raise LineError("unreachable", _reason(error)) from error


def _mistrust(error: ssl.SSLCertVerificationError) -> LineError:
    if error.verify_code in (EXPIRED, NOT_YET):
        return LineError("expired", f"the certificate is not valid now: {error.verify_message}")
    if error.verify_code in (NAME, ADDRESS):
        return LineError("name", "the certificate is for another name")
    return LineError("unknown", f"the certificate's issuer is not trusted here: {error.verify_message}")


def _endpoint(name: tuple[str, int]) -> Endpoint:
    return Endpoint(ip_address(name[0].partition("%")[0]), name[1])


def _reason(error: Exception) -> str:
    return str(getattr(error, "strerror", None) or str(error) or type(error).__name__).lower()
