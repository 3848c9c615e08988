"""fvcore's composition: schedules one after another, each on its own progress or on that of the whole run."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from itertools import accumulate
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from unisched.dialects.fvcore.progress import SLACK, Progress, written
from unisched.dialects.fvcore.schedule import ParamScheduler
from unisched.dialects.pieces import in_full, in_order
from unisched.dialects.ranges import Numbers
from unisched.errors import SpecError
from unisched.spec.curve import AnyCurve, CurvesField
from unisched.spec.dialect import Quirk
from unisched.spec.number import fault, shown
from unisched.spec.values import plain, read_each

__all__ = ["CompositeParamScheduler"]

_CLOSE = 1e-3


def _scaling(value: object) -> str:
    if value not in ("rescaled", "fixed"):
        raise fault("choice.unknown", f"{shown(value)} is neither 'rescaled' nor 'fixed'", "Give one of them.")
    return str(value)


def _scalings(value: object) -> tuple[str, ...]:
    return read_each(value, _scaling)


Scalings: TypeAlias = Annotated[
    tuple[str, ...],
    PlainValidator(_scalings),
    PlainSerializer(plain, return_type=Any),
    WithJsonSchema({"type": "array", "items": {"enum": ["rescaled", "fixed"]}, "minItems": 1}),
]


class _Part(NamedTuple):
    number: int
    scheduler: ParamScheduler
    start: int
    progress: Progress

    def laid(self) -> AnyCurve:
        """Give the curve for a place that cuts it; raise `SpecError` with the place of the schedule."""
        try:
            return in_full(self.scheduler.laid(self.progress))
        except SpecError as error:
            inside = f"schedulers[{self.number}]"
            raise SpecError(*(problem.at(f"{inside}.{problem.path}") for problem in error.problems)) from None


class CompositeParamScheduler(ParamScheduler):
    """Schedules one after another: a part's x is (x − its start) / its length, or, "fixed", that of the run."""

    kind: Literal["fvcore.CompositeParamScheduler"] = "fvcore.CompositeParamScheduler"
    examples = (
        {
            "kind": "fvcore.CompositeParamScheduler",
            "schedulers": [
                {"kind": "fvcore.LinearParamScheduler", "start_value": 0.001, "end_value": 0.1},
                {"kind": "fvcore.CosineParamScheduler", "start_value": 0.1, "end_value": 0},
            ],
            "lengths": [0.05, 0.95],
            "interval_scaling": ["rescaled", "fixed"],
            "num_steps": 9000,
        },
    )
    schedulers: CurvesField = Field(description="The schedules, of fvcore's kinds.")
    lengths: Numbers = Field(description="The share of the run of each; together 1, the last one made to fit.")
    interval_scaling: Scalings = Field(
        description='For each schedule, whether its progress is its own, "rescaled", or that of the run, "fixed".'
    )

    @model_validator(mode="after")
    def _as_fvcore_takes_them(self) -> CompositeParamScheduler:
        for index, scheduler in enumerate(self.schedulers):
            _check_part(scheduler, f"schedulers[{index}]")
        _check_number(self.lengths, self.schedulers, "lengths")
        _check_number(self.interval_scaling, self.schedulers, "interval_scaling")
        if abs(math.fsum(self.lengths) - 1) >= _CLOSE:
            raise fault(
                "number.range", f"the lengths are {math.fsum(self.lengths)!r} together", "Make them 1.", "lengths"
            )
        for index, length in enumerate(self._lengths()):
            if length <= 0:
                raise fault("number.range", f"a part of length {length!r} never runs", "Leave it out.",
                            f"lengths[{index}]")  # fmt: skip
        return self

    def laid(self, progress: Progress) -> AnyCurve:
        """Give the parts, each beginning where fvcore's sum of lengths is passed."""
        *before, last = ((part.progress.length or 0, part.laid()) for part in self._parts(progress))
        return in_order(*before, then=last[1])

    def own_quirks(self, progress: Progress) -> Iterable[Quirk]:
        """Name what was made to fit, what begins early, and the quirks of the parts."""
        if math.fsum(self.lengths) != 1:
            yield Quirk("fvcore.lengths", f"the lengths are {math.fsum(self.lengths)!r} together: the last one becomes "
                        f"{self._lengths()[-1]!r}")  # fmt: skip
        for part in self._parts(progress):
            if self.interval_scaling[part.number] == "rescaled" and part.progress.start < 0:
                yield Quirk("fvcore.early", f"fvcore adds 1e-6 to the progress: part {part.number} begins at step "
                            f"{part.start}, before its x is 0")  # fmt: skip
            yield from part.scheduler.own_quirks(part.progress)

    def _lengths(self) -> tuple[float, ...]:
        if math.fsum(self.lengths) == 1:
            return self.lengths
        return *self.lengths[:-1], 1.0 - math.fsum(self.lengths[:-1])

    def _parts(self, progress: Progress) -> Iterator[_Part]:
        """Give the parts that any step falls into, each with its first step and its own progress."""
        lengths = self._lengths()
        ends = list(accumulate(lengths))
        shares = [written(length) for length in lengths]
        begins = [Fraction(0), *accumulate(shares)]
        starts = [0, *(_passed(progress, end) for end in ends[:-1]), progress.length]
        for index, scheduler in enumerate(self.schedulers):
            start, stop = starts[index], starts[index + 1]
            if start is None or (stop is not None and stop <= start) or not isinstance(scheduler, ParamScheduler):
                continue
            own = progress.later(start, stop)
            if self.interval_scaling[index] == "rescaled":
                own = own.part(ends[index] - lengths[index], lengths[index], begins[index], shares[index])
            yield _Part(index, scheduler, start, own)


def _passed(progress: Progress, end: float) -> int | None:
    found = progress.first(lambda x: x + SLACK > end)
    return progress.length if found is None else found


def _check_part(scheduler: AnyCurve, path: str) -> None:
    if not isinstance(scheduler, ParamScheduler):
        raise fault("fvcore.child", f"{scheduler.kind} is no schedule of fvcore", "Give one of fvcore's kinds.", path)
    for name in ("num_steps", "duration"):
        if getattr(scheduler, name) is not None:
            raise fault("field.conflict", f"{name!r} says nothing in a part: its length is in lengths", "Leave it out.",
                        f"{path}.{name}")  # fmt: skip
    if scheduler.interval != "step":
        raise fault("field.conflict", "the interval is that of the whole", "Leave it out.", f"{path}.interval")


def _check_number(given: Sequence[object], schedulers: Sequence[object], name: str) -> None:
    if len(given) != len(schedulers):
        raise fault("fvcore.count", f"{len(given)} for {len(schedulers)} schedulers", "Give one for each.", name)
