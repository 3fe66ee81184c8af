"""Who may vouch for people: the table of issuers, made of the settings.

An issuer is found by a token's `iss`. WorkOS needs its client id alone; any OIDC provider its issuer and audience;
the local issuer stands in while neither is configured, or when asked for.
"""

from typing import NamedTuple

from ..settings import ANY_AUDIENCE, IdentitySettings, split
from .jwks import Fetch, KeySource, RemoteKeys, at, discovered
from .local_issuer import LocalIssuer

WORKOS = "https://api.workos.com"
WORKOS_ALGORITHMS = frozenset({"RS256"})


class Issuer(NamedTuple):
    """An issuer that is believed. `audience` None takes any; a token without one passes if `audience_optional`."""

    name: str
    keys: KeySource
    algorithms: frozenset[str]
    audience: str | None
    audience_optional: bool = False

    def accepts_audience(self, claim: object) -> bool:
        """Returns whether a token with this `aud` (text, or a list of them) was made for us."""
        if self.audience is None or (claim is None and self.audience_optional):
            return True
        return self.audience in claim if isinstance(claim, list) else self.audience == claim


def issuers_of(settings: IdentitySettings, local: LocalIssuer | None, fetch: Fetch) -> list[Issuer]:
    """Returns the issuers that the settings name, and the local one if there is one."""
    found: list[Issuer] = []
    if settings.workos_client_id:
        found += workos(settings.workos_client_id, settings.jwks_max_age, fetch)
    if settings.issuer:
        locate = at(settings.jwks_url) if settings.jwks_url else discovered(settings.issuer, fetch)
        audience = None if settings.audience == ANY_AUDIENCE else settings.audience
        keys = RemoteKeys(locate, fetch, settings.jwks_max_age)
        found.append(Issuer(settings.issuer, keys, frozenset(split(settings.algorithms)), audience))
    if local is not None:
        found.append(Issuer(local.issuer, local.keys, frozenset({local.algorithm}), local.audience))
    return found


def workos(client_id: str, max_age: float, fetch: Fetch) -> list[Issuer]:
    """Returns the two issuers under which WorkOS signs for a client. The keys are the client's own, so a token of
    another client fails by its signature even where it carries no audience."""
    keys = RemoteKeys(at(f"{WORKOS}/sso/jwks/{client_id}"), fetch, max_age)
    names = (f"{WORKOS}/", f"{WORKOS}/user_management/{client_id}")
    return [Issuer(name, keys, WORKOS_ALGORITHMS, client_id, audience_optional=True) for name in names]
