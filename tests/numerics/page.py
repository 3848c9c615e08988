"""From the results to the page: every number on it comes from them. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

from numerics.summary import Results, result_of
from numerics.tally import Tally

__all__ = ["render"]

_OPENING: Final = """\
# Numerics

How exact the values are, in every mode of every backend, beside the frameworks' own schedules through the same harness.
`nox -s numerics` looks at a sample and fails where a bit differs; `nox -s numerics -- --full --write` looks at all of
it and makes this page of what it finds, which [numerics.json](numerics.json) holds.

The reference is the exact evaluator (`program(step, exact=True)`), which rounds once, from integers; the corpus brings
values of its own, worked out with mpmath. What is due in float32 is that value rounded once more, magnitudes below
2⁻¹²⁶ being zero; what is due in float64 is the value itself,
but for magnitudes below 2⁻¹⁰²², which are zero here too. [Numbers](numbers.md) has the promises and their reasons.
"""

_PARTS: Final[Mapping[str, str]] = {
    "random": "random documents, one to four curves deep (20:6:3:1), over every kind, each at {steps} steps: "
    "boundaries ± 2, ends of cycles, edges of stairs, the last hundred steps, 2²⁴ ± 1, 2³¹ − 1, and at random; "
    "totals up to 2³¹ − 2",
    "corpus": "cases of the conformance corpus, at all their steps, and documents of [recipes](recipes.md)",
    "long": "long runs: a rate of 0.999999 over 10⁷ steps, decays to zero over 10³ to 2³¹ − 2 steps, restarts",
    "stairs": "staircases, each of a divisor of its own up to 20 000, on both sides of their edges",
    "rows": "long runs whose parts are staircases of every divisor up to 20 000, on both sides of nine edges each",
    "ends": "decays to zero, each over a length of its own up to 3 000, with powers of 0.5 and 0.9, last hundred steps",
    "native": "documents that name a schedule of optax, Keras or torch",
}

_FLOAT32: Final = """\
## float32

Each line is one way to evaluate a schedule; ways that need a compiler see a share of what is long. Refused are
documents that a float32 backend says it cannot hold: what is below 2⁻¹²⁶ throughout. Inductor, which needs seconds
for each document, sees a sample.
"""

_FLOAT64: Final = """\
## float64

Distances are in ulp of float64 from the exact value: 0 is the nearest float64. Worst and median of each way first, then
of each kind, where the kind of a document is its outermost one; what is below multiplies and adds curves, and 8 ulp are
[promised](numbers.md#the-promise) of one.
"""

_NATIVE: Final = """\
## Beside the frameworks' own

The same documents at the same steps, which are dense around boundaries and near ends, in float32 unless said otherwise:
what the framework's own schedule gives, called and compiled, and what ours give in all float32 modes of all backends.
*Misplaced* are values that are due a step before or after. Where zero is due there is no ulp; other values there count
as other bits.
"""

_STAIRS: Final = """\
### Stairs and ends

The staircases and decays that have a program of their own. A staircase is misplaced where one of its edges is; a
decay with a power below one is not a number where the compiler's 1 − t/T is below zero at its end.
"""

_CLOSING: Final = """\
![How far the frameworks' own float32 values are from the exact ones](numerics.svg)

## Not looked at here

Devices: all of this ran on a CPU. Metrics: a plateau's factor is a float64 that is reached in Python. Documents with
param groups: the conformance kit of each plugin has them. Values beyond 3·10³⁸, for which float32 has no number.
"""


def render(results: Results) -> str:
    """Give the page."""
    sections = [_OPENING, _seen(results), _FLOAT32, _singles(results), _FLOAT64, _doubles(results), _kinds(results),
                _NATIVE, _natives(results), _by_schedule(results), _STAIRS, _exhausted(results), _CLOSING]  # fmt: skip
    return "\n".join(sections)


def _seen(results: Results) -> str:
    counts = [f"- {results['parts'][part]} {text.format(steps=results['steps'])}" for part, text in _PARTS.items()
              if part in results["parts"]]  # fmt: skip
    versions = ", ".join(f"{name} {number}" for name, number in results["versions"].items())
    return "\n".join([*counts, "", f"Seeds from {results['seed']} on, Python {results['python']}, {versions}.", ""])


def _modes(results: Results, *, ours: bool, precision: str | None = None) -> dict[str, Mapping[str, Any]]:
    return {name: mode for name, mode in sorted(results["modes"].items())
            if mode["is_ours"] == ours and precision in (None, mode["precision"])}  # fmt: skip


def _singles(results: Results) -> str:
    head = ("way", "random documents", "values", "other bits", "not a number", "below zero", "misplaced", "refused")
    return _table(head, (_single(name, mode) for name, mode in _modes(results, ours=True, precision="float32").items()))


def _single(name: str, mode: Mapping[str, Any]) -> list[str]:
    seen = result_of(mode)
    return [name, _count(result_of(mode, part="random").cases), _count(seen.values), _count(seen.differing),
            _count(seen.nan), _count(seen.negative), _count(seen.late + seen.early), _count(seen.refused)]  # fmt: skip


def _doubles(results: Results) -> str:
    head = ("way", "random documents", "values", "nearest float64", "worst", "median")
    rows = []
    for name, mode in _modes(results, ours=True, precision="float64").items():
        seen = result_of(mode)
        nearest = _share(seen.values - seen.differing, seen.values)
        rows.append([name, _count(result_of(mode, part="random").cases), _count(seen.values), nearest,
                     _ulp(seen.worst), str(seen.median)])  # fmt: skip
    return _table(head, rows)


def _kinds(results: Results) -> str:
    modes = _modes(results, ours=True, precision="float64")
    singles = [*_modes(results, ours=True, precision="float32").values()]
    kinds = dict.fromkeys(kind for mode in modes.values() for kind in mode["parts"].get("random", {}))
    rows = []
    for kind in sorted(kinds):
        bits = _sum(result_of(mode, part="random", kind=kind) for mode in singles)
        found = [result_of(mode, part="random", kind=kind) for mode in modes.values()]
        rows.append([kind, _count(bits.values), _count(bits.differing), *map(_worst_and_median, found)])
    return _table(("kind", "float32 values", "other bits", *modes), rows)


def _natives(results: Results) -> str:
    head = ("way", "values", "other bits", "worst ulp", "median ulp", "not a number", "below zero", "misplaced")
    ours = _sum(result_of(mode, part="native") for mode in _modes(results, ours=True, precision="float32").values())
    rows = [_native(_titled(name, mode), result_of(mode, part="native"))
            for name, mode in _modes(results, ours=False).items()]  # fmt: skip
    return _table(head, [*rows, _native("unisched, all ways", ours)])


def _native(name: str, seen: Tally) -> list[str]:
    return [name, _count(seen.values), _share(seen.differing, seen.values), _ulp(seen.worst), _ulp(seen.median),
            _count(seen.nan), _count(seen.negative), _count(seen.late + seen.early)]  # fmt: skip


def _by_schedule(results: Results) -> str:
    """By schedule the share of other bits and the worst ulp, in the framework's ways and in all of ours."""
    theirs, singles = _modes(results, ours=False), [*_modes(results, ours=True, precision="float32").values()]
    parts: list[str] = []
    for framework in ("optax", "keras", "torch"):
        modes = {name: mode for name, mode in theirs.items() if name.startswith(f"native {framework}")}
        kinds = dict.fromkeys(kind for mode in modes.values() for kind in mode["parts"].get("native", {}))
        rows = []
        for kind in sorted(kinds):
            found = [result_of(mode, part="native", kind=kind) for mode in modes.values()]
            ours = _sum(result_of(mode, part="native", kind=kind) for mode in singles)
            rows.append([kind.removeprefix(f"{framework}."), *map(_bits_and_worst, found), _bits_and_worst(ours)])
        parts.append(_table((framework, *(_titled(name, mode) for name, mode in modes.items()), "unisched"), rows))
    return "\n".join(parts)


def _titled(name: str, mode: Mapping[str, Any]) -> str:
    return f"{name}, float64" if mode["precision"] == "float64" else name


def _exhausted(results: Results) -> str:
    head = ("way", "stairs", "misplaced", "decays", "not a number", "below zero")
    rows = []
    for name, mode in [*_modes(results, ours=False).items(), *_modes(results, ours=True, precision="float32").items()]:
        stairs, ends = result_of(mode, part="stairs"), result_of(mode, part="ends")
        if stairs.cases or ends.cases:
            rows.append([name, _count(stairs.cases), _count(stairs.misplaced_cases), _count(ends.cases),
                         _count(ends.nan_cases), _count(ends.negative_cases)])  # fmt: skip
    return _table(head, rows)


def _sum(tallies: Iterable[Tally]) -> Tally:
    return sum(tallies, Tally())


def _worst_and_median(seen: Tally) -> str:
    return f"{_ulp(seen.worst)} / {seen.median}" if seen.values else ""


def _bits_and_worst(seen: Tally) -> str:
    return f"{_share(seen.differing, seen.values)}, {_ulp(seen.worst)}" if seen.values else ""


def _count(number: int) -> str:
    return f"{number:,}".replace(",", " ")


def _share(part: int, whole: int) -> str:
    if part in (0, whole):
        return "0" if part == 0 else "100 %"
    share = 100 * part / whole
    return f"{share:.2g} %" if share < 10 else f"{min(share, 99.9):.1f} %"


def _ulp(number: float) -> str:
    if number < 1e5:
        return f"{number:.0f}" if number >= 10 or number == int(number) else f"{number:.1f}"
    return f"{number:.1e}".replace("e+0", "e").replace("e+", "e")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    return "\n".join([*map(_line, [head, ["---"] * len(head), *rows]), ""])


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
