"""A training: recorded as it goes, gone on with after a kill, one at a time; its command and its job."""

from __future__ import annotations

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from mediamix.core.errors import FolderError, SpecError, UserError
from mediamix.core.locks import sole_writer
from mediamix.core.spec import load_spec
from mediamix.data.read import read_spec
from mediamix.jobs.job import Job
from mediamix.jobs.kind import Telling
from mediamix.jobs.kinds import train as kind
from mediamix.project import runs
from mediamix.project.launch import hashes_of
from mediamix.project.record import State
from mediamix.training import promoting
from mediamix.training import train as training
from mediamix.training.record import (
    ORDER,
    PROMOTED,
    SAME,
    WAITS,
    Training,
    all_trainings,
    broken_off,
    read,
    waiting,
)
from mediamix.training.steps import PARTS
from mediamix.training.train import TELLING, Tools, train
from training.world import SPEC, Shop, tools


@pytest.fixture
def shop(tmp_path: Path) -> Shop:
    return Shop(tmp_path / "shop")


@pytest.fixture(scope="module")
def once(tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """A shop that was trained on 80 weeks. Read it only."""
    shop = Shop(tmp_path_factory.mktemp("once") / "shop")
    assert train(shop.project, tools=tools(shop.deliver(80))).decision == PROMOTED
    return shop


@pytest.fixture
def trained(once: Shop, tmp_path: Path) -> Shop:
    """A copy of it."""
    shop = Shop(tmp_path / "shop")
    shutil.copytree(once.root, shop.root, dirs_exist_ok=True)
    return shop


def refuses(*of: object) -> None:
    raise UserError("no")


def test_killed_at_every_step_it_goes_on_and_is_recorded_once(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = shop.deliver(80)
    titles = [part.title for part in (*PARTS, TELLING)]
    for number, title in enumerate(titles):

        def dies(step: str, at: str = title) -> None:
            if step == at:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            train(shop.project, tools=replace(tools(now), on_step=dies))
        (one,) = all_trainings(shop.project)
        assert [step.state for step in one.steps] == ["done"] * number
        assert (one.state, one.attempt, broken_off(shop.project, one)) == (State.RUNNING, number + 1, True)
    done = train(shop.project, tools=tools(now))
    assert (done.state, done.attempt, done.decision) == (State.DONE, len(titles) + 1, PROMOTED)
    assert [step.name for step in done.steps] == list(ORDER)
    assert all_trainings(shop.project) == [done] == [read(shop.project, done.id)]
    assert len(runs.all_runs(shop.project)) == 1
    spec = load_spec(shop.project.spec())
    record = runs.read(shop.project, "current")
    assert record.hashes == hashes_of(read_spec(spec, shop.root), spec)  # what `mediamix run` would find

    # Killed between promoting and saying so: it is said afterwards.
    def promotes_and_dies(*of: object, **how: object) -> None:
        runs.promote(*of, **how)  # type: ignore[arg-type]
        raise KeyboardInterrupt

    now = shop.deliver(81)
    monkeypatch.setattr(promoting, "promote", promotes_and_dies)
    with pytest.raises(KeyboardInterrupt):
        train(shop.project, tools=tools(now))
    monkeypatch.undo()
    second = train(shop.project, tools=tools(now))
    assert (second.decision, second.attempt, second.run) == (PROMOTED, 2, runs.current(shop.project))
    # The same data and spec again: nothing is made, nothing promoted.
    same = train(shop.project, tools=tools(now))
    assert (same.decision, same.run, len(runs.all_runs(shop.project))) == (SAME, second.run, 2)


def test_one_that_nobody_went_on_with_is_given_up(shop: Shop) -> None:
    now = shop.deliver(80)

    def dies(*of: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        train(shop.project, tools=tools(now, work=dies))
    later = train(shop.project, tools=tools(now + timedelta(days=1), work=refuses))
    first = all_trainings(shop.project)[-1]
    assert (later.state, later.attempt) == (State.FAILED, 1)
    assert (first.state, first.message) == (State.FAILED, training.GIVEN_UP)


def test_one_key_is_one_training_and_two_dont_work_at_a_time(shop: Shop) -> None:
    now = shop.deliver(80)
    first = train(shop.project, key="2026-W48", tools=tools(now, work=refuses))
    assert train(shop.project, key="2026-W48", tools=tools(now + timedelta(days=30))) == first
    with sole_writer(shop.project.trainings), ThreadPoolExecutor(1) as other:
        asked = other.submit(train, shop.project, tools=tools(now))
        with pytest.raises(FolderError, match="another run of mediamix"):
            asked.result()


def test_a_step_that_fails_ends_it_and_the_promoted_run_stays(
    trained: Shop, capsys: pytest.CaptureFixture[str]
) -> None:
    now, project = trained.deliver(80), trained.project
    first = runs.current(project)
    outcome = trained.root / "data" / "outcome.csv"
    whole = outcome.read_text()
    outcome.write_text(whole.replace(f"{trained.day(40)},", f"{trained.day(40)},many"))
    failed = train(project, tools=tools(now))
    assert (failed.state, failed.decision, runs.current(project)) == (State.FAILED, None, first)
    assert [step.state for step in failed.steps] == ["done", "done", "failed", *["skipped"] * 4, "done"]
    assert failed.message.startswith("check: ")
    (alarm,) = alarms(failed)
    assert alarm["condition"] == "failure"
    lines = whole.splitlines(keepends=True)
    outcome.write_text("".join(lines[:40] + lines[41:]))
    holes = [one for one in alarms(train(project, tools=tools(now))) if one["condition"] == "missing"]
    assert "have no row" in holes[0]["what"]
    outcome.write_text(whole)

    def breaks(*of: object) -> None:
        raise ZeroDivisionError("hunter2hunter2")

    spec = f"{SPEC}alerts: {{to: {{all: {{webhook: HOOK}}}}}}\nholdout: {{last: 1}}\n"
    (trained.root / "mediamix.yml").write_text(spec)
    ours = train(project, tools=tools(now, {"HOOK": "hunter2hunter2"}, work=breaks))
    assert "that is not your fault: ZeroDivisionError" in ours.message
    assert "hunter2" not in json.dumps(ours.to_dict()) + capsys.readouterr().err
    assert "isn't safe" in (ours.told("alerts") or {})["failed"]["webhook HOOK"]


def alarms(made: Training) -> list[dict[str, str]]:
    return list((made.told("alerts") or {})["alarms"])


def test_what_is_wrong_in_the_spec_is_said_before_anything_begins(shop: Shop) -> None:
    now = shop.deliver(80)
    (shop.root / "mediamix.yml").write_text(f"{SPEC}promotion: {{rules: {{converge: {{}}}}}}\n")
    with pytest.raises(SpecError, match="did you mean 'converged'"):
        train(shop.project, tools=tools(now))
    assert all_trainings(shop.project) == []


def test_a_person_promotes_where_the_spec_says_so_and_damaged_runs_are_said(shop: Shop) -> None:
    now = shop.deliver(80)
    (shop.root / "mediamix.yml").write_text(f"{SPEC}promotion: {{automatic: false}}\n")
    first = train(shop.project, tools=tools(now))
    assert (first.decision, first.reasons) == (WAITS, ("a person promotes (promotion.automatic: false)",))
    assert waiting(shop.project, None) == first
    runs.promote(shop.project, first.run or "")
    assert waiting(shop.project, first.run) is None
    (shop.root / "mediamix.yml").write_text(SPEC)
    (shop.project.runs / str(first.run) / "fit" / "summary.json").write_text("{")
    second = train(shop.project, tools=tools(shop.deliver(81)))
    assert second.decision == WAITS
    assert "can't be compared with" in second.reasons[0]
    # A record that can't be read hides no other.
    (shop.project.trainings / f"{first.id}.json").write_text("{")
    assert all_trainings(shop.project) == [second]
    for name in (first.id, "../x", "20260101T000000Z"):
        with pytest.raises(FolderError, match="there is no training"):
            read(shop.project, name)


def test_who_promotes_meanwhile_is_compared_with(trained: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, first = trained, str(runs.current(trained.project))
    other = f"{first[:-8]}00000000"  # the same under another name
    shutil.copytree(shop.project.runs / first, shop.project.runs / other)
    replace(runs.read(shop.project, first), id=other).write(shop.project.runs / other)
    meanwhile = iter([other])

    def overtaken(project: object, run: str, **how: object) -> object:
        for one in meanwhile:
            runs.promote(shop.project, one)
        return runs.promote(shop.project, run, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(promoting, "promote", overtaken)
    made = train(shop.project, tools=tools(shop.deliver(81)))
    assert (made.decision, runs.current(shop.project)) == (PROMOTED, made.run)
    told = made.told("promote") or {}
    assert (made.told("compare") or {})["promoted"] == first
    assert told["instead_of"] == other


def test_its_job_goes_on_after_a_kill_and_is_tidied(trained: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    shop, about = trained, {}
    now = shop.deliver(80)
    given = tools(now)

    def fake(**how: object) -> Tools:
        return replace(given, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(training, "Tools", fake)
    telling = Telling("schedule train", lambda step: None, lambda progress: None, about.update)
    given = tools(now)
    dying = replace(telling, step=lambda step: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        kind.run({}, shop.project, dying)
    assert set(about) == {"key"}
    given = tools(now)
    result = kind.run(about, shop.project, telling)
    assert (result["decision"], result["run"]) == (SAME, runs.current(shop.project))
    assert len(all_trainings(shop.project)) == 2
    (shop.root / "data" / "media.csv").unlink()
    with pytest.raises(UserError, match=r"the training .* failed: check"):
        kind.run({}, shop.project, telling)
    shop.deliver(81)
    given = tools(now, work=lambda *of: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        kind.run({}, shop.project, telling)
    job = Job("1", "train", dict(about), "ann", State.CANCELLED, now, now)
    for _ in range(2):
        kind.TRAIN.stopped(job, shop.project)
    newest = all_trainings(shop.project)[0]
    assert (newest.state, newest.message) == (State.FAILED, "cancelled")
    assert runs.read(shop.project, newest.run or "").state is State.CANCELLED


def test_the_schedule_is_the_spec_s(shop: Shop) -> None:
    assert kind.TRAIN.rules(shop.project) == ()
    (shop.root / "mediamix.yml").write_text(f"{SPEC}schedule: {{}}\n")
    (rule,) = kind.TRAIN.rules(shop.project)
    assert (rule.name, rule.cron, rule.zone) == ("train", "0 0 * * 0", "UTC")
    (shop.root / "mediamix.yml").write_text(
        f"{SPEC}schedule: {{cron: '30 5 * * MON-FRI', time_zone: Europe/Berlin}}\n"
    )
    (rule,) = kind.TRAIN.rules(shop.project)
    assert (rule.cron, rule.zone) == ("30 5 * * mon-fri", "Europe/Berlin")


def test_the_commands(trained: Shop, monkeypatch: pytest.MonkeyPatch, empty: Path) -> None:
    from cli.driving import call

    shop = trained

    def at(weeks: int) -> None:
        made = tools(shop.deliver(weeks))
        monkeypatch.setattr(training, "Tools", lambda **how: replace(made, **how))

    assert "No trainings yet" in call("trainings", empty).out
    at(80)
    first = call("train", shop.root)
    assert first.code == 0, first.err
    assert "is promoted already" in first.out
    shop.roi["search"][80:] = -3.0
    at(100)
    waits = call("train", shop.root, "--json")
    assert waits.code == 3
    assert waits.json["steps"][5]["told"]["decision"] == "waits"
    listed = call("trainings", shop.root)
    assert "waits: " in listed.out
    assert "mediamix promote" in listed.out
    told = call("trainings", shop.root, "--json").json
    assert told["waiting"]["run"] == waits.json["steps"][3]["told"]["run"]
    assert call("trainings", shop.root, "--show", waits.json["id"], "--json").json == waits.json
    (shop.root / "data" / "media.csv").write_text("nothing\n")
    failed = call("train", shop.root)
    assert failed.code == 2
    assert "error: check: " in failed.err
    assert {one["name"] for one in call("list", "rules", "--json").json["rules"]} >= {"returns", "holdout"}
    assert "bound days: 3" in call("list", "conditions").out
