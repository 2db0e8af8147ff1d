"""The page before all pages: while the engine is compiled, once for an installation."""

from __future__ import annotations

import time

import streamlit as st

from mediamix.project import compiling

#: Seconds between two looks.
EVERY = 1.0


def wait_for_engine() -> None:
    """End the script with a word, and come again, while a process compiles what all pages need."""
    if compiling.at_work():
        st.info(
            "The engine is being compiled, once for this installation: some 20 seconds. "
            "This page goes on by itself.",
            icon=":material/hourglass:",
        )
        time.sleep(EVERY)
        st.rerun()
