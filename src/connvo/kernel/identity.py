"""Describe the caller by the verified claims of a token, never by what a client claims without proof."""

import msgspec


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """The claims of a verified token; times are in milliseconds since the epoch.

    `session` is a digest of the sign-in that the token belongs to, which renewed tokens share. It is empty if the
    issuer does not distinguish sign-ins. `token` is a digest of this token alone. `authenticated_at` is when the user
    last proved their identity, if the issuer says so. `operator` is true for operators of this server, named by the
    settings or by its own issuer.
    """

    issuer: str
    subject: str
    email: str | None = None
    name: str | None = None
    picture: str | None = None
    org_id: str | None = None
    org_role: str | None = None
    expires_at: float
    session: str = ""
    token: str = ""
    issued_at: float = 0.0
    authenticated_at: float | None = None
    operator: bool = False

    @property
    def token_identifier(self) -> str:
        """Return `issuer|subject`, unique over all issuers."""
        return f"{self.issuer}|{self.subject}"
