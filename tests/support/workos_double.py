"""WorkOS, as far as a page and a server talk to it: authorize, authenticate, log out, key set, users.

Speaks the HTTP API of AuthKit, with PKCE and refresh tokens that work once. Everybody who comes is `person`.
"""

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit
from uuid import uuid4

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

CLIENT = "client_01TEST"
API_KEY = "sk_test_key"
KID = "sso_oidc_key_pair_1"


class WorkosDouble:
    """`person` is who signs in next: id, email, email_verified, first and last name. `life` of tokens in seconds."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(65537, 2048)
        self.person: dict[str, Any] = {}
        self.life = 300
        self.users: dict[str, dict[str, Any]] = {}
        self.codes: dict[str, tuple[str, str]] = {}
        self.refresh_tokens: dict[str, str] = {}
        self.refreshes = 0
        self.failures = 0
        self.signed_out: list[str] = []
        self.url = ""

    def is_now(self, name: str, *, verified: bool) -> None:
        """Have the next sign-in be this person's."""
        self.person = {
            "object": "user",
            "id": f"user_{name}",
            "email": f"{name}@example.org",
            "email_verified": verified,
            "first_name": name.capitalize(),
            "last_name": None,
            "profile_picture_url": None,
        }
        self.users[self.person["id"]] = self.person

    def authorize(self, asked: dict[str, str]) -> str:
        """Return where the browser goes after the login."""
        assert asked["client_id"] == CLIENT and asked["provider"] == "authkit"
        assert asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        code = uuid4().hex
        self.codes[code] = (asked["code_challenge"], self.person["id"])
        back = {"code": code, **({"state": asked["state"]} if "state" in asked else {})}
        return f"{asked['redirect_uri']}?{urlencode(back)}"

    def authenticate(self, asked: dict[str, str]) -> tuple[int, dict[str, Any]]:
        """Return the answer to a request for tokens."""
        if self.failures:
            self.failures -= 1
            return 503, {"error": "server_error"}
        if asked["grant_type"] == "authorization_code":
            challenge, user_id = self.codes.pop(asked["code"], ("", ""))
            digest = hashlib.sha256(asked["code_verifier"].encode()).digest()
            if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != challenge:
                return 400, {"error": "invalid_grant", "error_description": "The code is not valid."}
        else:
            self.refreshes += 1
            user_id = self.refresh_tokens.pop(asked.get("refresh_token", ""), "")
            if not user_id:
                return 400, {"error": "invalid_grant", "error_description": "Refresh token already exchanged."}
        refresh_token = uuid4().hex
        self.refresh_tokens[refresh_token] = user_id
        return 200, {
            "user": self.users[user_id],
            "access_token": self.token(user_id),
            "refresh_token": refresh_token,
            "authentication_method": "Password",
        }

    def token(self, user_id: str) -> str:
        """Return an access token as WorkOS makes them without a template: with no address in it."""
        now = int(time.time())
        claims = {
            "iss": f"{self.url}/user_management/{CLIENT}",
            "sub": user_id,
            "client_id": CLIENT,
            "sid": f"session_{user_id}",
            "jti": uuid4().hex,
            "iat": now,
            "exp": now + self.life,
        }
        return jwt.encode(claims, self.key, "RS256", headers={"kid": KID})

    def keys(self) -> dict[str, Any]:
        """Return the key set."""
        public: dict[str, Any] = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        public.pop("key_ops", None)
        return {"keys": [{**public, "kid": KID, "use": "sig", "alg": "RS256"}]}


@contextmanager
def workos() -> Iterator[WorkosDouble]:
    """Serve it on a free port."""
    double = WorkosDouble()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            user_id = parts.path.removeprefix("/user_management/users/")
            if parts.path == "/user_management/authorize":
                self._reply(302, {}, location=double.authorize(asked))
            elif parts.path == f"/sso/jwks/{CLIENT}":
                self._reply(200, double.keys())
            elif parts.path == "/user_management/sessions/logout":
                double.signed_out.append(asked["session_id"])
                self._reply(200, {})
            elif user_id in double.users and self.headers["Authorization"] == f"Bearer {API_KEY}":
                self._reply(200, double.users[user_id])
            else:
                self._reply(404, {"message": "Not Found"})

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            assert self.path == "/user_management/authenticate" and asked["client_id"] == CLIENT
            self._reply(*double.authenticate(asked))

        def do_OPTIONS(self) -> None:
            self._reply(204, {})

        def _reply(self, status: int, answer: dict[str, Any], location: str = "") -> None:
            body = b"" if status == 204 else json.dumps(answer).encode()
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.send_header("Access-Control-Allow-Origin", self.headers["Origin"] or "*")
            self.send_header("Access-Control-Allow-Headers", "content-type")
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        double.url = f"http://127.0.0.1:{server.server_port}"
        serving = threading.Thread(target=server.serve_forever, args=(0.05,))
        serving.start()
        try:
            yield double
        finally:
            server.shutdown()
            serving.join()
