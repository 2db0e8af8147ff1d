"""The Data API of Google Analytics 4 on this machine: `runReport`, signed in by a service account's key."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Callable, Mapping, Sequence
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any, Self

from mediamix.testing.platforms.base import (
    Answer,
    Delivery,
    Fault,
    HttpServer,
    Platform,
    Request,
    World,
    WorldAccount,
)

EMAIL = "reader@local-project.iam.gserviceaccount.com"
SCOPE = "https://www.googleapis.com/auth/analytics.readonly"
MOST_ROWS = 250_000

_DIMENSIONS: Mapping[str, Callable[[Delivery], str]] = {
    "date": lambda row: f"{row.date:%Y%m%d}",
    "sessionCampaignName": lambda row: row.campaign_name,
    "sessionSourceMedium": lambda row: "google / cpc",
    "sessionDefaultChannelGroup": lambda row: "Paid Search",
}
_METRICS: Mapping[str, tuple[str, Callable[[Delivery], str]]] = {
    "sessions": ("TYPE_INTEGER", lambda row: str(row.clicks)),
    "keyEvents": ("TYPE_FLOAT", lambda row: f"{row.conversions.normalize():f}"),
    "totalRevenue": ("TYPE_CURRENCY", lambda row: str(row.spend)),
}


class GoogleAnalyticsServer(HttpServer):
    """A property for each account of the world; it takes in what the account's campaigns spend.

    Args:
        world: What it reports.
        metadata: More of a report's metadata: ``{"subjectToThresholding": True}``.
    """

    def __init__(self, world: World, metadata: Mapping[str, object] | None = None) -> None:
        super().__init__(world)
        self.metadata = dict(metadata or {})
        #: Rows beside those of the world: account → values by the names of dimensions and metrics.
        self.planted: list[tuple[str, Mapping[str, str]]] = []
        self.quota = "Exhausted concurrent requests quota. Please try again in a moment."
        self._folder = tempfile.TemporaryDirectory()
        self.key_file = Path(self._folder.name) / "key.json"

    @property
    def secrets(self) -> Mapping[str, str]:
        return {"GOOGLE_APPLICATION_CREDENTIALS": str(self.key_file)}

    @property
    def accounts(self) -> tuple[str, ...]:
        """Properties: the API lists none, they must be asked for."""
        return tuple(one.id for one in self.world.accounts)

    def __enter__(self) -> Self:
        private, _ = _key_pair()
        key = {
            "type": "service_account",
            "client_email": EMAIL,
            "private_key_id": "local",
            "private_key": private,
            "token_uri": f"{self.endpoint}/token",
        }
        self.key_file.write_text(json.dumps(key))
        return super().__enter__()

    def __exit__(self, *gone: object) -> None:
        super().__exit__(*gone)
        self._folder.cleanup()

    def counts(self, request: Request) -> bool:
        return request.path.endswith(":runReport") and bool(request.json.get("dimensions"))

    def failure(self, fault: Fault, request: Request) -> Answer:
        if fault.kind == "throttle":
            headers = {} if fault.seconds is None else {"Retry-After": f"{fault.seconds:.0f}"}
            return _error(429, "RESOURCE_EXHAUSTED", self.quota, headers)
        if fault.kind == "expire":
            return _error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        return _error(503, "UNAVAILABLE", "The service is currently unavailable.")

    def answer(self, request: Request) -> Answer:
        if not _signed(request.headers.get("authorization", "")):
            return _error(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        number = request.path.removeprefix("/v1beta/properties/").removesuffix(":runReport")
        account = next((one for one in self.world.accounts if one.id == number), None)
        if account is None:
            said = "User does not have sufficient permissions for this property."
            return _error(403, "PERMISSION_DENIED", said)
        return self._report(account, request.json)

    def _report(self, account: WorldAccount, asked: Mapping[str, Any]) -> Answer:
        dimensions = [one["name"] for one in asked.get("dimensions", [])]
        metrics = [one["name"] for one in asked.get("metrics", [])]
        unknown = [name for name in dimensions if name not in _DIMENSIONS]
        unknown += [name for name in metrics if name not in _METRICS]
        limit, offset = int(asked.get("limit", 10_000)), int(asked.get("offset", 0))
        if unknown or not 0 < limit <= MOST_ROWS:
            return _error(400, "INVALID_ARGUMENT", f"Field {unknown or 'limit'} is not a valid one.")
        rows = self._rows(account, asked["dateRanges"][0], dimensions) if dimensions else []
        for order in reversed(asked.get("orderBys", [])):
            name = order["dimension"]["dimensionName"]
            rows.sort(key=lambda row, name=name: row[name])  # type: ignore[misc]
        report: dict[str, object] = {
            "dimensionHeaders": [{"name": name} for name in dimensions],
            "metricHeaders": [{"name": name, "type": _METRICS[name][0]} for name in metrics],
            "rows": [_shown(row, dimensions, metrics) for row in rows[offset : offset + limit]],
            "rowCount": len(rows),
            "metadata": self._metadata(account, str(asked.get("currencyCode") or "")),
            "kind": "analyticsData#runReport",
        }
        return Answer(report)

    def _metadata(self, account: WorldAccount, currency: str) -> Mapping[str, object]:
        named = {"currencyCode": currency or account.currency, "timeZone": account.time_zone}
        return {name: value for name, value in named.items() if value} | self.metadata

    def _rows(
        self, account: WorldAccount, between: Mapping[str, str], dimensions: Sequence[str]
    ) -> list[dict[str, str]]:
        """In the order of most visits, as the platform does when nobody asks for another."""
        first, last = (date.fromisoformat(between[name]) for name in ("startDate", "endDate"))
        found = sorted(self.world.rows(account.id, first, last), key=lambda row: -row.clicks)
        rows = [
            {name: said(row) for name, said in _DIMENSIONS.items()}
            | {name: said(row) for name, (_, said) in _METRICS.items()}
            for row in found
        ]
        more = (dict(row) for number, row in self.planted if number == account.id)
        return rows + [row for row in more if not row["date"].isdigit() or _within(row["date"], first, last)]


def _within(text: str, first: date, last: date) -> bool:
    return f"{first:%Y%m%d}" <= text <= f"{last:%Y%m%d}"


def _shown(row: Mapping[str, str], dimensions: list[str], metrics: list[str]) -> Mapping[str, object]:
    return {
        "dimensionValues": [{"value": row[name]} for name in dimensions],
        "metricValues": [{"value": row[name]} for name in metrics],
    }


def _signed(header: str) -> bool:
    """Whether a token is signed with our key, good now, and for reading: the self-signed kind."""
    from google.auth import exceptions, jwt

    try:
        claims = jwt.decode(header.removeprefix("Bearer ").encode(), certs=_key_pair()[1])
    except (ValueError, exceptions.GoogleAuthError):
        return False
    return claims.get("iss") == EMAIL and SCOPE in str(claims.get("scope", ""))


@cache
def _key_pair() -> tuple[str, bytes]:
    """Private and public, PEM: made once a process."""
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return private.decode(), public


def _error(status: int, name: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    return Answer({"error": {"code": status, "message": message, "status": name}}, status, headers or {})


PLATFORM = Platform("google_analytics", GoogleAnalyticsServer)
