"""Every structure on markets that have it: is the truth found, is its absence noticed, what does it cost?

Run it with ``uv run python benchmarks/structures/run.py [--only noise_ar1 …] [--part absence …]``. It writes
``benchmarks/structures/structures.md`` from all that was ever run, which ``results.json`` beside it keeps:
what was fitted before isn't fitted again. Structures that this version of the package refuses are listed.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from mediamix.core.errors import UserError
from mediamix.core.files import write_text
from mediamix.core.provenance import host, versions
from mediamix.core.registry import discover
from mediamix.core.spec import Spec
from mediamix.data.dataset import Dataset
from structures.cache import Cache
from structures.page import Row, markdown
from structures.speed import race
from structures.world import Structured

HERE = Path(__file__).parent
PARTS = ("recovery", "absence", "speed")
#: Seeds of other pages and of the tests are below.
FIRST = 101


def structures() -> dict[str, Structured]:
    """All of the folder `worlds`."""
    return dict(discover("structures.worlds", Structured))


def refusal(structured: Structured) -> str | None:
    """Why this version of the package can't fit a structure; None: it can."""
    from mediamix.models import bayes

    try:
        bayes.ready(*structured.has(FIRST).stated())
    except UserError as error:
        return str(error)
    return None


def fits(structured: Structured, part: str, worlds: int) -> Iterator[tuple[str, Dataset, Spec]]:
    """What a part of a structure wants fitted, world by world."""
    for seed in range(FIRST, FIRST + worlds):
        if part == "recovery":
            yield (f"{structured.name}, stated, {seed}", *structured.has(seed).stated())
        if part == "absence":
            yield (f"{structured.name}, not stated, {seed}", *structured.has(seed).unstated())
            yield (f"{structured.name}, not there, {seed}", *structured.lacks(seed).unstated())


def work(structured: Structured, parts: Sequence[str], worlds: int, cache: Cache, again: bool) -> None:
    """Fit what isn't known yet."""
    for part in parts:
        for label, dataset, spec in fits(structured, part, worlds):
            if again or cache.known(dataset, spec) is None:
                answer = cache.ask(dataset, spec, again=again)
                said = ", ".join(f"{check} ({severity})" for check, severity in answer.said.items())
                print(f"{label}: {answer.verdict}, {answer.sample_s:.1f} s; {said}", flush=True)
        if part == "speed" and (again or structured.name not in cache.speeds):
            cache.speeds[structured.name] = race(structured)
            cache.write()
            print(f"{structured.name}: {cache.speeds[structured.name]}", flush=True)


def row(structured: Structured, worlds: int, cache: Cache) -> Row:
    """All that is known of a structure."""
    refused = refusal(structured)
    if refused is not None:
        return Row(structured, refused=refused)
    seeds = range(FIRST, FIRST + worlds)
    made = [structured.has(seed) for seed in seeds]
    stated = [(world, cache.known(*world.stated())) for world in made]
    blind = [(world, cache.known(*world.unstated())) for world in made]
    lacking = [cache.known(*structured.lacks(seed).unstated()) for seed in seeds]
    return Row(
        structured,
        tuple(world for world, answer in stated if answer is not None),
        tuple(answer for _, answer in stated if answer is not None),
        tuple(world for world, answer in blind if answer is not None),
        tuple(answer for _, answer in blind if answer is not None),
        tuple(answer for answer in lacking if answer is not None),
        cache.speeds.get(structured.name),
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Run what is asked for, write the page of all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--only", nargs="+", metavar="NAME", help="structures (files of worlds/)")
    parser.add_argument("--worlds", type=int, default=20, help="of each kind")
    parser.add_argument("--part", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--again", action="store_true", help="fit even what is known")
    parser.add_argument("--page", action="store_true", help="run nothing, write the page")
    parser.add_argument("--results", type=Path, default=HERE / "results.json")
    parser.add_argument("--out", type=Path, default=HERE / "structures.md", help="the Markdown page")
    options = parser.parse_args(arguments)
    every = structures()
    unknown = sorted(set(options.only or ()) - every.keys())
    if unknown:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(every)}")
    cache = Cache.read(options.results)
    for name in () if options.page else options.only or every:
        refused = refusal(every[name])
        if refused is None:
            work(every[name], options.part, options.worlds, cache, options.again)
        else:
            print(f"{name}: not in this version. {refused.splitlines()[0]}", flush=True)
    rows = [row(structured, options.worlds, cache) for structured in every.values()]
    about = {
        "host": host(),
        "versions": versions(),
        "day": date.today().isoformat(),
    }
    write_text(options.out, markdown(rows, about))


if __name__ == "__main__":
    main()
