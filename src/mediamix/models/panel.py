"""The panel model as data for its kernels, and exact draws of what they integrate out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from jaxtyping import Bool, Float

from mediamix.core.machine import cores
from mediamix.core.spec import NoiseKind
from mediamix.core.threads import spread
from mediamix.inference.density import Density, aligned
from mediamix.inference.lanes import LANES
from mediamix.models.density import Completed
from mediamix.models.experiments import Trial
from mediamix.models.panel_trials import packed_trials
from mediamix.models.priors import Prior
from mediamix.models.shock import numbers_of, reflect
from mediamix.models.varying import STEADY, Courses
from mediamix.transforms.base import address
from mediamix.transforms.basis import Block
from mediamix.transforms.media import ChannelTransform
from mediamix.transforms.order import codes_of

#: Draws per block when linear coefficients are drawn, to bound memory.
BLOCK = 256
#: Pieces per core that such a block is drawn in, so that Ctrl-C need not wait for all of it.
PIECES = 8
#: Rows are padded with zeros to a multiple of this: whole vector registers, no remainder.
PADDED = 32


@dataclass(frozen=True)
class PanelModel:
    """Everything that the panel's density needs, in model units.

    Args:
        transforms: One per channel.
        exposure_gct: Exposure per unit of size over its reference, of the periods before the window first;
            then the frequencies of the channels of reach & frequency (`order.frequency_rows`).
        effect_scale_c: Factor from an effect to the channel's summed contribution.
        outcome_gt: Scaled outcome per unit of size; anything where it wasn't observed.
        observed_gt: Where it was.
        size_g: Of the geos, mean 1.
        blocks: Columns of the baseline.
        prior_sd_p: Prior standard deviation of every column's coefficient.
        priors: In the order of u: per channel effect, adstock, saturation; then the spreads of
            the effects, the spreads of by-geo columns, sigma, rho if noise lasts; then noise factors, if
            geos differ.
        unequal_noise: Every geo has a noise factor.
        courses: Of the channels' effects; their parameters come last in u.
        trials: Experiments.
        noise: Kind of the noise, normal or ar1.
        shared_shock: Geos share a shock of each period; its spread follows the noise among the priors, its
            coordinates follow all of them (`models.panel_shock`). Not with experiments, nor noise that lasts.
    """

    transforms: tuple[ChannelTransform, ...]
    exposure_gct: Float[np.ndarray, "geo row time"]
    effect_scale_c: Float[np.ndarray, " channel"]
    outcome_gt: Float[np.ndarray, "geo time"]
    observed_gt: Bool[np.ndarray, "geo time"]
    size_g: Float[np.ndarray, " geo"]
    blocks: tuple[Block, ...]
    prior_sd_p: Float[np.ndarray, " column"]
    priors: tuple[Prior, ...]
    unequal_noise: bool
    courses: Courses = STEADY
    trials: tuple[Trial, ...] = ()
    noise: NoiseKind = "normal"
    shared_shock: bool = False

    @property
    def starts(self) -> list[int]:
        """Index of each channel's effect in u, and of the first parameter after the channels'."""
        sizes = [1 + len(t.parameters) for t in self.transforms]
        return [int(start) for start in np.concatenate([[0], np.cumsum(sizes)])]

    def blind(self) -> PanelModel:
        """The same where nothing is observed, of outcome or experiments: its posterior is its prior."""
        return replace(self, observed_gt=np.zeros_like(self.observed_gt), trials=())

    @property
    def _pairs(self) -> Any:
        """Neighbouring rows whose noise lasts; None: it doesn't."""
        from mediamix.models.panel_noise import Pairs

        return Pairs.of(self.observed_gt) if self.noise == "ar1" else None

    def density(self) -> Density:
        """Pack the model for the native kernels."""
        # Kernels are compiled when they are imported: only for who fits a panel.
        from mediamix.models.course_kernel import PER_COURSE
        from mediamix.models.panel_density import log_posterior
        from mediamix.models.panel_memory import HEADER, PER_CHANNEL, scratch_size

        g, c, t = len(self.size_g), len(self.transforms), self.exposure_gct.shape[2]
        k, length = len(self.priors), -(-t // PADDED) * PADDED
        order, local, own = self._order()
        derived = sum(len(media.parameters) for media in self.transforms)
        common = len(order) - own
        courses, columns = self.courses.packed(length, PER_COURSE)
        waves = sum(part.size for part in columns) // length
        integers = [g, length, t, c, own, local, common, k, derived, int(self.unequal_noise)]
        pairs, shock = self._pairs, self._shock()
        shocks, directions = (len(shock[0]), len(shock[1])) if shock else (0, 0)
        before = HEADER + PER_CHANNEL * c + k + len(courses)
        integers += [self.courses.count, waves, 0, pairs.lags if pairs else 0, before]
        integers += [self.exposure_gct.shape[1], shocks, directions]
        row = 0
        for start, media, code in zip(self.starts, self.transforms, codes_of(self.transforms), strict=False):
            integers += [
                start,
                row,
                address(media.adstock.kernel),
                len(media.adstock.parameters),
                code,
                address(media.saturation.kernel),
                len(media.saturation.parameters),
            ]
            row += len(media.parameters)
        if len(integers) != HEADER + PER_CHANNEL * c:
            raise AssertionError("the header doesn't match the kernel's")
        integers += [prior.link for prior in self.priors]
        integers += [*courses, *(pairs.integers if pairs else [])]
        numbers = self._numbers(order, local, own, length, columns, pairs)
        if shock:
            integers += shock[0].tolist()
            numbers += shock[1:]
        packed = np.array(integers, dtype=np.int64)
        density = Density(
            log_posterior,
            packed,
            np.concatenate(
                [part.ravel() for part in numbers], out=aligned(sum(part.size for part in numbers))
            ),
            k + shocks,
            scratch=scratch_size(packed),
        )
        return packed_trials(self, density) if self.trials else density

    def _shock(self) -> list[np.ndarray]:
        """Periods, then numbers, of a shared shock; empty without one, and where nothing is observed."""
        if not self.shared_shock or not self.observed_gt.any():
            return []
        alike, at = [], 0
        for block in self.blocks:
            if len(block.matrix_gtp) == 1:
                alike.append(block.matrix_gtp[0] * self.prior_sd_p[at : at + len(block.names)])
            at += len(block.names)
        return numbers_of(np.concatenate(alike, axis=1), self.outcome_gt, self.observed_gt)

    def _order(self) -> tuple[list[int], int, int]:
        """Columns as the kernel wants them: by geo, then own to a geo, then common; two counts."""
        by_geo: list[int] = []
        own: list[int] = []
        common: list[int] = []
        at = 0
        for block in self.blocks:
            for _ in block.names:
                target = by_geo if block.by_geo else own if len(block.matrix_gtp) > 1 else common
                target.append(at)
                at += 1
        return by_geo + own + common, len(by_geo), len(by_geo) + len(own)

    def _numbers(
        self, order: list[int], local: int, own: int, length: int, courses: list[np.ndarray], pairs: Any
    ) -> list[np.ndarray]:
        g, rows, t = self.exposure_gct.shape
        columns_pgt = np.concatenate(
            [np.broadcast_to(b.matrix_gtp, (g, t, len(b.names))).transpose(2, 0, 1) for b in self.blocks]
        )
        columns_pgt = (columns_pgt * self.prior_sd_p[:, None, None])[order]
        outcome_gt = np.where(self.observed_gt, self.outcome_gt, 0.0)
        seen_pgt = columns_pgt * self.observed_gt
        # Geos in lanes of eight: the last axis; those that fill up the last block hold zeros.
        blocks = -(-g // LANES)
        fixed = np.zeros((blocks * LANES, len(order) + 1, len(order)))
        for i in range(g):
            fixed[i, :-1] = seen_pgt[:, i] @ seen_pgt[:, i].T
            fixed[i, -1] = seen_pgt[:, i] @ outcome_gt[i]
        fixed = fixed.reshape(blocks, LANES, *fixed.shape[1:]).transpose(0, 2, 3, 1)
        tables: np.ndarray
        tables, squares, steps = np.empty(0), np.empty(0), np.empty(0)
        if pairs is not None:
            tables = np.zeros((2 * pairs.lags, blocks * LANES, len(order) + 1, len(order)))
            squares = np.zeros((2 * pairs.lags, blocks * LANES))
            for i in range(g):
                tables[:, i], squares[:, i] = pairs.tables(i, seen_pgt[:, i], outcome_gt[i])
            tables = tables.reshape(2 * pairs.lags, blocks, LANES, *tables.shape[2:]).transpose(0, 1, 3, 4, 2)
            steps = np.zeros((g, length))
            steps[:, :t] = pairs.steps_gt
        geo = np.zeros((3, blocks * LANES))
        geo[:, :g] = self.size_g, self.observed_gt.sum(axis=1), (outcome_gt**2).sum(axis=1)
        own_rows = np.zeros((g, own + 1, length))
        own_rows[:, :own, :t] = seen_pgt[:own].transpose(1, 0, 2)
        own_rows[:, own, :t] = outcome_gt
        common_rows = np.zeros((len(order) - own, length))
        common_rows[:, :t] = columns_pgt[own:, 0]
        exposure = np.zeros((g, rows, length))
        exposure[..., :t] = self.exposure_gct
        mask = np.zeros((g, length))
        mask[:, :t] = self.observed_gt
        return [
            fixed[:, :-1],
            fixed[:, -1],
            tables,
            squares,
            common_rows,
            own_rows,
            exposure,
            mask,
            geo,
            np.array([prior.location for prior in self.priors]),
            np.array([prior.scale for prior in self.priors]),
            self.effect_scale_c,
            self.prior_sd_p[order[:local]],
            *courses,
            steps,
        ]

    def complete(self, u_dk: Float[np.ndarray, "draw parameter"], rng: np.random.Generator) -> Completed:
        """β, and one exact draw of the linear coefficients, per draw of u."""
        density = self.density()
        order, local, _ = self._order()
        g, c, p = len(self.size_g), len(self.transforms), local + len(self.transforms)
        f, spread_ds = len(order), self._spreads(u_dk)
        beta_dgc = np.empty((len(u_dk), g, c))
        coefficient_dp = np.empty((len(u_dk), f))
        deviation_dgp = np.empty((len(u_dk), g, local))
        end = c + f + g * p
        seen_t: Bool[np.ndarray, " time"] = np.asarray(self.observed_gt.any(axis=0))
        shock_dt = np.empty((len(u_dk), len(seen_t))) if self.shared_shock else None
        for begin in range(0, len(u_dk), BLOCK):
            part = slice(begin, begin + BLOCK)
            normals = rng.standard_normal((len(u_dk[part]), f + g * p + len(self.trials)))
            out = self._draw(density, u_dk[part], normals)
            coefficient_dp[part, order] = out[:, c : c + f] * self.prior_sd_p[order]
            z_dgp = out[:, c + f : end].reshape(-1, g, p)
            if shock_dt is not None:
                shock_dt[part, seen_t] = out[:, end:]
            deviation_dgp[part] = z_dgp[..., :local] * spread_ds[part, None, c:]
            relative_dgc = 1.0 + z_dgp[..., local:] * spread_ds[part, None, :c]
            beta_dgc[part] = out[:, None, :c] * relative_dgc
        if shock_dt is not None:
            # Nothing is known of other periods' shocks.
            free = rng.standard_normal((len(u_dk), np.count_nonzero(~seen_t)))
            shock_dt[:, ~seen_t] = self._noise(u_dk)[1][:, None] * free
        return Completed(beta_dgc, coefficient_dp, deviation_dgp, shock_dt)

    def shock_coordinates(
        self, u_dk: Float[np.ndarray, "draw parameter"], shock_dt: Float[np.ndarray, "draw time"]
    ) -> Float[np.ndarray, "draw coordinate"]:
        """Coordinates of shared shocks, given those of all other parameters: see `models.panel_shock`.

        Args:
            u_dk: Of all other parameters.
            shock_dt: Shocks over the series.
        """
        density, (periods, reflections, _, _, seen) = self.density(), self._shock()
        zero_dk = np.column_stack([u_dk, np.zeros((len(u_dk), len(periods)))])
        order, local, _ = self._order()
        free = len(order) + len(self.size_g) * (local + len(self.transforms))
        # The map is affine: what is left of the shocks without its offset is turned and scaled.
        offset_dt = self._draw(density, zero_dk, np.zeros((len(u_dk), free)))[:, -len(periods) :]
        x_dt = reflect(reflections, shock_dt[:, periods] - offset_dt)
        sigma_d, omega_d = self._noise(u_dk)
        x_dt[:, : len(reflections)] /= omega_d[:, None]
        x_dt[:, len(reflections) :] *= np.sqrt(seen / sigma_d**2 + 1.0 / omega_d**2)[:, None]
        return x_dt

    def _draw(
        self,
        density: Density,
        u_dk: Float[np.ndarray, "draw parameter"],
        normals: Float[np.ndarray, "draw normal"],
    ) -> Float[np.ndarray, "draw number"]:
        """What `draw_linear` gives per draw; a share of the draws per core."""
        from mediamix.models.panel_density import draw_linear

        u_dk = np.ascontiguousarray(u_dk)
        shocks = density.dimension - len(self.priors)
        out = np.empty((len(u_dk), len(self.transforms) + normals.shape[1] + shocks))

        def chunk(rows: np.ndarray) -> None:
            scratch = aligned(density.scratch)
            for d in rows:
                draw_linear(u_dk[d], normals[d], density.integers, density.numbers, scratch, out[d])

        workers = cores()
        pieces = min(len(u_dk), PIECES * workers)
        spread(chunk, np.array_split(np.arange(len(u_dk)), max(pieces, 1)), workers)
        return out

    def _noise(self, u_dk: Float[np.ndarray, "draw parameter"]) -> list[Float[np.ndarray, " draw"]]:
        """σ, and the spread of the shared shocks."""
        at = self.starts[-1] + len(self.transforms) + self._order()[1]
        return [self.priors[i].natural(u_dk[:, i]) for i in (at, at + 1)]

    def _spreads(self, u_dk: Float[np.ndarray, "draw parameter"]) -> Float[np.ndarray, "draw spread"]:
        first = self.starts[-1]
        count = len(self.transforms) + self._order()[1]
        return np.column_stack([self.priors[i].natural(u_dk[:, i]) for i in range(first, first + count)])
