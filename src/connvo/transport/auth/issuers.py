"""Trusted token issuers, as configured in the settings.

An issuer is found by a token's `iss`. WorkOS needs only its client id; any OIDC provider needs its issuer and audience.
The local issuer is used while neither is configured, or if the settings turn it on.
"""

from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import NamedTuple

from connvo.settings import ANY_AUDIENCE, IdentitySettings, split
from connvo.settings.identity import ANY_PARTY

from .discovery import Discovery
from .jwks import Fetch, KeySource, RemoteKeys, at
from .local_issuer import LocalIssuer
from .workos import WORKOS_ALGORITHMS, WorkosUsers, issuer_names

UNKNOWN_KEY = "The token is signed with a key that its issuer does not have"
OTHER_FOLDER = (
    "The token was made with the keys of another data folder: run `connvo token` with the `--data` of this server"
)


class Issuer(NamedTuple):
    """A trusted issuer. `audiences` None accepts any; a token without one passes if `audience_optional`.

    If `client_id` is set, a token that names its client has to name this one. If `parties` is set, a token that names
    the party it was issued to (`azp`) has to name one of them.

    `unknown_key` is the message for a token that none of its keys signed; `key_details` then go to the log.
    `makes_operators` is true for the issuer whose claim makes a caller an operator.
    `find_address` returns the verified e-mail address of a subject, for an issuer whose tokens carry none.
    """

    name: str
    keys: KeySource
    algorithms: frozenset[str]
    audiences: frozenset[str] | None
    audience_optional: bool = False
    client_id: str | None = None
    parties: frozenset[str] | None = None
    unknown_key: str = UNKNOWN_KEY
    key_details: Mapping[str, object] = {}
    makes_operators: bool = False
    find_address: Callable[[str], Awaitable[str | None]] | None = None

    def accepts_audience(self, claim: object) -> bool:
        """Return whether a token with this `aud`, a text or a list of texts, was made for this server."""
        if self.audiences is None or (claim is None and self.audience_optional):
            return True
        given = claim if isinstance(claim, list) else [claim]
        return any(isinstance(one, str) and one in self.audiences for one in given)

    def accepts_client(self, claims: Mapping[str, object]) -> bool:
        """Return whether a token was made for an allowed client; a token that names none was."""
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
    """Return the issuers that the settings name, and the local issuer if given."""
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
                local,
                frozenset({local.algorithm}),
                frozenset({local.audience}),
                unknown_key=OTHER_FOLDER,
                key_details={"hint": "run connvo token with this data folder", **_folder(local.folder)},
                makes_operators=True,
            )
        )
    return found


def workos(settings: IdentitySettings, client_id: str, fetch: Fetch, users: WorkosUsers | None) -> list[Issuer]:
    """Return the issuers under which WorkOS signs for a client.

    The keys belong to the client, so the signature of another client's token fails even without audience and
    `client_id`.
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
    """Return the clients whose tokens are accepted (OpenID Connect Core 3.1.3.7); None accepts any.

    An audience other than the page's client is an API; the issuer decides which clients may use it.
    """
    is_api = settings.client_id is not None and settings.audience not in (None, settings.client_id)
    named = split(settings.authorized_parties)
    if ANY_PARTY in named or settings.page_client_id is None or (is_api and not named):
        return None
    return frozenset({settings.page_client_id, *named})


def _folder(folder: Path | None) -> dict[str, str]:
    return {} if folder is None else {"data": str(folder.resolve())}
