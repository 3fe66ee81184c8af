"""Checks of what a configuration exposes: sign-in, metrics, files, proxies; and the limit of open files."""

import asyncio
import resource
import stat
from collections.abc import Iterable
from ipaddress import ip_network
from pathlib import Path

from connvo.kernel.hosts import is_loopback
from connvo.settings import Settings

from .report import Check, Finding

SIGN_IN, METRICS, FOLDER, PROXIES, OPEN_FILES = "sign-in", "metrics", "data folder", "proxies", "open files"
FEW_FILES = 4096
OTHERS = stat.S_IRWXG | stat.S_IRWXO
# Networks this wide contain untrusted machines, whose headers would be trusted.
WIDEST_PREFIX = {4: 8, 6: 32}
DATABASE_FILES = ("connvo.db", "connvo.db-wal", "connvo.db-shm", "local-issuer.pem", "turn-secret", "coturn.conf")


def exposure_checks(settings: Settings) -> list[Check]:
    """Return the checks of what a configuration exposes."""

    async def sign_in() -> Finding:
        return sign_in_finding(settings)

    async def metrics() -> Finding:
        return metrics_finding(settings)

    async def folder() -> Finding:
        return await asyncio.to_thread(folder_finding, settings.server.data)

    async def proxies() -> Finding:
        return proxies_finding(settings.server.proxy_networks)

    async def files() -> Finding:
        return files_finding(resource.getrlimit(resource.RLIMIT_NOFILE)[0])

    return [
        Check(SIGN_IN, sign_in),
        Check(METRICS, metrics),
        Check(FOLDER, folder),
        Check(PROXIES, proxies),
        Check(OPEN_FILES, files),
    ]


def sign_in_finding(settings: Settings) -> Finding:
    """Return whether unknown users can sign in by a name of their choice."""
    identity = settings.identity
    if identity.issuer or identity.workos_client_id:
        if identity.local_issuer_on:
            return Finding(
                SIGN_IN, "warning", "tokens of `connvo token` are accepted beside those of the issuer",
                "set CONNVO_AUTH_LOCAL_ISSUER=false, unless you use them",
            )  # fmt: skip
        return Finding(SIGN_IN, "ok", "by the issuer only")
    if is_loopback(settings.server.host):
        return Finding(SIGN_IN, "ok", "by any name, from this machine only")
    return Finding(
        SIGN_IN,
        "warning",
        f"any client that reaches {settings.server.host} can sign in by any name",
        "configure an issuer (docs/identity.md), or listen on 127.0.0.1",
    )


def metrics_finding(settings: Settings) -> Finding:
    """Return which clients can read the metrics and health details."""
    metrics = settings.metrics
    if metrics.token:
        return Finding(METRICS, "ok", "with the token only")
    if metrics.port is None:
        own = is_loopback(settings.server.host)
        return Finding(METRICS, "ok", "for programs on this machine only" if own else "not available")
    if is_loopback(metrics.host):
        return Finding(METRICS, "ok", f"at {metrics.host}, for this machine only")
    return Finding(
        METRICS,
        "warning",
        f"open to any client that reaches {metrics.host}:{metrics.port}",
        "set CONNVO_METRICS_TOKEN, or let only Prometheus through a firewall",
    )


def folder_finding(folder: Path) -> Finding:
    """Return whether other users of the machine can read the data."""
    if not folder.is_dir():
        return Finding(FOLDER, "skipped", "there is none yet")
    if not folder.stat().st_mode & OTHERS:
        return Finding(FOLDER, "ok", "for the server's user only")
    readable = [name for name in DATABASE_FILES if _is_readable_by_others(folder / name)]
    if readable:
        advice = f"chmod 700 {folder}, and chmod 600 its files; they hold personal data and signing keys"
        return Finding(FOLDER, "warning", f"other users of this machine can read {', '.join(readable)}", advice)
    return Finding(FOLDER, "warning", "other users of this machine can look into it", f"chmod 700 {folder}")


def proxies_finding(networks: Iterable[str]) -> Finding:
    """Return whether the networks of trusted proxies could contain clients."""
    given = [ip_network(network) for network in networks]
    wide = [str(network) for network in given if network.prefixlen < WIDEST_PREFIX[network.version]]
    if wide:
        advice = "name only the proxies in CONNVO_TRUSTED_PROXIES, such as 10.0.0.5/32"
        return Finding(PROXIES, "warning", f"{', '.join(wide)} lets clients choose their own address", advice)
    if not given:
        return Finding(PROXIES, "skipped", "none is named; if there is one, name it in CONNVO_TRUSTED_PROXIES")
    return Finding(PROXIES, "ok", f"{', '.join(map(str, given))}")


def files_finding(limit: int) -> Finding:
    """Return whether this limit of open files allows enough connections; the service may have another limit."""
    if limit == resource.RLIM_INFINITY:
        return Finding(OPEN_FILES, "ok", "no limit")
    if limit >= FEW_FILES:
        return Finding(OPEN_FILES, "ok", f"{limit} here")
    return Finding(
        OPEN_FILES,
        "warning",
        f"{limit} here: each client needs one",
        "raise it for the server: LimitNOFILE of the unit, `ulimits` of the container, `ulimit -n`",
    )


def _is_readable_by_others(file: Path) -> bool:
    try:
        return bool(file.stat().st_mode & (stat.S_IRGRP | stat.S_IROTH))
    except OSError:
        return False
