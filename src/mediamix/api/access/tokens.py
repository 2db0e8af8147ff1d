"""Tokens of an OIDC issuer: signed with one of its public keys, for us, in time, with a role."""

from __future__ import annotations

import json
import time
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from threading import Lock
from typing import TYPE_CHECKING, Any

from mediamix.api.roles import Role
from mediamix.api.settings import Oidc, refuse_plain
from mediamix.core.errors import SpecError

if TYPE_CHECKING:
    from jwt import PyJWK

#: Only what a public key checks: never ``none``, never HS…, whose secret would be the public key.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA")
#: Seconds that fetched keys hold, that they hold while the issuer doesn't answer, and between two fetches
#: for a key that isn't known.
HOLD, STALE, COOL = 600.0, 86_400.0, 30.0
#: Seconds that clocks may differ, and for an answer of the issuer.
LEEWAY, PATIENCE = 30, 5.0
_MOST = 1 << 20


@dataclass(frozen=True)
class Bearer:
    """Who a token is about."""

    name: str
    role: Role


class WrongToken(Exception):  # noqa: N818
    """Why a token isn't taken, in words for its bearer."""


class Tokens:
    """Tokens of one issuer.

    Args:
        oidc: Whose, and for whom.
        fetch: From an address to its JSON.
        clock: Monotonic seconds.
    """

    def __init__(
        self,
        oidc: Oidc,
        fetch: Callable[[str], Mapping[str, Any]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._oidc, self._fetch, self._clock = oidc, fetch or fetched, clock
        self._keys: dict[str | None, PyJWK] = {}
        self._at, self._tried = -STALE - HOLD, -COOL
        self._lock = Lock()

    def bearer(self, token: str) -> Bearer:
        """Who a token is about.

        Raises:
            WrongToken: It isn't taken.
        """
        import jwt

        try:
            head = jwt.get_unverified_header(token)
        except jwt.InvalidTokenError as error:
            raise WrongToken("it is neither a key of this project nor a token") from error
        if head.get("alg") not in ALGORITHMS:
            raise WrongToken("it isn't signed with a public key's algorithm")
        key = self._key(head.get("kid"))
        if key.algorithm_name is not None and key.algorithm_name != head["alg"]:
            raise WrongToken("its algorithm isn't that of its key")
        try:
            claims = jwt.decode(
                token,
                key.key,
                algorithms=[head["alg"]],
                audience=self._oidc.audience,
                issuer=self._oidc.issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud", "sub"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise WrongToken("it has expired") from error
        except jwt.InvalidAudienceError as error:
            raise WrongToken("it was made for somebody else (aud)") from error
        except jwt.InvalidIssuerError as error:
            raise WrongToken("it is of another issuer (iss)") from error
        except jwt.MissingRequiredClaimError as error:
            raise WrongToken(f"it lacks the claim {error.claim}") from error
        except (jwt.InvalidTokenError, jwt.PyJWTError, ValueError, TypeError) as error:
            raise WrongToken("its signature doesn't hold") from error
        return Bearer(str(claims["sub"])[:200], self._role(claims))

    def _role(self, claims: Mapping[str, Any]) -> Role:
        given = claims.get(self._oidc.claim, ())
        names = given.split() if isinstance(given, str) else given if isinstance(given, list) else ()
        roles = [one for one in Role if one.word in names]
        if not roles:
            raise WrongToken(f"its claim '{self._oidc.claim}' names no role: viewer, analyst, admin")
        return max(roles)

    def _key(self, id: str | None) -> PyJWK:
        """The public key of a token; fetched where it isn't known, not more often than `COOL`."""
        with self._lock:
            now = self._clock()
            stale = now - self._at > HOLD
            if (stale or id not in self._keys) and now - self._tried >= COOL:
                self._tried = now
                try:
                    self._keys, self._at = self._fetched(), now
                except (OSError, ValueError, KeyError, TypeError, SpecError) as error:
                    if now - self._at > STALE:
                        raise WrongToken("its issuer's public keys can't be had now") from error
            if id not in self._keys or now - self._at > STALE:
                raise WrongToken("it is signed with a key that its issuer doesn't publish")
            return self._keys[id]

    def _fetched(self) -> dict[str | None, PyJWK]:
        import jwt

        address = self._oidc.jwks
        if address is None:
            known = self._fetch(f"{self._oidc.issuer.rstrip('/')}/.well-known/openid-configuration")
            if known.get("issuer") != self._oidc.issuer:
                raise ValueError("another issuer")
            address = str(known["jwks_uri"])
            refuse_plain(address, "jwks_uri")
        found: dict[str | None, PyJWK] = {}
        for raw in self._fetch(address)["keys"]:
            if raw.get("kty") == "oct" or raw.get("use", "sig") != "sig":
                continue  # a secret is no public key
            try:
                found[raw.get("kid")] = jwt.PyJWK(raw)
            except jwt.PyJWTError:  # of a kind that we don't know
                continue
        return found


class _Stay(urllib.request.HTTPRedirectHandler):
    """An issuer's address is the one that was set: nobody leads elsewhere."""

    def redirect_request(self, *_: Any) -> None:
        return None


def fetched(address: str) -> Mapping[str, Any]:
    """The JSON of an address.

    Raises:
        OSError: It doesn't answer.
        ValueError: It isn't JSON, or too long.
    """
    opener = urllib.request.build_opener(_Stay)
    with opener.open(address, timeout=PATIENCE) as answer:
        content = answer.read(_MOST + 1)
    if len(content) > _MOST:
        raise ValueError("too long")
    found = json.loads(content)
    if not isinstance(found, dict):
        raise ValueError("no object")
    return found
