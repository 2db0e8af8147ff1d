"""`schedule`, `promotion` and `alerts`: what can be said, and that no secret is."""

from __future__ import annotations

import pytest

from mediamix.core.errors import SpecError
from mediamix.core.spec import Spec, parse_spec

MAIL = {"host": "smtp.example.com", "sender": "mediamix@example.com"}
ANN = {"ann": {"email": ["ann@example.com"]}}


def test_a_schedule_is_sundays_at_midnight_unless_it_says_otherwise() -> None:
    assert parse_spec({}).schedule is None
    given = parse_spec({"schedule": {}}).schedule
    assert given is not None
    assert (given.cron, given.time_zone) == ("0 0 * * 0", "UTC")


@pytest.mark.parametrize("cron", ["*/15 * * * *", "0 5 1,15 * *", "30 5 * jan-mar MON-FRI", "0 0-6/2 * * 7"])
def test_cron_expressions(cron: str) -> None:
    from croniter import croniter

    given = parse_spec({"schedule": {"cron": cron}}).schedule
    assert given is not None
    assert croniter.is_valid(given.cron)


@pytest.mark.parametrize(
    ("section", "words"),
    [
        ({"schedule": {"cron": "0 0 * *"}}, "needs five fields .*got 4"),
        ({"schedule": {"cron": "@weekly"}}, "needs five fields"),
        ({"schedule": {"cron": "60 24 0 13 8"}}, "minute '60' .*hour '24' .*day of the week '8'"),
        ({"schedule": {"cron": "5-1 */0 * * *"}}, "minute '5-1' .*hour '\\*/0'"),
        ({"schedule": {"cron": "0 0 * * fry"}}, "day of the week 'fry'"),
        ({"schedule": {"time_zone": "Berlin"}}, "there is no time zone 'Berlin'"),
        ({"schedule": {"time_zone": "../etc/passwd"}}, "there is no time zone"),
        ({"schedule": {"crom": ""}}, "did you mean 'cron'"),
        ({"promotion": {"rules": {"returns": True}}}, r"promotion\.rules\.returns"),
        ({"promotion": {"rules": {"returns": {"sds": float("nan")}}}}, r"promotion\.rules\.returns\.sds"),
        ({"alerts": {"to": ANN}}, "'mail' no server"),
        ({"alerts": {"to": {"ann": {}}}}, "name an address in 'email'"),
        ({"alerts": {"mail": {**MAIL, "security": "none"}}}, "a server on this machine"),
        ({"alerts": {"mail": {**MAIL, "user": "SMTP_USER"}}}, "go together"),
        ({"alerts": {"mail": {**MAIL, "host": "smtp.example.com/x"}}}, "no name of a server"),
        ({"alerts": {"mail": {**MAIL, "sender": "a@b\r\nBcc: eve@example.com"}}}, "no e-mail address"),
        ({"alerts": {"mail": MAIL, "to": {"a": {"email": ["a@b, eve@example.com"]}}}}, "no e-mail address"),
        ({"alerts": {"link": "ftp://x"}}, "no address"),
        ({"alerts": {"link": "https://ann:hunter2@mmm.example.com"}}, "without a password"),
        ({"alerts": {"link": "https://mmm.example.com/<b>"}}, "no address"),
        ({"alerts": {"link": "https://[x"}}, "no address"),
    ],
)
def test_what_cant_be(section: dict, words: str) -> None:
    with pytest.raises(SpecError, match=f"(?s){words}") as told:
        parse_spec(section)
    assert "hunter2" not in str(told.value)


@pytest.mark.parametrize(
    "section",
    [
        {"to": {"a": {"webhook": "https://hooks.example.com/services/hunter2"}}},
        {"mail": {**MAIL, "user": "me@hunter2", "password": "hunter2"}},
    ],
)
def test_a_secret_in_the_spec_is_refused_and_not_shown(section: dict) -> None:
    with pytest.raises(SpecError, match="the name of an environment variable") as told:
        parse_spec({"alerts": section})
    assert "hunter2" not in str(told.value)


def test_no_run_depends_on_them() -> None:
    said = {
        "schedule": {"cron": "0 5 * * 1"},
        "promotion": {"automatic": False, "rules": {"returns": {"sds": 2}}},
        "alerts": {"mail": MAIL, "to": ANN, "link": "https://mmm.example.com/"},
    }
    spec = parse_spec(said)
    assert spec.hash == Spec().hash
    assert spec.to_yaml() == Spec().to_yaml()
    assert spec.alerts.link == "https://mmm.example.com"
