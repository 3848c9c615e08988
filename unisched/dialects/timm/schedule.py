"""What timm's schedulers share: epochs or updates, a warm-up before or over the schedule, and noise upon it all.

B is the group's rate, t the index that timm is stepped with, u what the schedule proper counts: t, or, with
`warmup_prefix`, t - warmup_t. At t = 0 no step was taken: the rate is what the constructor wrote.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import Field, PlainSerializer, PlainValidator, WithJsonSchema, model_validator

from unisched.dialects.pieces import in_order
from unisched.dialects.timm.noise import MOST_REDRAWS, Kind, factors
from unisched.duration import NOTHING, Clock, Duration
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import DialectCurve, Quirk, curve
from unisched.spec.inner import ScaledCurve, TableCurve
from unisched.spec.noise import Seed
from unisched.spec.number import fault, shown
from unisched.spec.values import REFERENCE, FromZero, PositiveNumber, SpanField, plain, read_each

__all__ = ["EXAMPLE", "Noisy", "Scheduler"]

EXAMPLE: Final[Mapping[str, Any]] = {
    "warmup_t": 5, "warmup_lr_init": 1e-06,
    "noise_range_t": [60, 90], "noise_pct": 0.5, "noise_std": 0.5, "noise_seed": 7,
}  # fmt: skip
"""What an example of a scheduler says of the warm-up and the noise."""

_MOST_NOISE = 1_000_000


def _range(value: object) -> Duration | tuple[Duration, Duration]:
    if not isinstance(value, list | tuple):
        return _position(value)
    ends = read_each(value, _position)
    if len(ends) != 2:
        raise fault("type.point", f"{len(ends)} positions are no range", "Give [first, past_the_last], or the first.")
    return ends[0], ends[1]


def _position(value: object) -> Duration:
    if value is None or (duration := Duration.parse(value)).unit == "rest":
        raise fault("duration.type", f"{shown(value)} is no position", "Give a whole number.")
    return duration


NoiseRange: TypeAlias = Annotated[
    Duration | tuple[Duration, Duration],
    PlainValidator(_range),
    PlainSerializer(plain, return_type=Any),
    WithJsonSchema({"anyOf": [
        {REFERENCE: "Duration"},
        {"type": "array", "items": {REFERENCE: "Duration"}, "minItems": 2, "maxItems": 2},
    ]}),
]  # fmt: skip


class Noisy(DialectCurve):
    """A factor of each group's rate, with a warm-up to it and with noise."""

    gives: ClassVar[Literal["value", "factor"]] = "factor"

    warmup_t: SpanField = Field(default=NOTHING, description="The length of the warm-up.")
    warmup_lr_init: FromZero = Field(default=0.0, description="The rate at the start of the warm-up.")
    noise_range_t: NoiseRange | None = Field(
        default=None, description="Where there is noise: from an index on, or [first, past_the_last]."
    )
    noise_pct: PositiveNumber = Field(default=0.67, description="How far from 1 the noise may go.")
    noise_std: FromZero = Field(default=1.0, description="The standard deviation of the noise before that limit.")
    noise_seed: Seed = Field(default=42, description="Which random numbers: index t draws from noise_seed + t.")

    @model_validator(mode="after")
    def _noise_is_drawn(self) -> Noisy:
        if self.noise_std > MOST_REDRAWS * self.noise_pct:
            raise fault("number.range", f"{self.noise_std!r} is above {MOST_REDRAWS} times noise_pct: timm draws until "
                        "a number is within noise_pct, which may take for ever", "Lower it.", "noise_std")  # fmt: skip
        return self

    def noise_kind(self) -> Kind:
        """Give the distribution of the noise."""
        return "normal"

    def noise_from(self, clock: Clock) -> int:
        """Give the first index that may have noise: 0 is before the first step."""
        return 1

    def warmup(self, clock: Clock) -> int:
        """Give the length of the warm-up."""
        return self.whole(clock, self.warmup_t, "warmup_t")

    def rise(self) -> AnyCurve:
        """Give the line of the warm-up, for a piece of a known length."""
        return curve({"kind": "linear", "start": {"absolute": self.warmup_lr_init}, "end": 1})

    def noised(self, clock: Clock, clean: AnyCurve) -> AnyCurve:
        """Give the curve times the noise."""
        if self.noise_range_t is None:
            return clean
        first, stop = self._noise_range(clock, self.noise_range_t)
        if stop <= first:
            return clean
        if stop - first > _MOST_NOISE:
            raise fault("table.too_long", f"noise over {stop - first} indices, more than {_MOST_NOISE}",
                        "Shorten the range, or count epochs.", "noise_range_t")  # fmt: skip
        values = factors(self.noise_kind(), self.noise_seed, self.noise_pct, self.noise_std, first, stop)
        table = (stop - first, curve(TableCurve(values=values)))
        return curve(ScaledCurve(curve=clean, by=in_order((first, curve(1)), table, then=curve(1))))

    def noise_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks of the noise."""
        if self.noise_range_t is not None and not isinstance(self.noise_range_t, tuple):
            yield Quirk("timm.noise_ends", "the noise has no end in timm; here it ends with the total")

    def _noise_range(self, clock: Clock, given: Duration | tuple[Duration, Duration]) -> tuple[int, int]:
        ends = given if isinstance(given, tuple) else (given,)
        found = [self.whole(clock, end, "noise_range_t") for end in ends]
        if len(found) == 1 and clock.total is None:
            raise fault("length.missing", "the noise has no end, and there is no total",
                        "Give [first, past_the_last], or a total.", "noise_range_t")  # fmt: skip
        if len(found) == 2 and found[1] <= found[0]:
            raise fault("range.order", f"the range ends at {found[1]}, not after its start at {found[0]}: no "
                        "noise at all", "Give [first, past_the_last].", "noise_range_t")  # fmt: skip
        stop = found[1] if len(found) == 2 else (clock.total or 0) + 1
        return max(found[0], self.noise_from(clock)), stop if clock.total is None else min(stop, clock.total + 1)


class Scheduler(Noisy):
    """A schedule of the index alone."""

    t_in_epochs: bool = Field(
        default=True, description="Whether the index, and with it every bare number, counts epochs; else updates."
    )

    def epochs_by(self) -> str | None:
        """Give the field by which bare numbers count epochs."""
        return "t_in_epochs" if self.t_in_epochs else None

    def is_prefix(self) -> bool:
        """Tell whether the schedule begins after the warm-up, not under it."""
        return True

    def body(self, clock: Clock) -> AnyCurve:
        """Give the schedule proper, from u = 0 on."""
        raise NotImplementedError

    def starts_elsewhere(self, clock: Clock) -> bool:
        """Tell whether the schedule proper at u = 0 may be anything but B, which the constructor writes."""
        return False

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        warmup, body = self.warmup(clock), self.body(clock)
        if warmup:
            after = body if self.is_prefix() else curve({"kind": "shift", "curve": body, "by": warmup})
            return {"learning_rate": self.noised(clock, in_order((warmup, self.rise_to(clock)), then=after))}
        if self.starts_elsewhere(clock):
            body = in_order((1, curve(1)), then=curve({"kind": "shift", "curve": body, "by": 1}))
        return {"learning_rate": self.noised(clock, body)}

    def rise_to(self, clock: Clock) -> AnyCurve:
        """Give the warm-up."""
        return self.rise()

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from self.noise_quirks(clock)
        if self.warmup_t.amount and not self.is_prefix():
            yield Quirk("timm.overlay", "the warm-up lies over the schedule, not before it: where it ends, the "
                        f"schedule is {self.warmup(clock)} in; warmup_prefix puts it before")  # fmt: skip
        if self.starts_elsewhere(clock) and not self.warmup_t.amount:
            yield Quirk("timm.first", "at index 0 timm has not been stepped: the rate is still the group's own")
