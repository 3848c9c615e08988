"""The cosines of Transformers: full waves that go on past the end, to a floor or to 0, or started over."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from fractions import Fraction
from typing import ClassVar, Literal

from pydantic import Field, model_validator

from unisched.dialects.pieces import in_order
from unisched.dialects.transformers.restarts import missed_restarts, restarted
from unisched.dialects.transformers.schedule import Timed, from_zero, waves
from unisched.duration import Clock
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import Quirk, WaveCurve, curve
from unisched.spec.number import fault
from unisched.spec.values import Absolute, FromZero

__all__ = ["Cosine", "CosineWarmupWithMinLr", "CosineWithMinLr", "CosineWithRestarts"]

_MOST_RESTARTS = 10_000
_WAVES = "How many full waves the decay has; half a one goes down only."


class _Waves(Timed):
    """Full cosine waves from 1 to a trough and up again."""

    num_cycles: FromZero = Field(default=0.5, description=_WAVES)

    def trough(self) -> float | Absolute:
        """Give the value at the trough."""
        return 0.0

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        rise = (self.warmup(clock), from_zero())
        return {"learning_rate": in_order(rise, then=waves(self.num_cycles, self.decay(clock), self.trough()))}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from self.rounded_up(clock)
        yield from self.cut_short(clock)
        if self.num_cycles and self.is_over(clock):
            yield Quirk("transformers.rises_again", f"nothing stops the cosine at step {self.training(clock)}: it "
                        'rises again; write "after": "hold" to freeze it there')  # fmt: skip


class Cosine(_Waves):
    """t / W, then (1 + cos(2π·num_cycles·(t - W)/D)) / 2, past N as before."""

    kind: Literal["transformers.cosine"] = "transformers.cosine"
    examples = (
        {"kind": "transformers.cosine", "num_warmup_steps": 500, "num_training_steps": 9000, "num_cycles": 0.5},
    )
    known_as: ClassVar[tuple[str, ...]] = ("get_cosine_schedule_with_warmup",)


class CosineWithRestarts(Timed):
    """t / W, then (1 + cos(π·(num_cycles·x mod 1))) / 2 with x = (t - W)/D, and 0 from N on."""

    kind: Literal["transformers.cosine_with_restarts"] = "transformers.cosine_with_restarts"
    examples = (
        {
            "kind": "transformers.cosine_with_restarts",
            "num_warmup_steps": 500,
            "num_training_steps": 9000,
            "num_cycles": 3,
        },
    )
    known_as: ClassVar[tuple[str, ...]] = ("get_cosine_with_hard_restarts_schedule_with_warmup",)
    num_cycles: FromZero = Field(default=1.0, description="How many times the cosine falls from 1 to 0.")

    @model_validator(mode="after")
    def _countable(self) -> CosineWithRestarts:
        if self.num_cycles > _MOST_RESTARTS:
            raise fault("number.range", f"{self.num_cycles!r} is above {_MOST_RESTARTS}", "Give fewer cycles.",
                        "num_cycles")  # fmt: skip
        return self

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        length = self.decay(clock)
        pieces = restarted(self.num_cycles, length) if self.num_cycles else [(length, curve(1))]
        return {"learning_rate": in_order((self.warmup(clock), from_zero()), *pieces, then=curve(0))}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from self.rounded_up(clock)
        yield from self.cut_short(clock)
        if not self.num_cycles.is_integer():
            yield Quirk("transformers.last_cycle", f"the last of {self.num_cycles!r} cycles is cut: it jumps to 0")
        missed = missed_restarts(self.num_cycles, self.decay(clock))
        if missed:
            yield Quirk("transformers.late_restart", "float64 rounding makes the library miss the restart at step "
                        f"{self.warmup(clock) + missed[0]}, where it gives 0 and starts over a step later; so does "
                        f"this ({len(missed)} of them)")  # fmt: skip


class _Floored(_Waves):
    """Waves that end at a minimum."""

    min_lr: FromZero | None = Field(default=None, description="The rate at the trough; or give min_lr_rate.")
    min_lr_rate: FromZero | None = Field(default=None, description="The trough as a part of the rate; or give min_lr.")

    @model_validator(mode="after")
    def _one_minimum(self) -> _Floored:
        if self.min_lr is not None and self.min_lr_rate is not None:
            raise fault("field.conflict", "min_lr and min_lr_rate say the same thing twice", "Leave one of them out.",
                        "min_lr")  # fmt: skip
        if self.min_lr is None and self.min_lr_rate is None:
            raise fault("field.missing", f"kind '{self.kind}' needs 'min_lr' or 'min_lr_rate'", "Add one of them.",
                        "min_lr")  # fmt: skip
        return self

    def trough(self) -> float | Absolute:
        """Give the value at the trough."""
        return Absolute(absolute=self.min_lr) if self.min_lr is not None else self.min_lr_rate or 0.0

    def floor_quirks(self) -> Iterable[Quirk]:
        """Give the quirks of the minimum itself."""
        if self.min_lr is not None:
            yield Quirk("transformers.default_rate", "the library divides min_lr by the optimizer's default rate, so "
                        "that a group with another rate ends elsewhere; here every group ends at min_lr. Give "
                        "min_lr_rate for the library's way")  # fmt: skip
        if self.min_lr_rate is not None and self.min_lr_rate > 1:
            yield Quirk(
                "transformers.above_peak", f"the minimum is {self.min_lr_rate!r} times the peak: the cosine rises"
            )


class CosineWithMinLr(_Floored):
    """t / W, then m + (1 - m)·(1 + cos(2π·num_cycles·(t - W)/D)) / 2, m = `min_lr_rate` or `min_lr` over the rate."""

    kind: Literal["transformers.cosine_with_min_lr"] = "transformers.cosine_with_min_lr"
    examples = (
        {
            "kind": "transformers.cosine_with_min_lr",
            "num_warmup_steps": 500,
            "num_training_steps": 9000,
            "num_cycles": 0.5,
            "min_lr": 1e-05,
        },
        {"kind": "transformers.cosine_with_min_lr", "num_warmup_steps": "5%", "min_lr_rate": 0.1},
    )
    known_as: ClassVar[tuple[str, ...]] = ("get_cosine_with_min_lr_schedule_with_warmup",)

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from super().quirks(clock)
        yield from self.floor_quirks()
        if self.warmup(clock):
            yield Quirk("transformers.warmup_from_zero", "the warm-up starts at 0, below the minimum")


class CosineWarmupWithMinLr(_Floored):
    """(t + 1) / W, then as `cosine_with_min_lr` one step ahead; from `warmup_lr_rate` on over W - 1 steps if given."""

    kind: Literal["transformers.cosine_warmup_with_min_lr"] = "transformers.cosine_warmup_with_min_lr"
    examples = (
        {
            "kind": "transformers.cosine_warmup_with_min_lr",
            "num_warmup_steps": 500,
            "num_training_steps": 9000,
            "num_cycles": 0.5,
            "min_lr": 1e-05,
            "warmup_lr_rate": 0.01,
        },
        {"kind": "transformers.cosine_warmup_with_min_lr", "num_warmup_steps": "5%", "min_lr_rate": 0.1},
    )
    known_as: ClassVar[tuple[str, ...]] = ("get_cosine_with_min_lr_schedule_with_warmup_lr_rate",)
    warmup_lr_rate: FromZero | None = Field(
        default=None, description="The factor at the first step; without it, one over the steps of warm-up."
    )

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve this stands for."""
        warmup, length = self.warmup(clock), self.decay(clock)
        first = [(1, curve(self.warmup_lr_rate))] if warmup == 1 and self.warmup_lr_rate is not None else []
        if first or warmup == 0:
            return {"learning_rate": in_order(*first, then=waves(self.num_cycles, length, self.trough(), offset=1))}
        rise = (warmup - 1, self._rise(warmup))
        return {"learning_rate": in_order(rise, then=waves(self.num_cycles, length, self.trough()))}

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Give the quirks that these arguments meet."""
        yield from self.rounded_up(clock)
        yield from self.cut_short(clock)
        yield from self.floor_quirks()
        if self.warmup(clock) == 0:
            yield Quirk("transformers.no_peak", "without warm-up the decay is one step ahead from the start: the peak "
                        "is skipped")  # fmt: skip
        if self.num_cycles:
            yield Quirk("transformers.early_minimum", "the decay is one step ahead: what it should reach at step "
                        f"{self.training(clock)} it reaches a step before, and then goes on")  # fmt: skip

    def _rise(self, warmup: int) -> AnyCurve:
        if self.warmup_lr_rate is not None:
            return curve({"kind": "linear", "start": self.warmup_lr_rate, "end": 1})
        return curve(WaveCurve(start=0.0, end=1.0, span=Fraction(warmup), offset=Fraction(1)))
