"""``model.linear``: the keys of the linear family."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from mediamix.core.spec.section import Positive, Section

Estimator = Literal["ols", "ridge", "lasso", "elastic_net"]
Intervals = Literal["auto", "exact", "bootstrap"]
Ratio = Annotated[float, Field(gt=0, le=1)]


class Linear(Section):
    """A regression of the outcome on media and the baseline's columns."""

    estimator: Estimator = Field("ridge", description="how media's coefficients are estimated")
    penalty: Positive | Literal["auto"] = Field(
        "auto",
        description="how strongly media's coefficients are shrunk (`alpha` of scikit-learn's ElasticNet, of "
        "columns and an outcome of standard deviation 1); auto: by time-ordered cross-validation",
    )
    l1_ratio: Ratio | Literal["auto"] = Field(
        "auto", description="of elastic_net: 1 is lasso; auto: by the same cross-validation"
    )
    folds: Annotated[int, Field(ge=2, le=50)] = Field(5, description="of that cross-validation")
    positive: list[str] | Literal["all"] = Field(
        [], description="channels whose coefficient can't be negative; all: every channel"
    )
    intervals: Intervals = Field(
        "auto",
        description="exact: the normal posterior of ols and ridge; bootstrap: blocks of residuals, refitted; "
        "auto: exact where there is one",
    )
    block: Annotated[int, Field(ge=1)] | Literal["auto"] = Field(
        "auto", description="periods of a bootstrap's block; auto: the cube root of the rows"
    )
    fixed: dict[str, dict[str, float]] = Field(
        {},
        description="channel -> values of all parameters of its adstock, its saturation, or both (half_life "
        "in periods, half_effect in exposure units): a component without values isn't used",
    )

    @model_validator(mode="after")
    def _can_be(self) -> Linear:
        if self.intervals == "exact" and self.estimator not in ("ols", "ridge"):
            raise ValueError(f"'intervals: exact' is for ols and ridge; {self.estimator} has 'bootstrap'")
        if self.intervals == "exact" and self.positive:
            raise ValueError("'intervals: exact' knows no signs: leave out 'positive', or say 'bootstrap'")
        if self.estimator == "ols" and self.penalty != "auto":
            raise ValueError("'penalty' is for ridge, lasso and elastic_net; ols has none")
        if self.estimator != "elastic_net" and self.l1_ratio != "auto":
            raise ValueError("'l1_ratio' is for elastic_net only")
        return self
