"""A project's keys: the signing key for tokens, and the API keys."""

from __future__ import annotations

import json
import secrets
import time
import uuid
from dataclasses import dataclass, field
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from ops_gates.readiness import LOCAL

Jwk = dict[str, Any]
Jwks = dict[str, list[Jwk]]
_YEARS = 10 * 365 * 24 * 3600


@dataclass(frozen=True)
class Keys:
    """The key that signs tokens and the API keys that callers send; `repr` shows none of them."""

    signing_key: Jwk = field(repr=False)
    secret_key: str = field(repr=False)
    publishable_key: str = field(repr=False)

    @classmethod
    def generate(cls) -> Keys:
        """New keys: ES256 with a `kid`, as hosted projects have."""
        jwk: Jwk = ECAlgorithm.to_jwk(ec.generate_private_key(ec.SECP256R1()), as_dict=True)
        return cls(
            signing_key={**jwk, "kid": f"{LOCAL}{uuid.uuid4()}", "alg": "ES256", "use": "sig"},
            secret_key=f"sb_secret_{secrets.token_urlsafe(24)}",
            publishable_key=f"sb_publishable_{secrets.token_urlsafe(24)}",
        )

    @classmethod
    def from_json(cls, text: str) -> Keys:
        """Keys as `to_json` wrote them."""
        return cls(**json.loads(text))

    def to_json(self) -> str:
        """All keys, for a file that only its owner may read."""
        return json.dumps(
            {
                "signing_key": self.signing_key,
                "secret_key": self.secret_key,
                "publishable_key": self.publishable_key,
            }
        )

    @property
    def are_local(self) -> bool:
        """Whether the signing key is one that was made here."""
        return str(self.signing_key.get("kid", "")).startswith(LOCAL)

    @property
    def jwks(self) -> Jwks:
        """The public half, as a project publishes it."""
        return {"keys": [{name: value for name, value in self.signing_key.items() if name != "d"}]}

    def token(self, role: str | None, sub: str | None, *, ttl: float = 3600, issuer: str, **claims: Any) -> str:
        """A signed token valid for `ttl` seconds; a claim given as None is left out, `exp` included."""
        now = int(time.time())
        payload: dict[str, Any] = {
            "iss": issuer,
            "aud": "authenticated",
            "iat": now,
            "exp": now + int(ttl),
            "role": role,
            "sub": sub,
            **claims,
        }
        return self.sign({name: value for name, value in payload.items() if value is not None})

    def sign(self, payload: dict[str, Any]) -> str:
        """A token with exactly this payload."""
        key = ECAlgorithm(ECAlgorithm.SHA256).from_jwk(self.signing_key)
        return jwt.encode(payload, key, algorithm="ES256", headers={"kid": self.signing_key["kid"]})  # type: ignore[arg-type]

    def gateway_tokens(self, issuer: str) -> dict[str, str]:
        """For each API key, the token that the gateway sends to PostgREST instead."""
        return {
            self.secret_key: self.token("service_role", None, ttl=_YEARS, issuer=issuer),
            self.publishable_key: self.token("anon", None, ttl=_YEARS, issuer=issuer),
        }
