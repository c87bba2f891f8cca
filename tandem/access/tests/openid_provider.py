"""An OpenID provider on loopback, for tests: discovery, authorize, token, user info, keys; and every lie one could tell."""

from __future__ import annotations

import base64
import hashlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

CLIENT_ID, CLIENT_SECRET = "tandem", "s3cret of the client"


@dataclass
class Provider:
    """One provider. Change the fields to make it lie.

    claims : laid over the identity token's; None leaves one out
    user_info : laid over the user info's
    discovery : laid over the discovery document's
    signing_key : None: its own; another: a forged signature
    is_down : answers 500 to everything
    """

    port: int
    key: rsa.RSAPrivateKey
    subject: str = "00u1"
    claims: dict[str, Any] = field(default_factory=dict)
    user_info: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=lambda: {"kid": "k1"})
    algorithm: str = "RS256"
    signing_key: Any = None
    id_token: str | None = None
    is_down: bool = False
    asked: dict[str, dict[str, str]] = field(default_factory=dict)
    called: list[str] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def authorize(self, address: str) -> dict[str, str]:
        """What the browser brings back after somebody has signed in there."""
        parts = urlsplit(address)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}" == f"{self.issuer}/authorize"
        asked = {name: values[0] for name, values in parse_qs(parts.query, strict_parsing=True).items()}
        assert (asked["response_type"], asked["client_id"]) == ("code", CLIENT_ID)
        assert asked["code_challenge_method"] == "S256"
        assert {"openid", "email"} <= set(asked["scope"].split())
        code = f"code-{len(self.asked)}"
        self.asked[code] = asked
        return {"code": code, "state": asked["state"]}

    def document(self, path: str, form: dict[str, str], bearer: str) -> tuple[int, Any]:
        if self.is_down:
            return 500, {"error": "down"}
        if path == "/.well-known/openid-configuration":
            return 200, {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/keys",
                "token_endpoint_auth_methods_supported": ["client_secret_post"],
            } | self.discovery
        if path == "/keys":
            public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
            return 200, {"keys": [public | {"kid": "k1", "use": "sig", "alg": "RS256"}]}
        if path == "/token":
            return self._token(form)
        if path == "/userinfo" and bearer == "Bearer access":
            return 200, {"sub": self.subject} | self.user_info
        return 404, {"error": "unknown"}

    def _token(self, form: dict[str, str]) -> tuple[int, Any]:
        asked = self.asked.pop(form.get("code", ""), None)  # a code works once
        if asked is None or (form["client_id"], form["client_secret"]) != (CLIENT_ID, CLIENT_SECRET):
            return 400, {"error": "invalid_grant"}
        digest = hashlib.sha256(form["code_verifier"].encode()).digest()
        if base64.urlsafe_b64encode(digest).rstrip(b"=").decode() != asked["code_challenge"]:
            return 400, {"error": "invalid_grant"}
        if form["redirect_uri"] != asked["redirect_uri"]:
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        said = {
            "iss": self.issuer, "sub": self.subject, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": asked["nonce"],
        } | self.claims  # fmt: skip
        said = {name: value for name, value in said.items() if value is not None}
        token = self.id_token or jwt.encode(said, self.signing_key or self.key, self.algorithm, headers=self.header)
        return 200, {"access_token": "access", "token_type": "Bearer", "expires_in": 300, "id_token": token}


@contextmanager
def serving(key: rsa.RSAPrivateKey) -> Iterator[Provider]:
    """A provider that answers for the length of the block."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/authorize"):
                self._send_back()
            else:
                self._answer({})

        def _send_back(self) -> None:
            """The browser has signed in here and goes back with a code."""
            back = provider.authorize(provider.issuer + self.path)
            self.send_response(302)
            self.send_header("Location", f"{provider.asked[back['code']]['redirect_uri']}?{urlencode(back)}")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def do_POST(self) -> None:
            text = self.rfile.read(int(self.headers["Content-Length"])).decode()
            self._answer({name: values[0] for name, values in parse_qs(text).items()})

        def _answer(self, form: dict[str, str]) -> None:
            provider.called.append(self.path)
            status, document = provider.document(self.path, form, self.headers.get("Authorization", ""))
            body = json.dumps(document).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    provider = Provider(port=server.server_port, key=key)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
