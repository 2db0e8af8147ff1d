"""A page that can't be shown says what happened and what to do; the app goes on."""

from __future__ import annotations

import streamlit as st

from mediamix.core.errors import FolderError, UserError
from mediamix.ui.words import plain


def told(error: Exception) -> bool:
    """Show an error in our words, and say that it was shown.

    Args:
        error: That a page has raised; it is in the server's log, too.
    """
    if isinstance(error, UserError):
        tell(error)
    elif isinstance(error, OSError):
        tell(_unread(error))
    else:
        st.error(
            "This page could not be shown. That is not your fault: what happened is in the log of the "
            "server. Try again; the other pages still work.",
            icon=":material/error:",
        )
    return True


def _unread(error: OSError) -> UserError:
    """A file of the project that was removed, or that this machine's user may not read or write."""
    return FolderError(
        "a file of this project can't be read or written",
        expected="a folder that the user who started the app may read and write",
        got=f"{error.strerror or type(error).__name__}: {error.filename or 'no name'}",
        next_step="look whether it was removed or its rights were changed; the other pages still work",
    )


def tell(error: UserError) -> None:
    """What is wrong, where, what was expected, and what to do next."""
    lines = [f"**{plain(error.what)}**", *(f"- {plain(line)}" for line in error.details)]
    for label, text in (("Expected", error.expected), ("Got", error.got), ("Next", error.next_step)):
        if text:
            lines.append(f"{label}: {plain(text)}")
    st.error("\n\n".join(lines), icon=":material/error:")


def say_what_happened(page: str) -> None:
    """What the last click on a page did, or why it did nothing; said once.

    Args:
        page: Whose state holds ``PAGE_error``, an error, and ``PAGE_told``, a sentence.
    """
    error, told = st.session_state.pop(f"{page}_error", None), st.session_state.pop(f"{page}_told", "")
    if error is not None:
        tell(error)
    if told:
        st.success(plain(told), icon=":material/check:")
