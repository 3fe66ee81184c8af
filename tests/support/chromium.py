"""The browser that tests drive: where it is, and how it is started."""

import shutil

from .outside import needs

NAMES = ("chromium", "chromium-browser", "google-chrome")
FLAGS = [
    # a camera (a slow one: many run on one machine) and a microphone, and nobody who has to allow them
    "--use-fake-device-for-media-stream=fps=8",
    "--use-fake-ui-for-media-stream",
    "--auto-select-desktop-capture-source=Entire screen",
    "--autoplay-policy=no-user-gesture-required",
    # calls on one machine without any other address
    "--allow-loopback-in-peer-connection",
    # nothing may leave the machine; lan.test is it, by a name that browsers trust as little as any other
    "--host-resolver-rules=MAP lan.test 127.0.0.1 , MAP * ~NOTFOUND , EXCLUDE localhost , EXCLUDE 127.0.0.1",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-pings",
    "--no-first-run",
    "--disable-gpu",
    "--no-sandbox",
]


def chromium() -> str:
    """Return the path of the browser."""
    needs("Chromium")
    program = next(filter(None, map(shutil.which, NAMES)), None)
    assert program, "these tests drive Chromium: install it, on Debian with: apt install chromium"
    return program
