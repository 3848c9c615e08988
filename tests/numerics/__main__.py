"""Run a report: prepare the cases, evaluate them in one process for each engine, add up, write JSON, page and plot."""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

from numerics.engines import ENGINES
from numerics.page import render
from numerics.prepare import PARTS, Size, prepared
from numerics.processes import finished
from numerics.summary import Results, broken, summed

DOCS = Path(__file__).parents[2] / "docs"
SAMPLE = Size(specs=48, steps=64, every=8, lengths=500)
FULL = Size(specs=10_000, steps=64)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="numerics", description=__doc__)
    parser.add_argument(
        "--full", action="store_true", help="the whole report, in hours, instead of a sample, in minutes"
    )
    parser.add_argument("--specs", type=int, help="how many random specs")
    parser.add_argument("--steps", type=int, help="at how many steps each")
    parser.add_argument("--seed", type=int, help="the first seed of the random specs")
    parser.add_argument("--lengths", type=int, help="every so-many-th stair and decay of all lengths")
    parser.add_argument("--parts", nargs="+", choices=[*PARTS], default=[*PARTS])
    parser.add_argument("--engines", nargs="*", choices=ENGINES, default=[*ENGINES], help="none: only add up")
    parser.add_argument("--ways", nargs="*", default=[], help="only these, by the name that the page gives them")
    parser.add_argument("--jobs", type=int, default=2, help="how many engines at a time")
    parser.add_argument("--thorough", action="store_true", help="every mode on every case, not a share of them")
    parser.add_argument("--folder", type=Path, help="where chunks and results lie; a stopped run goes on there")
    parser.add_argument("--write", action="store_true", help="write docs/numerics.json, the page and its plot")
    return parser.parse_args()


def _evaluated(folder: Path, options: argparse.Namespace, engine: str) -> int:
    arguments = [str(folder), ",".join(options.parts), *(f"--way={way}" for way in options.ways)]
    return finished(engine, folder, [*arguments, *["--thorough"][: options.thorough]])


def main() -> int:
    """Run what the command line asks for; give 1 where a promise is broken."""
    options = _arguments()
    whole = FULL if options.full else SAMPLE
    given = {name: getattr(options, name) for name in ("specs", "steps", "seed", "lengths")}
    size = replace(whole, **{name: value for name, value in given.items() if value is not None})
    folder = options.folder or Path(tempfile.mkdtemp(prefix="numerics-"))
    folder.mkdir(parents=True, exist_ok=True)
    for part in options.parts:
        print(f"{part}: {prepared(folder, part, size)} cases", flush=True)
    with ThreadPoolExecutor(options.jobs) as pool:
        codes = [*pool.map(partial(_evaluated, folder, options), options.engines)]
    text = json.dumps(summed(folder, seed=size.seed, steps=size.steps), indent=1, sort_keys=True, ensure_ascii=False)
    # The page is made from what the file says, in the file's order.
    results = json.loads(text)
    if options.write:
        _write(text, results)
    wrong = broken(results)
    print(render(results), *wrong, sep="\n")
    return int(any(codes) or bool(wrong))


def _write(text: str, results: Results) -> None:
    from numerics.plot import drawn  # matplotlib is for this alone

    for name, content in (("json", f"{text}\n"), ("md", render(results)), ("svg", drawn(results))):
        (DOCS / f"numerics.{name}").write_text(content, encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
