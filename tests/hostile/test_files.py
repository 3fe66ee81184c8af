"""Files: none is served but those of the page, and those of the server are its own."""

import stat

import pytest

from .scene import Scene

OUTSIDE = (
    "/../../../../etc/passwd", "/assets/../../../../etc/passwd", "/assets/%2e%2e/%2e%2e/%2e%2e/etc/passwd",
    "/assets/..%2f..%2f..%2fetc%2fpasswd", "/assets/..%5c..%5cetc%5cpasswd", "/assets/%252e%252e/etc/passwd",
    "/assets//etc/passwd", "/assets/%00/etc/passwd", "/assets/..;/etc/passwd", "//etc/passwd", "/%2fetc%2fpasswd",
    "/assets/.", "/assets/", "/assets/%c0%ae%c0%ae/etc/passwd", "file:///etc/passwd", "/m/../../etc/passwd",
    "/j/%2e%2e/%2e%2e/etc/passwd", "/connvo.db", "/connvo-data/connvo.db", "/local-issuer.pem", "/.env",
    "/.git/config", "/pyproject.toml", "/web/index.html", "/src/connvo/cli/commands.py", "/assets/index.js.map",
    "/debug", "/admin", "/server-status", "/api/export", "/backup",
)  # fmt: skip
SIGNS = (b"root:", b"PRIVATE KEY", b"SQLite format", b"[core]", b"[project]", b"import ")


@pytest.mark.parametrize("path", OUTSIDE)
def test_no_other_file_is_served(scene: Scene, path: str) -> None:
    for accept in ("*/*", "text/html"):
        answers = scene.wire.raw(
            f"GET {path} HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\nConnection: close\r\n\r\n".encode()
        )
        for answer in answers:
            assert not any(sign in answer.body for sign in SIGNS), answer
            page = answer.headers.get("content-type", "").startswith("text/html")
            assert answer.status in (400, 404) or page, answer


def test_the_files_of_the_server_are_its_own_in_a_folder_that_others_may_enter(scene: Scene) -> None:
    if scene.proxied:
        pytest.skip("their database is no file")
    for path in scene.servers.data.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path
