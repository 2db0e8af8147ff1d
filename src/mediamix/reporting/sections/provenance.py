"""What made these numbers, and how to make them again."""

from __future__ import annotations

from mediamix.core.provenance import versions
from mediamix.data.checking import some
from mediamix.measure.convergence import WORDS
from mediamix.models.baseline_words import baseline_words
from mediamix.reporting.blocks import Block, Column, Fold, Table, Text
from mediamix.reporting.material import Material
from mediamix.reporting.section import Section


def build(material: Material) -> list[Block]:
    """Hashes, seed, window, timings; versions and the spec folded."""
    fit, data = material.fit, material.fit.dataset
    window = data.stretch()
    sampler = fit.spec.sampler
    sampling = f"{sampler.chains} chains of {sampler.draws:,} draws after {sampler.tune:,} to tune"
    if fit.run.method:
        sampling = f"{fit.n_draws:,} draws: {WORDS.get(fit.run.method, fit.run.method)}"
    again = "mediamix fit mediamix.yml --out fit"
    if fit.run.quick is not None:
        drawn = fit.run.quick.evaluations
        sampling = f"quick mode: {fit.n_draws:,} draws resampled from {drawn:,} weighted ones"
        again += " --quick"
    seconds = [f"{_stage(name)} {value:.1f} s" for name, value in fit.run.seconds.items()]
    rows = [
        ("Data hash", fit.run.data_hash),
        ("Spec hash", fit.run.spec_hash),
        ("Seed", str(fit.run.seed)),
        ("Model", f"{fit.family}, {sampling}"),
        ("Window", f"{window.length} from {window.start} to {window.end}"),
        ("Outcome", f"{data.outcome_name}, in {data.outcome_unit}"),
        *([("Geos", f"{len(data.geos):,}: {some(data.geos, 10)}")] if len(data.geos) > 1 else []),
        ("Controls", ", ".join(data.control_names) or "none"),
        *baseline_words(fit.spec, fit.run.choices),
        ("Time", ", ".join(seconds) or "not recorded"),
    ]
    pair = (Column("What", False), Column("Value", False))
    installed = Table(pair, tuple(versions().items()), "Versions that made this report")
    return [
        Table(pair, tuple(rows), ""),
        Text(
            "The same data, spec, seed and versions give the same numbers on the same kind of processor. "
            "Save the spec below as mediamix.yml beside the data, then run:"
        ),
        Text(again, "code"),
        Fold("Versions", (installed,)),
        Fold("The spec as used", (Text(fit.spec.to_yaml(), "code"),)),
    ]


def _stage(name: str) -> str:
    return name.removesuffix("_s").replace("_", " ")


SECTION = Section("provenance", "Where the numbers come from", 120, "trust", build)
