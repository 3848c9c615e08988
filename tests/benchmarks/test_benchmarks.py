"""Every benchmark still runs, and compares the same curves: each subject once, small, in its own process."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterator
from typing import Final

import pytest

import unisched
from benchmarks.__main__ import measured
from benchmarks.core_growths import LARGEST
from benchmarks.growth import STEEPEST, exponent
from benchmarks.pairs import TRIAL, alike, compare, paired
from benchmarks.rows import GROWTHS, ROWS, SUBJECTS, Row
from benchmarks.verdict import is_met


@pytest.mark.parametrize("subject", SUBJECTS)
def test_every_row_of_a_subject_can_be_measured(subject: str) -> None:
    found = measured(subject, "trial")
    assert [row["name"] for row in found["rows"]] == [row.name for row in ROWS if row.subject == subject]
    for row in found["rows"]:
        assert row["figures"], row["name"]
        for figure in row["figures"]:
            assert all(math.isfinite(figure[side]) and figure[side] > 0 for side in ("ours", "theirs")), row["name"]
    assert [one["name"] for one in found["growths"]] == [one.name for one in GROWTHS if one.subject == subject]
    assert all(len(points) >= 2 for one in found["growths"] for points in one["curves"].values())


@pytest.mark.parametrize("document", LARGEST)
def test_the_largest_documents_are_within_the_limits(document: str) -> None:
    assert unisched.compile(json.dumps(LARGEST[document]()))(500) > 0


def test_a_peer_of_another_curve_is_refused() -> None:
    alike([0.1, 0.2], [0.1, 0.2 + 1e-9])
    with pytest.raises(ValueError, match=r"from step 1 on: .*0\.2.* and .*0\.21"):
        alike([0.1, 0.2], [0.1, 0.21])
    with pytest.raises(ValueError, match="values are compared"):
        alike([0.1, 0.2], [0.1])


def test_the_sides_of_a_pair_take_turns_in_going_first() -> None:
    order: list[str] = []

    def sample(side: str) -> Callable[[], float]:
        return lambda: float(order.append(side) is None)

    paired("a peer", sample("ours"), sample("theirs"), 4)
    assert order == ["ours", "theirs", "theirs", "ours"] * 2


def test_the_ratio_is_that_of_neighbours_so_that_a_machine_that_slows_down_is_no_difference() -> None:
    def slowing(factor: float) -> Iterator[float]:
        yield from (factor * 2**index for index in range(9))

    ours, theirs = slowing(1.0), slowing(2.0)
    figure = paired("a peer", lambda: next(ours), lambda: next(theirs), 9)
    assert figure["ratio"] == [0.5, 0.5, 0.5]
    assert (figure["ours"], figure["theirs"]) == (1.0, 2.0)


def test_what_is_timed_is_made_anew_for_each_burst() -> None:
    made: list[int] = []

    def make(calls: int) -> Callable[[], object]:
        made.append(calls)
        return lambda: sum(range(1000))

    (figure,) = compare(make, {"itself": make}, TRIAL, calls=7)
    assert made == [7] * 6  # each side is warmed twice
    assert figure["ratio"][1] > 0


SHAPES: Final = {
    "constant": (lambda size: 5.0, False),
    "linear": (lambda size: 3.0 + 0.1 * size, False),
    "n log n": (lambda size: 1.0 + size * math.log(size + 1), False),
    "a square that begins small": (lambda size: 100.0 + 1e-3 * size**2, True),
    "a square": (lambda size: float(size**2), True),
}


@pytest.mark.parametrize("shape", SHAPES)
def test_a_square_is_flagged_and_what_is_nearly_linear_is_not(shape: str) -> None:
    cost, is_flagged = SHAPES[shape]
    points = [[size, cost(size)] for size in (1, 10, 100, 1000, 3162, 10_000)]
    assert (exponent(points) > STEEPEST) == is_flagged


RATIO: Final = Row(subject="core", name="", of="ratio", at_most=0.5)
OURS: Final = Row(subject="core", name="", of="ours", at_most=1e-3)
NOISE: Final = Row(subject="core", name="", of="noise")


def figure_of(ratio: float, ours: float = 1.0, upper: float | None = None) -> dict[str, object]:
    return {"peer": "", "unit": "s", "ours": ours, "theirs": 1.0, "ratio": [ratio, ratio, upper or ratio]}


VERDICTS: Final = [
    (RATIO, [figure_of(0.5)], True),
    (RATIO, [figure_of(0.4), figure_of(0.6)], False),
    (OURS, [figure_of(9.0, ours=1e-3)], True),
    (OURS, [figure_of(0.1, ours=2e-3)], False),
    (NOISE, [figure_of(1.02), figure_of(1.0, upper=1.03) | {"is_noise": True}], True),
    (NOISE, [figure_of(1.05), figure_of(1.0, upper=1.03) | {"is_noise": True}], False),
    (Row(subject="core", name=""), [figure_of(0.1)], None),
    (Row(subject="core", name="", of="peers"), [figure_of(9.0)], None),
]


@pytest.mark.parametrize(("row", "figures", "verdict"), VERDICTS)
def test_a_target_is_met_or_not(row: Row, figures: list[dict[str, object]], verdict: bool | None) -> None:
    assert is_met(row, figures) is verdict
