"""Our own engine: the default spec, on the four CSV tables that a user would have."""

from __future__ import annotations

import json
from math import exp
from typing import Any

from contract import Job, run

Z95 = 1.6448536269514722


def fit(job: Job) -> None:
    """Read, fit, contributions."""
    options = job.options
    with job.stage("import_s"):
        import mediamix as mm
        from mediamix.measure.contribution import total_contributions
    wanted: dict[str, Any] = {"sampler": {name: options[name] for name in ("chains", "draws", "tune")}}
    if options["geo"]:
        wanted["geo"] = {}
    if job.matched:
        about = json.loads((job.case / "case.json").read_text(encoding="utf-8"))
        location, scale = about["priors"]["roi"]
        roi = {"median": exp(location), "p95": exp(location + Z95 * scale), "family": "lognormal"}
        cut = {"adstock": {"max_lag": about["max_lag"]}, "prior": {"roi": roi}}
        wanted["channels"] = dict.fromkeys(about["channels"], cut)
    spec = mm.Spec.model_validate(wanted)
    with job.stage("read_s"):
        tables = {name: job.case / f"{name}.csv" for name in ("media", "outcome", "controls", "events")}
        dataset = mm.read(**tables, spec=spec)
    with job.stage("fit_s"):
        fitted = mm.fit(dataset, spec)
    with job.stage("contributions_s"):
        contribution_dc = total_contributions(fitted)
    job.seconds["sample_s"] = fitted.run.seconds["sample_s"]
    names = ("roi[", "half_life[", "half_effect[", "slope[")
    columns = {name: x for name, x in fitted.posterior.columns().items() if name.startswith(names)}
    diverging = 0 if fitted.stats is None else int(fitted.stats["diverging"].sum())
    job.write(columns, contribution_dc, divergences=diverging)


if __name__ == "__main__":
    run(fit)
