"""Whether a server runs on the data folder, and whether it answers."""

from pathlib import Path

import httpx2

from connvo.kernel.http_client import web_client
from connvo.kernel.running_servers import Running, running

from .report import Finding

SERVER = "server"
ANSWER_SECONDS = 3.0
ANY_ADDRESS = ("//0.0.0.0:", "//[::]:")


async def server_finding(folder: Path) -> Finding:
    """Return what the server on this data folder, given as an absolute path, is doing."""
    servers = running()
    own = next((server for server in servers if server.data == folder), None)
    if own is not None:
        return await _asked(own)
    if servers:
        advice = f"--data {servers[0].data} looks at that of {servers[0].url}"
        return Finding(SERVER, "warning", "none of this user runs on this data folder, but on another", advice)
    return Finding(SERVER, "skipped", "none of this user runs here")


async def _asked(server: Running) -> Finding:
    url = server.url
    for address in ANY_ADDRESS:
        url = url.replace(address, "//localhost:")
    try:
        async with web_client(timeout=ANSWER_SECONDS, trust_env=False) as client:
            answer = await client.get(f"{url}/readyz")
    except httpx2.HTTPError as error:
        advice = "look into its log, and restart it"
        return Finding(SERVER, "failed", f"runs at {url} and does not answer ({type(error).__name__})", advice)
    if answer.status_code != httpx2.codes.OK:
        return Finding(SERVER, "failed", f"answers at {url} that it is not ready", f"{url}/readyz says why")
    return Finding(SERVER, "ok", f"answers at {url}")
