"""A build that repeats what dbt said: the same warehouse, steps and errors; dbt where anything differs."""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from mediamix.core.errors import MediamixError
from mediamix.warehouse import build as building
from mediamix.warehouse import hearing, kept
from mediamix.warehouse.build import BuildResult, build, dbt_project_dir
from mediamix.warehouse.dialogue import Dialogue, Turn, digest
from mediamix.warehouse.engines.duckdb import DuckDB
from mediamix.warehouse.repeat import repeat

#: A kind of bad rows -> what plants them.
BAD = {
    "a grain twice": "insert into landing.media_day select * from landing.media_day where _row = 0",
    "a channel that vanished": "delete from landing.media_day where channel = 'blog'",
    "negative delivery": "update landing.media_day set value = -5 where _row = 224",
    "a cent too much": "update landing.media_day set value = value + 0.01 where _row = 56",
    "an outcome twice": "insert into landing.outcome_day select * from landing.outcome_day where _row = 0",
    "a date of another century": "update landing.outcome_day set date = date '1999-12-31' where _row = 1",
    "an event that ends before it begins": "update landing.event_day set end_date = date '2023-01-01'",
    "a column that isn't there": "alter table landing.media_day rename column part to piece",
}
ALL_ROWS = "; ".join(list(BAD.values())[:-1])


def contents(path: Path) -> dict[str, Any]:
    """All there is in a warehouse: relations with their SQL and columns, and rows."""
    with duckdb.connect(str(path), read_only=True) as connection:

        def ask(sql: str) -> list[tuple[Any, ...]]:
            return connection.execute(sql).fetchall()

        views = ask("select schema_name, view_name, sql from duckdb_views() where not internal order by all")
        tables = ask("select schema_name, table_name, sql from duckdb_tables() order by all")
        found: dict[str, Any] = {"views": views, "tables": tables}
        found["columns"] = ask(
            "select schema_name, table_name, column_name, column_index, data_type, is_nullable "
            "from duckdb_columns() where not internal order by all"
        )
        for schema, name, _ in [*views, *tables]:
            columns = "command, steps, failed" if name == "build_log" else "*"
            try:
                found[f"{schema}.{name}"] = ask(f'select {columns} from "{schema}"."{name}" order by all')
            except duckdb.Error as error:  # a view on a column that is gone
                found[f"{schema}.{name}"] = str(error)
    return found


def timeless(result: BuildResult) -> BuildResult:
    steps = tuple(replace(step, seconds=0.0) for step in result.steps)
    return replace(result, steps=steps, seconds=0.0, repeated=False)


@dataclass
class Built:
    """What a build made of one warehouse, and how."""

    result: BuildResult | tuple[type, str]
    contents: dict[str, Any]
    by_dbt: bool
    state: bytes


class Bench:
    """Builds of one path, so that dbt parses its project once and messages are comparable."""

    def __init__(self, warehouse: DuckDB, caches: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.warehouse = warehouse
        self.caches = caches
        self.runs = 0
        run_dbt = building.run_dbt

        def counted(*arguments: Any) -> Any:
            self.runs += 1
            return run_dbt(*arguments)

        monkeypatch.setattr(building, "run_dbt", counted)

    def build(self, state: bytes, plant: str = "", cache: str = "kept") -> Built:
        """A state of the file, bad rows planted, built."""
        path = self.warehouse.path
        path.write_bytes(state)
        if plant:
            with duckdb.connect(str(path)) as connection:
                connection.execute(plant)
        before = self.runs
        result: Any
        try:
            result = timeless(build(self.warehouse, cache=self.caches / cache))
        except MediamixError as error:
            result = (type(error), str(error))
        return Built(result, contents(path), self.runs > before, path.read_bytes())

    def compare(self, state: bytes, plant: str) -> tuple[Built, Built, Built]:
        """By dbt alone; by dbt where what is kept doesn't fit; and again, when it does."""
        alone = self.build(state, plant, cache=f"alone{self.runs}")
        return alone, self.build(state, plant), self.build(state, plant)


@pytest.fixture
def bench(warehouse: DuckDB, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    return Bench(warehouse, tmp_path, monkeypatch)


def same(one: Built, other: Built) -> None:
    assert one.result == other.result
    assert one.contents == other.contents


def test_both_ways_give_the_same_warehouse_steps_and_errors(bench: Bench, landed: bytes) -> None:
    empty, empty_again = bench.build(landed), bench.build(landed)
    built, built_again = bench.build(empty.state), bench.build(empty_again.state)
    assert [way.by_dbt for way in (empty, empty_again, built, built_again)] == [True, False, True, False]
    same(empty, empty_again)
    same(built, built_again)
    assert isinstance(empty.result, BuildResult)
    assert len(empty.result.tests) > 20
    assert empty.contents["mart.build_log"] == [("build", len(empty.result.steps), 0)]

    alone, unlike, again = bench.compare(built.state, ALL_ROWS)
    assert [way.by_dbt for way in (alone, unlike, again)] == [True, True, False]
    same(alone, unlike)
    same(alone, again)
    assert "tests failed" in str(alone.result)
    assert alone.contents["mart.media_day"] == built.contents["mart.media_day"]


@pytest.mark.by_hand
@pytest.mark.parametrize("kind", BAD)
@pytest.mark.parametrize("built_before", [False, True])
def test_each_kind_of_bad_row_is_told_alike(
    bench: Bench, landed: bytes, kind: str, built_before: bool
) -> None:
    state = landed
    for _ in range(1 + built_before):
        good = bench.build(state)
        state = good.state if built_before else landed
    alone, unlike, again = bench.compare(state, BAD[kind])
    same(alone, unlike)
    same(alone, again)
    assert not isinstance(alone.result, BuildResult)
    # An error is dbt's to word, each time.
    assert [alone.by_dbt, unlike.by_dbt, again.by_dbt] == [True, True, kind == "a column that isn't there"]


def said(*statements: str | tuple[str, list[str], list[tuple[Any, ...]]]) -> Dialogue:
    """A dialogue on one connection; a statement with columns and rows is one whose answer was read."""
    turns = [Turn(0, "open")]
    for statement in statements:
        if isinstance(statement, str):
            turns.append(Turn(0, "run", statement))
        else:
            sql, columns, rows = statement
            turns += [Turn(0, "run", sql), Turn(0, "fetchall", digest(sql, columns, rows))]
    return Dialogue(tuple(turns), {}, ())


def rows_of(warehouse: DuckDB) -> list[int]:
    with warehouse.connect(read_only=True) as connection:
        return [row[0] for row in connection.execute("from t").fetchall()]


@pytest.fixture
def small(tmp_path: Path) -> DuckDB:
    small = DuckDB(tmp_path / "small.duckdb")
    with small.connect(read_only=False) as connection:
        connection.execute("create table t as select 1 as x")
    return small


def test_the_first_other_answer_ends_it_and_what_is_open_is_undone(small: DuckDB) -> None:
    asked = ("from t", ["x"], [(2,)])
    begun = said(
        "insert into t values (7)", "begin", "insert into t values (8)", asked, "insert into t values (9)"
    )
    assert repeat(small, [begun]) is None
    assert rows_of(small) == [1, 7]


def test_answers_choose_among_dialogues(small: DuckDB) -> None:
    two = said(("from t", ["x"], [(2,)]), "insert into t values (20)")
    one = said(("from t", ["x"], [(1,)]), "insert into t values (10)")
    told = repeat(small, [two, one])
    assert told is not None
    assert told[0] is one
    assert rows_of(small) == [1, 10]


@pytest.mark.parametrize(
    ("answer", "fits"),
    [
        ((["x"], [(1,)]), True),
        ((["y"], [(1,)]), False),
        ((["x"], [("1",)]), False),
        ((["x"], []), False),
        ((["x"], [(1,), (1,)]), False),
    ],
)
def test_an_answer_is_columns_rows_and_types(
    small: DuckDB, answer: tuple[list[str], list[tuple[Any, ...]]], fits: bool
) -> None:
    assert (repeat(small, [said(("from t", *answer))]) is not None) is fits


def test_the_order_of_an_answer_counts_where_it_was_asked_for() -> None:
    there, back = [(1, "a"), (2, None)], [(2, None), (1, "a")]
    assert digest("from t", ["x", "y"], there) == digest("from t", ["x", "y"], back)
    assert digest("from t ORDER BY x", ["x", "y"], there) != digest("from t ORDER BY x", ["x", "y"], back)


def test_what_a_statement_meets_is_left_to_dbt_but_ctrl_c_is_ctrl_c(
    small: DuckDB, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert repeat(small, [said("from nothing")]) is None
    assert repeat(small, []) is None

    def pressed(*_: object) -> str:
        raise duckdb.InterruptException("INTERRUPT Error: Interrupted!")

    monkeypatch.setattr("mediamix.warehouse.repeat.digest", pressed)
    with pytest.raises(KeyboardInterrupt):
        repeat(small, [said(("from t", ["x"], [(1,)]))])


def key(project: Path, database: str = "warehouse", arguments: tuple[str, ...] = ("build",)) -> str | None:
    return kept.key_of(project, arguments, ["MEDIAMIX_WAREHOUSE"], database)


@pytest.fixture
def project(tmp_path: Path) -> Path:
    return Path(shutil.copytree(dbt_project_dir(), tmp_path / "dbt"))


def test_any_edit_version_or_setting_is_another_key(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = [key(project)]
    monkeypatch.setenv("MEDIAMIX_WAREHOUSE", "/elsewhere/warehouse.duckdb")
    monkeypatch.setenv("HOME_OF_OTHERS", "of no concern")
    (project / "target").mkdir()
    (project / "target" / "manifest.json").write_text("{}")
    assert key(project) == keys[0]

    for path in sorted(path for path in project.rglob("*") if path.is_file()):
        if "target" not in path.parts:
            content = path.read_bytes()
            path.write_bytes(content + b" ")
            keys.append(key(project))
            path.write_bytes(content)
    (project / "models" / "new.sql").write_text("select 1")
    keys.append(key(project))
    (project / "models" / "new.sql").rename(project / "models" / "newer.sql")
    keys.append(key(project))
    (project / "models" / "newer.sql").unlink()
    keys += [key(project, "w"), key(project, arguments=("build", "--full-refresh"))]
    monkeypatch.setenv("DBT_FULL_REFRESH", "1")
    keys.append(key(project))
    monkeypatch.delenv("DBT_FULL_REFRESH")
    assert key(project) == keys[0]
    for package in ("dbt-core", "dbt-duckdb", "duckdb", "mediamix"):
        versions = {package: "99"}
        with monkeypatch.context() as patch:
            real = kept.version
            patch.setattr(kept, "version", lambda name, v=versions, real=real: v.get(name) or real(name))
            keys.append(key(project))
    assert None not in keys
    assert len(set(keys)) == len(keys) > 40

    (project / "models" / "seen.sql").write_text("select '{{ env_var('REGION', 'all') }}'")
    keys = [key(project)]
    monkeypatch.setenv("REGION", "north")
    keys.append(key(project))
    assert len({*keys, None}) == 3
    (project / "models" / "seen.sql").write_text("select '{{ env_var(name) }}'")
    assert key(project) is None


def test_a_missing_package_has_no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kept, "_PACKAGES", ("a-package-that-nobody-has",))
    assert key(dbt_project_dir()) is None


def test_what_is_kept_is_taken_whole_or_not(tmp_path: Path) -> None:
    first, second = said("select 1"), replace(said(("from t", ["x"], [(1,)])), warnings=("careful",))
    assert kept.kept(tmp_path, "key") == []
    kept.keep(tmp_path, "key", first)
    os.utime(next(tmp_path.glob("*.json")), (1, 1))
    kept.keep(tmp_path, "key", second)
    assert kept.kept(tmp_path, "key") == [second, first]
    assert kept.kept(tmp_path, "other") == []
    for path in tmp_path.glob("*.json"):  # two files of one tick of the clock have no order
        os.utime(path, (2, 2))
    kept.keep(tmp_path, "key", first)
    assert kept.kept(tmp_path, "key") == [first, second]
    for path in tmp_path.glob("*.json"):
        path.write_text(path.read_text(encoding="utf-8").replace("select 1", "select 2"), encoding="utf-8")
    assert kept.kept(tmp_path, "key") == [second]
    for path in tmp_path.glob("*.json"):
        path.write_text(path.read_text(encoding="utf-8")[:40], encoding="utf-8")
    assert kept.kept(tmp_path, "key") == []


def test_only_some_are_kept_and_a_folder_that_cannot_be_written_keeps_none(tmp_path: Path) -> None:
    for number in range(9):
        kept.keep(tmp_path / "kept", "key", said(f"select {number}"))
    assert len(list((tmp_path / "kept").glob("*.json"))) == 6
    (tmp_path / "file").touch()
    kept.keep(tmp_path / "file", "key", said("select 1"))
    assert kept.kept(tmp_path / "file", "key") == []


def test_a_parsed_project_is_kept_once_and_whole(tmp_path: Path) -> None:
    assert kept.kept_parsed(tmp_path, "key") is None
    for content in (b"first", b"second"):
        kept.keep_parsed(tmp_path, "key", content)
    kept.keep_parsed(tmp_path, "other", b"others")
    assert kept.kept_parsed(tmp_path, "key") == b"second"
    next(tmp_path.glob("key.*")).write_bytes(b"second, edited")
    assert kept.kept_parsed(tmp_path, "key") is None


def test_the_cache_is_the_users_or_where_the_variable_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEDIAMIX_CACHE", "/said")
    assert kept.cache_dir() == Path("/said/builds")
    monkeypatch.delenv("MEDIAMIX_CACHE")
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert kept.cache_dir() == Path("/caches/mediamix/builds")
    monkeypatch.delenv("XDG_CACHE_HOME")
    monkeypatch.setattr(Path, "home", lambda: Path("/home/me"))
    assert kept.cache_dir() == Path("/home/me/.cache/mediamix/builds")


VOLATILE = [
    "select '{{ run_started_at.date() }}'",
    "select '{{ run_started_at.strftime(\"%Y\") }}'",
    "select '{{ modules.datetime.date.today() }}'",
    "select '{{ local_md5(invocation_id) }}'",
    "{% set day = run_started_at %}select 1",
    "select {{ [1, 2] | random }}",
]


@pytest.mark.parametrize("sql", VOLATILE)
def test_sql_that_differs_from_run_to_run_is_not_kept(sql: str, project: Path) -> None:
    (project / "models" / "asked.sql").write_text("{# run_started_at.date() #} select invocation_id from t")
    assert hearing.repeatable(project)
    (project / "models" / "asked.sql").write_text(sql)
    assert not hearing.repeatable(project)


def node(**changes: Any) -> Any:
    config = {"materialized": "table", "incremental_strategy": None}
    made = {"resource_type": "model", "language": "sql", "status": "success"} | changes
    config |= {name: made.pop(name) for name in list(made) if name in config}
    status = made.pop("status")
    return SimpleNamespace(
        status=status, thread_id="Thread-1", node=SimpleNamespace(config=SimpleNamespace(**config), **made)
    )


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "error"},
        {"resource_type": "snapshot"},
        {"language": "python"},
        {"materialized": "external"},
        {"materialized": "incremental", "incremental_strategy": "microbatch"},
    ],
)
def test_nodes_that_are_not_covered_are_left_to_dbt(changes: dict[str, str]) -> None:
    heard = hearing.Hearing()
    assert hearing.dialogue_of(heard, [node()], {}, (), "/path") is not None
    assert hearing.dialogue_of(heard, [node(), node(**changes)], {}, (), "/path") is None


def test_what_was_not_heard_whole_is_not_kept() -> None:
    threads = [node(), node()]
    threads[1].thread_id = "Thread-2"
    assert hearing.dialogue_of(hearing.Hearing(), threads, {}, (), "/path") is None
    with_path = hearing.Hearing([Turn(0, "run", "copy t to '/path/t.csv'")])
    assert hearing.dialogue_of(with_path, [node()], {}, (), "/path") is None

    class Manager:
        @classmethod
        def open(cls, connection: Any) -> Any:
            connection.handle = SimpleNamespace(cursor=lambda: duckdb.connect(), other=1)
            return connection

    before = Manager.__dict__["open"]
    for use in (
        lambda cursor: cursor.execute("from nothing"),
        lambda cursor: cursor.execute("select ?", [b"bytes"]),
        lambda cursor: cursor.df(),
    ):
        with hearing.heard(Manager) as heard:
            cursor = Manager.open(SimpleNamespace(state="init")).handle.cursor()
            assert cursor.execute("select 1").fetchone() == (1,)
            assert heard.spoilt == ""
            with suppress(duckdb.Error):
                use(cursor)
        assert heard.spoilt
        assert hearing.dialogue_of(heard, [node()], {}, (), "/path") is None
    assert Manager.__dict__["open"] is before
