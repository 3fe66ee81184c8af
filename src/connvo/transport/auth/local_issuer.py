"""The issuer for a first run without a provider: `connvo token` signs with its key from the data folder.

Owns the key file.

Guarantees: only the owner of the file can read it, processes that start at once agree on one key, and the key never
leaves the file. With a real issuer it is off unless the settings turn it on.
"""

import base64
import hashlib
import json
from pathlib import Path
from secrets import token_hex
from typing import Any

import jwt
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from connvo.kernel.secret_file import kept_secret
from connvo.settings import IdentitySettings

from .jwks import KeySet

KEY_FILE = "local-issuer.pem"
ISSUER = "connvo:local"
AUDIENCE = "connvo"
ALGORITHM = "ES256"
FOLDER_MODE = 0o700
THUMBPRINT_CHARS = 16
SESSION_BYTES = 16


class LocalIssuerError(Exception):
    """A key that cannot be made or read; the message is one line for the operator."""


class LocalIssuer:
    """The issuer that signs tokens with the key of a data folder, and publishes its public key."""

    issuer = ISSUER
    audience = AUDIENCE
    algorithm = ALGORITHM

    def __init__(self, key: ec.EllipticCurvePrivateKey, folder: Path | None = None) -> None:
        self._key = key
        self.folder = folder
        public: dict[str, Any] = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
        self._kid = _thumbprint(public)
        self._public = {"kty": "EC", **public, "use": "sig", "alg": ALGORITHM, "kid": self._kid}
        self.keys = KeySet([self._public])

    @classmethod
    def open(cls, folder: Path) -> "LocalIssuer":
        """Return the issuer of a data folder; create the folder and the key if they are missing.

        Raises:
            LocalIssuerError: The folder cannot be used, or the file is not a P-256 key.
        """
        path = folder / KEY_FILE
        try:
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            key = serialization.load_pem_private_key(kept_secret(path, _new_key), password=None)
        except OSError as error:
            raise LocalIssuerError(f"cannot use the data folder {folder}: {error.strerror or error}") from error
        except (ValueError, TypeError, UnsupportedAlgorithm) as error:
            raise LocalIssuerError(f"{path} is not a key; delete it to get a new one (old tokens then fail)") from error
        if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
            raise LocalIssuerError(f"{path} is not a P-256 key; delete it to get a new one (old tokens then fail)")
        return cls(key, folder)

    def mint(
        self,
        subject: str,
        settings: IdentitySettings,
        now: float,
        lifetime: float,
        *,
        email: str | None = None,
        name: str | None = None,
        org_id: str | None = None,
        org_role: str | None = None,
        session: str | None = None,
    ) -> str:
        """Return a token for `subject`, valid for `lifetime` seconds from `now` (seconds since the epoch).

        The token belongs to the sign-in `session`; without one it is a new sign-in, which can be ended.
        """
        claims = {
            "iss": ISSUER,
            "aud": AUDIENCE,
            "sub": subject,
            "iat": int(now),
            "exp": int(now + lifetime),
            "sid": session or token_hex(SESSION_BYTES),
            "email": email,
            # The owner of the key has verified the address.
            settings.email_verified_claim: True if email else None,
            "name": name,
            settings.org_id_claim: org_id,
            settings.org_role_claim: org_role,
        }
        present = {claim: value for claim, value in claims.items() if value is not None}
        return jwt.encode(present, self._key, ALGORITHM, headers={"kid": self._kid})

    def jwks(self) -> dict[str, Any]:
        """Return the key set document."""
        return {"keys": [self._public]}

    def discovery(self, base: str) -> dict[str, Any]:
        """Return the discovery document of a server at address `base`."""
        return {
            "issuer": ISSUER,
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        }


def _new_key() -> bytes:
    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _thumbprint(public: dict[str, Any]) -> str:
    members = {name: public[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:THUMBPRINT_CHARS]
