"""fvcore's stairs: values that change where the progress, a little early, reaches their share of the run."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from fractions import Fraction
from itertools import pairwise
from typing import Annotated, Any, Final, Literal, TypeAlias

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from unisched.dialects.fvcore.progress import SLACK, Progress
from unisched.dialects.fvcore.schedule import ParamScheduler
from unisched.dialects.ranges import Numbers
from unisched.duration import Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.number import fault
from unisched.spec.values import REFERENCE, Count, PositiveNumber, plain, read_count, read_each

__all__ = ["MultiStepParamScheduler", "StepParamScheduler", "StepWithFixedGammaParamScheduler"]

_VALUES: Final = "The values, one after another."
_MOST: Final = 10_000


def _counts(value: object) -> tuple[int, ...]:
    return () if isinstance(value, list | tuple) and not value else read_each(value, read_count)


Milestones: TypeAlias = Annotated[
    tuple[int, ...],
    PlainValidator(_counts),
    PlainSerializer(plain, return_type=Any),
    WithJsonSchema({"type": "array", "items": {REFERENCE: "Count"}}),
]


class _Stairs(ParamScheduler):
    """Equal shares of the run."""

    num_updates: PositiveNumber = Field(description="Above 0; fvcore makes no use of it.")

    def laid(self, progress: Progress) -> AnyCurve:
        """Give the stairs."""
        return _stairs(self._values(), self._reached(), progress)

    def own_quirks(self, progress: Progress) -> Iterable[Quirk]:
        """Name the stairs that come early, the steps at which fvcore raises, and the argument without a use."""
        values = self._values()
        yield from _early(progress, self._reached(), [Fraction(index, len(values)) for index in range(1, len(values))])
        last = progress.first(_share(len(values), len(values)))
        if last is not None:
            yield Quirk("fvcore.last_step", f"fvcore raises IndexError from step {last} on, where x + 1e-6 is 1; here "
                        "the last value holds")  # fmt: skip
        if self.num_updates != progress.span:
            yield Quirk("fvcore.num_updates", "fvcore makes no use of num_updates: the values share the run, of "
                        f"{progress.span} steps")  # fmt: skip

    def _values(self) -> tuple[float, ...]:
        raise NotImplementedError

    def _reached(self) -> list[Callable[[float], bool]]:
        count = len(self._values())
        return [_share(index, count) for index in range(1, count)]


class StepParamScheduler(_Stairs):
    """values[int((x + 1e-6)·len(values))]: equal shares of the run."""

    kind: Literal["fvcore.StepParamScheduler"] = "fvcore.StepParamScheduler"
    examples = (
        {"kind": "fvcore.StepParamScheduler", "num_updates": 9000, "values": [0.1, 0.01, 0.001], "num_steps": 9000},
    )
    values: Numbers = Field(description=_VALUES)

    def _values(self) -> tuple[float, ...]:
        return self.values


class StepWithFixedGammaParamScheduler(_Stairs):
    """base·gamma^i, i = int((x + 1e-6)·(num_decays + 1)): equal shares of the run."""

    kind: Literal["fvcore.StepWithFixedGammaParamScheduler"] = "fvcore.StepWithFixedGammaParamScheduler"
    examples = (
        {
            "kind": "fvcore.StepWithFixedGammaParamScheduler",
            "base_value": 0.1,
            "num_decays": 3,
            "gamma": 0.1,
            "num_updates": 9000,
            "num_steps": 9000,
        },
    )
    base_value: PositiveNumber = Field(description="The first value.")
    num_decays: Count = Field(description="How often the value is multiplied.")
    gamma: PositiveNumber = Field(description="What the value is multiplied by.")
    num_updates: Count = Field(description="From 1; fvcore makes no use of it.")

    def _values(self) -> tuple[float, ...]:
        values = [self.base_value]
        for _ in range(min(self.num_decays, _MOST)):
            values.append(values[-1] * self.gamma)
        if not math.isfinite(values[-1]):
            raise fault("range.overflow", f"{self.num_decays} times {self.gamma!r} is above the float range",
                        "Give a smaller gamma.", "gamma")  # fmt: skip
        if self.num_decays > _MOST:
            raise fault(
                "program.too_large", f"{self.num_decays} decays, more than {_MOST}", "Give fewer.", "num_decays"
            )
        return tuple(values)


class MultiStepParamScheduler(ParamScheduler):
    """values[i], i the number of milestones up to int((x + 1e-6)·num_updates)."""

    kind: Literal["fvcore.MultiStepParamScheduler"] = "fvcore.MultiStepParamScheduler"
    examples = (
        {
            "kind": "fvcore.MultiStepParamScheduler",
            "values": [1, 0.1, 0.01],
            "milestones": [6000, 8000],
            "num_updates": 9000,
            "num_steps": 9000,
        },
    )
    values: Numbers = Field(description=_VALUES)
    num_updates: Count | None = Field(
        default=None, description="What the milestones are shares of; without it, the last milestone."
    )
    milestones: Milestones | None = Field(
        default=None, description="Where the next value begins, increasing; without them, equal shares, rounded up."
    )

    @model_validator(mode="after")
    def _as_fvcore_takes_them(self) -> MultiStepParamScheduler:
        self._check_numbers()
        updates, milestones = self._scale()
        if updates < len(self.values):
            raise fault("number.range", f"{updates} updates for {len(self.values)} values",
                        "Give at least one update for each value.", self._scale_field)  # fmt: skip
        for before, milestone in pairwise((0, *milestones)):
            if milestone >= updates:
                raise fault("number.range", f"milestone {milestone} is not below the {updates} updates",
                            "Give milestones below num_updates." if self.milestones else "Give the milestones.",
                            "milestones" if self.milestones else "num_updates")  # fmt: skip
            if milestone <= before:
                raise fault("number.range", f"milestone {milestone} is not above {before}",
                            "Give increasing milestones.", "milestones")  # fmt: skip
        return self

    def laid(self, progress: Progress) -> AnyCurve:
        """Give the stairs."""
        return _stairs(self.values, self._reached(), progress)

    def own_quirks(self, progress: Progress) -> Iterable[Quirk]:
        """Name the stairs that come early, and the end of the run, past which fvcore raises."""
        updates, milestones = self._scale()
        yield from _early(progress, self._reached(), [Fraction(milestone, updates) for milestone in milestones])
        if progress.beyond():
            yield Quirk(
                "fvcore.end", f"fvcore raises past step {progress.end()}, where x is 1; here the last value holds"
            )

    def _check_numbers(self) -> None:
        if self.num_updates is None and self.milestones is None:
            raise fault("field.missing", "neither num_updates nor milestones", "Give one of them.", "num_updates")
        wanted = len(self.values) - (self.num_updates is not None)
        if self.milestones is not None and len(self.milestones) != wanted:
            raise fault("fvcore.count", f"{len(self.milestones)} milestones; {len(self.values)} values take {wanted}",
                        "Give one for each value but the first, and the end where num_updates is left out.",
                        "milestones")  # fmt: skip

    @property
    def _scale_field(self) -> str:
        return "milestones" if self.num_updates is None else "num_updates"

    def _scale(self) -> tuple[int, tuple[int, ...]]:
        milestones, updates = self.milestones or (), self.num_updates
        if updates is None:
            return milestones[-1], milestones[:-1]
        if self.milestones is None:
            width = math.ceil(updates / float(len(self.values)))
            milestones = tuple(width * index for index in range(1, len(self.values)))
        return updates, milestones

    def _reached(self) -> list[Callable[[float], bool]]:
        updates, milestones = self._scale()
        return [_share(milestone, updates) for milestone in milestones]


def _share(number: int, of: int) -> Callable[[float], bool]:
    return lambda x: int((x + SLACK) * of) >= number


def _stairs(values: Sequence[float], reached: list[Callable[[float], bool]], progress: Progress) -> AnyCurve:
    points = {0: values[0]} | {step: values[index + 1] for step, index in progress.stairs(reached)}
    steps = [(Duration(Fraction(step), "steps"), value) for step, value in points.items()]
    return curve({"kind": "piecewise", "points": steps, "interpolation": "previous"})


def _early(progress: Progress, reached: list[Callable[[float], bool]], shares: Sequence[Fraction]) -> Iterable[Quirk]:
    """Name the stair that the slack moves furthest."""
    found = [(progress.first(one), share) for one, share in zip(reached, shares, strict=True)]
    early = [(math.ceil((share - progress.start) * progress.span) - step, step) for step, share in found
             if step is not None]  # fmt: skip
    by, step = max(early, default=(0, 0))
    if by > 0:
        yield Quirk("fvcore.early", f"fvcore adds 1e-6 to the progress: the value of step {step + by} begins at step "
                    f"{step}, {by} early")  # fmt: skip
