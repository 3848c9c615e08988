"""ChainedScheduler and SequentialLR: schedulers of torch at once, and one after another.

What torch gets wrong by the order in which it steps its children is refused, never imitated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Annotated, Any, ClassVar, Literal, TypeAlias, TypeVar, cast

from pydantic import BeforeValidator, Field, PlainSerializer, PlainValidator, model_validator

from unisched.dialects.torch.cosines import CosineAnnealingLR
from unisched.dialects.torch.factor import FactorCurve, for_steps
from unisched.dialects.torch.swa import SWALR
from unisched.duration import Clock
from unisched.errors import SpecError
from unisched.spec.combinators import SequenceCurve, StairCurve
from unisched.spec.curve import AnyCurve, read_curve
from unisched.spec.curves import ConstantCurve
from unisched.spec.dialect import Quirk, curve
from unisched.spec.number import fault, shown
from unisched.spec.paths import join
from unisched.spec.values import SpanField, read_each, reference

__all__ = ["ChainedScheduler", "SequentialLR"]

T = TypeVar("T")


def _child(value: object) -> FactorCurve:
    child = read_curve(value)
    if not isinstance(child, FactorCurve):
        raise fault("torch.children", f"{child.kind} is no factor of the optimizer's rate", "Give schedulers of torch "
                    'that are, or write the whole with "product" or "sequence".')  # fmt: skip
    if child.duration is not None:
        raise fault(
            "torch.children", "a scheduler in another one has no length of its own", "Leave it out.", "duration"
        )
    return child


def _children(value: object) -> tuple[FactorCurve, ...]:
    return read_each(value, _child)


def _as_they_are(value: Any) -> Any:
    return value


def _listed(value: object) -> tuple[object, ...]:
    if not isinstance(value, list | tuple):
        raise fault("type.list", f"{shown(value)} is no list", "Give a list in [ ].")
    return tuple(value)


Milestones: TypeAlias = Annotated[tuple[SpanField, ...], BeforeValidator(_listed)]
Children: TypeAlias = Annotated[
    tuple[FactorCurve, ...],
    PlainValidator(_children),
    PlainSerializer(_as_they_are, return_type=Any),
    reference("Curves"),
]


class Composite(FactorCurve):
    """Schedulers that one scheduler steps."""

    restarts: ClassVar[bool] = False
    schedulers: Children = Field(description="torch's schedulers, as documents; each is stepped by this one.")

    @model_validator(mode="after")
    def _steps_them(self) -> Composite:
        for index, child in enumerate(self.schedulers):
            if child.interval == "epoch" and self.interval == "step":
                raise fault("torch.children", "is stepped by the scheduler it stands in, once an update",
                            'Give that one "interval": "epoch".', f"schedulers[{index}].interval")  # fmt: skip
        return self

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks of the schedulers."""
        for found in self._each(lambda child: tuple(child.quirks(clock))):
            yield from found

    def _each(self, ask: Callable[[FactorCurve], T]) -> list[T]:
        """Give what each scheduler answers; raise `SpecError` with the place of the one at fault."""
        return [_asked(child, index, ask) for index, child in enumerate(self.schedulers)]


class ChainedScheduler(Composite):
    """The product of the factors of its schedulers."""

    kind: Literal["torch.ChainedScheduler"] = "torch.ChainedScheduler"
    examples = (
        {
            "kind": "torch.ChainedScheduler",
            "schedulers": [
                {"kind": "torch.LinearLR", "start_factor": 0.01, "total_iters": 500},
                {"kind": "torch.ExponentialLR", "gamma": 0.999},
            ],
        },
    )

    @model_validator(mode="after")
    def _multiplies(self) -> ChainedScheduler:
        for index, child in enumerate(self.schedulers):
            path = f"schedulers[{index}]"
            if not child.chainable:
                raise fault("torch.chained", f"{child.kind} writes the rate anew, and what torch makes of the others "
                            "depends on their order", 'Write what you mean with "product".', path)  # fmt: skip
            if isinstance(child, CosineAnnealingLR) and child.eta_min:
                raise fault("torch.chained", "towards an absolute eta_min no factor leads, and what torch makes of it "
                            "depends on the order", "Give eta_min 0, or write what you mean.",
                            f"{path}.eta_min")  # fmt: skip
        return self

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        factors = self._each(lambda child: child.expand(clock)["learning_rate"])
        return {"learning_rate": curve({"kind": "product", "curves": factors})}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirk of a cosine among other factors, and those of the schedulers."""
        yield from super().quirks(clock)
        end = self.product_until(clock)
        if end is not None and (clock.total is None or clock.total > end + 1):
            yield Quirk("torch.past_product", f"from step {end + 1} on, past T_max, torch adds what the initial rate "
                        "would rise by, whatever the other factors; here they are multiplied")  # fmt: skip

    def product_until(self, clock: Clock) -> int | None:
        """Give the last step at which torch multiplies: a cosine turns there; `None` where it always does."""
        if len(self.schedulers) == 1:
            return None
        turns = self._each(lambda child: [cosine.whole(clock, cosine.T_max, "T_max") for cosine in _cosines(child)])
        return min((turn for each in turns for turn in each), default=None)


class SequentialLR(Composite):
    """Scheduler i from milestone i − 1 on, each beginning anew from the initial rate."""

    kind: Literal["torch.SequentialLR"] = "torch.SequentialLR"
    examples = (
        {
            "kind": "torch.SequentialLR",
            "schedulers": [
                {"kind": "torch.LinearLR", "start_factor": 0.01, "total_iters": 500},
                {"kind": "torch.CosineAnnealingLR", "T_max": 9500},
            ],
            "milestones": [500],
        },
    )
    chainable: ClassVar[bool] = False
    milestones: Milestones = Field(
        default=(), description="Where each scheduler but the first begins; with one scheduler there are none."
    )

    @model_validator(mode="after")
    def _begin_anew(self) -> SequentialLR:
        given, needed = len(self.milestones), len(self.schedulers) - 1
        if given != needed:
            raise fault("torch.in_sequence", f"{given} milestones do not separate {needed + 1} schedulers",
                        f"Give {needed}.", "milestones")  # fmt: skip
        for index, child in enumerate(self.schedulers):
            if isinstance(child, Composite):
                raise fault("torch.in_sequence", f"torch steps {child.kind} once too often as the first scheduler, and "
                            "cannot begin it as a later one", "List its schedulers here, or write the whole with "
                            '"sequence" and "product".', f"schedulers[{index}]")  # fmt: skip
            if isinstance(child, SWALR) and any(isinstance(other, SWALR) for other in self.schedulers[:index]):
                raise fault("torch.in_sequence", "torch keeps one swa_lr, the last one, for all SWALR of an optimizer",
                            'Use one, or write the whole with "sequence".', f"schedulers[{index}]")  # fmt: skip
            if index and not child.restarts:
                raise fault("torch.in_sequence", f"{child.kind} multiplies the rate that the one before left, and does "
                            "not begin anew", 'Write what you mean with "sequence".',
                            f"schedulers[{index}]")  # fmt: skip
        return self

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        self._each(lambda child: child.expand(clock))
        starts = [0, *self._starts(clock)]
        parts: list[AnyCurve] = []
        for index, child in enumerate(self.schedulers):
            last = index + 1 == len(starts)
            after = None if last else self.schedulers[index + 1]
            parts.append(child if last else _lasting(child, starts[index + 1] - starts[index], after))
        return {"learning_rate": curve({"kind": "sequence", "parts": parts})}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirk that nothing is handed on, and those of the schedulers."""
        yield from super().quirks(clock)
        if any(not isinstance(child, SWALR) for child in self.schedulers[1:]):
            yield Quirk("torch.anew", "each scheduler begins at the initial rate, whatever the one before left")

    def _starts(self, clock: Clock) -> Iterator[int]:
        before = 0
        for index, milestone in enumerate(self.milestones):
            at = self.whole(clock, milestone, f"milestones[{index}]")
            if at <= before:
                raise fault("torch.in_sequence", f"{at} does not come after {before}, and torch would skip a scheduler",
                            "Give increasing milestones above 0.", f"milestones[{index}]")  # fmt: skip
            yield at
            before = at


def _cosines(child: FactorCurve) -> Iterator[CosineAnnealingLR]:
    if isinstance(child, CosineAnnealingLR):
        yield child
    elif isinstance(child, ChainedScheduler):
        for inner in child.schedulers:
            yield from _cosines(inner)


def _lasting(child: FactorCurve, steps: int, after: FactorCurve | None) -> AnyCurve:
    """Give a scheduler that is followed by another after so many steps.

    SWALR begins at the rate of the update before: what its predecessor reaches at the milestone is never seen.
    """
    if not isinstance(after, SWALR) or after.start is not None:
        return _cut(child, steps)
    if steps == 1:
        return StairCurve(curve=cast("AnyCurve", child), every=for_steps(2), duration=for_steps(1))
    return SequenceCurve(parts=(_cut(child, steps - 1), ConstantCurve(duration=for_steps(1))))


def _cut(child: FactorCurve, steps: int) -> AnyCurve:
    return child.model_copy(update={"duration": for_steps(steps)})


def _asked(child: FactorCurve, index: int, ask: Callable[[FactorCurve], T]) -> T:
    try:
        return ask(child)
    except SpecError as error:
        path = f"schedulers[{index}]"
        raise SpecError(*(problem.at(join(path, problem.path)) for problem in error.problems)) from None
