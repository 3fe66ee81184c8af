"""Create HTTP clients that store no cookies, because one client serves many users."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from http.cookiejar import CookieJar

    import httpx2


def no_cookies() -> "CookieJar":
    """Return a cookie jar that accepts no cookie, and so never sends one."""
    from http.cookiejar import CookieJar, DefaultCookiePolicy  # slow to import

    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


def web_client(**options: Any) -> "httpx2.AsyncClient":
    """Return an HTTP client that keeps no cookies; `options` are those of `httpx2.AsyncClient`."""
    import httpx2  # slow to import, and not every server sends requests

    return httpx2.AsyncClient(cookies=no_cookies(), **options)
