"""Secrets stay out of text, and a proxy's page isn't taken for a platform's answer."""

from __future__ import annotations

import json
import logging
from decimal import Decimal
from urllib.parse import quote, urlencode

import pytest
from connectors import Saying, holds

from mediamix.ingest.source import Dropped, SourceError, Throttled, Unavailable
from mediamix.ingest.wire import Veil, amount_of, heard, object_of, quiet_logs, retry_after, unread
from mediamix.testing.platforms.base import Answer

SECRET = "EAAB/x|y+z%20é"


@pytest.mark.parametrize(
    "text",
    [
        f"Malformed access token {SECRET}",
        f"/v26.0/me?access_token={quote(SECRET)}&limit=1",
        json.dumps({"next": f"https://graph.facebook.com/me?{urlencode({'access_token': SECRET})}&a=1"}),
        json.dumps({"next": f"https://x/?a=1&access_token={quote(SECRET)}"}).replace("/", "\\/"),
        json.dumps({"next": f"https://x/?a=1&access_token={quote(SECRET)}"}).replace("%", "\\u0025"),
        json.dumps({"token": SECRET}),
    ],
)
def test_a_secret_is_taken_out_in_every_spelling(text: str) -> None:
    veiled = Veil([SECRET])(text)
    assert not holds(veiled, [SECRET, "EAAB"])
    assert veiled.startswith(text[:7])


def test_whats_left_is_as_it_was() -> None:
    body = json.dumps({"data": [{"spend": "12.30", "name": "Victoria's Secret: sale=5"}], "next": "?after=B"})
    assert Veil([SECRET, "12", ""])(body) == body
    address = "https://x/?access_token=other&after=B\\u0026secret=s\\u0026z=1"
    assert Veil([])(address) == "https://x/?access_token=…&after=B\\u0026secret=…\\u0026z=1"


def test_logs_of_addresses_hold_no_secret_and_other_lines_stay(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    quiet_logs()
    quiet_logs()
    log = logging.getLogger("urllib3.connectionpool")
    log.debug('%s "GET %s" %s', "graph", f"/me?access_token={quote(SECRET)}&limit=1", 200)
    log.debug("Starting new connection (%d)", 1)
    assert [record.getMessage() for record in caplog.records] == [
        'graph "GET /me?access_token=…&limit=1" 200',
        "Starting new connection (1)",
    ]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Dropped),
        (403, SourceError),
        (408, Unavailable),
        (429, Throttled),
        (502, Unavailable),
    ],
)
def test_a_page_that_isnt_the_platforms_is_told_by_its_status(status: int, kind: type[Exception]) -> None:
    assert type(unread("Shop", status, {})) is kind


@pytest.mark.parametrize(
    ("header", "seconds"), [("30", 30.0), ("Wed, 21 Oct 2026 07:28:00 GMT", None), ("", None)]
)
def test_retry_after_is_seconds(header: str, seconds: float | None) -> None:
    assert retry_after({"RETRY-AFTER": header}) == seconds
    assert retry_after({}) is None


def test_numbers_of_an_answer_are_exact() -> None:
    assert object_of('{"spend": 0.10, "big": 123456789.123456789}') == {
        "spend": Decimal("0.10"),
        "big": Decimal("123456789.123456789"),
    }
    assert object_of("[1]") is None
    assert object_of("<html>") is None
    assert amount_of("Shop", "1", "12.34") == Decimal("12.34")
    for wrong in (None, "12,34", "nan", "Infinity"):
        with pytest.raises(SourceError, match="isn't a number"):
            amount_of("Shop", "1", wrong)


def test_a_packed_answer_that_broke_is_dropped() -> None:
    import requests

    with Saying(Answer(b"no gzip", 200, {"Content-Encoding": "gzip"})) as server, pytest.raises(Dropped):
        heard("Shop", lambda: requests.get(server.endpoint, timeout=5))
    with pytest.raises(SourceError, match=r"InvalidURL|MissingSchema"):
        heard("Shop", lambda: requests.get("//nowhere", timeout=5))
