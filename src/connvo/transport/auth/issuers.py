"""Who may vouch for people: the table of issuers, made of the settings.

An issuer is found by a token's `iss`. WorkOS needs its client id alone; any OIDC provider its issuer and audience;
the local issuer stands in while neither is configured, or when asked for.
"""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from connvo.settings import ANY_AUDIENCE, IdentitySettings, split
from connvo.settings.identity import ANY_PARTY

from .discovery import Discovery
from .jwks import Fetch, KeySource, RemoteKeys, at
from .local_issuer import LocalIssuer
from .workos import WORKOS_ALGORITHMS, WorkosUsers, issuer_names

UNKNOWN_KEY = "The token is signed with a key that its issuer does not have"
OTHER_FOLDER = (
    "The token was made with the keys of another data folder: run `connvo token` with the `--data` that the server has"
)


class Issuer(NamedTuple):
    """An issuer that is believed. `audiences` None takes any; a token without one passes if `audience_optional`.

    A token that names its client has to name `client_id`, where that is set; one that names the party it was issued to
    (`azp`) has to name one of `parties`, where these are known.

    `unknown_key` answers a token that none of its keys signed, `key_details` go to the log then. `find_address` returns
    the verified e-mail address of a subject, for an issuer whose tokens carry none.
    """

    name: str
    keys: KeySource
    algorithms: frozenset[str]
    audiences: frozenset[str] | None
    audience_optional: bool = False
    client_id: str | None = None
    parties: frozenset[str] | None = None
    unknown_key: str = UNKNOWN_KEY
    key_details: Mapping[str, Any] = {}
    find_address: Callable[[str], Awaitable[str | None]] | None = None

    def accepts_audience(self, claim: object) -> bool:
        """Return whether a token with this `aud` (text, or a list of them) was made for us."""
        if self.audiences is None or (claim is None and self.audience_optional):
            return True
        given = claim if isinstance(claim, list) else [claim]
        return any(isinstance(one, str) and one in self.audiences for one in given)

    def accepts_client(self, claims: Mapping[str, Any]) -> bool:
        """Return whether a token with these claims was made for a client of ours, as far as it says so."""
        if self.client_id is not None and claims.get("client_id", self.client_id) != self.client_id:
            return False
        party = claims.get("azp")
        return self.parties is None or party is None or (isinstance(party, str) and party in self.parties)


def issuers_of(
    settings: IdentitySettings,
    local: LocalIssuer | None,
    fetch: Fetch,
    discovery: Discovery | None = None,
    users: WorkosUsers | None = None,
) -> list[Issuer]:
    """Return the issuers that the settings name, and the local one if there is one."""
    found: list[Issuer] = []
    if settings.workos_client_id:
        found += workos(settings, settings.workos_client_id, fetch, users)
    if settings.issuer:
        discovery = discovery or Discovery(settings.issuer, fetch)
        locate = at(settings.jwks_url) if settings.jwks_url else discovery.locate_keys
        keys = RemoteKeys(locate, fetch, settings.jwks_max_age_seconds)
        algorithms = frozenset(split(settings.algorithms))
        found.append(Issuer(settings.issuer, keys, algorithms, _audiences(settings), parties=_parties(settings)))
    if local is not None:
        found.append(
            Issuer(
                local.issuer,
                local.keys,
                frozenset({local.algorithm}),
                frozenset({local.audience}),
                unknown_key=OTHER_FOLDER,
                key_details={"hint": "run connvo token with this data folder", **_folder(local.folder)},
            )
        )
    return found


def workos(settings: IdentitySettings, client_id: str, fetch: Fetch, users: WorkosUsers | None) -> list[Issuer]:
    """Return the issuers under which WorkOS signs for a client.

    The keys are the client's own, so a token of another client fails by its signature even where it carries neither
    audience nor `client_id`.
    """
    keys = RemoteKeys(at(f"{settings.workos_origin}/sso/jwks/{client_id}"), fetch, settings.jwks_max_age_seconds)
    find_address = None if users is None else users.verified_address
    return [
        Issuer(
            name,
            keys,
            WORKOS_ALGORITHMS,
            frozenset({client_id}),
            audience_optional=True,
            client_id=client_id,
            find_address=find_address,
        )
        for name in issuer_names(settings.workos_origin, client_id)
    ]


def _audiences(settings: IdentitySettings) -> frozenset[str] | None:
    if settings.audience == ANY_AUDIENCE:
        return None
    return frozenset(name for name in (settings.audience, settings.client_id) if name)


def _parties(settings: IdentitySettings) -> frozenset[str] | None:
    """Return the clients whose tokens are accepted, as OpenID Connect Core 3.1.3.7 has it; None where any is.

    An audience beside the page's client is an API, to which the issuer lets its own choice of clients.
    """
    is_api = settings.client_id is not None and settings.audience not in (None, settings.client_id)
    named = split(settings.authorized_parties)
    if ANY_PARTY in named or settings.page_client_id is None or (is_api and not named):
        return None
    return frozenset({settings.page_client_id, *named})


def _folder(folder: Path | None) -> dict[str, str]:
    return {} if folder is None else {"data": str(folder.resolve())}
