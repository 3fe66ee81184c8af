"""Check of the server that runs on the data folder."""

from pathlib import Path

import httpx2

from connvo.kernel.http_client import web_client
from connvo.kernel.running_servers import Running, running

from .report import Finding

SERVER = "server"
ANSWER_SECONDS = 3.0
ANY_ADDRESS = ("//0.0.0.0:", "//[::]:")


async def server_finding(folder: Path) -> Finding:
    """Return the state of the server on this data folder, given as an absolute path."""
    servers = running()
    own = next((server for server in servers if server.data == folder), None)
    if own is not None:
        return await _asked(own)
    if servers:
        advice = f"use --data {servers[0].data} to check that of {servers[0].url}"
        return Finding(SERVER, "warning", "none of this user runs on this data folder, but one on another", advice)
    return Finding(SERVER, "skipped", "none of this user runs here")


async def _asked(server: Running) -> Finding:
    url = server.url
    for address in ANY_ADDRESS:
        url = url.replace(address, "//localhost:")
    try:
        async with web_client(timeout=ANSWER_SECONDS, trust_env=False) as client:
            answer = await client.get(f"{url}/readyz")
    except httpx2.HTTPError as error:
        advice = "check its log, and restart it"
        return Finding(SERVER, "failed", f"runs at {url} and does not answer ({type(error).__name__})", advice)
    if answer.status_code != httpx2.codes.OK:
        return Finding(SERVER, "failed", f"answers at {url} that it is not ready", f"{url}/readyz says why")
    return Finding(SERVER, "ok", f"answers at {url}")
