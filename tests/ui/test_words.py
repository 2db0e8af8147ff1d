"""Names of others are shown, never run."""

from __future__ import annotations

import re

import pytest
from markdown_it import MarkdownIt

from mediamix.ui.words import plain

NASTY = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "[click](javascript:alert(1))",
    "![](https://example.org/x.png)",
    "**bold** _it_ `code` ~~gone~~",
    "# title",
    "- item",
    "1. item",
    "$x^2$ and $$y$$",
    ":red[colour] :material/home: :smile:",
    "a|b|c",
    "https://example.org",
    "=1+1",
    "back\\slash",
    "&lt;b&gt; &amp;",
]


@pytest.mark.parametrize("text", NASTY)
def test_markup_is_shown_as_it_is(text: str) -> None:
    made = MarkdownIt("commonmark", {"linkify": False}).enable(["table", "strikethrough"]).render(plain(text))
    shown = re.fullmatch(r"<p>(.*)</p>\n", made)
    assert shown, made
    unescaped = shown[1]
    for entity, character in (("&lt;", "<"), ("&gt;", ">"), ("&quot;", '"'), ("&amp;", "&")):
        unescaped = unescaped.replace(entity, character)
    assert unescaped == text


@pytest.mark.parametrize("text", [":red[x]", ":material/home:", "$x$"])
def test_what_only_streamlit_reads_is_broken_up(text: str) -> None:
    assert not re.search(r"(?<!\\)[:$\[]", plain(text))
