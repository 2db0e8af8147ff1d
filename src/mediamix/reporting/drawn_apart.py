"""The renderer in a process of its own: a line with a request in, a line with its picture out.

Run as a file, so that nothing but the renderer is loaded.
"""

from __future__ import annotations

import json
import sys
from base64 import b64encode
from typing import Any

#: Nothing that a spec names is fetched.
NO_ADDRESSES: list[str] = []
EMPTY = {"mark": "point", "data": {"values": []}}


def drawn(request: dict[str, Any]) -> str:
    """A figure as SVG text, or as PNG in base 64."""
    import vl_convert

    spec = request["spec"]
    if request["form"] == "svg":
        return str(vl_convert.vegalite_to_svg(spec, allowed_base_urls=NO_ADDRESSES))
    picture = vl_convert.vegalite_to_png(spec, scale=request["scale"], allowed_base_urls=NO_ADDRESSES)
    return b64encode(picture).decode()


if __name__ == "__main__":
    drawn({"spec": EMPTY, "form": "svg"})  # what starts the renderer
    for line in sys.stdin.buffer:
        sys.stdout.write(json.dumps(drawn(json.loads(line))) + "\n")
        sys.stdout.flush()
