"""What goes wrong between a client and its platform, in the words that `mediamix.ingest.pull` knows.

A client's own errors may hold addresses with tokens in them: what is said here is ours, and the cause is
left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from mediamix.ingest.source import Asked, Dropped, Unavailable

if TYPE_CHECKING:
    import requests


@contextmanager
def on_the_wire(platform: str) -> Iterator[None]:
    """Inside, an answer that breaks off is `Dropped`; one that doesn't come, or is no JSON, is `Unavailable`.

    For clients on requests and on urllib3.
    """
    from requests import exceptions as of_requests
    from urllib3 import exceptions as of_urllib3

    try:
        yield
    except (of_requests.ChunkedEncodingError, of_requests.ContentDecodingError):
        raise Dropped(f"{platform} broke off in the middle of its answer") from None
    except of_requests.Timeout:
        raise Unavailable(f"{platform} didn't answer in time") from None
    except of_requests.JSONDecodeError:
        raise Unavailable(f"{platform} answered with something that isn't JSON") from None
    except of_requests.RequestException as error:
        raise Unavailable(f"{platform} can't be reached ({type(error).__name__})") from None
    except of_urllib3.HTTPError as error:
        raise _without_requests(platform, error) from None


def _without_requests(platform: str, error: BaseException) -> Exception:
    """The same of urllib3 alone. It says "Connection broken" of a body, "Connection aborted" before one."""
    from urllib3 import exceptions as known

    cause = getattr(error, "reason", None) or error
    if isinstance(cause, known.ProtocolError | known.DecodeError) and "aborted" not in str(cause):
        return Dropped(f"{platform} broke off in the middle of its answer")
    slow = isinstance(cause, known.TimeoutError) and not isinstance(cause, known.NewConnectionError)
    what = "didn't answer in time" if slow else f"can't be reached ({type(cause).__name__})"
    return Unavailable(f"{platform} {what}")


def session_of(asked: Asked) -> requests.Session:
    """A session with the timeout of `asked` in every call; with an endpoint, https calls go there instead.

    For clients that build addresses of their platform and leave no seam for another.
    """
    import requests
    from requests.adapters import HTTPAdapter

    class Adapter(HTTPAdapter):  # type: ignore[misc]  # requests has no types
        def send(self, request: requests.PreparedRequest, *args: Any, **options: Any) -> requests.Response:
            if asked.endpoint is not None:
                request.url = asked.endpoint.rstrip("/") + request.path_url
            options["timeout"] = options.get("timeout") or asked.timeout_s
            return super().send(request, *args, **options)

    session = requests.Session()
    session.trust_env = asked.endpoint is None  # no proxy on the way to this machine
    session.mount("https://", Adapter())
    return session
