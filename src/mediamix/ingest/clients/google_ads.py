"""The official client of Google Ads: signed in, its errors as `mediamix.ingest.source` names them.

To a server on this machine the same service classes and interceptors talk over a channel without TLS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from typing import Any, TypeVar

from mediamix.core.errors import SpecError
from mediamix.ingest.asking import is_local, is_safe
from mediamix.ingest.source import Asked, Dropped, SourceError, Throttled, TooMuch, Unavailable

T = TypeVar("T")

TITLE = "Google Ads"
TOKEN_ADDRESS = "https://oauth2.googleapis.com/token"  # noqa: S105  # an address
# What may be better in a moment. After the first batch of a stream it means that the stream broke off.
_PASSING = ("UNAVAILABLE", "DEADLINE_EXCEEDED", "INTERNAL", "UNKNOWN", "ABORTED", "CANCELLED")


class Client:
    """The official client, signed in: queries in, batches out."""

    def __init__(self, asked: Asked) -> None:
        from google.ads.googleads import client as official
        from google.oauth2.credentials import Credentials

        token_address = asked.options.get("token_address") or TOKEN_ADDRESS
        if not is_safe(token_address):
            raise SpecError(
                "option 'token_address' of google_ads would send secrets in plain text",
                expected="https, or this machine",
                got=token_address,
                next_step="leave it out: Google's own is taken",
            )
        if asked.endpoint is not None and not is_local(asked.endpoint):
            raise SpecError(
                "google_ads talks to another address in plain text",
                expected="a server on this machine, such as 127.0.0.1:50051",
                got=asked.endpoint,
                next_step="leave 'endpoint' out: Google's own is taken",
            )
        self._asked = asked
        self._version: str = official._DEFAULT_VERSION
        self._credentials = Credentials(
            None,
            refresh_token=asked.secrets["GOOGLE_ADS_REFRESH_TOKEN"],
            client_id=asked.secrets["GOOGLE_ADS_CLIENT_ID"],
            client_secret=asked.secrets["GOOGLE_ADS_CLIENT_SECRET"],
            token_uri=token_address,
        )
        self._services: dict[tuple[str, str | None], Any] = {}
        self._sign_in()

    def roots(self) -> list[str]:
        """Accounts that the user has access to without a manager between."""
        service = self._service("CustomerService", None)
        names = self._once_more(lambda: service.list_accessible_customers(timeout=self._asked.timeout_s))
        return [name.rsplit("/", 1)[-1] for name in names.resource_names]

    def search(self, customer: str, login: str, query: str) -> Iterator[Any]:
        """Batches of a query's rows."""
        service = self._service("GoogleAdsService", login)

        def begin() -> tuple[Any, Iterator[Any]]:
            stream = iter(
                service.search_stream(
                    customer_id=customer, query=query, retry=None, timeout=self._asked.timeout_s
                )
            )
            return next(stream, None), stream

        first, stream = self._once_more(begin)
        if first is None:
            return
        yield first
        while True:
            try:
                batch = next(stream, None)
            except Exception as error:
                raise self._meant(error, begun=True) from error
            if batch is None:
                return
            yield batch

    def channel_name(self, value: int) -> str:
        """``SEARCH`` and the like; of one that this client doesn't know, its number."""
        module = import_module(f"google.ads.googleads.{self._version}.enums.types.advertising_channel_type")
        try:
            return str(module.AdvertisingChannelTypeEnum.AdvertisingChannelType(value).name)
        except ValueError:
            return str(value)

    def _once_more(self, call: Callable[[], T]) -> T:
        """The call; with a new access token if the old one ran out before its time."""
        self._sign_in()
        for fresh in (False, True):
            try:
                return call()
            except Exception as error:
                if _code(error) != "UNAUTHENTICATED" or fresh:
                    raise self._meant(error, begun=False) from error
                self._sign_in(again=True)
        raise AssertionError("unreachable")

    def _sign_in(self, *, again: bool = False) -> None:
        from google.auth.exceptions import RefreshError, TransportError
        from google.auth.transport.requests import Request

        if self._credentials.valid and not again:
            return
        try:
            self._credentials.refresh(Request())
        except RefreshError as error:
            raise _refused(f"the refresh token isn't accepted ({_reason(error)})") from error
        except TransportError as error:
            raise Unavailable("no answer from where access tokens are given") from error

    def _service(self, name: str, login: str | None) -> Any:
        if (name, login) not in self._services:
            self._services[name, login] = self._made(name, login)
        return self._services[name, login]

    def _made(self, name: str, login: str | None) -> Any:
        from google.ads.googleads.client import GoogleAdsClient

        token = self._asked.secrets.get("GOOGLE_ADS_DEVELOPER_TOKEN")
        if self._asked.endpoint is None:
            client = GoogleAdsClient(self._credentials, token, login_customer_id=login, version=self._version)
            return client.get_service(name)
        return _plain_service(name, self._version, self._asked.endpoint, self._credentials, token, login)

    def _meant(self, error: Exception, *, begun: bool) -> Exception:
        """The error as a state of the platform or a refusal."""
        code, problems = _code(error), _problems(error, self._version)
        kinds = [kind for kind, _, _ in problems]
        said = "; ".join(message for _, message, _ in problems) or code or type(error).__name__
        if "quota_error" in kinds or code == "RESOURCE_EXHAUSTED":
            if "larger than max" in str(error):
                return TooMuch("the answer is larger than a message may be")
            return Throttled("too many calls", next((wait for _, _, wait in problems if wait), None))
        if code == "UNAUTHENTICATED" or "authentication_error" in kinds:
            return _refused(said)
        if code == "PERMISSION_DENIED" or "authorization_error" in kinds:
            return SourceError(
                f"{TITLE} doesn't let these credentials see the account",
                got=said,
                next_step="give the user access to it; if it is reached through a manager account, name that "
                "in the option 'manager'",
            )
        if code in _PASSING or code is None:
            return Dropped("the answer broke off") if begun else Unavailable(f"no answer ({code or said})")
        return SourceError(
            f"{TITLE} doesn't take the question",
            got=said,
            next_step="a newer google-ads may know the fields of today: pip install -U google-ads; the "
            "platform's notes on its version say what became of a field",
        )


def _refused(reason: str) -> SourceError:
    return SourceError(
        f"{TITLE} doesn't accept the credentials",
        expected="a refresh token that hasn't expired or been revoked",
        got=reason,
        next_step="sign in again and set GOOGLE_ADS_REFRESH_TOKEN to the new token; refresh tokens of an app "
        "in testing end after 7 days",
    )


def _reason(error: Exception) -> str:
    """The short code in an answer to a refresh, which never repeats the token."""
    text = str(error.args[0]) if error.args else ""
    return text.split(":", 1)[0][:60]


def _code(error: BaseException) -> str | None:
    """Name of the gRPC status, whoever wrapped it."""
    for one in (error, getattr(error, "error", None), *getattr(error, "errors", ())):
        code = getattr(one, "code", None)
        found = code() if callable(code) else None
        if found is not None and hasattr(found, "name"):
            return str(found.name)
    status = getattr(error, "grpc_status_code", None)
    return str(status.name) if status is not None else None


def _problems(error: Exception, version: str) -> list[tuple[str, str, float | None]]:
    """What Google Ads says went wrong: kind, message, seconds to wait."""
    failure = getattr(error, "failure", None)
    if failure is None:
        # The client leaves the failures of two codes unread.
        types = import_module(f"google.ads.googleads.{version}.errors.types.errors")
        for one in (error, *getattr(error, "errors", ())):
            trailing: Callable[[], Iterable[Any]] = getattr(one, "trailing_metadata", lambda: ())
            for key, value in trailing() or ():
                if key.endswith("googleadsfailure-bin"):
                    failure = types.GoogleAdsFailure.deserialize(value)
    if failure is None:
        return []
    message = type(failure).pb(failure) if hasattr(type(failure), "pb") else failure
    found = []
    for one in message.errors:
        delay = one.details.quota_error_details.retry_delay
        seconds = delay.seconds + delay.nanos / 1e9
        found.append((one.error_code.WhichOneof("error_code") or "", one.message, seconds or None))
    return found


def _plain_service(
    name: str, version: str, endpoint: str, credentials: Any, token: str | None, login: str | None
) -> Any:
    """A service of the official client, with its interceptors, on a channel to this machine without TLS."""
    import grpc
    from google.ads.googleads.interceptors import ExceptionInterceptor, MetadataInterceptor
    from google.ads.googleads.util import convert_upper_case_to_snake_case

    class Bearer(grpc.UnaryUnaryClientInterceptor, grpc.UnaryStreamClientInterceptor):  # type: ignore[misc]
        """The access token, which a channel with TLS adds by itself."""

        def _with_token(self, proceed: Any, details: Any, request: Any) -> Any:
            sent = [*(details.metadata or ()), ("authorization", f"Bearer {credentials.token}")]
            return proceed(details._replace(metadata=sent), request)

        intercept_unary_unary = intercept_unary_stream = _with_token

    module = import_module(
        f"google.ads.googleads.{version}.services.services.{convert_upper_case_to_snake_case(name)}"
    )
    service = getattr(module, f"{name}Client")
    channel = grpc.intercept_channel(
        grpc.insecure_channel(endpoint, options=[("grpc.enable_http_proxy", 0)]),
        Bearer(),
        MetadataInterceptor(token, login),
        ExceptionInterceptor(version, use_proto_plus=False),
    )
    return service(transport=service.get_transport_class()(channel=channel))
