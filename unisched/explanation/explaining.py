"""From a program's parts to its explanation: every target with its phases, formulas and key values."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from unisched import ir
from unisched.duration import Clock
from unisched.explanation.document import paragraph
from unisched.explanation.explanation import Explanation, TargetExplanation
from unisched.explanation.feedback import controller_text
from unisched.explanation.names import Names
from unisched.explanation.phases import phases_of
from unisched.explanation.unfolded import Unfolded
from unisched.ir import Assignment, Body
from unisched.key_values import key_values
from unisched.lint import Note
from unisched.spec import Spec

__all__ = ["explained"]


def explained(
    spec: Spec,
    clock: Clock,
    body: Body,
    notes: Sequence[Note],
    unfolded: Unfolded | None,
    titled: Callable[[Assignment], str],
) -> Explanation:
    """Give the explanation of a body under its clock; `titled` gives what a target is called."""
    of_base = [a.target for a in body.assignments if ir.needs_base(body.values[a.value])]
    born = [a.target for a in body.assignments if a.born]
    return Explanation(
        name=spec.name or "", description=spec.description or "",
        document=paragraph(clock, [a.target for a in body.assignments], of_base, born),
        unfolded=unfolded, targets=tuple(_target(body, clock, a, titled(a)) for a in body.assignments),
        feedback=tuple(controller_text(index, controller) for index, controller in enumerate(body.controllers)),
        notes=tuple(notes),
    )  # fmt: skip


def _target(body: Body, clock: Clock, assignment: Assignment, title: str) -> TargetExplanation:
    names = Names()
    phases = tuple(phases_of(body.values[assignment.value], assignment.scale, names))
    return TargetExplanation(
        target=assignment.target, title=title, total=body.horizon, born=assignment.born, phases=phases,
        definitions=tuple(names.definitions.values()), values=key_values(body, clock, assignment),
    )  # fmt: skip
