"""Who may call: every route has a role, nobody gets past it, keys end, tokens are looked at closely."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from api_cases import API, Served, serving
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from fastapi import APIRouter

from mediamix.api import factory
from mediamix.api.access import keys
from mediamix.api.access.tokens import COOL, HOLD, STALE, Tokens, WrongToken
from mediamix.api.roles import TABLE, Role
from mediamix.api.route import Route
from mediamix.api.serving import Place, settled
from mediamix.api.settings import Oidc, Settings, oidc_of
from mediamix.core.errors import SpecError
from mediamix.project.folder import Project

#: A path of each route, with ids that could be.
PATHS = {key: key[1].replace("{id}", "current").replace("{name}", "mediamix") for key in TABLE}


def test_the_table_is_of_all_routes(served: Served) -> None:
    found = factory.routes_of(served.app)
    assert set(found) == set(TABLE)
    assert all(isinstance(route.original_route, Route) for route in found.values())


def test_a_route_without_a_role_does_not_start(
    promoted: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    deep, deeper = APIRouter(route_class=Route), APIRouter(route_class=Route)
    deeper.add_api_route("/secret", lambda: "x", methods=["GET"])
    deep.include_router(deeper, prefix="/inside")
    monkeypatch.setattr(factory.training, "routes", deep)
    with pytest.raises(RuntimeError, match="/api/v1/inside/secret"):
        factory.application(Project.at(promoted[0]))


def test_an_unguarded_route_does_not_start(
    promoted: tuple[Path, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = APIRouter()
    bare.add_api_route("/train", lambda: "x", methods=["POST"])
    monkeypatch.setattr(factory.training, "routes", bare)
    with pytest.raises(RuntimeError, match=r"unguarded: \[\('POST', '/api/v1/train'\)\]"):
        factory.application(Project.at(promoted[0]))


@pytest.mark.parametrize(
    "given", [None, "Bearer ", "Basic eDp5", "Bearer mm_00000000_" + "x" * 43, "Bearer a.b.c"]
)
def test_no_route_answers_without_a_key(served: Served, given: str | None) -> None:
    served.app.state.service.rates._limiter.storage.reset()
    for method, path in PATHS.items():
        headers = {} if given is None else {"Authorization": given}
        answer = served.client.request(method[0], path, headers=headers, content=b"{")
        # After so many failed attempts an address has to wait, which is no answer either.
        assert answer.status_code in ((401,) if given in (None, "Bearer ", "Basic eDp5") else (401, 429)), (
            path
        )
        assert answer.headers["content-type"] == "application/problem+json"
        if answer.status_code == 401:
            assert "Bearer" in answer.headers["www-authenticate"]
    served.app.state.service.rates._limiter.storage.reset()


@pytest.mark.parametrize("role", ["viewer", "analyst"])
def test_a_role_may_what_the_table_says(served: Served, role: str) -> None:
    for (method, path), rule in TABLE.items():
        if rule.role > Role[role.upper()]:
            answer = served.call(method, PATHS[method, path], role, content=b"{")
            assert answer.status_code == 403, path
            assert answer.json()["expected"].startswith(rule.role.word)


def test_a_key_ends(changing: Served) -> None:
    assert changing.call("GET", "/health", "viewer").status_code == 200
    id = changing.keys["viewer"].split("_")[1]
    keys.revoke(changing.project, id)
    assert changing.call("GET", "/health", "viewer").status_code == 401
    assert changing.call("GET", "/health", "analyst").status_code == 200


def test_a_key_expires_and_is_kept_as_a_hash(project: Project) -> None:
    at = [datetime(2026, 1, 1, tzinfo=UTC)]
    made, text = keys.create(project, "x", "viewer", 10, clock=lambda: at[0])
    secret = text.split("_", 2)[2]
    kept = project.keys.read_text()
    assert secret not in kept
    assert project.keys.stat().st_mode & 0o077 == 0
    known = keys.Keys(project, lambda: at[0])
    assert known.holder(text) == made
    assert known.holder(text[:-1] + ("a" if text[-1] != "a" else "b")) is None
    at[0] += timedelta(days=10)
    assert known.holder(text) is None
    assert not known.any()


def test_a_key_of_another_role_or_time_is_refused(project: Project) -> None:
    with pytest.raises(SpecError, match="no role 'owner'"):
        keys.create(project, "x", "owner")
    with pytest.raises(SpecError, match="0 days"):
        keys.create(project, "x", "viewer", 0)


def test_an_address_that_fails_has_to_wait(promoted: tuple[Path, dict[str, str]]) -> None:
    with serving(*promoted, Settings(failures="2/minute")) as one:
        wrong = {"Authorization": "Bearer mm_00000000_" + "x" * 43}
        found = [one.client.get("/health", headers=wrong).status_code for _ in range(4)]
        assert found == [401, 401, 429, 429]
        assert "Retry-After" in one.client.get("/health", headers=wrong).headers
        # Who has a key that holds isn't kept waiting with them.
        assert one.call("GET", "/health", "viewer").status_code == 200


def test_others_need_keys(project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("ISSUER", "AUDIENCE", "JWKS", "CLAIM"):
        monkeypatch.delenv(f"MEDIAMIX_OIDC_{name}", raising=False)
    with pytest.raises(SpecError, match="has no key that holds"):
        settled(project, Place("0.0.0.0", 1), Settings())
    with pytest.raises(SpecError, match="for this machine only"):
        settled(project, Place("0.0.0.0", 1), Settings(auth=False))
    for host in ("127.0.0.1", "localhost", "::1"):
        assert not settled(project, Place(host, 1), Settings(auth=False)).auth
        assert settled(project, Place(host, 1), Settings()).auth
    made, _ = keys.create(project, "x", "viewer")
    assert settled(project, Place("0.0.0.0", 1), Settings()).auth
    keys.revoke(project, made.id)
    with pytest.raises(SpecError, match="has no key that holds"):
        settled(project, Place("0.0.0.0", 1), Settings())
    monkeypatch.setenv("MEDIAMIX_OIDC_ISSUER", "https://id.example")
    with pytest.raises(SpecError, match="MEDIAMIX_OIDC_AUDIENCE is not set"):
        settled(project, Place("0.0.0.0", 1), Settings())
    monkeypatch.setenv("MEDIAMIX_OIDC_AUDIENCE", "us")
    assert settled(project, Place("0.0.0.0", 1), Settings()).oidc == Oidc("https://id.example", "us")
    with pytest.raises(SpecError, match="--rate-limit can't be read"):
        settled(project, Place("127.0.0.1", 1), Settings(calls="many"))


def test_an_issuer_is_asked_over_a_safe_wire() -> None:
    given = {"MEDIAMIX_OIDC_ISSUER": "http://id.example", "MEDIAMIX_OIDC_AUDIENCE": "us"}
    with pytest.raises(SpecError, match="no safe address"):
        oidc_of(given)
    assert oidc_of({**given, "MEDIAMIX_OIDC_ISSUER": "http://127.0.0.1:9"}) is not None
    assert oidc_of({}) is None


def test_without_keys_another_site_may_change_nothing(promoted: tuple[Path, dict[str, str]]) -> None:
    with serving(*promoted, Settings(auth=False)) as one:
        other = {"Origin": "https://evil.example"}
        answer = one.client.post(f"{API}/datasets", files={"files": ("a.csv", b"x")}, headers=other)
        assert answer.status_code == 403
        assert answer.json()["type"].endswith(":origin")
        assert one.client.get("/health", headers={"Host": "evil.example"}).status_code == 400
        assert one.client.get("/health").status_code == 200


def test_probes_answer_without_a_key_where_they_are_open(promoted: tuple[Path, dict[str, str]]) -> None:
    with serving(*promoted, Settings(probes=True)) as one:
        assert [one.client.get(path).status_code for path in ("/", "/health", "/ready", "/metrics")] == [
            *(200, 200, 200),
            401,
        ]


def test_a_browser_may_look_at_the_docs_only(served: Served) -> None:
    given = ("anybody", served.keys["viewer"])
    assert served.client.get("/docs", auth=given).status_code == 200
    assert served.client.get("/openapi.json", auth=given).status_code == 200
    assert served.client.get("/health", auth=given).status_code == 401


class Issuer:
    """Signs tokens, and publishes its public keys."""

    def __init__(self) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.asked: list[str] = []
        self.now = 1000.0
        self.down = False
        jwk = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self.key.public_key()))
        self.keys: list[dict[str, Any]] = [{**jwk, "kid": "one", "use": "sig", "alg": "RS256"}]

    def fetch(self, address: str) -> dict[str, Any]:
        self.asked.append(address)
        if self.down:
            raise OSError("no answer")
        if address.endswith("openid-configuration"):
            return {"issuer": "https://id.example", "jwks_uri": "https://id.example/keys"}
        return {"keys": self.keys}

    def token(self, **changes: Any) -> str:
        claims = {
            "iss": "https://id.example",
            "aud": "us",
            "sub": "ann",
            "exp": time.time() + 60,
            "roles": ["viewer", "admin"],
            **changes.pop("claims", {}),
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        key, algorithm = changes.pop("key", self.key), changes.pop("algorithm", "RS256")
        return jwt.encode(
            claims, key, algorithm=algorithm, headers={"kid": "one", **changes.pop("headers", {})}
        )

    @property
    def public(self) -> bytes:
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.key.public_key().public_bytes(serialization.Encoding.PEM, form)

    def tokens(self) -> Tokens:
        return Tokens(Oidc("https://id.example", "us"), self.fetch, lambda: self.now)


@pytest.fixture(scope="module")
def issuer() -> Issuer:
    return Issuer()


def test_a_token_has_its_highest_role(issuer: Issuer) -> None:
    found = issuer.tokens().bearer(issuer.token())
    assert (found.name, found.role) == ("ann", Role.ADMIN)
    found = issuer.tokens().bearer(issuer.token(claims={"roles": "viewer analyst"}))
    assert found.role is Role.ANALYST


def _hs(issuer: Issuer) -> str:
    # The library refuses to sign so: by hand, as an attacker would.
    import base64
    import hashlib
    import hmac

    def part(value: dict[str, Any]) -> bytes:
        return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=")

    claims = {
        "iss": "https://id.example",
        "aud": "us",
        "sub": "x",
        "exp": time.time() + 60,
        "roles": ["admin"],
    }
    said = part({"alg": "HS256", "typ": "JWT", "kid": "one"}) + b"." + part(claims)
    sign = hmac.digest(issuer.public, said, hashlib.sha256)
    return (said + b"." + base64.urlsafe_b64encode(sign).rstrip(b"=")).decode()


BAD: dict[str, tuple[Callable[[Issuer], str], str]] = {
    "expired": (lambda i: i.token(claims={"exp": time.time() - 600}), "expired"),
    "without an end": (lambda i: i.token(claims={"exp": None}), "lacks the claim exp"),
    "of another audience": (lambda i: i.token(claims={"aud": "them"}), "aud"),
    "of another issuer": (lambda i: i.token(claims={"iss": "https://evil.example"}), "iss"),
    "signed by none": (lambda i: i.token(key=None, algorithm="none"), "public key's algorithm"),
    "signed with the public key as a secret": (_hs, "public key's algorithm"),
    "of another algorithm": (lambda i: i.token(algorithm="RS512"), "algorithm isn't that of its key"),
    "of an unknown key": (lambda i: i.token(headers={"kid": "two"}), "doesn't publish"),
    "without a role": (lambda i: i.token(claims={"roles": ["owner"]}), "names no role"),
    "that was changed": (lambda i: i.token()[:-6] + "AAAAAA", "signature"),
    "that is none": (lambda i: "nonsense", "neither a key"),
}


@pytest.mark.parametrize("which", BAD)
def test_a_token_is_refused(issuer: Issuer, which: str) -> None:
    make, words = BAD[which]
    with pytest.raises(WrongToken, match=words):
        issuer.tokens().bearer(make(issuer))


def test_a_published_secret_is_no_key(issuer: Issuer) -> None:
    other = Issuer()
    other.keys = [{"kty": "oct", "k": "c2VjcmV0c2VjcmV0c2VjcmV0c2VjcmV0", "kid": "one"}]
    with pytest.raises(WrongToken, match="doesn't publish"):
        other.tokens().bearer(issuer.token())


def test_public_keys_are_kept(issuer: Issuer) -> None:
    own = Issuer()
    tokens = own.tokens()
    for _ in range(3):
        tokens.bearer(own.token())
    assert len(own.asked) == 2  # where they are, and they
    for _ in range(5):  # unknown ones don't have it asked each time
        with pytest.raises(WrongToken):
            tokens.bearer(own.token(headers={"kid": "new"}))
    assert len(own.asked) == 2
    own.now += COOL + 1
    own.keys.append({**own.keys[0], "kid": "new"})
    tokens.bearer(own.token(headers={"kid": "new"}))
    assert len(own.asked) == 4
    own.now += HOLD + 1
    own.down = True
    tokens.bearer(own.token())  # it doesn't answer: what is known holds for a day
    own.now += STALE
    with pytest.raises(WrongToken, match="can't be had now"):
        tokens.bearer(own.token())


def test_a_token_calls(promoted: tuple[Path, dict[str, str]], issuer: Issuer) -> None:
    with serving(*promoted) as one:
        one.app.state.service.tokens = issuer.tokens()

        def status(token: str, path: str = "/health", method: str = "GET") -> int:
            return int(
                one.client.request(method, path, headers={"Authorization": f"Bearer {token}"}).status_code
            )

        assert status(issuer.token()) == 200
        assert status(issuer.token(claims={"roles": ["viewer"]}), f"{API}/train", "POST") == 403
        assert status(issuer.token(claims={"aud": "them"})) == 401
