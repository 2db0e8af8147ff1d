"""Uploading tables, and the page of a draft: what each column is, what isn't clear, and the confirmation."""

from __future__ import annotations

from typing import Any

import streamlit as st

from mediamix.core.errors import UserError
from mediamix.data.guess.result import Column, Guess, Question
from mediamix.project.drafts import Draft, answer, drafts, forget, new_draft, read_draft
from mediamix.project.folder import SPEC
from mediamix.project.founding import found_project, unwritten
from mediamix.ui import mapping
from mediamix.ui.failure import tell
from mediamix.ui.place import project
from mediamix.ui.words import plain

#: Endings that the file dialogue offers; what a file is, its content says.
ENDINGS = ["csv", "tsv", "txt", "xlsx", "parquet", "pq"]
#: The choice that shows the project's own data.
OWN = "project"
_SHOWN, _ERROR, _TOLD, _UPLOADS = "draft", "data_error", "data_told", "uploads"


def choose_draft() -> Draft | None:
    """The uploaded tables that are looked at; None: those of the project.

    The address names them. A bound widget would not do: it writes there only what a person chooses in it,
    and an upload chooses, too.
    """
    names = {draft.id: ", ".join(path.name for path in draft.files) for draft in drafts(project())}
    if not names:
        return None
    own = "The project's data" if project().founded else "Other tables"
    options = [OWN, *names]
    wanted = st.query_params.get(_SHOWN, "")
    if wanted not in options:
        wanted = next(iter(names)) if unwritten(project()) else OWN
    key = f"show_{wanted}"
    shown = st.selectbox(
        "Show",
        options,
        index=options.index(wanted),
        format_func=lambda name: f"{names[name]}, uploaded {_when(name)}" if name in names else own,
        key=key,
        on_change=lambda: _look(st.session_state[key]),
        help="Uploaded tables wait here, apart from the project, until somebody says what they are.",
    )
    return None if shown == OWN else read_draft(project(), shown)


def _look(name: str) -> None:
    """Look at a draft, or at the project's data."""
    if name == OWN:
        st.query_params.pop(_SHOWN, None)
    else:
        st.query_params[_SHOWN] = name


def upload() -> None:
    """The place to drop files."""
    most = int(st.get_option("server.maxUploadSize"))
    st.file_uploader(
        "Tables as CSV, Excel (.xlsx) or Parquet",
        ENDINGS,
        accept_multiple_files=True,
        # A new key empties it: the files are kept in the project's folder.
        key=f"upload_{st.session_state.get(_UPLOADS, 0)}",
        on_change=_uploaded,
        help=f"Up to {most} MB a file: a row per day, geo and channel. Larger logs are summed first.",
    )
    st.caption(
        f"One wide table, or several: media, outcome, controls, events. At most {most} MB each. Titles, "
        "totals, several sheets and other languages are fine: the next step shows what was understood."
    )


def _uploaded() -> None:
    files = st.session_state.get(f"upload_{st.session_state.get(_UPLOADS, 0)}") or []
    if not files:
        return
    try:
        made = new_draft(project(), [(file.name, file.getvalue()) for file in files])
    except UserError as error:
        st.session_state[_ERROR] = error
        return
    st.session_state[_UPLOADS] = st.session_state.get(_UPLOADS, 0) + 1
    _look(made.id)


def map_draft(draft: Draft) -> None:
    """Everything about a draft: its columns, questions, rows, and what becomes of it."""
    try:
        found = mapping.guessed(draft)
    except UserError as error:
        tell(error)
        if mapping.readable(draft):
            _further(draft, None)
            _rows(draft, None)
        _away(draft)
        return
    _questions(draft, found)
    _columns(draft, found)
    _further(draft, found)
    _rows(draft, found)
    _confirm(draft, found)
    _away(draft)


def _questions(draft: Draft, found: Guess) -> None:
    asked = mapping.widgets_of(found)
    if found.open:
        st.header(f"To answer first ({len(found.open)})", divider="gray", anchor="questions")
    elif asked:
        st.header("What the tables don't say", divider="gray", anchor="questions")
    for question in found.open:
        if question not in asked:  # which columns are media: said in the table below
            st.warning(
                f"{plain(question.text.partition(' Say `')[0])} Choose their role in the table below.",
                icon=":material/help:",
            )
    for question in asked:
        _ask(draft, question)


def _ask(draft: Draft, question: Question) -> None:
    key = f"answer_{draft.id}_{question.key}_{question.taken or ''}"
    label = plain(question.text[:1].upper() + question.text[1:])
    state = "" if question.answer is not None else "Assumed: correct it if it is wrong."
    given: Any = {
        "key": key,
        "on_change": _answered,
        "args": (draft.id, question.key, key),
        "help": state or None,
    }
    options = list(question.options)
    if options and options != [question.assumed]:
        if question.taken is not None and question.taken not in options:
            options.insert(0, question.taken)
        st.selectbox(
            label,
            options,
            index=options.index(question.taken) if question.taken is not None else None,
            format_func=lambda option: mapping.worded(question.key, option),
            placeholder="Choose",
            accept_new_options=question.key.startswith("only."),
            **given,
        )
    else:
        st.text_input(label, question.taken or "", **given)


def _columns(draft: Draft, found: Guess) -> None:
    st.header("What each column is", divider="gray", anchor="columns")
    st.caption("A guess from headers and cells. Correct role and channel in the table; the rest follows.")
    for table in dict.fromkeys(column.table for column in found.columns):
        columns, frame = mapping.shown_columns(found, table)
        key = f"columns_{draft.id}_{table}_{hash(tuple(sorted(draft.answers.items())))}"
        st.markdown(f"**{plain(table)}**")
        st.data_editor(
            frame,
            hide_index=True,
            num_rows="fixed",
            key=key,
            disabled=[mapping.COLUMN, mapping.UNIT, mapping.VALUES, mapping.WHY],
            column_config={
                mapping.ROLE: st.column_config.SelectboxColumn(
                    mapping.ROLE, options=mapping.roles_of(columns), required=True, width="small"
                ),
                mapping.CHANNEL: st.column_config.TextColumn(
                    mapping.CHANNEL,
                    max_chars=80,
                    help="Of spend and exposure: those of one channel belong together.",
                ),
                mapping.UNIT: st.column_config.TextColumn(mapping.UNIT, width="small"),
                mapping.WHY: st.column_config.TextColumn(mapping.WHY, width="large"),
            },
            on_change=_edited,
            args=(draft.id, table, key),
            alt=f"What each column of {table} is taken for",
        )
        _one_column(draft, table, columns)
    if found.notes:
        with st.expander(f"How the tables were read ({len(found.notes)})"):
            for note in found.notes:
                st.markdown(f"- {plain(note)}")


def _one_column(draft: Draft, table: str, columns: list[Column]) -> None:
    """The same correction without the table: for a small screen, a keyboard, a screen reader."""
    with st.expander("Correct one column"), st.form(f"one_{draft.id}_{table}", border=False):
        names = [column.name for column in columns]
        st.selectbox("Column", range(len(names)), format_func=lambda i: names[i], key=f"one_column_{table}")
        st.selectbox(
            "Role", mapping.roles_of(columns), index=None, key=f"one_role_{table}", placeholder="As it is"
        )
        st.text_input("Channel (of spend and exposure)", key=f"one_channel_{table}", max_chars=80)
        st.form_submit_button("Correct", on_click=_corrected, args=(draft.id, table))


def _further(draft: Draft, found: Guess | None) -> None:
    """What is seldom asked: which sheet, which date, which column of markets."""
    sheets = mapping.sheets_of(tuple(map(str, draft.files)))
    with st.expander("Say more: sheet, column of dates, markets", expanded=found is None):
        for key, label, options in (
            ("sheet", "The sheet that is meant", sheets),
            ("date", "The column of dates", None),
            ("value_per_unit", "What one unit of the outcome is worth, where it is a count", None),
        ):
            name = f"more_{draft.id}_{key}_{draft.answers.get(key, '')}"
            given: Any = {"key": name, "on_change": _answered, "args": (draft.id, key, name)}
            taken = draft.answers.get(key)
            if options:
                index = options.index(taken) if taken in options else None
                st.selectbox(label, options, index=index, placeholder="All", **given)
            elif options is None:
                st.text_input(label, taken or "", placeholder="As it is found", **given)
        name = f"more_{draft.id}_geo"
        st.text_input(
            "The column of markets, where rows of one date are of several",
            key=name,
            placeholder="As it is found",
            on_change=_geo,
            args=(draft.id, name),
        )
        if draft.answers:
            said = ", ".join(f"{key} = {value}" for key, value in draft.answers.items())
            st.caption(f"Said so far: {plain(said)}")
            st.button("Forget all answers", icon=":material/undo:", on_click=_save, args=(draft, {}))


def _rows(draft: Draft, found: Guess | None) -> None:
    st.header("The rows", divider="gray", anchor="rows")
    shown = mapping.raw_rows(tuple(map(str, draft.files)))
    made = mapping.written_rows(found.tables) if found is not None else {}
    for name, rows in shown.items():
        with st.expander(f"{plain(name)}, as it is", expanded=len(shown) == 1 and not made):
            st.dataframe(rows, alt=f"The first rows of {name}")
    for name, rows in made.items():
        with st.expander(f"{plain(name)}, as it will be read", expanded=len(made) == 1):
            st.dataframe(rows, hide_index=True, alt=f"The first rows of {name}")
    if found is not None and found.spec:
        with st.expander(f"The spec ({SPEC})"):
            st.code(found.spec, language="yaml")


def _confirm(draft: Draft, found: Guess) -> None:
    st.header("Take them over", divider="gray", anchor="confirm")
    variant = None
    if not unwritten(project()):
        how = st.radio(
            "This project has a spec already",
            ("replace", "variant"),
            format_func=lambda way: {
                "replace": f"Replace it: what is there is kept as {SPEC}.before",
                "variant": "Keep it: write a variant beside it",
            }[way],
            key=f"how_{draft.id}",
        )
        if how == "variant":
            variant = st.text_input("Name of the variant", key=f"variant_{draft.id}", max_chars=64)
    st.button(
        "Yes, use these tables",
        type="primary",
        icon=":material/check:",
        disabled=bool(found.open) or variant == "",
        help="Answer what is open first." if found.open else None,
        on_click=_take_over,
        args=(draft.id, variant),
    )


def _away(draft: Draft) -> None:
    st.button("Remove this upload", icon=":material/delete:", on_click=_remove, args=(draft,))


def _take_over(name: str, variant: str | None) -> None:
    here = project()
    try:
        draft = read_draft(here, name)
        found = mapping.guessed(draft)
        replace = variant is None and not unwritten(here)
        kept = found_project(here.root, found.spec, found.tables, force=replace, variant=variant)
        forget(draft)
    except UserError as error:
        st.session_state[_ERROR] = error
        return
    _look(OWN)
    where = f"as the variant {variant}" if variant else "as the project's data"
    st.session_state[_TOLD] = " ".join([f"The tables are there {where}.", *(f"{line}." for line in kept)])


def _answered(name: str, key: str, widget: str) -> None:
    _change(name, lambda draft: mapping.answered(draft.answers, key, st.session_state.get(widget)))


def _geo(name: str, widget: str) -> None:
    column = str(st.session_state.get(widget) or "").strip()
    if column:
        _change(name, lambda draft: mapping.answered(draft.answers, f"role.{column}", "geo"))


def _edited(name: str, table: str, widget: str) -> None:
    edits = st.session_state[widget]["edited_rows"]
    _change(name, lambda draft: mapping.corrected(draft.answers, _of_table(draft, table), edits))


def _corrected(name: str, table: str) -> None:
    state = st.session_state
    edit = {mapping.ROLE: state[f"one_role_{table}"], mapping.CHANNEL: state[f"one_channel_{table}"]}
    edits = {state[f"one_column_{table}"]: {key: value for key, value in edit.items() if value}}
    _change(name, lambda draft: mapping.corrected(draft.answers, _of_table(draft, table), edits))


def _of_table(draft: Draft, table: str) -> list[Column]:
    return mapping.shown_columns(mapping.guessed(draft), table)[0]


def _change(name: str, change: Any) -> None:
    """Keep other answers, unless they break a guess that worked."""
    try:
        draft = read_draft(project(), name)
        answers = change(draft)
        try:
            mapping.guessed(draft, answers)
        except UserError:
            if _works(draft):
                raise
        _save(draft, answers)
    except UserError as error:
        st.session_state[_ERROR] = error


def _works(draft: Draft) -> bool:
    try:
        mapping.guessed(draft)
    except UserError:
        return False
    return True


def _save(draft: Draft, answers: dict[str, str]) -> None:
    try:
        answer(draft, answers)
    except UserError as error:
        st.session_state[_ERROR] = error


def _remove(draft: Draft) -> None:
    try:
        forget(draft)
        _look(OWN)
    except UserError as error:
        st.session_state[_ERROR] = error


def _when(name: str) -> str:
    return f"{name[:4]}-{name[4:6]}-{name[6:8]} {name[9:11]}:{name[11:13]}:{name[13:15]} UTC"
