"""What is drawn is what every step says: no jump becomes a slope, no cycle hides between two points."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from unisched import Program, compile
from unisched.drawing.chart import Line

Floats = npt.NDArray[np.float64]
Document = dict[str, Any]
Draw = Callable[[Program, int], tuple[Floats, Floats]]

COLUMNS = 1000
HAIR = 1e-12
COSINE = {"kind": "cosine", "start": 1, "end": 0.1}
NAMED: dict[str, Document] = {
    "a warm-up and a cosine": {"kind": "warmup_cosine", "peak": 0.1, "warmup": 500},
    "steps": {"kind": "piecewise", "points": [[0, 1], [3000, 0.1], [6000, 0.01]], "interpolation": "previous"},
    "restarts": {"kind": "sgdr", "peak": 1, "period": 370},
    "thin restarts": {"kind": "sgdr", "peak": 1, "period": 37},
    "restarts in a decay": {"kind": "product", "curves": [{"kind": "linear", "start": 1, "end": 0.5},
                                                          {"kind": "sgdr", "peak": 1, "period": 37}]},
    "thin waves": {"kind": "triangular", "start": 0, "peak": 1, "period": 22},
    "stairs": {"kind": "exponential", "start": 1, "rate": 0.99, "every": 41, "staircase": True},
    "noise": {"kind": "product", "curves": [COSINE, {"kind": "noise", "std": 0.1, "seed": 7}]},
}  # fmt: skip


def drawn(program: Program, stop: int) -> tuple[Floats, Floats]:
    return the_line(program, stop=stop).path()


def naive(program: Program, stop: int) -> tuple[Floats, Floats]:
    """The obvious way, which is wrong: as many steps as columns, evenly spread."""
    steps = np.linspace(0, stop, COLUMNS).astype(np.int64)
    return steps.astype(np.float64), program(steps)


def the_line(program: Program, **window: Any) -> Line:
    return next(program.chart(columns=COLUMNS, **window).lines)


def missed(program: Program, draw: Draw, stop: int) -> float:
    """How far the highest and the lowest point of the drawing are from those of the steps, in heights of the picture.

    Column by column, as an eye would.
    """
    steps = np.arange(stop + 1)
    starts = -(-np.arange(COLUMNS) * (stop + 1) // COLUMNS)
    values, seen = program(steps), heights(draw(program, stop), steps)
    off = [
        np.abs(extreme.reduceat(values, starts) - extreme.reduceat(seen, starts))
        for extreme in (np.maximum, np.minimum)
    ]
    return float(np.max(off)) / float(np.ptp(values) or 1.0)


def heights(path: tuple[Floats, Floats], steps: npt.NDArray[np.int64]) -> Floats:
    """The height of a drawn line over the steps."""
    x, y = path
    left = np.minimum(np.searchsorted(x, steps, side="right") - 1, x.size - 2)
    return y[left] + (y[left + 1] - y[left]) * ((steps - x[left]) / np.maximum(x[left + 1] - x[left], 1))


@pytest.mark.parametrize("name", NAMED)
def test_a_run_that_is_evaluated_wholly_is_drawn_to_the_last_extreme(name: str) -> None:
    assert missed(compile(NAMED[name], total=100_000), drawn, 100_000) < HAIR


@pytest.mark.parametrize("name", [name for name in NAMED if name != "noise"])
def test_a_longer_run_is_drawn_as_if_every_step_were_looked_at(name: str) -> None:
    assert missed(compile(NAMED[name], total=400_000), drawn, 400_000) < 0.01


@pytest.mark.parametrize("name", ["thin restarts", "thin waves", "restarts in a decay", "noise"])
def test_evenly_spread_steps_would_be_caught(name: str) -> None:
    assert missed(compile(NAMED[name], total=400_000), naive, 400_000) > 0.05


@pytest.mark.parametrize("stop", [100, 10_000, 10**6, 10**9, 10**12, 10**15])
def test_stairs_are_no_slopes_at_any_length(stop: int) -> None:
    program = compile({"kind": "exponential", "start": 1, "rate": 0.5, "every": stop // 20, "staircase": True},
                      total=stop)  # fmt: skip
    line = the_line(program)
    edges = np.arange(1, 20) * (stop // 20)
    assert line.steps[line.jumps].tolist() == [int(edge) for edge in edges] + [stop] * (20 * (stop // 20) == stop)
    steps = np.unique(np.concatenate([np.linspace(0, stop - 1, 5000).astype(np.int64), edges, edges - 1]))
    assert np.array_equal(heights(line.path(), steps), program(steps))
    assert stop < COLUMNS or not np.array_equal(heights(naive(program, stop), steps), program(steps))


def test_a_python_functions_stairs_are_found_by_asking_it() -> None:
    program = compile(lambda step: 0.5 ** (step // 123_457), total=10**6)
    line = the_line(program)
    assert line.steps[line.jumps].tolist() == [123_457 * n for n in range(1, 9)]


@pytest.mark.parametrize(("document", "jumps"), [
    ({"kind": "linear", "start": 1, "end": 0}, []),
    ({"kind": "cosine", "start": 1, "end": 0}, []),
    ({"kind": "warmup_linear", "peak": 1, "warmup": 4}, []),
    ({"kind": "triangular", "start": 0, "peak": 1, "period": 10}, []),
    ({"kind": "piecewise", "points": [[0, 1], [5, 0.1]], "interpolation": "previous"}, [5]),
    ({"kind": "repeat", "curve": {"kind": "linear", "start": 1, "end": 0}, "period": 5}, [5, 10, 15]),
])  # fmt: skip
def test_a_slope_is_no_jump_and_a_jump_no_slope(document: Document, jumps: list[int]) -> None:
    line = the_line(compile(document, total=20))
    assert line.steps[line.jumps].tolist() == jumps
    assert line.steps.tolist() == list(range(21))


@pytest.mark.parametrize("total", [10**4, 10**6, 10**12])
def test_both_sides_of_every_boundary_are_drawn(total: int) -> None:
    program = compile({"kind": "wsd", "peak": 1, "warmup": total // 10, "decay": total // 5}, total=total)
    boundaries = [total // 10, total - total // 5, total]
    assert {0, *boundaries, *(step - 1 for step in boundaries)} <= set(the_line(program).steps.tolist())


@pytest.mark.parametrize("total", [10**3, 10**5, 10**6, 10**12])
def test_what_is_drawn_are_values_of_steps_in_order_and_not_too_many(total: int) -> None:
    program = compile({"kind": "warmup_cosine", "peak": 0.1, "warmup": 100}, total=total)
    line = the_line(program)
    assert (np.diff(line.steps) > 0).all()
    assert line.values.tolist() == program(line.steps).tolist()
    assert line.steps.size <= 4 * COLUMNS + 20
    assert (line.steps[0], line.steps[-1]) == (0, total)


def test_a_curve_of_a_thousand_segments_keeps_every_one() -> None:
    parts = [{"kind": "linear", "start": n % 7, "end": (n + 3) % 5, "duration": 100} for n in range(1000)]
    program = compile({"kind": "sequence", "parts": parts}, total=100_000)
    assert missed(program, drawn, 100_000) < HAIR


def test_what_a_part_of_a_run_shows_is_drawn_as_closely_as_the_whole() -> None:
    program = compile(NAMED["restarts"], total=10**9)
    line = the_line(program, start=5 * 10**8, stop=5 * 10**8 + 900)
    assert line.steps.tolist() == list(range(5 * 10**8, 5 * 10**8 + 901))
    assert len(line.steps[line.jumps]) in (2, 3)
