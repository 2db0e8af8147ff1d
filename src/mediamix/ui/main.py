"""The app's frame: pages in the order of the questions people have, and the run they look at."""

from __future__ import annotations

from pathlib import Path

import streamlit as st

from mediamix.core.errors import UserError
from mediamix.ui.failure import told
from mediamix.ui.place import project
from mediamix.ui.ready import wait_for_engine
from mediamix.ui.words import plain

# A picture of our own: an icon by name would be fetched from another server.
st.set_page_config(page_title="mediamix", page_icon=str(Path(__file__).parent / "icon.svg"), layout="wide")

wait_for_engine()

SECTIONS = {
    "Decide": [
        st.Page(
            "views/overview.py",
            title="Overview",
            icon=":material/home:",
            help="What media caused, how sure that is, and where to put the next euro.",
            default=True,
        ),
        st.Page(
            "views/planner.py",
            title="Planner",
            icon=":material/tune:",
            help="The best split of a budget within your limits, beside today's.",
        ),
        st.Page(
            "views/scenarios.py",
            title="Scenarios",
            icon=":material/compare_arrows:",
            help="Saved plans beside each other.",
        ),
        st.Page(
            "views/report.py",
            title="Report",
            icon=":material/description:",
            help="The run as a file to send round, and its tables.",
        ),
    ],
    "Understand": [
        st.Page(
            "views/channels.py",
            title="Channels",
            icon=":material/campaign:",
            help="What each channel brought and returned, and how long it works.",
        ),
        st.Page(
            "views/response.py",
            title="Response curves",
            icon=":material/show_chart:",
            help="What more or less spend would bring, and which spend the data have seen.",
        ),
        st.Page(
            "views/model.py",
            title="Model",
            icon=":material/query_stats:",
            help="How well the model follows the outcome.",
        ),
        st.Page(
            "views/trust.py",
            title="Trust",
            icon=":material/verified:",
            help="Whether to believe the numbers, what the checks noticed, what to do next.",
        ),
    ],
    "Work": [
        st.Page(
            "views/data.py",
            title="Data",
            icon=":material/table:",
            help="What the tables hold, and what the checks say about them.",
        ),
        st.Page(
            "views/fit.py",
            title="Fit",
            icon=":material/play_circle:",
            help="The spec, new runs with their progress, and the history of runs.",
        ),
        st.Page(
            "views/trainings.py",
            title="Trainings",
            icon=":material/update:",
            help="What ran by itself, what became of it, what waits, and when the next training begins.",
        ),
    ],
}
# The list is drawn by hand: Streamlit's own with sections is no list to a screen reader.
page = st.navigation([page for pages in SECTIONS.values() for page in pages], position="hidden")

try:
    if not project().founded and page.url_path == "":
        st.switch_page("views/data.py")  # a folder without tables: there is nothing to see yet
    with st.sidebar:
        for name, pages in SECTIONS.items():
            st.caption(name)
            with st.container(gap="xxsmall"):
                for one in pages:
                    st.page_link(one, width="stretch")
        st.space("small")
        st.caption(f"Project {plain(project().root.name)}")
        from mediamix.ui.session import choose_run  # brings the engine

        choose_run()
    st.title(page.title, anchor=False)
    page.run()
except (UserError, OSError) as error:
    told(error)
