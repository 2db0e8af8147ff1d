"""What a build did, step by step."""

from __future__ import annotations

from dataclasses import dataclass

from mediamix.core.types import Finding

_DONE = frozenset({"success", "pass", "warn"})


@dataclass(frozen=True)
class Step:
    """One node of the dbt project and what became of it.

    Args:
        name: Of the model, seed or test.
        kind: ``seed``, ``model`` or ``test``.
        status: ``success``, ``pass``, ``warn``, ``fail``, ``error`` or ``skipped``.
        seconds: Time it took.
        failures: Rows that a test found.
        message: dbt's, for what didn't succeed.
        sql: The query of a test.
    """

    name: str
    kind: str
    status: str
    seconds: float
    failures: int
    message: str
    sql: str

    @property
    def ok(self) -> bool:
        """Whether it did what it should."""
        return self.status in _DONE


@dataclass(frozen=True)
class BuildResult:
    """What a build did.

    Args:
        steps: In the order of execution.
        seconds: Of the whole build.
        warnings: What dbt complained about without failing.
        findings: What tests warn of, and what the data checks found where they ran before.
        repeated: Whether dbt's statements of an earlier build were sent, without dbt.
    """

    steps: tuple[Step, ...]
    seconds: float
    warnings: tuple[str, ...]
    findings: tuple[Finding, ...] = ()
    repeated: bool = False

    @property
    def models(self) -> tuple[Step, ...]:
        """Seeds, views and tables."""
        return tuple(step for step in self.steps if step.kind != "test")

    @property
    def tests(self) -> tuple[Step, ...]:
        """Tests of grain, completeness, ranges and reconciliation."""
        return tuple(step for step in self.steps if step.kind == "test")
