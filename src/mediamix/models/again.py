"""A fit sampled again with a belief about marginal returns on top of its posterior."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from jaxtyping import Int

from mediamix.core.errors import MediamixError
from mediamix.core.types import Window
from mediamix.inference import laplace, nuts, rescue
from mediamix.inference.density import Density, address_of, aligned
from mediamix.inference.progress import Progress
from mediamix.models.base import Fit
from mediamix.models.bayes import to_fit
from mediamix.models.coordinates import coordinates
from mediamix.models.funnel import joined
from mediamix.models.panel import PanelModel
from mediamix.models.problem import Problem, pose
from mediamix.models.returns import Alike
from mediamix.models.rises import PER_CHANNEL, STEP
from mediamix.models.structured import StructuredModel
from mediamix.transforms.base import address
from mediamix.transforms.order import part_of

#: Draws of a chain, at least and at most, and draws for tuning at most. With few of them a plan that is
#: hardly worth moving for moves with one seed and stays with the next (`benchmarks/planner/seeds.py`).
FEWEST, MOST, TUNE = 250, 750, 200
#: Draws of a chain times channels: a draw of many channels costs more.
DRAWS_BY_CHANNELS = 6000


def sample_again(
    fit: Fit,
    channels: list[int],
    alike: Alike,
    window: Window,
    on_progress: Callable[[Progress], None] | None = None,
    *,
    starts: Int[np.ndarray, " start"],
) -> Fit:
    """The same data, model and priors, and the belief that marginal returns in a window are alike.

    In a panel the returns are those at the geos' common effects. Chains start at draws of the fit, so that
    they look where the fit has looked. The same fit gives the same draws.

    Args:
        fit: A fit.
        channels: Positions of channels with spend in the window.
        alike: The belief about them.
        window: Ends with the data.
        on_progress: Called while NUTS samples.
        starts: Rows of the fit's draws that chains may start from, each as often as it is likely.

    Raises:
        MediamixError: The sampler failed, or effects vary.
        SpecError: Of a quick fit: no peak was found.
    """
    problem = pose(fit.dataset, fit.spec)
    if isinstance(problem.model, StructuredModel) or problem.model.courses:
        raise MediamixError("marginal returns of effects that vary have no density to sample with")
    density = weighed(problem, channels, alike, window)
    sampler = fit.spec.sampler
    settings = sampler.model_copy(update={"draws": draws_of(len(channels)), "tune": min(sampler.tune, TUNE)})
    sample: laplace.Sample | nuts.Sample
    if fit.run.quick is None:
        from_u = coordinates(problem, fit, starts)
        sample = rescue.sample(
            density,
            settings,
            on_progress,
            start=lambda own: from_u[np.random.default_rng(own).integers(len(from_u))],
        )
        importance = None
    else:
        sample = laplace.sample(density, settings)
        importance = sample.importance
    found = to_fit(problem, sample, replace(fit.run, quick=importance, thinned=1, healing=None))
    return joined(found, fit.mediators)


def draws_of(channels: int) -> int:
    """Draws of a chain for so many channels."""
    return int(np.clip(DRAWS_BY_CHANNELS // channels, FEWEST, MOST))


def weighed(problem: Problem, channels: list[int], alike: Alike, window: Window) -> Density:
    """The problem's density with the belief on top, for the native kernel."""
    # Kernels are compiled when they are imported: only for who needs them.
    from mediamix.models.returns_density import HEADER, log_weighed

    model, data = problem.model, problem.dataset
    inner, k, c = problem.density(), len(model.priors), len(channels)
    exposure_gct = model.exposure_gct if isinstance(model, PanelModel) else model.exposure_ct[None]
    geos, _, t = exposure_gct.shape
    rows, codes = part_of(model.transforms, channels)
    first = data.n_before + window.start
    # As long as the response curves count carry-over out of a window.
    length = t + round(data.every.per_year / 2)
    own_gct, before_gct = np.zeros((2, geos, len(rows), length))
    own_gct[..., first:t] = exposure_gct[:, rows, first:]
    before_gct[..., :first] = exposure_gct[:, rows, :first]
    spend_c = data.spend_gtc[:, window.slice].sum(axis=(0, 1))[channels]
    constant_c = np.log(model.effect_scale_c[channels] * problem.outcome.mean / (STEP * spend_c))
    sizes, numbers_of_alike = alike.tables
    integers = [
        address_of(inner), len(inner.integers), len(inner.numbers), inner.scratch,
        k, c, geos, t, length, len(sizes), int(before_gct.any()), len(numbers_of_alike),
    ]  # fmt: skip
    for channel, code in zip(channels, codes, strict=True):
        media = model.transforms[channel]
        integers += [
            model.starts[channel],
            address(media.adstock.kernel), len(media.adstock.parameters), code,
            address(media.saturation.kernel), len(media.saturation.parameters),
        ]  # fmt: skip
    if len(integers) != HEADER + PER_CHANNEL * c:
        raise AssertionError("the header doesn't match the kernel's")
    integers += sizes.tolist()
    integers += [prior.link for prior in model.priors]
    numbers = [
        inner.numbers,
        np.zeros(-len(inner.numbers) % 8),
        np.array([prior.location for prior in model.priors]),
        np.array([prior.scale for prior in model.priors]),
        constant_c,
        numbers_of_alike,
        np.array([STEP]),
        problem.size_g,
        own_gct.ravel(),
        before_gct.ravel(),
    ]
    packed = aligned(sum(part.size for part in numbers))
    return Density(
        log_weighed,
        np.concatenate([np.array(integers, dtype=np.int64), inner.integers]),
        np.concatenate(numbers, out=packed),
        inner.dimension,
        scratch=inner.scratch
        + 8
        + 4 * k
        + 4 * c
        + len(sizes)
        + (1 + 2 * c) * int(sizes.max())
        + (6 + 3 * k) * length,
    )
