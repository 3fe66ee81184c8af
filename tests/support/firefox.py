"""Find and start real Firefox, as Debian packages it, for tests that drive it over WebDriver BiDi."""

import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from playwright.sync_api import Browser, Playwright

from .outside import needs

NAMES = ("firefox-esr", "firefox")
ROOT = Path(__file__).resolve().parents[2]
PREFERENCES: dict[str, str | float | bool] = {
    # a camera and a microphone that need no permission
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.autoplay.default": 0,
    # calls on one machine without any other address
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    # nothing may leave the machine
    "network.dns.disablePrefetch": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "http://127.0.0.1:1",
    "app.update.enabled": False,
    "extensions.update.enabled": False,
    "browser.safebrowsing.update.enabled": False,
    "media.gmp-manager.url": "http://127.0.0.1:1",
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
}


def firefox() -> str:
    """Return the path of Firefox.

    Raises:
        AssertionError: There is none; it says what to install.
    """
    needs("Firefox")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    assert program, "these tests drive Firefox: install it, on Debian with: apt install firefox-esr"
    return program


def launch(
    playwright: Playwright,
    folder: Path,
    program: str | None = None,
    net: Path | None = None,
    preferences: Mapping[str, str | float | bool] | None = None,
    environment: Mapping[str, str] | None = None,
) -> Browser:
    """Start Firefox, or another `program` of it, in the network namespace `net` if given.

    `environment` are variables beside those of this process.

    A tab in the background never gets its camera, so every person needs a Firefox of their own.
    """
    inside = [] if net is None else ["--net", str(net)]
    bridge = [sys.executable, "-m", "tests.support.bidi_bridge", *inside, program or firefox()]
    launcher = folder / "firefox"
    launcher.write_text(f'#!/bin/sh\ncd {shlex.quote(str(ROOT))} && exec {shlex.join(bridge)} "$@"\n')
    launcher.chmod(0o755)
    return playwright.firefox.launch(
        channel="moz-firefox",
        executable_path=launcher,
        firefox_user_prefs={**PREFERENCES, **(preferences or {})},
        env={**os.environ, **(environment or {})},
    )
