"""The plan of a coturn, derived from the settings before it starts: addresses, reach and secret.

Guarantees:
    Errors that would occur later fail here with one line: a missing program, an invalid certificate, no address.
"""

import secrets
import shutil
import socket
import ssl
from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path
from typing import Literal, NamedTuple, TypeAlias

from connvo.kernel.secret_file import kept_secret
from connvo.settings import IceSettings, Settings, TurnSettings, split

PROGRAM = "turnserver"
# The folders of Debian and Homebrew, which the search path may lack.
USUAL_FOLDERS = "/usr/bin:/usr/sbin:/usr/local/bin:/usr/local/sbin:/opt/homebrew/bin"
SECRET_FILE = "turn-secret"
SECRET_BYTES = 32
# A reserved address (RFC 5737). A socket connected to it shows the address that this machine sends from.
ELSEWHERE = ("192.0.2.1", 9)

Address: TypeAlias = IPv4Address | IPv6Address
Reach: TypeAlias = Literal["machine", "network", "internet"]


class CoturnError(Exception):
    """The TURN server cannot be started; the message is one line for the operator."""


class Plan(NamedTuple):
    """A coturn to start.

    `listen` is None for every address. `own` is the address of relays, `reach` the clients that it serves.
    """

    program: str
    listen: Address | None
    own: Address
    host: str
    reach: Reach
    secret: str
    settings: TurnSettings

    @property
    def realm(self) -> str:
        """The realm of the credentials."""
        return self.settings.realm or self.host

    def offered(self, ice: IceSettings) -> IceSettings:
        """Return the ICE settings with its addresses: STUN; then TURN over UDP, TCP and, with a certificate, TLS."""
        place = f"[{self.host}]" if ":" in self.host else self.host
        plain = f"{place}:{self.settings.port}"
        turn = [f"turn:{plain}?transport=udp", f"turn:{plain}?transport=tcp"]
        if self.settings.certificate is not None:
            turn.append(f"turns:{place}:{self.settings.tls_port}?transport=tcp")
        stun = [f"stun:{plain}", *split(ice.stun_urls)]
        offered = {"stun_urls": ",".join(stun), "turn_urls": ",".join(turn), "turn_secret": self.secret}
        return ice.model_copy(update=offered)


def planned(settings: Settings) -> Plan:
    """Return the plan of the TURN server that the settings ask for.

    Raises:
        CoturnError: There is no program, its certificate or secret is unusable, or its address is unknown.
    """
    turn = settings.turn
    if split(settings.ice.turn_urls):
        raise CoturnError("CONNVO_ICE_TURN_URLS names a TURN server already: unset it, or omit --turn")
    program = _program(turn.program)
    _check_certificate(turn)
    listen = _listening_address(turn.listen or settings.server.host)
    own = listen or _address_of_this_machine()
    seen = turn.external_ip or own
    secret = settings.ice.turn_secret or _kept_secret(settings.server.data)
    if not (secret.isascii() and secret.isprintable()) or secret != secret.strip():
        raise CoturnError("CONNVO_ICE_TURN_SECRET has characters that coturn's configuration cannot hold")
    return Plan(program, listen, own, turn.host or str(seen), _reach(seen), secret, turn)


def _program(named: Path | None) -> str:
    found = shutil.which(str(named or PROGRAM)) or (None if named else shutil.which(PROGRAM, path=USUAL_FOLDERS))
    if found is None:
        what = f"{named} is not a program" if named else "there is no coturn on this machine"
        raise CoturnError(f"{what}: install it (on Debian: apt install coturn), or name it with CONNVO_TURN_PROGRAM")
    return found


def _check_certificate(turn: TurnSettings) -> None:
    if turn.certificate is None or turn.key is None:
        return
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(turn.certificate, turn.key, lambda: b"")
    except (OSError, ssl.SSLError) as error:
        reason = error.strerror or str(error)
        raise CoturnError(f"CONNVO_TURN_CERTIFICATE and CONNVO_TURN_KEY cannot be used: {reason}") from error


def _listening_address(host: str) -> Address | None:
    try:
        found = ip_address(socket.getaddrinfo(host, None, type=socket.SOCK_DGRAM)[0][4][0])
    except (OSError, ValueError) as error:
        raise CoturnError(f"the TURN server cannot listen on {host}: {error}") from error
    return None if found.is_unspecified else found


def _address_of_this_machine() -> Address:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(ELSEWHERE)
        except OSError:
            raise CoturnError(
                "this machine has no network: set CONNVO_TURN_LISTEN to the TURN server's address"
            ) from None
        return ip_address(probe.getsockname()[0])


def _reach(seen: Address) -> Reach:
    if seen.is_loopback:
        return "machine"
    return "network" if seen.is_private else "internet"


def _kept_secret(folder: Path) -> str:
    try:
        return kept_secret(folder / SECRET_FILE, lambda: secrets.token_urlsafe(SECRET_BYTES).encode()).decode().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise CoturnError(f"cannot keep the secret of the TURN server in the data folder: {error}") from error
