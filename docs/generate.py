"""Write the parts of the documentation that come from the code.

    python docs/generate.py           # write them
    python docs/generate.py --check   # exit 1, and name the pages that differ from the code

A page holds ``<!-- generated: name -->`` … ``<!-- end -->``; what lies between is the text of the
function `name` of `PARTS`.
"""

from __future__ import annotations

import argparse
import inspect
import pkgutil
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from types import ModuleType, UnionType
from typing import Any, Literal, Union, get_args, get_origin

import numpy as np
import typer.main
from pydantic_core import PydanticUndefined
from scipy.stats import norm

from mediamix.cli.app import app
from mediamix.core.registry import discover
from mediamix.core.spec import PriorSpec, Spec
from mediamix.core.spec import Section as SpecSection
from mediamix.data.checking import Check
from mediamix.ingest.contracts import CONTRACTS, PLATFORM_CONTRACTS
from mediamix.measure.checking import all_checks as checks_of_fits
from mediamix.measure.evidence import NOTHING_ROI
from mediamix.models import noise as noises
from mediamix.models import priors
from mediamix.models.likelihood import LEAST_NU
from mediamix.reporting.section import SECTIONS, Section
from mediamix.transforms.base import Adstock, Parameter, Saturation, adstocks, saturations

DOCS = Path(__file__).resolve().parent
PART = re.compile(r"(<!-- generated: (?P<name>[a-z_]+) -->\n).*?(<!-- end -->)", re.DOTALL)
TYPES = {str: "text", int: "whole number", float: "number", bool: "true or false", Any: "anything"}
BOUNDS = {"gt": "above {}", "ge": "from {}", "lt": "below {}", "le": "to {}"}


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(_cell(cell) for cell in line) + " |" for line in lines)


def _cell(value: object) -> str:
    return str(value).replace("|", "\\|").replace("\n", " ")


# --- the spec


def spec() -> str:
    """Every key of the spec: a table per section."""
    parts = []
    for name, field in Spec.model_fields.items():
        about = field.description or _about(_section_in(field.annotation))
        heading = f"### `{name}`\n\n{_sentence(about)}\n" if about else f"### `{name}`\n"
        rows = list(_rows(name, field))
        parts.append(heading + "\n" + table(("key", "value", "default", "meaning"), rows) + "\n")
    return "\n".join(parts)


def _rows(path: str, field: Any) -> Iterator[tuple[str, str, str, str]]:
    """A key, then the keys inside it; what only holds others and says nothing has no row."""
    section = _section_in(field.annotation)
    if section is None or field.description:
        yield _key(path, field)
    if section is not None:
        inside = f"{path}.<name>" if _is_mapping(field.annotation) else path
        for name, inner in section.model_fields.items():
            yield from _rows(f"{inside}.{name}", inner)


def _key(path: str, field: Any) -> tuple[str, str, str, str]:
    default = field.get_default(call_default_factory=True)
    if default is PydanticUndefined:
        shown = "required"
    elif default is None or default == {} or isinstance(default, SpecSection):
        shown = "–"
    else:
        shown = f"`{default}`"
    limits = [
        BOUNDS[kind].format(f"{getattr(rule, kind):,}")
        for rule in _rules(field)
        for kind in BOUNDS
        if getattr(rule, kind, None) is not None and getattr(rule, kind) < 2**62
    ]
    words = _words(field.annotation) + (f", {' '.join(limits)}" if limits else "")
    return f"`{path}`", words, shown, field.description or ""


def _rules(field: Any) -> list[Any]:
    """Constraints of a field, those inside ``X | None`` too."""
    found: list[Any] = []
    for rule in (
        *field.metadata,
        *(m for a in get_args(field.annotation) for m in getattr(a, "__metadata__", ())),
    ):
        found += getattr(rule, "metadata", [rule])
    return found


def _words(annotation: Any) -> str:
    """A type as people say it."""
    origin, inner = get_origin(annotation), get_args(annotation)
    if annotation in TYPES:
        return TYPES[annotation]
    if origin is Literal:
        return ", ".join(f"`{value}`" for value in inner)
    if origin in (Union, UnionType):
        return " or ".join(_words(a) for a in inner if a is not type(None))
    if origin is dict:
        return f"mapping of name to {_words(inner[1])}"
    if origin in (list, tuple):
        return f"list of {_words(inner[0])}"
    if origin is tuple:
        return f"{'list' if inner[-1] is ... else 'pair'} of {_words(inner[0])}"
    if hasattr(annotation, "__metadata__"):
        return _words(inner[0])
    if isinstance(annotation, type) and issubclass(annotation, SpecSection):
        return "mapping"
    if annotation is date:
        return "date, YYYY-MM-DD"
    return ", ".join(f"`{member.value}`" for member in annotation)


def _section_in(annotation: Any) -> type[SpecSection] | None:
    if isinstance(annotation, type) and issubclass(annotation, SpecSection):
        return annotation
    return next((found for a in get_args(annotation) if (found := _section_in(a)) is not None), None)


def _is_mapping(annotation: Any) -> bool:
    return get_origin(annotation) is dict or any(_is_mapping(a) for a in get_args(annotation))


# --- the command line


def cli() -> str:
    """Every command with its arguments, options and example."""
    root: Any = typer.main.get_command(app)
    parts = []
    for name, command in root.commands.items():
        arguments = "".join(f" {_argument(p)}" for p in command.params if _is_argument(p))
        parts.append(f"## `mediamix {name}{arguments}`\n\n{inspect.cleandoc(command.help or '')}\n")
        rows = [_parameter_row(parameter) for parameter in command.params]
        parts.append(table(("", "default", "meaning"), rows) + "\n")
        example = (command.epilog or "").removeprefix("Example: ")
        parts.append(f"```bash\n{example}\n```\n")
    return "\n".join(parts)


def _argument(parameter: Any) -> str:
    name = parameter.metavar or parameter.name.upper()
    return name if parameter.required else f"[{name}]"


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _parameter_row(parameter: Any) -> tuple[str, str, str]:
    name = parameter.metavar or parameter.name.upper()
    if not _is_argument(parameter):
        value = parameter.metavar or parameter.name.upper()
        name = ", ".join(parameter.opts) + ("" if parameter.is_flag else f" {value}")
        if parameter.secondary_opts:
            name += " / " + ", ".join(parameter.secondary_opts)
    default = parameter.default
    if default is True:
        default = parameter.opts[0]
    empty = default in (None, False) or callable(default) or type(default).__name__ == "Sentinel"
    shown = "required" if parameter.required else "–" if empty else f"`{default}`"
    return f"`{name}`", shown, (parameter.help or "").replace("\\[", "[")


# --- components


def adstock() -> str:
    """Every adstock."""
    return "\n".join(_component(component) for component in adstocks().values())


def saturation() -> str:
    """Every saturation."""
    return "\n".join(_component(component) for component in saturations().values())


def _component(component: Adstock | Saturation) -> str:
    if isinstance(component, Adstock):
        length = component.max_lag_days
        facts = [
            "weights sum to one" if component.conserves_mass else "weights don't sum to one",
            "unbounded in time"
            if length is None
            else f"ends after {length:g} days (`max_lag` sets another end)",
        ]
    else:
        facts = [
            "tends to one" if component.bounded else "unbounded",
            "concave" if component.concave else "may be S-shaped",
            *(["the size of its value depends on the exposure's unit"] * (not component.unit_free)),
        ]
    # Its own file, named as it is: the kernel may be another component's.
    package = component.kernel.__module__.rpartition(".")[0]
    module = sys.modules[f"{package}.{component.name}"]
    rows = [
        (f"`{p.name}`", p.meaning, "positive" if p.support == "positive" else "between 0 and 1", *_belief(p))
        for p in component.parameters
    ]
    parameters = table(("parameter", "meaning", "values", "median", "95 % below"), rows)
    return "\n".join(
        (
            f"### `{component.name}`\n",
            _sentence(_summary(module)) + "\n",
            f"```text\n{component.formula}\n```\n",
            (parameters if rows else "No parameters.") + "\n",
            f"Facts: {'; '.join(facts)}. Source: {component.source}.\n",
        )
    )


def _belief(parameter: Parameter) -> tuple[str, str]:
    unit = {"days": " days", "exposure": " × mean active exposure", "none": ""}[parameter.scale]
    return f"{parameter.median:g}{unit}", f"{parameter.p95:g}{unit}"


def checks() -> str:
    """Every dataset check."""
    rows = []
    for module in _modules("mediamix.data.checks"):
        for check in (value for value in vars(module).values() if isinstance(value, Check)):
            severity = _sentence(inspect.cleandoc(check.find.__doc__ or ""))
            rows.append((f"`{check.name}`", check.title, severity, check.why, check.advice))
    return table(("check", "looks for", "says", "because", "what to do"), sorted(rows))


def trust() -> str:
    """Every check of a fit."""
    rows = [
        (f"`{c.name}`", c.title, c.threshold, c.false_alarms, c.why, c.advice or "as the finding says")
        for c in checks_of_fits()
    ]
    return table(("check", "looks for", "speaks when", "of sound fits", "because", "what to do"), rows)


def sections() -> str:
    """Every section of the report, in its order."""
    found = sorted(discover(SECTIONS, Section).values(), key=lambda section: (section.order, section.name))
    rows = [(f"`{s.name}`", s.title, _sentence(_summary(sys.modules[s.make.__module__]))) for s in found]
    return table(("section", "title", "what it shows"), rows)


def landing() -> str:
    """Every landing table."""
    rows = [
        (
            f"`{c.table}`",
            c.meaning,
            ", ".join(f"`{x.name}`" for x in c.columns),
            ", ".join(f"`{g}`" for g in c.grain),
        )
        for c in (*CONTRACTS, *PLATFORM_CONTRACTS)
    ]
    return table(("table", "a row is", "columns", "grain"), rows)


# --- priors


def default_priors() -> str:
    """The default priors in business words."""
    roi, organic, noise = priors.ROI, priors.ORGANIC_SHARE, priors.NOISE
    paid, most = f"{priors.PAID_SHARE:.0%}", f"{organic.p95:.0%}"
    sampled = [
        (
            "`roi` of a paid channel",
            f"{roi.median:g}",
            f"{roi.p95:g}",
            f"half of all channels bring less than {roi.median:g} per unit of spend; one in twenty more "
            f"than {roi.p95:g}; {_below(roi, NOTHING_ROI):.0%} less than {NOTHING_ROI:g}",
        ),
        (
            "`share` of a paid channel, where a ROI can't be stated",
            f"{paid} × its part of the spend",
            f"{roi.p95 / roi.median:.3g} × the median",
            f"all paid channels together bring about {paid} of the outcome",
        ),
        (
            "`share` of an organic channel",
            f"{organic.median:.0%}",
            most,
            f"an organic channel brings a few percent of the outcome, seldom more than {most}",
        ),
        *(_parameter_prior(kind, c, p) for kind, c in _default_components() for p in c.parameters),
        (
            "`sigma`, the noise",
            f"{noise.median:.0%}",
            f"{noise.p95:.0%}",
            "its standard deviation, as a share of the mean outcome",
        ),
        (
            "`rho`, with `noise: {kind: ar1}`",
            f"{noises.RHO.median:g}",
            f"{noises.RHO.p95:g}",
            "correlation of the noise of neighbouring periods",
        ),
        (
            "`nu`, with `noise: {kind: student}`",
            f"{noises.NU.median:g}",
            f"{noises.NU.p95:g}",
            f"degrees of freedom, above {LEAST_NU:g}: from 30 on the noise is as good as normal",
        ),
    ]
    linear = [
        ("intercept", f"{priors.INTERCEPT_SD:.0%}", "around the mean outcome"),
        ("trend, `knots`", f"{priors.TREND_SD_PER_ROOT_YEAR:.0%} × √years",
         "a random walk: how far the level may move away in that time"),
        ("trend, `hsgp`", f"{priors.TREND_SD_PER_ROOT_YEAR:.0%}", "how much the level changes in a year"),
        ("trend, `linear`", f"{priors.SLOPE_SD:.0%}", "change over the whole window"),
        ("seasonality", f"{priors.SEASON_SD:.0%} / k", "waves of k cycles a year: smooth ones first"),
        ("weekday", f"{priors.WEEKDAY_SD:.0%}", "each day against the mean of the week"),
        ("events", f"{priors.EVENT_SD:.0%}", "a period that the event covers whole"),
        ("controls", f"{priors.CONTROL_SD:.0%}", "one standard deviation of the control"),
        ("mediators", f"{priors.MEDIATOR_SD:.0%}", "one standard deviation of the mediator"),
    ]  # fmt: skip
    return (
        table(("sampled", "median", "95 % below", "in words"), sampled)
        + "\n\n"
        + table(("integrated out", "standard deviation, of the mean outcome", "what of"), linear)
    )


def _below(belief: PriorSpec, value: float) -> float:
    """How much of a default prior of an effect lies below a value."""
    prior = priors.Prior.of("roi", "positive", belief, priors.EFFECT_FAMILY)
    return float(np.mean(prior.natural(norm.ppf((np.arange(10_000) + 0.5) / 10_000)) < value))


def _default_components() -> Iterator[tuple[str, Adstock | Saturation]]:
    defaults = Spec().channel("any")
    yield "adstock", adstocks()[defaults.adstock.kind]
    yield "saturation", saturations()[defaults.saturation.kind]


def _parameter_prior(kind: str, component: Adstock | Saturation, p: Parameter) -> tuple[str, str, str, str]:
    return f"`{p.name}` of the {component.name} {kind}", *_belief(p), p.meaning


# --- pages


def _modules(package: str) -> Iterator[ModuleType]:
    for info in pkgutil.iter_modules(import_module(package).__path__):
        yield import_module(f"{package}.{info.name}")


def _summary(module: ModuleType) -> str:
    """First paragraph of a module's docstring."""
    return " ".join(inspect.cleandoc(module.__doc__ or "").split("\n\n")[0].split())


def _about(section: type[SpecSection] | None) -> str:
    return "" if section is None else " ".join(inspect.cleandoc(section.__doc__ or "").split())


def _sentence(text: str) -> str:
    """The text with a full stop."""
    return text if not text or text[-1] in ".!?" else text + "."


PARTS: dict[str, Callable[[], str]] = {
    part.__name__: part
    for part in (spec, cli, adstock, saturation, checks, trust, sections, landing, default_priors)
}


def filled(text: str) -> str:
    """A page with all of its generated parts made anew."""
    return PART.sub(lambda match: f"{match[1]}\n{PARTS[match['name']]().strip()}\n\n{match[3]}", text)


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or compare them; the number of stale pages decides the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 if a page is stale")
    check = parser.parse_args(arguments).check
    stale = []
    for page in sorted(DOCS.rglob("*.md")):
        text = page.read_text(encoding="utf-8")
        fresh = filled(text)
        if fresh != text:
            stale.append(page.relative_to(DOCS).as_posix())
            if not check:
                page.write_text(fresh, encoding="utf-8")
    verb = "stale" if check else "written"
    print(f"{verb}: {', '.join(stale)}" if stale else "the generated parts are as the code says")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
