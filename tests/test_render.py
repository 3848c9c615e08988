"""The phase table, against golden files that a person has read.

UNISCHED_GOLDEN=write python -m pytest tests/test_render.py writes them anew; read the difference before keeping it.
"""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import Any

import pytest

from unisched import Program, compile
from unisched.duration import Clock
from unisched.formulas.tree import Binary, Choice, Integer, Number, Step, Unary
from unisched.ir import (
    Combine,
    Curve,
    Exponential,
    External,
    Fold,
    Formula,
    Greedy,
    Noise,
    Phase,
    Plateau,
    Power,
    Ramp,
    Signal,
    Table,
    Track,
    Value,
    constant,
)
from unisched.normalise import base, single
from unisched.render import table

GOLDEN = Path(__file__).parent / "golden"
WRITE = "UNISCHED_GOLDEN"
CONTROLLERS = (Greedy(monitor="loss"), Plateau(monitor="accuracy", mode="max", rule="optax", atol=0.1))
TREE = Choice(
    Binary("and", Binary("<", Step(), Integer(10)),
           Unary("not", Binary("==", Binary("%", Step(), Integer(3)), Integer(0)))),
    Binary("-", Number(1.0), Binary("-", Number(0.5), Binary("*", Binary("+", Step(), Integer(1)), Number(-0.01)))),
    Binary("**", Unary("-", Unary("exp", Binary("/", Step(), Number(-7.5)))), Binary("**", Number(2.0), Number(-1.0))),
)  # fmt: skip

LINE = {"kind": "linear", "start": 0, "end": 3e-4, "duration": 2000}
CYCLE = {"kind": "sequence", "parts": [{"kind": "linear", "start": 0, "end": 1, "duration": "25%"},
                                       {"kind": "cosine", "end": 0}]}  # fmt: skip

DOCUMENTS: dict[str, tuple[Any, dict[str, Any]]] = {
    "constant": ({"kind": "constant", "value": 1e-3}, {}),
    "linear": (LINE, {"total": 10_000}),
    "warmup_cosine": ({"kind": "warmup_cosine", "peak": 3e-4, "warmup": "2%", "end": 3e-5}, {"total": 100_000}),
    "wsd": ({"kind": "wsd", "peak": 3e-4, "warmup": 100, "decay": "10%"}, {"total": 1000}),
    "polynomial": (
        {"kind": "polynomial", "start": 0.1, "end": 1e-4, "power": 0.9, "warp": 2}, {"total": "5 epochs",
            "steps_per_epoch": 7}
    ),
    "exponential": (
        {"kind": "sequence", "parts": [
            {"kind": "exponential", "start": 1e-3, "end": 1e-4, "warp": 2, "duration": 100},
            {"kind": "exponential", "rate": 0.97, "every": "2.5 epochs", "duration": 100},
            {"kind": "exponential", "rate": 0.5, "every": 30, "staircase": True},
        ]}, {"steps_per_epoch": 7, "samples_per_step": 64, "tokens_per_step": 4096}
    ),
    "power_decay": (
        {"kind": "sequence", "parts": [LINE, {"kind": "power_decay", "timescale": "2000.5 steps"}]}, {}
    ),
    "piecewise": (
        {"kind": "piecewise", "points": [[10, 0.1], [30, 0.5], [60, 0.2]], "interpolation": "cosine"}, {"total": 100}
    ),
    "product_and_clip": (
        {"kind": "clip", "minimum": 1e-5, "curve": {"kind": "product", "curves": [
            {"kind": "sequence", "parts": [{"kind": "linear", "start": 0, "end": 1, "duration": 10}, 1]},
            {"kind": "exponential", "start": 0.1, "rate": 0.9},
        ]}}, {"total": 100}
    ),
    "repeat_of_a_line": ({"kind": "repeat", "curve": {"kind": "linear", "start": 1, "end": 0}, "period": 10,
        "times": 3}, {}),
    "repeat_of_a_sequence": ({"kind": "repeat", "curve": CYCLE, "period": 1000, "times": 10**9}, {}),
    "stairs_of_stairs": (
        {"kind": "stair", "every": 5, "curve": {"kind": "stair", "every": 3, "curve": {"kind": "linear", "start": 1,
            "end": 0}}},
        {"total": 30}
    ),
    "stair_and_shift": (
        {"kind": "shift", "by": 5, "curve": {"kind": "stair", "every": 4, "curve": {"kind": "linear", "start": 1,
            "end": 0}}},
        {"total": 40}
    ),
    "noise": (
        {"kind": "product", "curves": [
            {"kind": "linear", "start": 0.1, "end": 0},
            {"kind": "noise", "std": 0.05, "limit": 0.1, "seed": 42, "every": "2.5 epochs"},
        ]}, {"total": 100, "steps_per_epoch": 7}
    ),
    "plateau": (
        {"base": "optimizer", "curve": {"kind": "sequence", "parts": [
            {"kind": "linear", "start": 0, "end": 1, "duration": 10},
            {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 3, "minimum": 0.01},
        ]}}, {"total": 100}
    ),
    "groups_and_bases": (
        {"total": 100, "after": "error",
         "schedules": {"learning_rate": {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0.1}},
                       "weight_decay": 0.05},
         "groups": {"backbone*": {"learning_rate": {"scale": 0.1}}, "no decay": {"weight_decay": 0}}}, {}
    ),
}  # fmt: skip


def settle(name: str, text: str) -> None:
    path = GOLDEN / f"{name}.txt"
    if os.environ.get(WRITE) == "write":
        path.parent.mkdir(exist_ok=True)
        path.write_text(text + "\n", encoding="ascii")
    assert path.read_text(encoding="ascii") == text + "\n"


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_program_prints_the_table_that_was_read(name: str) -> None:
    document, clock = DOCUMENTS[name]
    settle(name, str(compile(document, **clock)))


def test_every_kind_of_curve_prints_the_line_that_was_read() -> None:
    hold, free = Phase(span=30), Phase(span=7, rate=3, wrap="free")
    curves: dict[str, Curve] = {
        "bounce": Ramp(start=0.0, end=1.0, phase=Phase(span=10, wrap="bounce")),
        "mirrored": Ramp(start=1.0, end=0.0, phase=hold, power=2.0, mirror=True),
        "shifted": Ramp(start=1.0, end=0.0, phase=Phase(span=30, offset=9, every=4, lead=3)),
        "one step": Ramp(start=1.0, end=0.0, phase=Phase(span=1, wrap="restart")),
        "ratio": Exponential(value=0.5, to=0.1, of=0.3, phase=free),
        "inverse": Power(value=0.5, exponent=1.0, phase=Phase(span=7, offset=2, wrap="free")),
        "table": Table(values=(0.5, 0.25, 0.0), phase=Phase(span=10, offset=3, wrap="free")),
        "lines": Table(values=(0.5, 0.25, 0.0), phase=Phase(span=10, wrap="free", every=4), linear=True),
        "formula": Formula(tree=TREE),
        "formula from later": Formula(tree=TREE, offset=7),
        "function": External(function=float, name="mine", offset=2),
        "noise": Noise(std=0.1, seed=7, phase=free),
        "bounded noise": Noise(std=0.1, seed=7, phase=Phase(span=10, wrap="free"), limit=0.2),
        "signal": Signal(index=1),
        "signal that stays": Signal(index=1, held=True),
        "inner cycle": Fold(track=Track(starts=(0, 3), curves=(Ramp(start=0.0, end=1.0, phase=Phase(span=3)),
                                                               Exponential(value=1.0, to=0.5, of=1.0, phase=free))),
                            phase=Phase(span=9, offset=2, wrap="restart")),
    }  # fmt: skip
    sections: list[tuple[str, Value]] = [(name, single(curve)) for name, curve in curves.items()]
    nested = Combine(op="maximum", parts=(base(), Combine(op="sum", parts=(constant(0.5), single(curves["bounce"])))))
    settle("curves", table(Clock(), "continue", [*sections, ("operators", nested)], CONTROLLERS))


def test_there_is_no_golden_file_that_nothing_prints() -> None:
    assert {path.stem for path in GOLDEN.glob("*")} == {*DOCUMENTS, "curves"}


@pytest.mark.parametrize("name", DOCUMENTS)
def test_the_rows_of_a_table_meet_without_a_gap(name: str) -> None:
    program: Program = compile(DOCUMENTS[name][0], **DOCUMENTS[name][1])
    tables = [block for block in str(program).split("\n\n")[1:] if not block.startswith("controller ")]
    for block in tables:
        ends: dict[int, str] = {}
        for line in block.splitlines():
            for row in re.finditer(r"(?P<new>[0-9]\. )?\[(?P<start>[0-9]+), (?P<end>[0-9.]+)\)", line):
                column = row.start("start")
                assert row["start"] == ("0" if row["new"] or column not in ends else ends[column])
                ends[column] = row["end"]
        assert ends[min(ends)] == "..."


def test_a_wrong_table_is_noticed() -> None:
    with pytest.raises(AssertionError):
        assert (GOLDEN / "linear.txt").read_text() == str(compile(LINE | {"end": 4e-4}, total=10_000)) + "\n"


HELD: list[tuple[dict[str, Any], list[str]]] = [
    ({"kind": "exponential", "start": 1, "end": 0.01, "duration": 200}, ["[0, 200)", "[200, ...)  holds 0.01"]),
    ({"kind": "product", "curves": [0.5, {"kind": "exponential", "start": 1, "end": 4, "duration": 20}]},
     ["[0, 20)", "[20, ...)  holds 4.0"]),
    ({"kind": "exponential", "start": 1, "rate": 0.9}, ["[0, ...)"]),
]  # fmt: skip


@pytest.mark.parametrize(("document", "said"), HELD)
def test_a_growth_that_ends_is_followed_by_what_it_holds(document: dict[str, Any], said: list[str]) -> None:
    program = compile(document)
    text = str(program)
    assert [part for part in said if part not in text] == []
    assert ("holds" in text) == (len(said) > 1)
