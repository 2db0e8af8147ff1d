"""A drawn figure as it stands in a page: its shapes and texts, nothing that could act or load."""

from __future__ import annotations

import re
from xml.etree import ElementTree

#: What a picture on a page is made of; anything else in it is dropped.
_ELEMENTS = frozenset({"svg", "g", "path", "rect", "line", "text", "defs", "clipPath"})
_ATTRIBUTES = frozenset(
    {
        *(
            "d",
            "transform",
            "x",
            "y",
            "x1",
            "y1",
            "x2",
            "y2",
            "width",
            "height",
            "rx",
            "ry",
            "id",
            "clip-path",
        ),
        *("fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "stroke-dasharray", "opacity"),
        *("text-anchor", "font-size", "font-weight"),
    }
)
_SPACE = "{http://www.w3.org/2000/svg}"
_LONG = re.compile(r"-?\d+\.\d{3,}(?:e-\d+)?")
_CLIP = re.compile(r"url\(#([\w-]+)\)")


def inline(svg: str, mark: str) -> str:
    """The picture for a page.

    Words of marks that can be asked become titles, which browsers show without a script.

    Args:
        svg: As it was drawn.
        mark: In front of its ids, which must be unique on the page.
    """
    root = ElementTree.fromstring(svg)  # noqa: S314  # our own renderer wrote it
    root.attrib = {"viewBox": root.get("viewBox", ""), "aria-hidden": "true", "focusable": "false"}
    for child in list(root):
        if child.tag == f"{_SPACE}rect":  # the background: the page has its own
            root.remove(child)
    _clean(root, mark, {})
    text = ElementTree.tostring(root, encoding="unicode")
    # No text has a bare "<" here: these are the elements' own names.
    return text.replace("<ns0:", "<").replace("</ns0:", "</").replace(f' xmlns:ns0="{_SPACE[1:-1]}"', "", 1)


def _clean(element: ElementTree.Element, mark: str, ids: dict[str, str]) -> None:
    for child in list(element):
        said = child.get("aria-label") if child.tag == f"{_SPACE}path" else None
        kept = {
            name: _value(name, value, mark, ids)
            for name, value in child.attrib.items()
            if name in _ATTRIBUTES
        }
        _clean(child, mark, ids)
        empty = child.tag == f"{_SPACE}g" and not len(child)
        shapeless = child.get("class") == "background" and not said
        if child.tag.removeprefix(_SPACE) not in _ELEMENTS or empty or shapeless:
            element.remove(child)
            continue
        child.attrib = kept
        if said:
            child.attrib = {name: kept[name] for name in ("d", "transform") if name in kept} | {
                "class": "ask"
            }
            ElementTree.SubElement(child, f"{_SPACE}title").text = said


def _value(name: str, value: str, mark: str, ids: dict[str, str]) -> str:
    """Ids are counted anew: the renderer counts on from picture to picture."""
    if name == "id":
        return ids.setdefault(value, f"{mark}{len(ids)}")
    if name == "clip-path":
        return _CLIP.sub(lambda found: f"url(#{ids.setdefault(found[1], f'{mark}{len(ids)}')})", value)
    return _LONG.sub(_short, value) if "." in value else value


def _short(found: re.Match[str]) -> str:
    """Hundredths of a pixel are enough."""
    text = f"{float(found.group()):.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text
