"""What the page Fit does: saves a spec, begins and promotes runs; and what it says of them."""

from __future__ import annotations

import pandas as pd
import streamlit as st

from mediamix.core.errors import UserError
from mediamix.core.spec import Spec
from mediamix.core.text import visible
from mediamix.jobs.recording import record_promotion
from mediamix.jobs.runs import launch
from mediamix.project.between import Change, between
from mediamix.project.launch import user
from mediamix.project.record import Record, State
from mediamix.project.runs import current, promote
from mediamix.project.specs import parsed, save_spec, spec_text, with_sections
from mediamix.ui.examining import Seen, seen_of
from mediamix.ui.failure import tell
from mediamix.ui.place import project
from mediamix.ui.structure import Structure, sections

#: The file as it was when the editor's text was taken from it, whose file that is, and how often it was.
SEEN, OF, _TIMES = "spec_seen", "spec_of", "spec_times"
#: The choice that is no variant.
OWN = "project"
_ERROR, _TOLD = "fit_error", "fit_told"


def choose_spec() -> str | None:
    """Which spec is looked at: None for the project's own, else a variant's name."""
    variants = project().variants()
    if not variants:
        return None
    shown = st.selectbox(
        "Spec",
        [OWN, *variants],
        key="spec",
        bind="query-params",
        help="project is mediamix.yml; the others are its variants in specs/.",
    )
    return None if shown == OWN else shown


def text_key() -> str:
    """The editor's key."""
    return f"spec_text_{st.session_state.get(_TIMES, 0)}"


def take_text(variant: str | None) -> str:
    """What the editor begins with: what is saved, unless somebody is at work on it.

    Raises:
        UserError: The file can't be read.
    """
    state, text = st.session_state, spec_text(project(), variant)
    edited = state.get(text_key()) not in (None, state.get(SEEN))
    if text_key() not in state or state.get(OF) != (variant,) or (not edited and text != state.get(SEEN)):
        # Another editor: one that a browser shows already would send its old text back.
        state[_TIMES] = state.get(_TIMES, 0) + 1
        state[text_key()], state[SEEN], state[OF] = text, text, (variant,)
    return text


def save(variant: str | None) -> None:
    """Save what is in the editor."""
    _saved(st.session_state[text_key()], variant)


def save_as() -> None:
    """Save what is in the editor as a variant, and look at that."""
    name = str(st.session_state.get("variant_name") or "").strip()
    if not name:
        return
    try:
        save_spec(project(), st.session_state[text_key()], name, seen=None)
    except UserError as error:
        st.session_state[_ERROR] = error
        return
    st.session_state["spec"] = name
    st.session_state["variant_name"] = ""
    st.session_state[_TOLD] = f"The variant {name} is saved."


def revert() -> None:
    """Take what is saved."""
    st.session_state.pop(OF, None)


def apply(variant: str | None, spec: Spec, wanted: Structure) -> bool:
    """Write the form's choices into the spec, and save it; whether that changed something."""
    try:
        changed = sections(spec, wanted)
        if not changed:
            return False
        return _saved(with_sections(st.session_state[text_key()], changed), variant)
    except UserError as error:
        st.session_state[_ERROR] = error
        return True


def _saved(text: str, variant: str | None) -> bool:
    try:
        save_spec(project(), text, variant, seen=st.session_state[SEEN])
    except UserError as error:
        st.session_state[_ERROR] = error
        return True
    # Not the text in the editor: a widget's own value is not set after it is drawn.
    st.session_state.pop(OF, None)
    st.session_state[_TOLD] = "The spec is saved."
    return True


def checked(variant: str | None) -> Seen | None:
    """What the checks say of the spec and its data; None where they can't begin."""
    try:
        return seen_of(project(), variant)
    except UserError as error:
        tell(error)
        return None


def names_of(variant: str | None) -> tuple[str, ...]:
    """The channels that the data hold; none where they can't be read."""
    try:
        return seen_of(project(), variant).names
    except UserError:
        return ()


def shown_spec() -> Spec | None:
    """What is in the editor, where it is a spec."""
    try:
        return parsed(st.session_state[text_key()])
    except UserError:
        return None


def begin(variant: str | None) -> None:
    """Begin a run of what is saved."""
    if st.session_state[text_key()] != st.session_state[SEEN]:
        st.session_state[_ERROR] = UserError(
            "the spec in the editor isn't saved",
            next_step="save it, or take what is saved; then start the run",
        )
        return
    try:
        record, new = launch(project(), variant)
    except UserError as error:
        st.session_state[_ERROR] = error
        return
    st.session_state[_TOLD] = (
        f"Run {record.id} has begun: it goes on when this page is closed."
        if new
        else f"Run {record.id} is of the same data and spec already."
    )


def make_current() -> None:
    """Promote the run that is picked."""
    run = st.session_state["fit_promote"]
    try:
        promote(project(), run, force=bool(st.session_state.get("fit_anyway")))
        record_promotion(project(), run, user())
        st.session_state[_TOLD] = f"Run {run} is what everybody sees now."
    except UserError as error:
        st.session_state[_ERROR] = error


def history(runs: list[Record]) -> pd.DataFrame:
    """A row per run that has ended."""
    promoted = current(project())
    return pd.DataFrame(
        [
            {
                "Run": record.id,
                "State": record.state + (", promoted" if record.id == promoted else ""),
                "Checks": record.verdict or "–",
                "Spec": record.variant or "mediamix.yml",
                "Asked for (UTC)": record.asked.replace("T", " ").removesuffix("Z"),
                "Took": f"{record.seconds['all_s']:.0f} s" if "all_s" in record.seconds else "–",
                "By": visible(record.who),
            }
            for record in runs
        ]
    )


def failed(runs: list[Record]) -> Record | None:
    """The newest run, if it failed."""
    return runs[0] if runs and runs[0].state is State.FAILED else None


def compare(runs: list[Record]) -> None:
    """What changed between two runs, chosen by a person."""
    done = [record.id for record in runs if record.state is State.DONE]
    if len(done) < 2:
        st.caption("Two runs that are done can be compared here.")
        return
    left, right = st.columns(2)
    before = left.selectbox("From", done, index=1, key="compare_from")
    after = right.selectbox("To", done, index=0, key="compare_to")
    try:
        found = between(project(), before, after)
    except UserError as error:
        tell(error)
        return
    if found.spec:
        st.dataframe(_rows(found.spec, "Key"), hide_index=True, alt="Keys of the spec that differ")
    else:
        st.caption("The spec is the same.")
    if found.same_data:
        st.caption("The data are the same.")
    elif found.data:
        st.dataframe(_rows(found.data, "Sum"), hide_index=True, alt="Sums of the data that differ")
    else:
        st.caption("The data differ, but not in the sums of outcome and spend.")


def _rows(changes: tuple[Change, ...], name: str) -> pd.DataFrame:
    return pd.DataFrame(
        [{name: visible(one.key), "From": _said(one.before), "To": _said(one.after)} for one in changes]
    )


def _said(value: object) -> str:
    if value is None:
        return "–"
    if isinstance(value, float):
        return f"{value:,.6g}"
    return visible(str(value))
