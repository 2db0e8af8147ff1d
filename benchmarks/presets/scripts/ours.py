"""Our preset on the same table, as a process of its own: ``ours.py CASE OPTIONS OUT``."""

from __future__ import annotations

import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "peers" / "scripts"))

from contract import Job, run


def fit(job: Job) -> None:
    """Read, fit, contributions."""
    options = job.options
    with job.stage("import_s"):
        import numpy as np

        import mediamix as mm
        from mediamix.core.spec import parse_spec
        from mediamix.measure.contribution import total_contributions
    with job.stage("read_s"):
        spec = parse_spec(options["spec"])
        dataset = mm.read(wide=job.case / "wide.csv", spec=spec)
    with job.stage("fit_s"):
        cpu = time.process_time()
        fitted = mm.fit(dataset, spec, checks=options["checks"])
    job.seconds["fit_cpu_s"] = time.process_time() - cpu
    job.seconds["sample_s"] = fitted.run.seconds["sample_s"]
    job.seconds["checks_s"] = fitted.run.seconds.get("checks_s", 0.0)
    job.seconds["again_s"] = fitted.run.seconds.get("again_s", 0.0)
    with job.stage("contributions_s"):
        share_dc = total_contributions(fitted) / dataset.outcome_gt.sum()
    job.seconds["cpu_s"] = time.process_time()
    columns = fitted.posterior.columns()

    def each(name: str) -> np.ndarray | None:
        """[chain, draw, channel], if the model has it."""
        if f"{name}[{dataset.channel_names[0]}]" not in columns:
            return None
        return np.stack([columns[f"{name}[{channel}]"] for channel in dataset.channel_names], axis=-1)

    named = {name: each(name) for name in ("delay", "exponent", "half_effect", "slope")}
    if named["half_effect"] is not None:
        # In multiples of the mean exposure, as there.
        named["half_effect"] = named["half_effect"] / dataset.spend_gtc.mean(axis=(0, 1))
    half_life, spread = each("half_life"), each("spread")
    if half_life is not None:
        named["retention"] = 2.0 ** (-1.0 / half_life)
    if spread is not None:
        named["retention"] = np.exp(-0.5 / spread**2)
    chains = fitted.posterior.n_chains
    named["share"] = share_dc.reshape(chains, -1, share_dc.shape[1])
    diverging = 0 if fitted.stats is None else int(fitted.stats["diverging"].sum())
    job.write({name: x for name, x in named.items() if x is not None}, share_dc, divergences=diverging)


if __name__ == "__main__":
    run(fit)
