"""Who calls: the verified claims of a token, and nothing a client could have typed itself."""

import msgspec


class Identity(msgspec.Struct, frozen=True, kw_only=True):
    """Claims of a verified token. `expires_at` is in milliseconds since the epoch."""

    issuer: str
    subject: str
    email: str | None = None
    name: str | None = None
    picture: str | None = None
    org_id: str | None = None
    org_role: str | None = None
    expires_at: float

    @property
    def token_identifier(self) -> str:
        """Returns `issuer|subject`, unique over all issuers."""
        return f"{self.issuer}|{self.subject}"
