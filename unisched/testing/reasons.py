"""What a form's capabilities imply: the reasons for which a program must be refused.

Worked out here from the capabilities alone, apart from the core's own check, which is held against it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from unisched.backend import Capabilities
from unisched.program import Program
from unisched.single import SMALLEST_FLOAT32

__all__ = ["Reason", "reasons"]


class Reason(NamedTuple):
    """Why a program is refused: the code of the refusal, and a place that its message must name."""

    code: str
    place: str


def reasons(able: Capabilities, program: Program) -> tuple[Reason, ...]:
    """Give every reason to refuse `program`; none means that it must be carried."""
    return tuple(_reasons(able, program))


def _reasons(able: Capabilities, program: Program) -> Iterator[Reason]:
    for target in program.targets:
        if able.hyperparameters is not None and target.hyperparameter not in able.hyperparameters:
            yield Reason("backend.hyperparameter", program.place(target))
        if program.needs_base(target) and not able.optimizer_base:
            yield Reason("backend.optimizer_base", program.place(target))
        if program.needs_metric(target) and not able.feedback:
            yield Reason("backend.feedback", program.place(target))
        if able.precision != "float32" or program.needs_base(target):
            continue
        if 0 < program.peak(target) < SMALLEST_FLOAT32:
            yield Reason("backend.underflows", program.place(target))
        if program.peak(target) >= 2.0**128 - 2.0**103:
            yield Reason("backend.overflows", program.place(target))
    for group in () if able.groups else program.groups:
        yield Reason("backend.groups", repr(group))
    if program.body.after == "error" and not able.host:
        yield Reason("backend.after", "after")
    if (program.total or 0) > able.last_step:
        yield Reason("backend.step_range", str(program.total))
