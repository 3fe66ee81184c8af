"""Who calls: the verified claims of a token, and nothing a client could have typed itself."""

import msgspec


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Claims of a verified token. Times are in milliseconds since the epoch.

    `session` is a digest of the sign-in that the token belongs to: one that is renewed keeps it. It is empty where the
    issuer does not tell sign-ins apart. `token` is a digest of this one token. `authenticated_at` is when the person
    last proved who they are, where the issuer says so.
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

    @property
    def token_identifier(self) -> str:
        """Return `issuer|subject`, unique over all issuers."""
        return f"{self.issuer}|{self.subject}"
