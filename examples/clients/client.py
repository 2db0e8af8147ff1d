"""A client of the service in Python: the three questions, a run followed to its end. No packages.

MEDIAMIX_URL=http://127.0.0.1:8000 MEDIAMIX_KEY=mm_… python client.py
"""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator
from typing import Any

URL = os.environ.get("MEDIAMIX_URL", "http://127.0.0.1:8000")
KEY = os.environ.get("MEDIAMIX_KEY", "")


class RefusedError(Exception):
    """What the service said instead: `problem` has detail, expected, got, next and findings."""

    def __init__(self, problem: dict[str, Any]) -> None:
        self.problem = problem
        super().__init__(f"{problem['detail']} (next: {problem['next']})")


def call(method: str, path: str, body: Any = None, **headers: str) -> Any:
    """An answer of the service."""
    request = urllib.request.Request(f"{URL}{path}", method=method)
    request.add_header("Authorization", f"Bearer {KEY}")
    for name, value in headers.items():
        request.add_header(name.replace("_", "-"), value)
    if body is not None:
        request.add_header("Content-Type", "application/json")
        request.data = json.dumps(body).encode()
    try:
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as error:
        raise RefusedError(json.load(error)) from None


def follow(id: str) -> Iterator[tuple[str, Any]]:
    """The events of a run, until it has ended."""
    request = urllib.request.Request(f"{URL}/api/v1/runs/{id}/events")
    request.add_header("Authorization", f"Bearer {KEY}")
    with urllib.request.urlopen(request, timeout=600) as lines:
        kind = ""
        for raw in lines:
            name, _, value = raw.decode().rstrip("\n").partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                yield kind, json.loads(value)


def main() -> None:
    """Ask the three questions of the promoted run."""
    run, anyway = "/api/v1/runs/current", "MEDIAMIX_ANYWAY" in os.environ
    plan = call("POST", f"{run}/optimize", {"anyway": anyway})
    print("best split:", {name: round(spend) for name, spend in plan["allocation"].items()})
    goal = call("POST", f"{run}/target", {"target": {"roi": 0.5}, "anyway": anyway})
    print("budget for a ROI of 0.5:", round(goal["budget"]))
    rows = call("POST", f"{run}/scenarios", {"multiples": [0.9, 1.1], "objective": "mean", "anyway": anyway})
    print("outcomes:", [round(row["outcome"]) for row in rows["scenarios"]])
    try:
        call("POST", f"{run}/optimize", {"bounds": {"radio": [0, 1]}, "anyway": anyway})
    except RefusedError as refused:
        print("refused:", refused)


if __name__ == "__main__":
    main()
