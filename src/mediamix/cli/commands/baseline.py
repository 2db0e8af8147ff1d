"""`mediamix baseline`: a linear baseline of a table of many e-commerce brands."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, cast

import typer

from mediamix.cli.console import emit_json, say, table
from mediamix.cli.options import Force, Json
from mediamix.cli.progress import Steps
from mediamix.cli.targets import ready_folder

if TYPE_CHECKING:
    from mediamix.baseline.run import Baseline
    from mediamix.core.spec.linear import Estimator

NAME = "baseline"
EXAMPLE = "mediamix baseline brands.csv --out baseline"
SHOWN = 5


def command(
    source: Annotated[
        Path,
        typer.Argument(metavar="TABLE", help="CSV or Parquet, a row per brand and day, Conjura's schema."),
    ],
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="DIR", help="New folder for the tables and the pooled line."),
    ] = None,
    until: Annotated[
        datetime,
        typer.Option("--until", formats=["%Y-%m-%d"], help="Last day to learn from; later days judge."),
    ] = datetime(2023, 12, 31),
    estimator: Annotated[str, typer.Option(help="ols, ridge, lasso or elastic_net.")] = "ols",
    missing: Annotated[
        float, typer.Option(help="Channels with a larger part of missing rows are dropped.")
    ] = 0.8,
    outcome: Annotated[str, typer.Option(help="A column of money in the place of price less discount.")] = (
        "revenue"
    ),
    what_if: Annotated[
        str, typer.Option("--what-if", metavar="FEATURE=FACTOR", help="What that would do to revenue.")
    ] = "google_paid_search_spend=1.3",
    bayes: Annotated[
        int, typer.Option(min=0, help="Fit so many brands by the Bayesian model, too (seconds each).")
    ] = 0,
    force: Force = False,
    as_json: Json = False,
) -> None:
    """Fit lines to all brands of a table and to each, and say where they can't be believed."""
    from mediamix.baseline.run import baseline

    if out is not None:
        ready_folder(out, force=force, inputs=(source,))
    with Steps() as steps:
        made = baseline(
            source,
            until=until.date(),
            missing=missing,
            estimator=_estimator(estimator),
            outcome=outcome,
            asked=_asked(what_if),
            bayes=bayes,
            on_step=steps.step,
        )
        if out is not None:
            steps.step(f"Writing {out}")
            made.save(out, force=force)
    if as_json:
        emit_json(made.to_dict())
        return
    _print(made)
    say(f"{steps.total:.1f} s.")


def _estimator(name: str) -> Estimator:
    from typing import get_args

    from mediamix.core.errors import SpecError
    from mediamix.core.registry import suggestion
    from mediamix.core.spec.linear import Estimator

    known = get_args(Estimator)
    if name not in known:
        raise SpecError(
            f"there is no estimator {name}",
            expected=", ".join(known),
            got=name,
            next_step=suggestion(name, known) or "--estimator ols",
        )
    return cast("Estimator", name)


def _asked(text: str) -> tuple[str, float]:
    from mediamix.core.errors import SpecError

    name, _, factor = text.partition("=")
    try:
        return name.strip().lower(), float(factor)
    except ValueError:
        raise SpecError(
            "that what-if can't be read",
            expected="FEATURE=FACTOR, such as google_paid_search_spend=1.3",
            got=text,
            next_step="--what-if google_paid_search_spend=1.3",
        ) from None


def _print(made: Baseline) -> None:
    from mediamix.baseline.acting import doubts
    from mediamix.baseline.published import R2, WHAT_IF, rmse
    from mediamix.core.numbers import percent

    rows, pooled = made.table, made.pooled
    say(f"{len(rows.y_n):,} days of {len(rows.brands):,} brands; learned until {made.until}")
    if rows.dropped:
        gone = ", ".join(f"{name} ({percent(part)} missing)" for name, part in rows.dropped.items())
        say(f"Dropped: {gone}")
    if rows.filled:
        say(f"Missing values counted as 0: {sum(rows.filled.values()):,} in {len(rows.filled)} columns")
    scores = (("trained on", pooled.trained), ("after", pooled.tested))
    table(
        f"All brands as one, in {pooled.line.unit} a day",
        ["days", "number", "R²", "RMSE", "mean"],
        [
            *(
                [when, f"{s.days:,}", f"{s.r2:.3f}", f"{s.rmse:,.0f}", f"{s.mean:,.0f}"]
                for when, s in scores
                if s is not None
            ),
            ["published", "132,759", f"{R2:.3f}", f"{rmse():,.0f}", "–"],
        ],
    )  # fmt: skip
    table(
        "Coefficients, revenue per unit, with 90 % intervals over brands",
        ["feature", "value", "p5", "p95", "direction", "inflation", "median brand", "published"],
        [
            [
                str(one["feature"]),
                *(f"{one[part]:,.2f}" for part in ("value", "p5", "p95")),
                str(one["direction"]),
                f"{one['vif']:.1f}",
                f"{one['median_of_brands']:,.2f}",
                f"{one['published']:,.2f}" if one["published"] == one["published"] else "–",
            ]
            for one in made.coefficients().to_dict("records")
        ],
        text=(0, 4),
    )
    if made.what_if is not None:
        feature, factor = made.asked
        change, seen = percent(factor - 1, signed=True), made.what_if
        low, high = percent(seen.p5, signed=True), percent(seen.p95, signed=True)
        say(
            f"{change} of {feature}: {percent(seen.mean, signed=True)} revenue ({low} to {high}); published "
            f"for +30% of paid search: {percent(WHAT_IF, signed=True)}"
        )
    table(
        "What to do",
        ["channel", "of spend", "return", "90 %", "action", "doubts"],
        [
            [
                one.channel,
                percent(one.spend),
                f"{one.returns[0]:.2f}",
                f"{one.returns[1]:.2f} to {one.returns[2]:.2f}",
                one.action,
                "; ".join(one.doubts) or "none seen",
            ]
            for one in made.actions
        ],
        text=(0, 4, 5),
    )
    for doubt in doubts(pooled):
        say(f"Mind that {doubt}.")
    _print_brands(made)


def _print_brands(made: Baseline) -> None:
    import numpy as np

    fitted = made.fitted
    if fitted:
        middle = np.median([one.trained.r2 for one in fitted])
        tested = [one.tested.r2 for one in fitted if one.tested is not None]
        after = f", after the split {np.median(tested):.2f}" if tested else ""
        say(f"Each brand by itself: {len(fitted):,} lines, median R² {middle:.2f}{after}")
    for one in made.failed[:SHOWN]:
        say(f"  no line of {one.name}: {one.reason}")
    if len(made.failed) > SHOWN:
        say(f"  and of {len(made.failed) - SHOWN:,} others")
    if made.beside:
        table(
            "Beside the Bayesian model: revenue per unit of spend, 90 %",
            ["brand", "channel", "linear", "Bayesian", "the line is"],
            [
                [
                    one.brand,
                    one.channel,
                    f"{one.linear[0]:.2f} ({one.linear[1]:.2f} to {one.linear[2]:.2f})",
                    f"{one.bayes[0]:.2f} ({one.bayes[1]:.2f} to {one.bayes[2]:.2f})",
                    one.artefact or "within",
                ]
                for one in made.beside
            ],
            text=(0, 1, 4),
        )
