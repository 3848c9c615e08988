"""What is measured, as data: every row with its target, and every cost against a size.

The page shows each of them, met or not; how they are measured stands in the file of their subject. No library is
imported here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

__all__ = ["ENGINES", "GROWTHS", "ROWS", "SUBJECTS", "Growth", "Row", "Target"]

Target: TypeAlias = Literal["ratio", "ours", "noise", "none", "peers"]
"""What is held against `at_most`: the median ratio to the hardest peer; our own figure; for "noise" there is no
number, the ratio has to be within what two equal runs differ by; of "peers" nothing is ours, for comparison."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the table: in `subject`, `name` is measured."""

    subject: str
    name: str
    of: Target = "none"
    at_most: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Growth:
    """One cost against one size; `plot` names the picture that its curves are in."""

    subject: str
    name: str
    axis: str
    plot: str
    unit: str = "s"


ENGINES: Final = ("tensorflow", "jax", "torch")
SUBJECTS: Final = ("core", "torch", "optax", *(f"keras-{engine}" for engine in ENGINES))

_KERAS: Final = tuple(
    row
    for engine in ENGINES
    for row in (
        Row(subject=f"keras-{engine}", name="eager call with the optimizer's counter", of="ratio", at_most=0.3),
        Row(subject=f"keras-{engine}", name="eager call with an int", of="ratio", at_most=0.3),
        Row(subject=f"keras-{engine}", name="a training step", of="noise"),
    )
)

ROWS: Final = (
    Row(subject="torch", name="step(), 1 group, warm-up and cosine", of="ratio", at_most=0.35),
    Row(subject="torch", name="step(), 100 groups, each with its own base", of="ratio", at_most=0.25),
    Row(subject="torch", name="step(), 1 000 segments", of="ratio", at_most=1.3),
    Row(subject="torch", name="optimizer.step() and scheduler.step()"),
    Row(subject="torch", name="optimizer.step() and scheduler.step(), beside no schedule"),
    Row(subject="torch", name="observe(metric)"),
    Row(subject="torch", name="build from JSON text", of="ours", at_most=1e-3),
    Row(subject="optax", name="eager call with an int", of="ratio", at_most=0.2),
    Row(subject="optax", name="eager call with an array", of="ratio", at_most=0.2),
    Row(subject="optax", name="trace and compile, 1 000 segments of three kinds", of="ratio", at_most=0.1),
    Row(subject="optax", name="size of the HLO, 1 000 segments", of="ratio", at_most=1.0),
    Row(subject="optax", name="a jitted call", of="ratio", at_most=1.05),
    Row(subject="optax", name="a step in a compiled loop", of="ratio", at_most=1.05),
    Row(subject="optax", name="a jitted training step with SGD", of="noise"),
    Row(subject="optax", name="a jitted training step with SGD, beside a schedule that never changes", of="noise"),
    Row(subject="optax", name="optax's own schedule in a jitted training step with SGD", of="peers"),
    Row(subject="optax", name="a jitted training step with AdamW", of="noise"),
    Row(subject="optax", name="a jitted training step with AdamW, beside a schedule that never changes", of="noise"),
    Row(subject="optax", name="optax's own schedule in a jitted training step with AdamW", of="peers"),
    *_KERAS,
    Row(subject="core", name="numpy, 10⁷ contiguous steps, time", of="ratio", at_most=2.0),
    Row(subject="core", name="numpy, 10⁷ contiguous steps, peak memory", of="ratio", at_most=1.5),
    Row(subject="core", name="a step on the host, warm-up and cosine"),
    Row(subject="core", name="load and compile three phases", of="ours", at_most=1 / 3000),
    Row(subject="core", name="import unisched", of="ratio", at_most=1.25),
    Row(subject="core", name="import unisched and compile the first document"),
)

GROWTHS: Final = (
    Growth(subject="core", name="load and compile", axis="segments", plot="segments"),
    Growth(subject="core", name="a host step", axis="segments", plot="segments"),
    Growth(subject="core", name="a value of an array", axis="segments", plot="segments"),
    Growth(subject="torch", name="scheduler.step()", axis="segments", plot="segments"),
    Growth(subject="optax", name="trace", axis="segments", plot="traced"),
    Growth(subject="optax", name="compile by XLA", axis="segments", plot="traced"),
    Growth(subject="optax", name="a jitted call", axis="segments", plot="traced"),
    Growth(subject="torch", name="build", axis="param groups", plot="groups"),
    Growth(subject="torch", name="step", axis="param groups", plot="groups"),
    Growth(subject="core", name="load and compile a file of segments", axis="bytes of the file", plot="files"),
    Growth(subject="core", name="load and compile a file of points", axis="bytes of the file", plot="files"),
    Growth(subject="core", name="load and compile a file of groups", axis="bytes of the file", plot="files"),
    Growth(subject="core", name="load and compile a formula", axis="characters", plot="formulas"),
    Growth(subject="core", name="a host step of a formula", axis="characters", plot="formulas"),
    Growth(subject="core", name="compile", axis="steps planned", plot="horizons"),
    Growth(subject="core", name="a host step in the middle", axis="steps planned", plot="horizons"),
    Growth(subject="core", name="lint", axis="segments", plot="told"),
    Growth(subject="core", name="lint of groups", axis="groups", plot="told"),
    Growth(subject="core", name="explain", axis="segments", plot="told"),
    Growth(subject="core", name="explain groups", axis="groups", plot="told"),
    Growth(subject="core", name="diff", axis="segments", plot="told"),
    Growth(subject="core", name="diff of groups", axis="groups", plot="told"),
    Growth(subject="core", name="state of a schedule of segments", axis="segments", plot="states", unit="B"),
    Growth(subject="core", name="state of a schedule of groups", axis="groups", plot="states", unit="B"),
    Growth(subject="core", name="state of plateaus", axis="groups", plot="states", unit="B"),
)
