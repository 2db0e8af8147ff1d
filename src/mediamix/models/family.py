"""Model families: the folder `families` is the registry, one file a family.

A family turns a dataset and a spec into a `Fit`, says what it would refuse, and reads its fits back. What
comes after asks for the facts that stand here, never for a name.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mediamix.core.errors import UserError
from mediamix.core.registry import discover, pick
from mediamix.core.spec import Spec
from mediamix.core.types import Finding
from mediamix.data.dataset import Dataset

if TYPE_CHECKING:
    from mediamix.inference.draws import Draws
    from mediamix.inference.progress import Progress
    from mediamix.models.base import Fit, RunInfo
    from mediamix.models.choices import Choice

PACKAGE = "mediamix.models.families"


@dataclass(frozen=True)
class Told:
    """What is known before a fit.

    Args:
        refusals: All that a fit would refuse.
        choices: What the data choose of what the spec leaves open.
    """

    refusals: tuple[UserError, ...] = ()
    choices: tuple[Choice, ...] = ()


@dataclass(frozen=True)
class Stored:
    """What a fit's folder holds of it.

    Args:
        dataset: As fitted.
        spec: As used.
        posterior: Named draws.
        run: Provenance.
        record: `run.json`, whole.
        group: A group of `posterior.nc` by name; raises `FolderError` where there is none.
    """

    dataset: Dataset
    spec: Spec
    posterior: Draws
    run: RunInfo
    record: Mapping[str, Any]
    group: Callable[[str], Draws]


def _no_groups(fit: Fit) -> Mapping[str, Draws]:
    return {}


def _no_findings(fit: Fit) -> tuple[Finding, ...]:
    return ()


@dataclass(frozen=True)
class Family:
    """A way to fit.

    Args:
        name: What the spec says: `model.family`.
        title: For a page.
        summary: One sentence.
        engine: The module that computes, imported once it is needed.
        fit: ``fit(dataset, spec, on_progress, quick) -> Fit``; the same data, spec and seed give the same
            draws. Raises `SpecError` and `DataError` for what `tell` would list.
        tell: ``tell(dataset, spec, deep) -> Told``: what `fit` would refuse, all of it at once; `deep`: also
            what takes the model's native code to see.
        restore: From its stored parts; raises `FolderError` where they don't belong together.
        density: Its draws are from a density over parameters with priors: it can be weighed anew, sampled
            with another belief on top, and compared with its priors.
        groups: Draws that are stored beside the posterior, for `restore`.
        findings: What the making of a fit whose draws are no sampler's has to say: part of its verdict.
    """

    name: str
    title: str
    summary: str
    engine: str
    fit: Callable[[Dataset, Spec, Callable[[Progress], None] | None, bool], Fit]
    tell: Callable[[Dataset, Spec, bool], Told]
    restore: Callable[[Stored], Fit]
    density: bool
    groups: Callable[[Fit], Mapping[str, Draws]] = field(default=_no_groups)
    findings: Callable[[Fit], tuple[Finding, ...]] = field(default=_no_findings)


def families() -> Mapping[str, Family]:
    """All families by name."""
    return discover(PACKAGE, Family)


def family_of(fit: Fit) -> Family:
    """The family that made a fit."""
    return pick(PACKAGE, Family, fit.family)


def family_for(spec: Spec) -> Family:
    """The family that a spec asks for."""
    return pick(PACKAGE, Family, spec.model.family)
