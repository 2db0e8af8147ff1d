"""LightweightMMM's three models, in LightweightMMM itself and as our presets, on the same table.

    uv run python benchmarks/presets/run.py [--repeats 3] [--seed 1] [--keep]

LightweightMMM runs in an environment of its own (`benchmarks/peers`). Every fit is a process, ours and theirs
by turns: first each with its own priors, then both with the same. Writes ``benchmarks/presets/presets.md``.
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# The benchmarks are scripts, not a package: their folder is put on the path.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from peers.command import CACHE
from peers.environments import environment_of
from peers.process import clean_environment, last_words, measure

from mediamix.core.files import write_json, write_text
from presets.compare import Side, read_side
from presets.market import MODELS, SETTINGS, Market, made, priors_of, spec_of
from presets.page import Results, markdown

HERE = Path(__file__).parent
PAGE, SCRIPTS = HERE / "presets.md", HERE / "scripts"
#: LightweightMMM's own lengths; ours are the defaults of a spec.
CHAINS, TUNE, DRAWS = 2, 1000, 1000
LIMIT_S = 900.0
#: Ours as it is by default; ours doing what LightweightMMM does, one run of the sampler without trust checks
#: of the model and without sampling again what ended unwell; LightweightMMM.
WHOSE = ("ours", "alike", "theirs")
#: Takes LightweightMMM many minutes, so that it runs once.
LONG = ("carryover",)


@dataclass(frozen=True)
class Bench:
    """One call.

    Args:
        work: Folder of the market and of results.
        market: That both fit.
        python: Whose → interpreter.
        keep: Take what is there.
    """

    work: Path
    market: Market
    python: dict[str, Path]
    keep: bool

    def options(self, whose: str, model: str, setting: str) -> dict[str, Any]:
        """What a script is given."""
        if whose != "theirs":
            spec = spec_of(model, setting, self.market.channels).model_dump(mode="json", exclude_unset=True)
            if whose == "alike":
                spec["sampler"] = {**spec.get("sampler", {}), "heal": False}
            return {"spec": spec, "checks": whose != "alike"}
        lengths = {"chains": CHAINS, "tune": TUNE, "draws": DRAWS}
        priors, channels = priors_of(self.market, model), list(self.market.channels)
        return {"model": model, "setting": setting, "channels": channels, "priors": priors, **lengths}

    def fit(self, whose: str, model: str, setting: str, repeat: int) -> Side:
        """One process.

        Raises:
            SystemExit: It failed.
        """
        out = self.work / f"{whose}-{model}-{setting}-{repeat}"
        asked, seconds = out / "options.json", out / "process.json"
        options = json.loads(json.dumps(self.options(whose, model, setting)))
        known = self.keep and (out / "result.json").exists() and seconds.exists()
        if not known or json.loads(asked.read_text(encoding="utf-8")) != options:
            write_json(asked, options)
            (out / "result.json").unlink(missing_ok=True)
            package = "theirs" if whose == "theirs" else "ours"
            command = [self.python[package], SCRIPTS / f"{package}.py", self.work, asked, out]
            done = measure(command, out, LIMIT_S, clean_environment())
            if done.code != 0:
                sys.exit(f"{out.name}: {last_words(out)}")
        side = read_side(out, float(json.loads(seconds.read_text(encoding="utf-8"))["seconds"]))
        print(f"{out.name}: {side.seconds['process_s']:.1f} s, {side.seconds['cpu_s']:.1f} s CPU", flush=True)
        return side


def results_of(bench: Bench, repeats: int) -> Results:
    """All fits, by turns."""
    found: dict[tuple[str, str, str], list[Side]] = {}
    for model in MODELS:
        # Caches of files and kernels are warm from here on.
        bench.fit("ours", model, "own", 0)
    for repeat in range(1, repeats + 1):
        for setting in SETTINGS if repeat == 1 else SETTINGS[:1]:
            for model in MODELS:
                for whose in WHOSE if setting == "own" else (WHOSE[0], WHOSE[-1]):
                    if whose == "theirs" and model in LONG and repeat > 1:
                        continue
                    side = bench.fit(whose, model, setting, repeat)
                    found.setdefault((whose, model, setting), []).append(side)
    return Results(bench.market, found)


def main() -> None:
    """Fit and write the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--seed", type=int, default=1, help="of the market")
    parser.add_argument("--keep", action="store_true", help="keep the results that are there")
    parser.add_argument("--work", type=Path, default=CACHE / "presets")
    options = parser.parse_args()
    work = options.work / f"market-{options.seed}"
    work.mkdir(parents=True, exist_ok=True)
    python = {"ours": Path(sys.executable), "theirs": environment_of("lightweight_mmm", CACHE).python}
    bench = Bench(work, made(work, options.seed), python, options.keep)
    text = markdown(results_of(bench, options.repeats), options.seed, options.keep)
    write_text(PAGE, text)
    sys.stdout.write(text)


if __name__ == "__main__":
    main()
