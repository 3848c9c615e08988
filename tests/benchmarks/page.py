"""From what was measured to the page: every number on it comes from the results. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

from benchmarks.amounts import cost, power, quartiles, size
from benchmarks.growth import STEEPEST, exponent
from benchmarks.rows import GROWTHS, ROWS, Growth, Row
from benchmarks.verdict import Results, curves_of, figures_of, hardest, is_met, is_steep

__all__ = ["PLOTS", "render", "targets"]

PLOTS: Final = {
    "segments": (
        "Segments",
        "Linear, cosine and exponential segments by turns, up to the limit of rows.",
    ),
    "traced": ("Segments under JAX", "The same timeline as an optax schedule, beside `optax.join_schedules`."),
    "groups": ("Param groups", "torch, each group with its own base, beside `LambdaLR`."),
    "files": ("Files", "JSON text loaded and compiled, up to the limits of rows and of bytes."),
    "formulas": ("Formulas", "Sums of fractions, up to the limit of names and numbers."),
    "horizons": ("Horizons", "Three phases over so many steps."),
    "told": (
        "What is told of a document",
        "Its notes, its explanation, and what differs where every part does, each with loading and compiling.",
    ),
    "states": (
        "States",
        "The JSON text of a state: the document where that is short, and what plateaus remember.",
    ),
}
"""The pictures, by the names of their files: title, and what they show."""

_OPENING: Final = """\
# Performance

What a schedule costs beside what else there is, and how the cost grows. `nox -s bench` measures all of it anew and
prints the first table; this page is made from [performance.json](performance.json), what was found last.

- Both sides of a row run in one process, warm, in bursts of equally many calls that take turns, with the garbage
  collector off; imports run in new interpreters that take turns. The ratio is the median of the ratios of neighbouring
  bursts, with their quartiles; the times are the least of all.
- Everything runs on one core, and times are processor time, which other processes hardly lengthen.
- Where a peer is said to follow the same curve, both sides have given equal values of it before they are timed.
- Where a row has several peers, the one that is hardest to beat is shown; [below](#every-peer) are all of them.
- A peer is given in its best form. Steps are those of a whole curve, but for its first three, in which schedulers warn
  that they are stepped alone.
"""

_TRAINING: Final = """\
A training step is held against the same step with a constant rate: there is no measurable cost where the median ratio
lies within what two equal steps differ by, the upper quartile of such pairs. With any schedule optax keeps a counter
among its state, which a constant rate does without: the ratio of its own schedule shows what that costs. A schedule
that never changes pays for it too, so beside that one the curve alone is left.

`import unisched` loads names when they are asked for, so it takes less than numpy and pydantic; the row after it has
all that the first document needs, these two among it.
"""

_GROWTH: Final = f"""\
## Cost against size

The exponent is the power of the size by which the cost grows, fitted over the last two decades of sizes: 0 is a cost
that does not grow, 1 one that grows as the size does, 2 its square. Above {STEEPEST} of ours, the run says so.
"""


def render(results: Results) -> str:
    """Give the page of the results."""
    parts = [_OPENING, _machine(results), "## Against the targets\n", targets(results, ROWS), _TRAINING,
             "## Every peer\n", _peers(results), _GROWTH, _growths(results), *_pictures()]  # fmt: skip
    return "\n".join(parts)


def targets(results: Results, rows: Iterable[Row]) -> str:
    """Give the table of rows against their targets."""
    head = ("where", "what", "ours", "peer", "theirs", "ratio", "target", "met")
    return _table(head, (_against(row, results) for row in rows))


def _against(row: Row, results: Results) -> list[str]:
    figures = figures_of(row, results)
    figure = hardest(row, figures)
    met = {None: "", True: "yes", False: "**no**"}[is_met(row, figures)]
    ours, theirs = (cost(figure[side], figure["unit"]) for side in ("ours", "theirs"))
    ours = "" if row.of == "peers" else ours
    return [row.subject, row.name, ours, figure["peer"], theirs, quartiles(figure["ratio"]), _target(row), met]


def _target(row: Row) -> str:
    match row.of:
        case "none" | "peers":
            return ""
        case "noise":
            return "not measurable"
        case "ratio":
            return f"≤ {row.at_most}"
        case "ours":
            limit = row.at_most or 0.0
            return f"≤ {cost(limit, 's')}, {size(round(1 / limit))} a second"


def _peers(results: Results) -> str:
    lines = (
        [row.subject, row.name, figure["peer"], *(cost(figure[side], figure["unit"]) for side in ("ours", "theirs")),
         quartiles(figure["ratio"])]
        for row in ROWS
        if len(figures_of(row, results)) > 1
        for figure in figures_of(row, results)
    )  # fmt: skip
    return _table(("where", "what", "peer", "ours", "theirs", "ratio"), lines)


def _growths(results: Results) -> str:
    head = ("where", "what", "of", "size", "cost at the least", "at the largest", "exponent")
    return _table(head, (line for growth in GROWTHS for line in _grown(growth, results)))


def _grown(growth: Growth, results: Results) -> Iterator[list[str]]:
    for name, points in curves_of(growth, results).items():
        (least, small), (most, large) = points[0], points[-1]
        steepness = power(exponent(points))
        yield [growth.subject, growth.name, name, f"{size(least)} – {size(most)} {growth.axis}",
               cost(small, growth.unit), cost(large, growth.unit),
               f"**{steepness}**" if is_steep(points) else steepness]  # fmt: skip


def _pictures() -> Iterator[str]:
    for name, (title, caption) in PLOTS.items():
        yield f"### {title}\n\n{caption}\n\n![{title}](performance/{name}.svg)\n"


def _machine(results: Results) -> str:
    facts = results["machine"]
    packages = ", ".join(f"{name} {version}" for name, version in sorted(results["packages"].items()))
    return (f"Measured on {facts['day']}: {facts['processor']}, {facts['cores']} cores, {facts['system']}, "
            f"load {facts['load']} with all that ran beside, Python {facts['python']};\n{packages}.\n")  # fmt: skip


def _table(head: Iterable[str], lines: Iterable[Iterable[str]]) -> str:
    titles = list(head)
    rows = [titles, ["---"] * len(titles), *lines]
    return "".join(f"| {' | '.join(cells)} |\n" for cells in rows)
