"""Settings of identity: trusted token issuers, and how the page signs users in."""

import re
from typing import Self
from urllib.parse import parse_qsl, urlsplit

from pydantic import Field, field_validator, model_validator

from connvo.kernel.hosts import LOOPBACK_HOSTS

from .section import Section

ANY_AUDIENCE = "*"
ANY_PARTY = "*"
SIGNATURE_ALGORITHMS = (
    "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA",
)  # fmt: skip
# The page sets these; a setting that overrode one would break the protections they give.
FIXED_PARAMETERS = frozenset(
    {"client_id", "redirect_uri", "response_type", "scope", "state", "nonce", "code_challenge", "code_challenge_method"}
)
_HOSTNAME = re.compile(r"(?P<host>[a-z0-9]([a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:]+\])(:\d{1,5})?")
_SCOPE = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")


class IdentitySettings(Section, prefix="AUTH_"):
    """Trusted token issuers, and how the page signs users in; docs/identity.md has the values per provider."""

    workos_client_id: str | None = Field(default=None, description="WorkOS client id; enough to accept WorkOS tokens.")
    workos_api_hostname: str = Field(
        default="api.workos.com",
        description="Host of the WorkOS API, or your custom authentication domain. It is reached over HTTPS; over HTTP "
        "only on this machine (localhost, 127.0.0.1, ::1), for tests.",
    )
    workos_api_key: str | None = Field(
        default=None,
        description="WorkOS API key (secret); used to look up verified e-mail addresses missing from access tokens.",
    )
    issuer: str | None = Field(
        default=None, description="Issuer of any OIDC provider, as in the token's `iss`; a trailing slash is ignored."
    )
    audience: str | None = Field(
        default=None,
        description="Audience expected with `issuer`, as the token's `aud`; `*` accepts any. Default: the client id.",
    )
    client_id: str | None = Field(
        default=None,
        description="OIDC client of the page, whose ID tokens are accepted. Default: the audience.",
    )
    client_secret: str | None = Field(
        default=None,
        description="Secret of that client, for providers that require one (Google); never sent to the page.",
    )
    scopes: str = Field(
        default="openid profile email offline_access",
        description="Scopes to request at sign-in; scopes that the provider does not offer are left out.",
    )
    parameters: str = Field(
        default="",
        description="Extra parameters of the sign-in request, as in a URL: `prompt=consent&hd=acme.org`.",
    )
    jwks_url: str | None = Field(
        default=None, description="Address of the issuer's key set. Default: found by OIDC discovery."
    )
    algorithms: str = Field(default="RS256,ES256,EdDSA", description="Accepted signature algorithms, comma separated.")
    local_issuer: bool | None = Field(
        default=None, description="Accept tokens of `connvo token`. Default: only if no other issuer is configured."
    )
    leeway_seconds: float = Field(default=60.0, ge=0, description="Clock difference tolerated in token times.")
    jwks_max_age_seconds: float = Field(
        default=600.0, gt=0, description="How long fetched keys are used before they are refreshed."
    )
    email_verified_claim: str = Field(
        default="email_verified",
        description=(
            'Claim that marks the e-mail address as verified, by `true` or "true". '
            'For a claim other than the default, 1 and "1" count as well (Entra ID: `xms_edov`).'
        ),
    )
    authorized_parties: str = Field(
        default="",
        description="Other clients of `issuer` whose tokens are accepted, as the token's `azp`, comma separated; "
        "`*` accepts any. Default: the page's client, and any for an audience that is not the page's client.",
    )
    open: bool = Field(
        default=False,
        description="Let any client that reaches the server sign in by name. Without an issuer, the server listens "
        "beyond its own machine only with this setting.",
    )
    name_burst: int = Field(
        default=100, ge=1, description="Accounts by name that one network, such as a school, may create at once."
    )
    name_per_minute: float = Field(default=6.0, gt=0, description="Accounts per minute after `name_burst`.")
    name_per_day: int = Field(default=1000, ge=1, description="Accounts by name that one network may create in a day.")
    name_total_burst: int = Field(
        default=300, ge=1, description="Accounts by name that all networks together may create at once."
    )
    name_total_per_second: float = Field(default=5.0, gt=0, description="Accounts per second after `name_total_burst`.")
    session_days: int = Field(
        default=90,
        ge=1,
        description="Days for which a browser's sign-in is listed after its last use, and for which an ended sign-in "
        "stays refused.",
    )
    operators: str = Field(
        default="",
        description="Operators of this server as `issuer|subject`, comma separated: they may call the functions for "
        "operators. Tokens of `connvo token --operator` may, too.",
    )
    org_id_claim: str = Field(default="org_id", description="Claim with the organisation's id.")
    org_role_claim: str = Field(default="role", description="Claim with the role in the organisation.")

    @field_validator("open", mode="before")
    @classmethod
    def _empty_is_not_open(cls, value: object) -> object:
        return False if value == "" else value

    @field_validator("algorithms")
    @classmethod
    def _known_algorithms(cls, value: str) -> str:
        unknown = [name for name in split(value) if name not in SIGNATURE_ALGORITHMS]
        if unknown or not split(value):
            raise ValueError(f"{', '.join(unknown) or 'nothing'}: choose from {', '.join(SIGNATURE_ALGORITHMS)}")
        return value

    @field_validator("workos_api_hostname")
    @classmethod
    def _hostname(cls, value: str) -> str:
        if not _HOSTNAME.fullmatch(value.lower()):
            raise ValueError("takes a host name alone, such as auth.example.org")
        return value.lower()

    @field_validator("scopes")
    @classmethod
    def _scopes(cls, value: str) -> str:
        names = value.split()
        if "openid" not in names or not all(_SCOPE.fullmatch(name) for name in names):
            raise ValueError("takes scope names with spaces between them, `openid` among them")
        return " ".join(names)

    @field_validator("parameters")
    @classmethod
    def _parameters(cls, value: str) -> str:
        try:
            names = {name for name, _ in parse_qsl(value, strict_parsing=True)} if value else set()
        except ValueError:
            raise ValueError("takes name=value pairs with & between them") from None
        if fixed := names & FIXED_PARAMETERS:
            raise ValueError(f"the page sets {', '.join(sorted(fixed))}: leave it out")
        return value

    @field_validator("operators")
    @classmethod
    def _identifiers(cls, value: str) -> str:
        if any(not all(one.partition("|")[::2]) for one in split(value)):
            raise ValueError("takes issuer|subject, comma separated")
        return value

    @model_validator(mode="after")
    def _whole_issuer(self) -> Self:
        if self.issuer and not (self.audience or self.client_id):
            raise ValueError("CONNVO_AUTH_ISSUER needs CONNVO_AUTH_AUDIENCE or CONNVO_AUTH_CLIENT_ID too")
        if not self.issuer and (self.audience or self.jwks_url):
            raise ValueError("CONNVO_AUTH_AUDIENCE and CONNVO_AUTH_JWKS_URL need CONNVO_AUTH_ISSUER too")
        if not self.issuer and (self.client_id or self.client_secret):
            raise ValueError("CONNVO_AUTH_CLIENT_ID and CONNVO_AUTH_CLIENT_SECRET need CONNVO_AUTH_ISSUER too")
        return self

    @property
    def local_issuer_on(self) -> bool:
        """Return whether tokens of `connvo token` are accepted."""
        return not (self.issuer or self.workos_client_id) if self.local_issuer is None else self.local_issuer

    @property
    def by_name(self) -> bool:
        """Return whether users sign in by name: only where no issuer is configured."""
        return self.local_issuer_on and not (self.issuer or self.workos_client_id)

    @property
    def named_operators(self) -> frozenset[tuple[str, str]]:
        """The operators as issuer, without a trailing slash, and subject."""
        named = [one.partition("|")[::2] for one in split(self.operators)]
        return frozenset((issuer.rstrip("/"), subject) for issuer, subject in named)

    @property
    def page_client_id(self) -> str | None:
        """The OIDC client of the page; None when the settings name none."""
        return self.client_id or (None if self.audience == ANY_AUDIENCE else self.audience)

    @property
    def workos_origin(self) -> str:
        """The origin of the WorkOS API; plain http on this machine alone, for tests."""
        local = urlsplit(f"//{self.workos_api_hostname}").hostname in LOOPBACK_HOSTS
        return f"{'http' if local else 'https'}://{self.workos_api_hostname}"


def split(text: str) -> list[str]:
    """Return the parts of a comma-separated setting."""
    return [part for raw in text.split(",") if (part := raw.strip())]
