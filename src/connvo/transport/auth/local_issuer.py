"""The issuer for a first run without a provider: `connvo token` signs with its key from the data folder.

Owns the key file.

Guarantees: only the owner of the file can read it, processes that start at once agree on one key, and the key never
leaves the file. With a real issuer it is off unless the settings turn it on. A file that holds no key is refused at the
start. The libraries of tokens, which take long to load, are loaded by the first token.
"""

import base64
import hashlib
import json
from collections.abc import Callable
from functools import cached_property, partial
from pathlib import Path
from secrets import token_hex
from typing import TYPE_CHECKING

from connvo.kernel.secret_file import kept_secret
from connvo.settings import IdentitySettings

from .jwks import KeySet
from .p256_file import is_p256_key

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey as PrivateKey
    from jwt import PyJWK

KEY_FILE = "local-issuer.pem"
ISSUER = "connvo:local"
AUDIENCE = "connvo"
ALGORITHM = "ES256"
# Counts in tokens of this issuer alone: another one, which an organisation may administer, makes no operators.
OPERATOR_CLAIM = "connvo_operator"
FOLDER_MODE = 0o700
THUMBPRINT_CHARS = 16
SESSION_BYTES = 16


class LocalIssuerError(Exception):
    """A key that cannot be made or read; the message is one line for the operator."""


class LocalIssuer:
    """The issuer that signs tokens with the key of a data folder, and publishes its public key.

    `key` may be a function that loads the key, for its first use.
    """

    issuer = ISSUER
    audience = AUDIENCE
    algorithm = ALGORITHM

    def __init__(self, key: "PrivateKey | Callable[[], PrivateKey]", folder: Path | None = None) -> None:
        self._given = key
        self.folder = folder

    @classmethod
    def open(cls, folder: Path) -> "LocalIssuer":
        """Return the issuer of a data folder; create the folder and the key if they are missing.

        Raises:
            LocalIssuerError: The folder cannot be used, or the file is not a P-256 key.
        """
        path = folder / KEY_FILE
        try:
            folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
            pem = kept_secret(path, _new_key)
        except OSError as error:
            raise LocalIssuerError(f"cannot use the data folder {folder}: {error.strerror or error}") from error
        # Another form of a key may be usable, which the libraries know.
        return cls(partial(_loaded, path, pem) if is_p256_key(pem) else _loaded(path, pem), folder)

    @cached_property
    def keys(self) -> KeySet:
        """The key that verifies the tokens."""
        return KeySet([self._public])

    async def find(self, kid: str | None, algorithm: str) -> "list[PyJWK]":
        """Return the keys that a token may be signed with."""
        return self.keys.matching(kid, algorithm)

    @cached_property
    def _key(self) -> "PrivateKey":
        return self._given() if callable(self._given) else self._given

    @cached_property
    def _public(self) -> dict[str, object]:
        from jwt.algorithms import ECAlgorithm

        public: dict[str, object] = ECAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"kty": "EC", **public, "use": "sig", "alg": ALGORITHM, "kid": _thumbprint(public)}

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
        operator: bool = False,
    ) -> str:
        """Return a token for `subject`, valid for `lifetime` seconds from `now` (seconds since the epoch).

        The token belongs to the sign-in `session`; without one it is a new sign-in, which can be ended.
        """
        import jwt

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
            OPERATOR_CLAIM: operator or None,
        }
        present = {claim: value for claim, value in claims.items() if value is not None}
        return jwt.encode(present, self._key, ALGORITHM, headers={"kid": self._public["kid"]})

    def jwks(self) -> dict[str, list[dict[str, object]]]:
        """Return the key set document."""
        return {"keys": [self._public]}

    def discovery(self, base: str) -> dict[str, object]:
        """Return the discovery document of a server at address `base`."""
        return {
            "issuer": ISSUER,
            "jwks_uri": f"{base}/.well-known/jwks.json",
            "id_token_signing_alg_values_supported": [ALGORITHM],
            "response_types_supported": ["id_token"],
            "subject_types_supported": ["public"],
        }


def _loaded(path: Path, pem: bytes) -> "PrivateKey":
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    try:
        key = serialization.load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise LocalIssuerError(f"{path} is not a key; delete it to get a new one (old tokens then fail)") from error
    if not isinstance(key, ec.EllipticCurvePrivateKey) or not isinstance(key.curve, ec.SECP256R1):
        raise LocalIssuerError(f"{path} is not a P-256 key; delete it to get a new one (old tokens then fail)")
    return key


def _new_key() -> bytes:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def _thumbprint(public: dict[str, object]) -> str:
    members = {name: public[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(json.dumps(members, separators=(",", ":"), sort_keys=True).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode()[:THUMBPRINT_CHARS]
