"""Google Ads on this machine: `SearchStream` and `ListAccessibleCustomers` over gRPC, and a token server.

Behaves as published: an access token that ends, accounts that are reached through a manager only
(``login-customer-id``), rows of the fields that are asked for, in batches, an unknown field refused by name,
RESOURCE_EXHAUSTED with the seconds to wait, UNAVAILABLE, a stream that breaks off.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from decimal import Decimal
from importlib import import_module
from typing import Any, NoReturn, Self

from mediamix.testing.platforms.base import (
    Answer,
    Delivery,
    Fault,
    FaultKind,
    HttpServer,
    Platform,
    Request,
    World,
    WorldAccount,
)
from mediamix.testing.platforms.google_ads_geo import constants, location_rows

MANAGER = "9000000009"
_SECRETS = {
    "GOOGLE_ADS_CLIENT_ID": "client-of-a-test",
    "GOOGLE_ADS_CLIENT_SECRET": "secret-of-a-test",
    "GOOGLE_ADS_REFRESH_TOKEN": "refresh-of-a-test",
    "GOOGLE_ADS_DEVELOPER_TOKEN": "developer-of-a-test",
}
_QUERY = re.compile(
    r"SELECT (?P<fields>.+?) FROM (?P<table>\w+)"
    r"(?: WHERE segments\.date BETWEEN '(?P<first>[\d-]+)' AND '(?P<last>[\d-]+)'"
    r"| WHERE customer_client\..+"
    r"| WHERE geo_target_constant\.id IN \((?P<ids>[\d, ]+)\))?"
)
_CHANNELS = ("SEARCH", "DISPLAY", "PERFORMANCE_MAX")


class _Tokens(HttpServer):
    """Where access tokens are given for the refresh token."""

    def __init__(self, world: World, owner: GoogleAdsServer) -> None:
        super().__init__(world)
        self._owner = owner
        self.given = 0

    @property
    def current(self) -> str:
        return f"access-of-a-test-{self.given}"

    def counts(self, request: Request) -> bool:
        return False

    def failure(self, fault: Fault, request: Request) -> Answer:
        raise RuntimeError("no fault hits a call that isn't for rows")

    def answer(self, request: Request) -> Answer:
        form = request.form
        known = form.get("refresh_token") == _SECRETS["GOOGLE_ADS_REFRESH_TOKEN"]
        ended = self._owner.faults.always
        if not known or (ended is not None and ended.kind == "expire"):
            text = "Token has been expired or revoked."
            return Answer({"error": "invalid_grant", "error_description": text}, 400)
        self.given += 1
        return Answer({"access_token": self.current, "expires_in": 3600, "token_type": "Bearer"})


class GoogleAdsServer:
    """The platform, for the length of a block.

    Args:
        world: What it reports.
        batch: Rows of one message of a stream.
        geo: Level of places by which the source is to ask.
    """

    def __init__(self, world: World, *, batch: int = 40, geo: str | None = None) -> None:
        import grpc
        from google.ads.googleads import client

        self.world = world
        self.batch = batch
        self.geo = geo
        self.unknown_fields: set[str] = set()
        self.queries: list[str] = []
        self._tokens = _Tokens(world, self)
        self.faults = self._tokens.faults
        self._closing = threading.Event()
        self._version: str = client._DEFAULT_VERSION
        self._grpc = grpc
        self._server = grpc.server(ThreadPoolExecutor(8))
        self._server.add_generic_rpc_handlers(self._handlers())
        self._port = self._server.add_insecure_port("127.0.0.1:0")

    @property
    def endpoint(self) -> str:
        return f"127.0.0.1:{self._port}"

    @property
    def secrets(self) -> Mapping[str, str]:
        return dict(_SECRETS)

    @property
    def options(self) -> Mapping[str, str]:
        asked = {} if self.geo is None else {"geo": self.geo}
        return {"manager": MANAGER, "token_address": f"{self._tokens.endpoint}/token", **asked}

    def truth(self, account_id: str, first: date, last: date) -> Decimal:
        return self.world.spend(account_id, first, last)

    def __enter__(self) -> Self:
        self._tokens.__enter__()
        self._server.start()
        return self

    def __exit__(self, *gone: object) -> None:
        self._closing.set()
        self._server.stop(None).wait()
        self._tokens.__exit__()

    def _handlers(self) -> tuple[Any, ...]:
        ads = self._types("services", "google_ads_service")
        customers = self._types("services", "customer_service")
        root = f"google.ads.googleads.{self._version}.services"
        handler = self._grpc.method_handlers_generic_handler
        search = self._grpc.unary_stream_rpc_method_handler(
            self._search,
            request_deserializer=ads.SearchGoogleAdsStreamRequest.deserialize,
            response_serializer=ads.SearchGoogleAdsStreamResponse.serialize,
        )
        roots = self._grpc.unary_unary_rpc_method_handler(
            self._roots,
            request_deserializer=customers.ListAccessibleCustomersRequest.deserialize,
            response_serializer=customers.ListAccessibleCustomersResponse.serialize,
        )
        return (
            handler(f"{root}.GoogleAdsService", {"SearchStream": search}),
            handler(f"{root}.CustomerService", {"ListAccessibleCustomers": roots}),
        )

    def _types(self, room: str, name: str) -> Any:
        return import_module(f"google.ads.googleads.{self._version}.{room}.types.{name}")

    def _roots(self, request: Any, context: Any) -> Any:
        self._check_token(context)
        types = self._types("services", "customer_service")
        return types.ListAccessibleCustomersResponse(resource_names=[f"customers/{MANAGER}"])

    def _search(self, request: Any, context: Any) -> Iterator[Any]:
        self.queries.append(request.query)
        counts = any(f"FROM {table}" in request.query for table in ("campaign", "user_location_view"))
        fate = self._fate(context, self.faults.take() if counts else None)
        self._check_token(context)
        match = _QUERY.fullmatch(request.query)
        if match is None:
            self._refuse(context, "INVALID_ARGUMENT", "query_error", "UNEXPECTED_INPUT", "can't be read")
        fields = match["fields"].split(", ")
        for unknown in sorted(self.unknown_fields & set(fields)):
            text = f"Unrecognized field in the query: '{unknown}'."
            self._refuse(context, "INVALID_ARGUMENT", "query_error", "UNRECOGNIZED_FIELD", text)
        rows = list(self._rows(match, fields, request.customer_id, context))
        batches = [rows[at : at + self.batch] for at in range(0, len(rows), self.batch)]
        types = self._types("services", "google_ads_service")
        for number, batch in enumerate(batches):
            if fate == "drop" and (number == 1 or len(batches) == 1):
                if number == 0:
                    yield types.SearchGoogleAdsStreamResponse(results=batch[: len(batch) // 2])
                context.abort(self._grpc.StatusCode.UNAVAILABLE, "Socket closed")
            yield types.SearchGoogleAdsStreamResponse(results=batch)

    def _rows(
        self, match: re.Match[str], fields: list[str], customer: str, context: Any
    ) -> Iterator[dict[str, Any]]:
        if match["table"] == "customer_client":
            self._check_login(context, customer, {MANAGER})
            yield from (_selected(_client_row(one), fields) for one in self.world.accounts)
            return
        self._check_login(context, customer, {account.id for account in self.world.accounts})
        if match["table"] == "geo_target_constant":
            yield from (_selected(row, fields) for row in constants(match["ids"]))
            return
        first, last = date.fromisoformat(match["first"]), date.fromisoformat(match["last"])
        if match["table"] == "customer":
            yield {"metrics": {"cost_micros": _micros(self.world.spend(customer, first, last))}}
            return
        for one in self.world.rows(customer, first, last):
            if match["table"] == "campaign":
                yield _selected(_campaign_row(one), fields)
                continue
            silent = channel_type(one.campaign_id) == "PERFORMANCE_MAX"
            yield from (_selected(row, fields) for row in location_rows(one, silent=silent))

    def _fate(self, context: Any, fault: Fault | None) -> FaultKind | None:
        if fault is None:
            return None
        if fault.kind == "throttle":
            self._refuse(
                context,
                "RESOURCE_EXHAUSTED",
                "quota_error",
                "RESOURCE_TEMPORARILY_EXHAUSTED",
                "Too many requests in a short amount of time.",
                seconds=fault.seconds,
            )
        if fault.kind == "error":
            context.abort(self._grpc.StatusCode.UNAVAILABLE, "The service is currently unavailable.")
        if fault.kind == "timeout":
            self._closing.wait(60)
            context.abort(self._grpc.StatusCode.CANCELLED, "closed")
        if fault.kind == "expire":
            self._unknown_token(context, "OAUTH_TOKEN_EXPIRED")
        return fault.kind

    def _check_token(self, context: Any) -> None:
        sent = dict(context.invocation_metadata()).get("authorization")
        if sent != f"Bearer {self._tokens.current}":
            self._unknown_token(context, "OAUTH_TOKEN_INVALID")

    def _unknown_token(self, context: Any, value: str) -> NoReturn:
        text = "Request had invalid authentication credentials."
        self._refuse(context, "UNAUTHENTICATED", "authentication_error", value, text)

    def _check_login(self, context: Any, customer: str, known: set[str]) -> None:
        sent = dict(context.invocation_metadata()).get("login-customer-id")
        if customer not in known or sent != MANAGER:
            text = "User doesn't have permission to access customer."
            self._refuse(context, "PERMISSION_DENIED", "authorization_error", "USER_PERMISSION_DENIED", text)

    def _refuse(
        self, context: Any, code: str, kind: str, value: str, message: str, *, seconds: float | None = None
    ) -> NoReturn:
        types = self._types("errors", "errors")
        error: dict[str, Any] = {"error_code": {kind: value}, "message": message}
        if seconds is not None:
            whole = int(seconds)
            delay = {"seconds": whole, "nanos": int((seconds - whole) * 1e9)}
            error["details"] = {"quota_error_details": {"rate_name": "Requests", "retry_delay": delay}}
        failure = types.GoogleAdsFailure(errors=[error])
        key = f"google.ads.googleads.{self._version}.errors.googleadsfailure-bin"
        context.set_trailing_metadata([(key, types.GoogleAdsFailure.serialize(failure)), ("request-id", "1")])
        context.abort(self._grpc.StatusCode[code], message)
        raise AssertionError("unreachable")


def _micros(amount: Decimal) -> int:
    return int(amount * 1_000_000)


def _client_row(one: WorldAccount) -> dict[str, Any]:
    return {
        "customer_client": {
            "id": int(one.id),
            "descriptive_name": one.name,
            "currency_code": one.currency,
            "time_zone": one.time_zone,
        }
    }


def channel_type(campaign_id: str) -> str:
    """What a campaign is."""
    return _CHANNELS[int(campaign_id) % len(_CHANNELS)]


def _campaign_row(one: Delivery) -> dict[str, Any]:
    conversions, value = float(one.conversions), float(one.conversions_value)
    return {
        "segments": {"date": one.date.isoformat()},
        "campaign": {
            "id": int(one.campaign_id),
            "name": one.campaign_name,
            "advertising_channel_type": channel_type(one.campaign_id),
        },
        "metrics": {
            "impressions": one.impressions,
            "clicks": one.clicks,
            "cost_micros": _micros(one.spend),
            "conversions": conversions,
            "conversions_value": value,
            "conversions_by_conversion_date": conversions,
            "conversions_value_by_conversion_date": value,
        },
    }


def _selected(row: Mapping[str, Mapping[str, Any]], fields: list[str]) -> dict[str, Any]:
    """The fields that were asked for, as the platform answers."""
    found: dict[str, Any] = {}
    for path in fields:
        part, name = path.split(".")
        found.setdefault(part, {})[name] = row[part][name]
    return found


PLATFORM = Platform("google_ads", GoogleAdsServer, channel_type)
