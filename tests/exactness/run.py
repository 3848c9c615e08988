"""Compare the exact evaluator with mpmath, and measure the host function, on random points of every closed kind.

python tests/exactness/run.py --points 1000000 --json docs/figures/host_ulp.json
"""

from __future__ import annotations

import argparse
import json
import platform
import time
from pathlib import Path

from exactness.curves import KINDS
from exactness.measure import Figures, measured, merged

PART = 20_000
MOST_ULP = 8.0


def main() -> int:
    """Run; exit 1 where the exact evaluator differs, or the host function is farther off than is promised."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--points", type=int, default=PART)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    total: dict[str, Figures] = {}
    began, done, seed = time.monotonic(), 0, asked.seed
    while done < asked.points:
        part = measured(seed, -(-min(PART, asked.points - done) // len(KINDS)))
        total, seed = merged([total, part]), seed + 1
        done = sum(figures.points for figures in total.values())
        wrong = sum(len(figures.differing) for figures in total.values())
        print(f"{done} points, {wrong} differ, {time.monotonic() - began:.0f} s", flush=True)
    for kind, figures in total.items():
        print(kind, {name: value for name, value in figures.report().items() if name != "worst"})
        print(*figures.differing[:3], sep="\n")
    if asked.json:
        asked.json.parent.mkdir(parents=True, exist_ok=True)
        asked.json.write_text(json.dumps(report(total, asked.seed, seed), indent=1) + "\n", encoding="utf-8")
    far = [kind for kind, figures in total.items() if KINDS[kind].promised and figures.farthest > MOST_ULP]
    print("past 8 ulp:", ", ".join(far) or "none")
    return 1 if far or any(figures.differing for figures in total.values()) else 0


def report(total: dict[str, Figures], first: int, stop: int) -> dict[str, object]:
    """Give what the pages show."""
    kinds = {kind: {"promised": KINDS[kind].promised, **figures.report()} for kind, figures in total.items()}
    return {
        "what": "exact evaluator and host function against mpmath, float64",
        "points": sum(figures.points for figures in total.values()),
        "seeds": [first, stop - 1],
        "python": platform.python_version(),
        "machine": platform.machine(),
        "kinds": kinds,
    }


if __name__ == "__main__":
    raise SystemExit(main())
