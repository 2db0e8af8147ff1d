"""The page Trainings without a browser: nothing yet, a run that waits, a training that failed, jobs."""

from __future__ import annotations

from pathlib import Path

import pytest
from test_pages import Open, opened, text_of

from mediamix.jobs.queue import queue_of
from mediamix.project.folder import Project
from mediamix.project.record import State
from mediamix.training.record import Step, Training
from training.world import SPEC

__all__ = ["opened"]

WAITING, FAILED = "20261115T050000Z", "20261122T050000Z"
RULE = {"rule": "returns", "title": "Returns stay", "words": "tv moved by 3.1", "advice": "look at tv"}
TOLD = {
    "decision": "waits",
    "reasons": [{"rule": "returns", "words": "Returns stay: no. tv moved by 3.1"}],
    "rules": [{**RULE, "holds": False}, {**RULE, "title": "Converged", "words": "good", "holds": True}],
    "instead_of": None,
}
ALERTS = {
    "told": [{"who": "webhook SLACK_URL", "alarms": ["a", "b"]}],
    "failed": {"email ann@example.com": "SMTP_USER isn't set"},
    "alarms": [{"condition": "drift", "what": "<img src=x> moved", "todo": "look", "since": WAITING}],
}


@pytest.fixture
def shop(tmp_path: Path) -> Project:
    """A project without data: the page reads records only."""
    (tmp_path / "mediamix.yml").write_text(SPEC + "schedule: {cron: '0 5 * * 1', time_zone: Europe/Berlin}\n")
    (tmp_path / "trainings").mkdir()
    return Project.at(tmp_path)


def written(shop: Project) -> None:
    steps = (
        Step("fit", "done", message="r1: trusted", told={"run": "r1"}),
        Step("promote", "done", message="waits for somebody to promote it", told=TOLD),
        Step("alerts", "done", message="2 told to 1; 1 couldn't be sent", told=ALERTS),
    )
    Training(WAITING, "ann", State.DONE, "2026-11-15T05:00:00Z", "2026-11-15T05:02:00Z", steps=steps).write(
        shop
    )
    refused = {"meta": {"state": "failed", "message": "the token is over", "next": "make another"}}
    steps = (
        Step("ingest", "done", message="meta: refused", told={"sources": refused}),
        Step("check", "failed", message="the data have 2 problems"),
        Step("fit", "skipped"),
    )
    Training(
        FAILED, "schedule train", State.FAILED, "2026-11-22T05:00:00Z", "2026-11-22T05:01:00Z", steps=steps
    ).write(shop)


def tables(app: object) -> str:
    return "\n".join(str(table.value.to_csv()) for table in app.table).replace("\\", "")  # type: ignore[attr-defined]


def test_nothing_yet_says_how_to_begin_and_makes_nothing(shop: Project, opened: Open) -> None:
    shop.spec().write_text(SPEC)
    app = opened(shop, "trainings.py")
    assert not app.exception
    assert "mediamix train" in text_of(app)
    assert "no `schedule:`" in text_of(app)
    assert sorted(path.name for path in shop.root.iterdir()) == ["mediamix.yml", "trainings"]


def test_what_ran_what_waits_and_what_comes(shop: Project, opened: Open) -> None:
    written(shop)
    shop.training("20261101T050000Z").write_text("{")
    queue_of(shop).put("train", {}, who="ann")
    app = opened(shop, "trainings.py")
    assert not app.exception
    trainings, jobs = (frame.value for frame in app.dataframe)
    assert trainings["Training"].tolist() == [FAILED, WAITING]
    assert trainings["State"].tolist() == ["failed (without meta)", "done"]
    assert trainings["Became"].tolist() == ["–", "waits"]
    assert jobs[["Kind", "State", "By"]].to_numpy().tolist() == [["train", "queued", "ann"]]
    text = text_of(app)
    assert "r1 waits for somebody to promote it" in text
    assert "mediamix promote r1" in text
    assert "Monday, " in text
    assert "(05:00 in Europe/Berlin)" in text
    assert "No worker is at hand" in text
    assert "20261101T050000Z: " in text
    # The newest is shown first: why it failed, and what was skipped.
    assert "check: the data have 2 problems" in text
    assert "meta: the token is over → make another" in text
    assert "fit: skipped" in tables(app)

    app.selectbox(key="training").set_value(WAITING).run()
    assert "Returns stay: doesn't hold,tv moved by 3.1 → look at tv" in tables(app)
    assert "Converged: holds,good" in tables(app)
    text = text_of(app)
    assert "webhook SLACK_URL was told of 2" in text
    assert "email ann@example.com couldn't be told" in text
    assert "<img src=x> moved → look" in text
    assert not [one for one in app.markdown if "<img" in one.value.replace("\\<img", "")]


def test_a_link_to_a_training_shows_it_and_a_spec_that_is_no_spec_is_told(
    shop: Project, opened: Open
) -> None:
    written(shop)
    shop.spec().write_text("schedule: {cron: often}\n")
    app = opened(shop, "trainings.py", training=WAITING)
    assert not app.exception
    assert app.selectbox(key="training").value == WAITING
    assert "needs five fields" in text_of(app)
    assert "r1 waits" in text_of(app)


def test_a_queue_that_is_no_queue_is_told(shop: Project, opened: Open) -> None:
    shop.jobs.write_text("no database" * 100)
    app = opened(shop, "trainings.py")
    assert not app.exception
    assert "can't be read" in text_of(app)
    assert not app.dataframe
