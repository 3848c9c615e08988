"""A whole program under all rules: its document, its clock, its body. Each value is sampled once.

What is remarked while a document is lowered is not here: the program keeps that itself.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from unisched import targets
from unisched.duration import Clock
from unisched.ir import Body, Target, Value
from unisched.lint.boundaries import cut_parts, jumps
from unisched.lint.bounds import idle_bounds
from unisched.lint.document import of_document
from unisched.lint.feedback import of_controllers
from unisched.lint.horizon import at_the_end, cut_by_the_end
from unisched.lint.note import Note
from unisched.lint.plausible import beyond_bounds, overshoots, tiny_factors
from unisched.lint.reading import entries, inside
from unisched.lint.values import of_value
from unisched.sampling import reads, sides
from unisched.spec import Spec
from unisched.spec.combinators import WindowCurve

__all__ = ["notes", "remarks"]


def remarks(spec: Spec, clock: Clock, body: Body) -> Iterator[Note]:
    """Give the remarks about a program, those about its document first.

    The document is that of the whole program, whatever of it the body still holds.
    """
    yield from of_document(spec, clock)
    written = {target: (path, curve) for target, path, curve in entries(spec)}
    frozen = {target for target, (path, curve) in written.items()
              if any(isinstance(inner, WindowCurve) for _, inner in inside(path, curve))}  # fmt: skip
    readers: dict[int, Target] = {}
    for assignment in body.assignments:
        readers.setdefault(assignment.value, assignment.target)
    samples = [_seen(value, body.horizon) for value in body.values]
    for index, target in readers.items():
        value, path = body.values[index], targets.place(target)
        yield from _of_value(value, path, body.horizon, samples[index], is_frozen=target in frozen)
        if target in written:
            yield from idle_bounds(*written[target], value, body.horizon)
    yield from beyond_bounds(body, samples)
    yield from tiny_factors(body)
    yield from overshoots(body, samples)
    yield from of_controllers(body, clock)


def notes(value: Value, path: str, total: int | None) -> Iterator[Note]:
    """Give the remarks about one value."""
    yield from _of_value(value, path, total, _seen(value, total), is_frozen=False)


def _of_value(value: Value, path: str, total: int | None, seen: dict[int, float], *, is_frozen: bool) -> Iterator[Note]:
    """Give the remarks about one value; what is frozen by a window has been cut on purpose."""
    yield from of_value(value, path, total, seen)
    if not is_frozen:
        yield from jumps(value, path, total)
        yield from cut_parts(value, path, total)
        yield from cut_by_the_end(value, path, total)
    if total is not None:
        yield from at_the_end(value, path, total)


def _seen(value: Value, total: int | None) -> dict[int, float]:
    """Give the samples of a value, without the steps at which a formula has none."""
    function = reads(value)
    found = ((step, function(step)) for step in sides(value, total))
    return {step: number for step, number in found if not math.isnan(number)}
