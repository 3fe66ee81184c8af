"""What a configuration opens to strangers: sign-in, metrics, files, proxies; and the limit of open files."""

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
# Networks this wide hold strangers, whose word would count.
WIDEST_PREFIX = {4: 8, 6: 32}
DATABASE_FILES = ("connvo.db", "connvo.db-wal", "connvo.db-shm", "local-issuer.pem", "turn-secret", "coturn.conf")


def exposure_checks(settings: Settings) -> list[Check]:
    """Return the checks of what a configuration opens."""

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
    """Return whether strangers can sign in by a name of their choice."""
    identity = settings.identity
    if identity.issuer or identity.workos_client_id:
        if identity.local_issuer_on:
            return Finding(
                SIGN_IN, "warning", "tokens of `connvo token` are accepted beside those of the issuer",
                "CONNVO_AUTH_LOCAL_ISSUER=false, unless you use them",
            )  # fmt: skip
        return Finding(SIGN_IN, "ok", "by the issuer alone")
    if is_loopback(settings.server.host):
        return Finding(SIGN_IN, "ok", "by any name, from this machine alone")
    return Finding(
        SIGN_IN,
        "warning",
        f"everybody who reaches {settings.server.host} can sign in by any name",
        "configure an issuer (docs/identity.md), or listen on 127.0.0.1",
    )


def metrics_finding(settings: Settings) -> Finding:
    """Return who can read the metrics and the details of health."""
    metrics = settings.metrics
    if metrics.token:
        return Finding(METRICS, "ok", "with the token alone")
    if metrics.port is None:
        own = is_loopback(settings.server.host)
        return Finding(METRICS, "ok", "for programs of this machine alone" if own else "for nobody")
    if is_loopback(metrics.host):
        return Finding(METRICS, "ok", f"at {metrics.host}, for this machine alone")
    return Finding(
        METRICS,
        "warning",
        f"open to everybody who reaches {metrics.host}:{metrics.port}",
        "set CONNVO_METRICS_TOKEN, or let a firewall pass Prometheus alone",
    )


def folder_finding(folder: Path) -> Finding:
    """Return whether other users of the machine can read the data."""
    if not folder.is_dir():
        return Finding(FOLDER, "skipped", "there is none yet")
    if not folder.stat().st_mode & OTHERS:
        return Finding(FOLDER, "ok", "for the server's user alone")
    readable = [name for name in DATABASE_FILES if _is_readable_by_others(folder / name)]
    if readable:
        advice = f"chmod 700 {folder}, and 600 what is in it; it holds personal data and signing keys"
        return Finding(FOLDER, "warning", f"other users of this machine can read {', '.join(readable)}", advice)
    return Finding(FOLDER, "warning", "other users of this machine can look into it", f"chmod 700 {folder}")


def proxies_finding(networks: Iterable[str]) -> Finding:
    """Return whether strangers could be among those whose word about addresses counts."""
    given = [ip_network(network) for network in networks]
    wide = [str(network) for network in given if network.prefixlen < WIDEST_PREFIX[network.version]]
    if wide:
        advice = "name the proxies alone in CONNVO_TRUSTED_PROXIES, as 10.0.0.5/32"
        return Finding(PROXIES, "warning", f"{', '.join(wide)} lets clients choose their own address", advice)
    if not given:
        return Finding(PROXIES, "skipped", "none is named; behind one, name it in CONNVO_TRUSTED_PROXIES")
    return Finding(PROXIES, "ok", f"{', '.join(map(str, given))}")


def files_finding(limit: int) -> Finding:
    """Return whether this limit of open files leaves room for connections; the service may have another."""
    if limit == resource.RLIM_INFINITY:
        return Finding(OPEN_FILES, "ok", "any number")
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
