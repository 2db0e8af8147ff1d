"""A small spec per family: a new family adds a line, and everything that takes a fit is tried with it."""

from __future__ import annotations

from typing import Any

from short import QUICK

#: Family → keys of its spec beside data and holdout.
SPECS: dict[str, dict[str, Any]] = {
    "bayes": {"sampler": QUICK},
    "evolve": {
        "model": {"family": "evolve", "evolve": {"trials": 2, "iterations": 300}},
        "sampler": {"chains": 2, "draws": 250},
    },
    "linear": {
        "model": {"family": "linear", "linear": {"fixed": {"search": {"half_life": 1.5}}}},
        "channels": {"search": {"saturation": {"kind": "none"}}},
        "sampler": {"chains": 2, "draws": 250},
    },
}
#: Of two families, with the holdout that the tests ask for.
MEMBERS = {name: {**SPECS[name], "holdout": {"last": 6}} for name in ("bayes", "linear")}
SPECS["stack"] = {
    "model": {"family": "stack", "stack": {"members": MEMBERS, "weights": {"bayes": 0.6, "linear": 0.4}}}
}
