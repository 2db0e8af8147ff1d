"""The page of /docs: every route with its role, parameters, examples and errors. It works offline."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from html import escape
from typing import Any

STYLE = """
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
pre { overflow-x: auto; padding: .7rem; border: 1px solid #8884; border-radius: 6px; font-size: 13px; }
summary { cursor: pointer; padding: .3rem 0; } summary code { font-weight: 600; }
.method { display: inline-block; min-width: 4.5rem; font: 600 13px ui-monospace, monospace; }
table { border-collapse: collapse; width: 100%; } td, th { text-align: left; padding: .2rem .6rem .2rem 0;
vertical-align: top; } .role { opacity: .75; font-size: 13px; } nav a { margin-right: 1rem; }
"""


def page(document: Mapping[str, Any]) -> str:
    """The page of an OpenAPI document."""
    by_tag: dict[str, list[str]] = {}
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            by_tag.setdefault((one.get("tags") or ["other"])[0], []).append(
                _route(document, path, method, one)
            )
    parts = [f'<h2 id="{escape(tag)}">{escape(tag)}</h2>{"".join(routes)}' for tag, routes in by_tag.items()]
    links = "".join(f'<a href="#{escape(tag)}">{escape(tag)}</a>' for tag in by_tag)
    about = "".join(f"<p>{_words(text)}</p>" for text in document["info"]["description"].split("\n\n"))
    title = f"{document['info']['title']} {document['info']['version']}"
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{escape(title)}: API</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f'<h1>{escape(title)}</h1>{about}<p><a href="openapi.json">openapi.json</a></p><nav>{links}</nav>'
        f"<main>{''.join(parts)}</main></body></html>"
    )


def _route(document: Mapping[str, Any], path: str, method: str, one: Mapping[str, Any]) -> str:
    told = _words(one.get("description", "").split("\n\nRole:")[0])
    about = f"{escape(one.get('summary', ''))} · {escape(one.get('x-role', ''))}"
    example = escape(_curl(document, path, method, one))
    return (
        f'<details><summary><span class="method">{method.upper()}</span> <code>{escape(path)}</code> '
        f'<span class="role">{about}</span></summary>'
        f"<p>{told}</p>{_parameters(one)}<h4>Example</h4><pre>{example}</pre>"
        f"{''.join(_answers(one))}</details>"
    )


def _parameters(one: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td><code>{escape(p['name'])}</code></td>"
        f"<td>{p['in']}{', required' if p.get('required') else ''}</td>"
        f"<td>{_words(p.get('description', ''))}</td></tr>"
        for p in one.get("parameters", ())
    )
    return f"<table>{rows}</table>" if rows else ""


def _curl(document: Mapping[str, Any], path: str, method: str, one: Mapping[str, Any]) -> str:
    words = ["curl", '-H "Authorization: Bearer $MEDIAMIX_KEY"'] if "security" in document else ["curl"]
    if method != "get":
        words.append(f"-X {method.upper()}")
    content = one.get("requestBody", {}).get("content", {})
    if "multipart/form-data" in content:
        words.append("-F files=@media.csv -F files=@outcome.csv")
    elif content:
        words += [
            "-H 'Content-Type: application/json'",
            f"-d '{json.dumps(_example(content['application/json']))}'",
        ]
    shown = path.replace("{id}", "current").replace("{name}", "mediamix")
    return " ".join([*words, f'"$MEDIAMIX_URL{shown}"'])


def _example(content: Mapping[str, Any]) -> Any:
    examples = content.get("examples")
    return next(iter(examples.values()))["value"] if examples else content.get("example", {})


def _answers(one: Mapping[str, Any]) -> Iterator[str]:
    for status, told in one.get("responses", {}).items():
        content: Mapping[str, Any] = next(iter(told.get("content", {}).values()), {})
        example = content.get("example")
        text = (
            ""
            if example is None
            else f"<pre>{escape(json.dumps(example, indent=2, ensure_ascii=False))}</pre>"
        )
        yield f"<details><summary>{status} {_words(told.get('description', ''))}</summary>{text}</details>"


def _words(text: str) -> str:
    """Text of the document; what stands between backticks is code."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", escape(text))
