"""The best split of a budget within limits, beside today's."""

from __future__ import annotations

from dataclasses import replace

import streamlit as st

from mediamix.core.errors import UserError
from mediamix.ui.draw import draw
from mediamix.ui.failure import tell
from mediamix.ui.place import project
from mediamix.ui.planning import answer, bounds_of, today_of
from mediamix.ui.session import blocks, chosen, material
from mediamix.ui.words import plain

of = material()
record = chosen()
assert record is not None  # `material` ends the page where there is none
today = today_of(of)
total = sum(today.values())

st.markdown(f"Plans {plain(of.window)}, in {plain(of.currency)}. Today: {plain(of.spend(total))}.")
left, right = st.columns([1, 2])
with left:
    share = st.slider(
        "Budget, in % of today's", 50, 200, 100, 5, key="budget", bind="query-params", format="%d %%"
    )
    st.caption(of.spend(total * share / 100).replace("$", "\\$"))
    with st.expander("Limits per channel, in % of today's spend"):
        for name in today:
            st.slider(
                plain(name), 0, 200, (0, 200), 5, key=f"limit_{name}", format="%d %%", persist_state="session"
            )
try:
    limits = bounds_of(today, {name: st.session_state[f"limit_{name}"] for name in today})
    plan = answer(str(project().root), record.id, total * share / 100, limits)
except UserError as error:
    with right:
        tell(error)
    st.stop()
with right:
    _, found = blocks(replace(of, plan=plan), "budget")
    draw(found)
    with st.container(horizontal=True):
        import json

        for kind, mime, content in (
            ("CSV", "text/csv", plan.table().to_csv(index=False)),
            ("JSON", "application/json", json.dumps(plan.to_dict(), indent=2)),
        ):
            st.download_button(
                f"This plan ({kind})",
                content,
                f"{project().root.name}-{record.id}-plan.{kind.lower()}",
                mime,
                icon=":material/download:",
                on_click="ignore",
            )
