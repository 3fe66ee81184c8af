"""Check of the WebSocket through which browsers enter rooms at Janus."""

import base64
import os

import httpx2

from connvo.kernel.http_client import web_client

from .report import Finding

SOCKET = "janus socket"
PROTOCOL = "janus-protocol"
SECONDS = 3.0
KEY_BYTES = 16
SWITCHING = 101
ADDRESS = "CONNVO_JANUS_WS_URL"
NOT_THERE = f"start it, correct {ADDRESS}, or open that port, for browsers as well"


async def socket_finding(url: str) -> Finding:
    """Return whether Janus, or the proxy in front of it, accepts a WebSocket (RFC 6455) at this address."""
    # "ws" and "wss" become "http" and "https".
    address = url.replace("ws", "http", 1)
    try:
        async with (
            web_client(timeout=SECONDS, trust_env=False) as client,
            client.stream("GET", address, headers=_upgrade()) as answer,
        ):
            status, spoken = answer.status_code, answer.headers.get("sec-websocket-protocol", "")
    except (httpx2.ConnectTimeout, httpx2.ReadTimeout):
        return Finding(SOCKET, "failed", "nothing answers", NOT_THERE)
    except (httpx2.HTTPError, httpx2.InvalidURL) as error:
        if "certificate" in str(error).lower():
            advice = f"{ADDRESS} needs a certificate of a public authority for its name: browsers refuse others"
            return Finding(SOCKET, "failed", "its certificate is not trusted", advice)
        return Finding(SOCKET, "failed", f"cannot be reached ({type(error).__name__})", NOT_THERE)
    if status != SWITCHING or spoken != PROTOCOL:
        advice = f"{ADDRESS} must name its WebSocket, not its Admin API; a proxy in front must pass on upgrades"
        return Finding(SOCKET, "failed", f"the server there is not Janus (HTTP {status})", advice)
    return Finding(SOCKET, "ok", "accepts connections")


def _upgrade() -> dict[str, str]:
    return {
        "connection": "Upgrade",
        "upgrade": "websocket",
        "sec-websocket-version": "13",
        "sec-websocket-key": base64.b64encode(os.urandom(KEY_BYTES)).decode(),
        "sec-websocket-protocol": PROTOCOL,
    }
