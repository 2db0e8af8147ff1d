"""Who is told of what: once, by safe ways, and again after a failure."""

from __future__ import annotations

import ssl
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from mediamix.core.spec import Spec, parse_spec
from mediamix.project.folder import Project
from mediamix.project.record import State
from mediamix.training.alerts.book import Book
from mediamix.training.alerts.channel import Sending, Unsent, targets
from mediamix.training.alerts.channels import email
from mediamix.training.alerts.channels import webhook as hooks
from mediamix.training.alerts.condition import Alarm, Seen, all_conditions
from mediamix.training.alerts.message import message_of
from mediamix.training.alerts.telling import tell
from mediamix.training.context import Context
from mediamix.training.record import Step, Training
from mediamix.training.settings import settings_of
from mediamix.training.train import made
from training.catching import mail_server, webhook
from training.world import tools

NOW = datetime(2026, 11, 29, tzinfo=UTC)
TRAINING = Training("20261129T000000Z", "cron", State.RUNNING, "2026-11-29T00:00:00Z")
MAIL = {"host": "127.0.0.1", "port": 1, "security": "none", "sender": "mediamix@example.com"}


def seen(told: dict[str, dict[str, object]], failed: dict[str, str] | None = None, **spec: object) -> Seen:
    """A training whose steps have found this."""
    steps = [Step(name, "done", told=of) for name, of in told.items()]
    steps += [Step(name, "failed", message=words) for name, words in (failed or {}).items()]
    return Seen(replace(TRAINING, steps=tuple(steps)), parse_spec(spec), NOW.date())


def alarms(condition: str, what: Seen, **bounds: float) -> dict[str, str] | None:
    found = all_conditions()[condition]
    told = found.find(what, {one.name: bounds.get(one.name, one.default) for one in found.bounds})
    return None if told is None else {one.subject: one.what for one in told}


def test_a_failure_is_of_each_source_and_of_the_step() -> None:
    sources = {
        "meta": {"state": "failed", "message": "the token has ended", "next": "make a new one"},
        "tiktok": {"state": "done", "message": "", "next": ""},
    }
    found = alarms("failure", seen({"ingest": {"sources": sources}}, {"build": "2 tests failed\n  - a row"}))
    assert found == {
        "meta": "nothing (more) came from meta: the token has ended",
        "build": "the training failed at the step build: 2 tests failed",
    }
    assert alarms("failure", seen({})) == {}


def test_what_is_stale() -> None:
    window = {"start": "2024-01-01", "end": "2026-11-22", "every": "week"}
    built = {
        "accounts": [
            {"source": "meta", "account_id": "1", "last": "2026-11-25"},
            {"source": "tiktok", "account_id": "2", "last": "2026-11-28"},
        ],
        "deliveries": [{"source": "files/sales", "table": "outcome_day", "last": "2026-11-01"}],
    }
    found = alarms("stale", seen({"build": built, "check": {"window": window}}))
    assert found is not None
    assert list(found) == ["meta 1", "files/sales (outcome_day)"]
    assert "2026-11-25, 4 days ago" in found["meta 1"]
    assert list(alarms("stale", seen({"check": {"window": window}}), days=-1) or ()) == ["the data"]
    daily = {**window, "every": "day"}
    assert list(alarms("stale", seen({"check": {"window": daily}})) or ()) == ["the data"]
    assert alarms("stale", seen({})) is None


def test_what_is_missing() -> None:
    findings = [
        {"check": "gaps", "severity": "error", "where": "outcome", "message": "a hole", "advice": "fill it"},
        {"check": "ragged", "severity": "info", "where": "tv", "message": "ends early", "advice": ""},
        {"check": "outliers", "severity": "warning", "where": "tv", "message": "large", "advice": ""},
    ]
    built = {
        "quarantine": [{"source": "meta", "field": "spend", "reason": "isn't a number", "rows": 3}],
        "accounts": [
            {"source": "meta", "account_id": "1", "currency": "EUR", "difference": "-12.50"},
            {"source": "meta", "account_id": "2", "currency": "EUR", "difference": "0.000000"},
            {"source": "meta", "account_id": "3", "currency": "EUR", "difference": None},
        ],
    }
    found = alarms("missing", seen({"build": built, "check": {"findings": findings}}))
    assert found is not None
    assert list(found) == ["gaps outcome", "meta spend isn't a number", "meta 1 total"]
    assert "3 rows set aside" in found["meta spend isn't a number"]
    assert "EUR -12.50" in found["meta 1 total"]
    assert list(alarms("missing", seen({"build": built}), money=20) or ()) == ["meta spend isn't a number"]
    assert alarms("missing", seen({})) is None


def test_what_looks_otherwise() -> None:
    finding = {
        "check": "schema",
        "severity": "warning",
        "where": "Meta",
        "message": "'clicks' isn't filled",
        "advice": "",
    }
    told = {
        "build": {"schema": {"campaign_day": ["video_views"]}},
        "ingest": {"sources": {"meta": {"findings": [finding, {**finding, "severity": "info"}]}}},
    }
    found = alarms("schema", seen(told))
    assert found is not None
    assert list(found) == ["campaign_day video_views", "meta 'clicks' isn't filled"]
    assert alarms("schema", seen({})) is None


def test_what_was_restated() -> None:
    def entry(metric: str, before: str, after: str) -> dict[str, str]:
        return {
            "source": "meta",
            "month": "2026-10-01",
            "currency": "EUR",
            "metric": metric,
            "before": before,
            "after": after,
        }

    restated = [
        entry("spend", "1000.00", "979.00"),
        entry("conversions", "10", "90"),  # counts move every day
        entry("revenue", "0", "0.50"),  # under a euro
    ]
    told = {"ingest": {"sources": {"meta": {"restated": restated}}}}
    found = alarms("restated", seen(told, sources={"meta": {}}))
    assert found == {"meta 2026-10 EUR spend": "meta: October moved by −2.1 % (−EUR 21.00)"}
    assert alarms("restated", seen(told, sources={"meta": {}}), share=0.03) == {}
    tables = {"compare": {"restated": [{"what": "revenue", "share": 0.05, "words": "revenue is another"}]}}
    assert alarms("restated", seen(tables)) == {"revenue": "revenue is another"}
    assert alarms("restated", seen(tables), share=0.06) == {}
    assert alarms("restated", seen({})) is None


def rule(name: str, concern: str, *, holds: bool | None, **found: str) -> dict[str, object]:
    return {"rule": name, "concern": concern, "holds": holds, "found": found, "advice": "look", "words": "w"}


def decided(
    decision: str, *rules: dict[str, object], reasons: tuple[str, ...] = ()
) -> dict[str, dict[str, object]]:
    said = [{"rule": one, "words": f"{one}: no"} for one in reasons]
    return {"promote": {"decision": decision, "rules": rules, "reasons": said, "instead_of": "old"}}


def test_what_rules_found_is_told_by_what_it_is_about() -> None:
    rules = (
        rule("returns", "drift", holds=False, tv="1 → 2", radio="3 → 1"),
        rule("plan_flips", "plan", holds=False, tv="up, now down"),
        rule("converged", "fit", holds=False),
    )
    told = seen(decided("waits", *rules, reasons=("returns", "converged")))
    assert list(alarms("drift", told) or ()) == ["returns tv", "returns radio"]
    assert list(alarms("plan", told) or ()) == ["plan_flips tv"]
    assert list(alarms("waiting", told) or ()) == ["returns", "converged"]
    nothing = seen(decided("promoted", rule("returns", "drift", holds=None)))
    assert alarms("drift", nothing) is None  # nothing to compare with: what was found before lasts
    assert alarms("waiting", nothing) == {}
    assert alarms("drift", seen(decided("same"))) == {}
    assert alarms("drift", seen({})) is alarms("plan", seen({})) is alarms("waiting", seen({})) is None


def test_an_alarm_lasts_ends_and_comes_back() -> None:
    late = Alarm("meta 1", "late", "wait")
    book = Book().after("1", {"stale": [late], "drift": []})
    (entry,) = book.open_to("ann", ())
    assert (entry.key, entry.since) == ("stale: meta 1", "1")
    book = book.told([entry.mark], "ann", "now")
    assert list(book.after("2", {"stale": [replace(late, what="later")]}).open_to("ann", ())) == []
    unasked = book.after("2", {"stale": None})
    assert unasked == book
    over = book.after("2", {"stale": []})
    assert over.swept({"ann": ()}) == Book()
    (still,) = over.swept({"ann": (), "bob": ()}).entries  # who wasn't told yet is told of the past
    assert still.ended == "2"
    (again,) = over.after("3", {"stale": [late]}).open_to("ann", ())
    assert again.since == "3"
    assert list(over.open_to("bob", {"drift"})) == []
    assert over.after("3", {}).entries[0].ended == "2"  # a condition that isn't asked any more is over


def context(
    folder: Path, spec: Spec, environment: dict[str, str] | None = None, now: datetime = NOW
) -> Context:
    folder.mkdir(exist_ok=True)
    given = tools(now)
    return Context(
        Project(folder), spec, settings_of(spec), "ann", given.clock, environment or {}, made, None
    )


def failing(*names: str) -> Training:
    sources = {
        n: {"state": "failed", "message": "refused, token hunter2hunter2", "next": "wait"} for n in names
    }
    return replace(TRAINING, steps=(Step("ingest", "done", told={"sources": sources}),))


def test_a_server_that_is_away_fails_nothing_and_is_tried_again(tmp_path: Path) -> None:
    with mail_server() as box, webhook() as hook:
        spec = parse_spec(
            {
                "alerts": {
                    "mail": {**MAIL, "port": box.port},
                    "to": {
                        "ann": {"email": ["ann@example.com"], "webhook": "HOOK"},
                        "both": {"email": ["ann@example.com"], "about": ["drift"]},
                    },
                }
            }
        )
        here = context(tmp_path / "shop", spec, {"HOOK": hook.url})
        box.refuses, hook.status = "451 later", 500
        told = tell(here, failing("meta"))
        assert told["told"] == []
        assert set(told["failed"]) == {"email ann@example.com", "webhook HOOK"}
        assert "HTTP 500" in told["failed"]["webhook HOOK"]
        hook.status = 200
        told = tell(here, failing("meta", "tiktok"))
        assert [one["who"] for one in told["told"]] == ["webhook HOOK"]
        box.refuses = None
        told = tell(here, failing("tiktok"))  # of meta it is over by now, and ann is still told
        assert [one["who"] for one in told["told"]] == ["email ann@example.com"]
        (text,) = box.texts()
        assert "nothing (more) came from meta" in text
        assert "(over by now)" in text
        assert len(hook.texts) == 1
        assert tell(here, failing("tiktok"))["told"] == []
        assert (len(box.mails), len(hook.texts)) == (1, 1)
        assert hook.url not in (tmp_path / "shop" / "alerts.json").read_text() + text + hook.texts[0]


def test_a_book_that_cant_be_read_is_begun_anew_and_a_condition_that_fails_keeps_no_other(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    here = context(tmp_path / "shop", Spec())
    for text in ("{", "[]", '{"alarms": [{}]}', '{"alarms": 3}'):
        (tmp_path / "shop" / "alerts.json").write_text(text)
        assert len(tell(here, failing("meta"))["alarms"]) == 1
    broken = replace(
        TRAINING, steps=(*failing("meta").steps, Step("promote", "done", told={"decision": "waits"}))
    )
    told = tell(here, broken)
    assert "condition waiting" in told["failed"]
    assert [one["condition"] for one in told["alarms"]] == ["failure"]
    assert "KeyError" in capsys.readouterr().err


def message(**said: object) -> object:
    book = Book().after("1", {"drift": [Alarm("tv", **{"what": "tv moved", "todo": "look", **said})]})  # type: ignore[arg-type]
    return message_of("shop", TRAINING, book.entries, "ann", "https://mmm.example.com", lambda text: text)


def sending(environment: dict[str, str] | None = None, **mail: object) -> Sending:
    spec = parse_spec({"alerts": {"mail": {**MAIL, **mail}}})
    return Sending(spec.alerts, environment or {}, NOW, patience=5.0)


def test_names_from_data_cant_add_headers_or_call_everybody() -> None:
    evil = "tv\r\nBcc: eve@example.com\r\n\r\n<!channel> <https://evil.example|click> & \u202e"
    made_of = message(what=evil, details=(evil,), todo=evil)
    with mail_server() as box, webhook() as hook:
        email.send(sending(port=box.port), "ann@example.com", made_of)
        hooks.send(sending({"HOOK": hook.url}), "HOOK", made_of)
        ((receivers, mail),) = box.mails
        assert receivers == ["ann@example.com"]
        assert mail["Bcc"] is None
        assert len(mail["Subject"].splitlines()) == 1
        assert "⟨U+202E⟩" in mail.get_content()
        assert "<!channel>" not in hook.texts[0]
        assert "&lt;!channel&gt;" in hook.texts[0]
        assert "<https://mmm.example.com/trainings|Look at it>" in hook.texts[0]


def test_the_same_message_has_the_same_id() -> None:
    with mail_server() as box:
        for _ in range(2):
            email.send(sending(port=box.port), "ann@example.com", message())
        one, other = (mail["Message-ID"] for _, mail in box.mails)
        assert one == other


def test_long_messages_are_cut_and_say_so() -> None:
    many = Book().after("1", {"drift": [Alarm(f"c{n}", "x" * 900, "look") for n in range(50)]})
    made_of = message_of("shop", TRAINING, many.entries, "ann", None, lambda text: text)
    assert made_of.subject == "mediamix shop: 50 things to look at"
    assert "And 30 more" in made_of.text
    assert len(made_of.text) < 20_000
    with webhook() as hook:
        hooks.send(sending({"HOOK": hook.url}), "HOOK", made_of)
        assert len(hook.texts[0]) < 4_000
        assert "And 45 more" in hook.texts[0]


@pytest.mark.parametrize(
    "address",
    [
        "http://hooks.example.com/services/hunter2hunter2",
        "file://localhost/etc/hunter2hunter2",
        "ftp://127.0.0.1/hunter2hunter2",
        "hunter2hunter2",
        "https://[hunter2hunter2",
    ],
)
def test_a_webhook_is_https_or_this_machine(address: str) -> None:
    with pytest.raises(Unsent, match="isn't safe") as told:
        hooks.send(sending({"HOOK": address}), "HOOK", message())
    assert "hunter2" not in str(told.value)


def test_what_a_webhook_says_leaks_nothing_and_is_followed_nowhere() -> None:
    with webhook() as hook, webhook() as elsewhere:
        hook.status, hook.headers = 302, {"Location": elsewhere.url}
        with pytest.raises(Unsent, match="refuses: HTTP 302") as told:
            hooks.send(sending({"HOOK": hook.url}), "HOOK", message())
        assert elsewhere.texts == []
        assert "local-secret" not in str(told.value)
        assert told.value.__cause__ is None
        with pytest.raises(Unsent, match="can't be reached") as told:
            hooks.send(sending({"HOOK": f"{hook.url} \x01"}), "HOOK", message())
        assert "local-secret" not in str(told.value)
    with pytest.raises(Unsent, match="HOOK isn't set"):
        hooks.send(sending(), "HOOK", message())
    with pytest.raises(Unsent, match="can't be reached"):
        hooks.send(sending({"HOOK": hook.url}), "HOOK", message())


def test_mail_is_never_sent_in_plain_text_where_safe_was_said(certificate: ssl.SSLContext) -> None:
    with mail_server() as box:
        with pytest.raises(Unsent, match="can't do what is asked"):
            email.send(sending(port=box.port, security="starttls"), "ann@example.com", message())
        assert box.mails == []
        login = {"user": "SMTP_USER", "password": "SMTP_PASSWORD"}
        with pytest.raises(Unsent, match="SMTP_PASSWORD isn't set"):
            email.send(sending({"SMTP_USER": "me"}, port=box.port, **login), "ann@example.com", message())


def test_mail_over_starttls_with_a_login(
    certificate: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    from aiosmtpd.smtp import AuthResult

    secrets = {"SMTP_USER": "me", "SMTP_PASSWORD": "hunter2hunter2"}

    def check(server, session, envelope, mechanism, data):  # type: ignore[no-untyped-def]
        return AuthResult(success=(data.login, data.password) == (b"me", b"hunter2hunter2"), handled=False)

    options = {
        "tls_context": certificate,
        "require_starttls": True,
        "authenticator": check,
        "auth_required": True,
    }
    said = {"host": "localhost", "security": "starttls", "user": "SMTP_USER", "password": "SMTP_PASSWORD"}
    with mail_server(**options) as box:
        email.send(sending(secrets, port=box.port, **said), "ann@example.com", message())
        assert len(box.mails) == 1
        wrong = {**secrets, "SMTP_PASSWORD": "letmeinletmein"}
        with pytest.raises(Unsent, match="refuses the login") as told:
            email.send(sending(wrong, port=box.port, **said), "ann@example.com", message())
        assert "letmein" not in str(told.value)
        monkeypatch.delenv("SSL_CERT_FILE")  # a server that nobody vouches for
        with pytest.raises(Unsent, match="isn't safe"):
            email.send(sending(secrets, port=box.port, **said), "ann@example.com", message())
    assert len(box.mails) == 1


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost that vouches for itself, and its key."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    folder, key = tmp_path_factory.mktemp("tls"), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    certificate, secret = folder / "cert.pem", folder / "key.pem"
    certificate.write_bytes(built.public_bytes(serialization.Encoding.PEM))
    secret.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return certificate, secret


@pytest.fixture
def certificate(authority: tuple[Path, Path], monkeypatch: pytest.MonkeyPatch) -> ssl.SSLContext:
    monkeypatch.setenv("SSL_CERT_FILE", str(authority[0]))
    made_of = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    made_of.load_cert_chain(*authority)
    return made_of


def test_everybody_is_told_once_of_all_that_they_are_named_for() -> None:
    to = {
        "a": {"email": ["ann@example.com", "bob@example.com"], "about": ["drift"]},
        "b": {"email": ["bob@example.com"], "about": ["plan"], "webhook": "HOOK"},
        "c": {"email": ["ann@example.com"]},
    }
    found = {one.who: one.about for one in targets(parse_spec({"alerts": {"mail": MAIL, "to": to}}).alerts)}
    assert found == {
        "email ann@example.com": frozenset(),
        "email bob@example.com": {"drift", "plan"},
        "webhook HOOK": {"plan"},
    }
    assert date(2026, 11, 29) == NOW.date()
