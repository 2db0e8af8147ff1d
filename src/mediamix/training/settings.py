"""Rules, conditions and recipients as a spec has them: checked before anything begins."""

from __future__ import annotations

from dataclasses import dataclass

from mediamix.core.errors import SpecError
from mediamix.core.registry import strangers
from mediamix.core.spec import Spec
from mediamix.training.alerts.condition import Condition, all_conditions
from mediamix.training.bounds import Asked, asked
from mediamix.training.rule import Rule, all_rules


@dataclass(frozen=True)
class Settings:
    """What is asked of runs and trainings.

    Args:
        rules: Of promotion, with their bounds.
        conditions: That somebody may hear of, with their bounds.
    """

    rules: Asked[Rule]
    conditions: Asked[Condition]


def settings_of(spec: Spec) -> Settings:
    """Of a spec.

    Raises:
        SpecError: A rule, a condition or a bound that there isn't, or that can't be so; all at once.
    """
    rules, wrong = asked(all_rules(), spec.promotion.rules, "promotion.rules")
    conditions, more = asked(all_conditions(), spec.alerts.conditions, "alerts.conditions")
    wrong += more
    for name, one in spec.alerts.to.items():
        wrong += strangers(one.about, list(all_conditions()), f"alerts.to.{name}.about: there is no '{{}}'")
    if wrong:
        raise SpecError(
            f"the spec has {len(wrong):,} wrong {'entry' if len(wrong) == 1 else 'entries'} about trainings",
            details=wrong,
            next_step="`mediamix list rules` and `mediamix list conditions` show all with their bounds",
        )
    return Settings(rules, conditions)
