"""The planner's controls: every one is in the page's address, so that a link and a reload ask the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import streamlit as st

from mediamix.reporting.material import Material
from mediamix.ui.asking import GOALS, SURE, Asked, Kind, by_hand, limits_of
from mediamix.ui.planning import near_target
from mediamix.ui.words import plain

#: As the page and its address say it.
QUESTIONS: dict[str, Kind] = {
    "Split a budget": "budget",
    "Budget for a target": "target",
    "Try a split by hand": "by hand",
}
#: Groups that a page can limit.
GROUPS = 2


def question(of: Material, today: Mapping[str, float]) -> Asked:
    """What is asked."""
    picked = st.radio("Question", list(QUESTIONS), key="ask", bind="query-params", persist_state="session")
    kind = QUESTIONS[picked or "Split a budget"]
    by_geo = len(of.fit.dataset.geos) > 1 and st.toggle(
        "By geo", key="by_geo", bind="query-params", help="Each channel in each geo on its own."
    )
    if kind == "by hand":
        return by_hand(_spends(of, today), today, by_geo=by_geo)
    if kind == "target":
        asked, goal = _target(of), None
    else:
        asked, goal = Asked(share=_share()), _goal()
    limits, groups = _limits(of, today)
    return Asked(
        kind, asked.share, asked.of, asked.wanted, asked.sure, limits, groups, goal, by_geo=bool(by_geo)
    )


def _share() -> int:
    share: int = st.slider(
        "Budget in % of today's",
        *(50, 200, 100, 5),
        key="budget",
        bind="query-params",
        persist_state="session",
        format="%d %%",
    )
    return share


def _goal() -> str | None:
    picked = st.segmented_control(
        "Aim",
        list(GOALS),
        default="cautious",
        required=True,
        key="goal",
        bind="query-params",
        persist_state="session",
        help="Cautious: money moves only where that gains even in the worst fifth of what the data allow. "
        "Expected: the highest expected outcome, whatever its risk.",
    )
    return GOALS[picked]


def _target(of: Material) -> Asked:
    name = of.summary.outcome_name
    kinds = {name: "outcome", "ROI": "roi", "ROI of the last unit spent": "mroi"}
    if not of.has_value:
        kinds = {name: "outcome", f"{of.currency} per {of.summary.outcome_unit}": "cost_per_unit"}
    label = st.selectbox("Target", list(kinds), key="target", bind="query-params", persist_state="session")
    picked = kinds[label]
    first = near_target(of) if picked == "outcome" else 1.0
    wanted = st.number_input(
        f"At least ({of.outcome_axis})" if picked == "outcome" else "Number",
        value=first,
        min_value=0.0,
        step=first / 100,
        format="%.0f" if picked == "outcome" else "%.2f",
        key=f"wanted_{picked}",
        bind="query-params",
        persist_state="session",
        help="Baseline included." if picked == "outcome" else None,
    )
    sure = None
    if picked == "outcome":
        sure = SURE[
            st.selectbox("Reached", list(SURE), key="sure", bind="query-params", persist_state="session")
        ]
    return Asked(of=picked, wanted=float(wanted or 0.0), sure=sure)


def _spends(of: Material, today: Mapping[str, float]) -> dict[str, int]:
    """A split by hand: a slider per channel."""
    return {
        name: st.slider(
            f"{plain(name)}, in % of today's {plain(of.spend(spend))}",
            *(0, 200, 100, 5),
            key=f"spend_{k}",
            bind="query-params",
            persist_state="session",
            format="%d %%",
        )
        for k, (name, spend) in enumerate(today.items())
    }


def _limits(
    of: Material, today: Mapping[str, float]
) -> tuple[tuple[tuple[str, int, int], ...], tuple[tuple[tuple[str, ...], int], ...]]:
    """Fixed channels, ranges of others, and what groups may spend together."""
    with st.expander("Limits", icon=":material/tune:", expanded=True):
        fixed = _picked("Fixed at today's spend", today, "fixed")
        free = [name for name in today if name not in fixed]
        ranged = _picked(
            "With a range of their own",
            free,
            "limited",
            help="All others may spend half to one and a half of their part of the budget.",
        )
        ranges = {}
        for k, name in enumerate(today):
            if name in ranged:
                ranges[name] = st.slider(
                    f"{plain(name)}, in % of today's {plain(of.spend(today[name]))}",
                    *(0, 200, (50, 150), 5),
                    key=f"limit_{k}",
                    bind="query-params",
                    persist_state="session",
                    format="%d %%",
                )
        groups = []
        for k in range(GROUPS):
            members = _picked("A group of channels" if k == 0 else "Another group", today, f"group_{k}")
            if not members:
                break
            most = st.slider(
                f"{plain(', '.join(members))} together: at most, in % of today's",
                *(0, 200, 100, 5),
                key=f"group_most_{k}",
                bind="query-params",
                persist_state="session",
                format="%d %%",
            )
            groups.append((tuple(members), most))
    return limits_of(fixed, ranges, list(today)), tuple(groups)


def _picked(label: str, names: Mapping[str, float] | Sequence[str], key: str, help: str = "") -> list[str]:
    picked: list[str] = st.multiselect(
        label, list(names), key=key, bind="query-params", persist_state="session", help=help or None
    )
    return picked
