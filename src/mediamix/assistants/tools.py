"""The tools: each is a question of the service, with the schema that the service has for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from pydantic import BaseModel, Field

from mediamix.api.questions import schemas

#: What says which run is asked, beside the question.
RUN = "run"
#: An assistant never overrides a failed verdict: a person does, with the command.
_NEVER = "anyway"


class Channels(schemas.Strict):
    """What each channel caused."""

    channel: schemas.Name | None = Field(default=None, description="One channel; absent: all.")


class Nothing(schemas.Strict):
    """Takes nothing."""


class Begin(schemas.Strict):
    """A new run."""

    variant: Annotated[str, Field(max_length=64)] | None = Field(
        default=None, description="A variant of the spec (specs/NAME.yml); absent: the project's spec."
    )


@dataclass(frozen=True)
class Tool:
    """A tool.

    Args:
        name: As it is called.
        title: For people.
        description: What an assistant reads before it calls it.
        asked: What it takes.
        kind: Of the question to the fit; empty: it is answered from the project's folder.
        of_run: Whether it takes the id of a run.
        reads: Whether it leaves the project as it is.
    """

    name: str
    title: str
    description: str
    asked: type[BaseModel]
    kind: str = ""
    of_run: bool = True
    reads: bool = True

    def schema(self) -> dict[str, Any]:
        """JSON Schema of its arguments."""
        made = self.asked.model_json_schema()
        properties = {key: value for key, value in made.get("properties", {}).items() if key != _NEVER}
        if self.of_run:
            properties[RUN] = {
                "type": "string",
                "default": "current",
                "description": "A run's id, or current: the promoted one.",
            }
        return {**made, "type": "object", "properties": properties, "additionalProperties": False}


_MONEY = "Money is in the currency of the data; intervals are 90 %."
TOOLS = (
    Tool(
        "maximise",
        "Best split of a budget",
        "The split of a fixed budget over channels that brings most, with the proof of how far it can be "
        f"from the best one, beside today's split. {_MONEY}",
        schemas.Optimize,
        "optimize",
    ),
    Tool(
        "target",
        "Smallest budget for a goal",
        "The smallest budget, and its split, that reaches a wanted outcome, ROI, marginal ROI or cost per "
        f"unit. {_MONEY}",
        schemas.Target,
        "target",
    ),
    Tool(
        "scenarios",
        "A range of budgets",
        f"The best plan of each of several budgets: how the outcome moves with the budget. {_MONEY}",
        schemas.Scenarios,
        "scenarios",
    ),
    Tool(
        "what_if",
        "Named moves of money",
        "What named changes of spend would do, beside today: less of one channel, a shift between two. "
        f"{_MONEY}",
        schemas.WhatIf,
        "what-if",
    ),
    Tool(
        "forecast",
        "Outcome to come",
        "The outcome of the periods after the data, from planned media or the year before repeated. "
        f"{_MONEY}",
        schemas.Predict,
        "predict",
    ),
    Tool(
        "channels",
        "What channels caused",
        "Spend, contribution, ROI and marginal ROI of each channel, and the evidence for it: how much the "
        "data said beyond what was believed before, and how likely it is that the channel brings nothing. "
        f"{_MONEY}",
        Channels,
    ),
    Tool(
        "diagnostics",
        "Whether to believe it",
        "The verdict of a run with its reasons and next steps, how well it fits, whether the sampler "
        "converged, and all findings about data and model.",
        Nothing,
    ),
    Tool(
        "runs",
        "Runs of the project",
        "Runs with state, verdict and time; which one is promoted.",
        Nothing,
        of_run=False,
    ),
    Tool(
        "begin_run",
        "Begin a run",
        "Fit the project's spec to its data as they are now. Takes seconds to minutes: `runs` says when it "
        "is done.",
        Begin,
        of_run=False,
        reads=False,
    ),
)


def offered(*, write: bool) -> dict[str, Tool]:
    """The tools by name; those that change the project only where that is allowed."""
    return {tool.name: tool for tool in TOOLS if tool.reads or write}
