"""HTTP clients of this server: one client serves many people, so it keeps nothing of a reply for a later request."""

from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx2


def no_cookies() -> CookieJar:
    """Return a jar that takes no cookie of any host, and so never sends one."""
    return CookieJar(DefaultCookiePolicy(allowed_domains=()))


def web_client(**options: Any) -> "httpx2.AsyncClient":
    """Return an HTTP client that keeps no cookies; `options` are those of `httpx2.AsyncClient`."""
    import httpx2  # a server that calls nobody never needs it

    return httpx2.AsyncClient(cookies=no_cookies(), **options)
