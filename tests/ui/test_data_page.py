"""The page Data without a browser: what people upload, what it is taken for, what becomes of it."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import date, timedelta
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from test_pages import Open, opened, text_of

from mediamix.core.spec import load_spec
from mediamix.data import packed
from mediamix.data.guess.compose import TEMPLATE
from mediamix.data.guess.whole import guess
from mediamix.project.drafts import drafts, new_draft, safe_name
from mediamix.project.folder import Project
from mediamix.ui.mapping import CHANNEL, ROLE, corrected, letters, shown_columns

__all__ = ["opened"]
WEEKS = [str(date(2023, 1, 2) + timedelta(weeks=week)) for week in range(60)]
WIDE = "date,x1,search_cost,revenue,shoe size\n" + "".join(
    f"{day},{10 + k % 7}.5,{20 + (k * 3) % 11},{900 + 13 * (k % 9)},{40 + k % 3}\n"
    for k, day in enumerate(WEEKS)
)


@pytest.fixture
def folder(tmp_path: Path) -> Project:
    (tmp_path / "shop").mkdir()
    return Project.within(tmp_path / "shop")


def upload(app: AppTest, *files: tuple[str, bytes]) -> AppTest:
    app.file_uploader[0].set_value([(name, content, "text/csv") for name, content in files])
    return app.run()


def press(app: AppTest, label: str) -> AppTest:
    return next(button for button in app.button if button.label.startswith(label)).click().run()


def workbook(rows: list[list[object]], merged: str = "") -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def test_an_empty_folder_leads_to_the_page_data(folder: Project, opened: Open) -> None:
    app = opened(folder)
    assert not app.exception
    assert [title.value for title in app.title] == ["Data"]
    assert len(app.file_uploader) == 1
    assert not folder.founded


def test_a_guess_is_corrected_and_becomes_the_projects_spec(folder: Project, opened: Open) -> None:
    app = upload(opened(folder, "data.py"), ("table.csv", WIDE.encode()))
    assert not app.exception
    (draft,) = drafts(folder)
    shown = app.data_editor[0].value.set_index("Column")
    assert shown.loc["date", "Role"] == "date"
    assert shown.loc["search_cost", "Role"] == "spend"
    assert shown.loc["revenue", "Role"] == "outcome"
    assert shown.loc["revenue", "Unit"] == "EUR"
    assert shown.loc["search_cost", "Values"] == "20 · 23 · 26"
    assert not folder.founded  # nothing is the project's before it is said
    app.selectbox(key="one_column_table.csv").set_value(0).run()
    index = list(shown.index).index("x1")
    app.selectbox(key="one_column_table.csv").set_value(index)
    app.selectbox(key="one_role_table.csv").set_value("spend")
    app.text_input(key="one_channel_table.csv").set_value("television")
    press(app, "Correct")
    assert not app.exception
    app.selectbox(key="one_column_table.csv").set_value(list(shown.index).index("shoe size"))
    app.selectbox(key="one_role_table.csv").set_value("control")
    press(app, "Correct")
    assert json.loads((draft.folder / "answers.json").read_text()) == {
        "role.x1": "spend",
        "channel.x1": "television",
        "role.shoe size": "control",
    }
    press(app, "Yes, use these tables")
    assert not app.exception
    assert "The tables are there" in text_of(app)
    spec = load_spec(folder.spec())
    assert {name: one.spend for name, one in spec.data.media.items()} == {
        "television": "x1",
        "search": "search_cost",
    }
    assert spec.data.controls == ["shoe size"]
    assert (folder.data / "table.csv").read_bytes() == WIDE.encode()
    assert drafts(folder) == []


def test_a_reload_shows_the_same_and_another_visitor_not(folder: Project, opened: Open) -> None:
    folder.spec().write_text("outcome: {currency: USD}\n")  # somebody's
    draft = new_draft(folder, [("table.csv", WIDE.encode())])
    app = opened(folder, "data.py")
    assert "What each column is" not in text_of(app)
    app.query_params["draft"] = draft.id
    app.run()
    assert "What each column is" in text_of(app)
    app.query_params["draft"] = "20200101T000000Z-abcdef"
    app.run()
    assert not app.exception
    assert "What each column is" not in text_of(app)


def test_a_spec_that_is_there_is_kept_or_stays(folder: Project, opened: Open) -> None:
    mine = "outcome: {currency: USD}\n"
    folder.spec().write_text(mine)
    for how in ("variant", "replace"):
        draft = new_draft(folder, [(f"{how}.csv", WIDE.encode())])
        app = opened(folder, "data.py", draft=draft.id)
        app.query_params["draft"] = draft.id
        app.run()
        app.radio(key=f"how_{draft.id}").set_value(how).run()
        if how == "variant":
            app.text_input(key=f"variant_{draft.id}").set_value("from sales").run()
        press(app, "Yes, use these tables")
        assert not app.exception
        if how == "variant":
            assert folder.spec().read_text() == mine
            assert load_spec(folder.spec("from sales")).data.wide == "data/variant.csv"
    assert load_spec(folder.spec()).data.wide == "data/replace.csv"
    assert folder.spec().with_name("mediamix.yml.before").read_text() == mine


def test_an_empty_projects_template_gives_way(folder: Project, opened: Open) -> None:
    folder.spec().write_text(TEMPLATE)
    app = upload(opened(folder, "data.py"), ("table.csv", WIDE.encode()))
    press(app, "Yes, use these tables")
    assert load_spec(folder.spec()).data.wide == "data/table.csv"
    assert not folder.spec().with_name("mediamix.yml.before").exists()


def bomb() -> bytes:
    out = io.BytesIO(workbook([["date", "tv", "revenue"], ["2024-01-01", 1, 2]]))
    with zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet9.xml", b" " * (packed.MOST_UNPACKED + 1))
    return out.getvalue()


def far_out() -> bytes:
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    book.active.append(["date", "tv", "revenue"])
    book.active.cell(1_000_000, 16_000, "far")
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("sales.csv", b"%PDF-1.7 \x00\x01\x02", "a PDF"),
        ("sales.xlsx", b"PK\x03\x04 no workbook", "can't be read"),
        ("sales.parquet", b"PAR1 no parquet", "can't be read"),
        ("sales.csv", b"", "is empty"),
        ("sales.csv", b"<html><body>Sign in</body></html>", "a web page"),
        ("sales.csv", b"a;b\n1;2\n", "date"),
        ("bomb.xlsx", None, "unpacks to more than a table is"),
        ("far.xlsx", None, "more cells than a table"),
    ],
)
def test_a_wrong_file_is_told(
    folder: Project, opened: Open, name: str, content: bytes | None, words: str
) -> None:
    if content is None:
        content = bomb() if name == "bomb.xlsx" else far_out()
        assert len(content) < 1 << 20
    app = upload(opened(folder, "data.py"), (name, content))
    assert not app.exception
    assert words in text_of(app)
    assert "could not be shown" not in text_of(app)
    press(app, "Remove this upload")
    assert drafts(folder) == []
    app = upload(app, ("table.csv", WIDE.encode()))
    assert "What each column is" in text_of(app)


def test_a_sheet_with_title_merged_cells_formulas_and_totals(folder: Project, opened: Open) -> None:
    rows: list[list[object]] = [["Media report 2024"], [], ["Week", "TV cost", "Search cost", "Revenue"]]
    rows += [[day, 10 + k, 20 + k % 5, f"=A{k}" if k == 3 else 900 + k] for k, day in enumerate(WEEKS)]
    rows.append(["Total", *(sum(row[i] for row in rows[3:] if isinstance(row[i], int)) for i in (1, 2, 3))])
    app = upload(opened(folder, "data.py"), ("agency.xlsx", workbook(rows, merged="A1:D1")))
    assert not app.exception
    shown = app.data_editor[0].value.set_index("Column")["Role"]
    assert dict(shown) == {"Week": "date", "TV cost": "spend", "Search cost": "spend", "Revenue": "outcome"}
    press(app, "Yes, use these tables")
    assert not app.exception
    assert folder.founded
    # What is left out is said.
    said = " ".join(text_of(app).split())
    assert "Row 64 ('Total') is the sum of the rows above and is left out" in said
    # A formula that was never computed has no value, and nobody guesses one.
    assert "NaN in outcome: 1 of 60 rows have no value" in said


def test_html_in_names_is_text(folder: Project, opened: Open) -> None:
    nasty = "<img src=x onerror=alert(1)>"
    content = WIDE.replace("search_cost", f"{nasty} cost").encode()
    app = upload(opened(folder, "data.py"), (f"{nasty}.csv", content))
    assert not app.exception
    press(app, "Yes, use these tables")
    assert not app.exception
    raw = "\n".join(element.value for element in app.markdown)
    assert nasty not in raw
    assert all(nasty not in element.proto.body for element in app.get("html"))


def test_an_open_question_is_asked_before_anything_is_written(folder: Project, opened: Open) -> None:
    # 03/04: the days don't say which comes first, nor do the points in the numbers.
    rows = "".join(
        f"{k % 12 + 1:02}/{k % 12 + 1:02}/20{10 + k // 12},{k + 10}.500,{k % 5 + 1}.250,9{k:02}\n"
        for k in range(44)
    )
    app = upload(opened(folder, "data.py"), ("t.csv", f"date,tv_spend,search_spend,revenue\n{rows}".encode()))
    assert not app.exception
    assert "To answer first" in text_of(app)
    confirm = next(button for button in app.button if button.label.startswith("Yes"))
    assert confirm.disabled
    asked = next(box for box in app.selectbox if "two ways" in box.label)
    assert asked.value is None
    asked.set_value(".").run()
    assert not app.exception
    assert not [box for box in app.selectbox if "two ways" in box.label and box.value is None]


def test_an_answer_that_breaks_the_guess_is_not_kept(folder: Project, opened: Open) -> None:
    app = upload(opened(folder, "data.py"), ("table.csv", WIDE.encode()))
    (draft,) = drafts(folder)
    app.text_input(key=f"more_{draft.id}_date_").set_value("nonsense").run()
    assert not app.exception
    assert "nonsense" in text_of(app)
    assert drafts(folder)[0].answers == {}
    assert "What each column is" in text_of(app)


def test_corrections_are_answers_of_init() -> None:
    path = Path(__file__).with_name("corrections.csv")
    path.write_text(WIDE)
    try:
        columns, _ = shown_columns(guess([path]), path.name)
        at = {column.name: row for row, column in enumerate(columns)}
        made = corrected({}, columns, {at["x1"]: {ROLE: "exposure", CHANNEL: " radio "}})
        assert made == {"role.x1": "exposure", "channel.x1": "radio"}
        assert corrected(made, columns, {at["x1"]: {ROLE: "control"}}) == {"role.x1": "control"}
        assert corrected({}, columns, {at["search_cost"]: {CHANNEL: "google"}}) == {
            "channel.search_cost": "google"
        }
        assert corrected({}, columns, {at["x1"]: {ROLE: "label"}}) == {"role.x1": "ignored"}
    finally:
        path.unlink()


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\me\\sales.csv", "sales.csv"),
        ("<b>x</b>.csv", "b_.csv"),
        (".hidden", "table.hidden"),
        ("ümsatz 2024 (final).XLSX", "ümsatz 2024 (final).XLSX"),
        ("..", "table"),
        ("a" * 300 + ".csv", "a" * 80 + ".csv"),
    ],
)
def test_a_files_name_stays_in_its_folder(given: str, kept: str) -> None:
    assert safe_name(given) == kept


def test_files_of_one_name_are_all_kept(folder: Project) -> None:
    draft = new_draft(folder, [("a.csv", b"1"), ("x/a.csv", b"2"), ("answers.json", b"3")])
    found = {path.name: path.read_bytes() for path in draft.files}
    assert found == {"a.csv": b"1", "a-2.csv": b"2", "answers.json": b"3"}
    assert draft.answers == {}


def test_letters_are_those_of_a_spreadsheet() -> None:
    assert [letters(i) for i in (0, 25, 26, 51, 52, 701, 702)] == ["A", "Z", "AA", "AZ", "BA", "ZZ", "AAA"]
