"""What there is to ask about a document beside its clock: what is written and has no effect, or another unit in mind.

Works on curves as they are written; no value is computed here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from unisched.duration import Clock, Duration
from unisched.ir import Target
from unisched.lint.note import Note
from unisched.lint.reading import curves
from unisched.spec import Scale, Spec
from unisched.spec.combinators import ProductCurve, RepeatCurve, ShiftCurve, StairCurve, SumCurve, WindowCurve
from unisched.spec.curve import CurveModel
from unisched.spec.curves import ConstantCurve
from unisched.spec.cycles import OneCycleCurve
from unisched.spec.dialect import DialectCurve
from unisched.spec.expansion import RecipeCurve
from unisched.spec.noise import NoiseCurve
from unisched.spec.values import plain
from unisched.targets import place, scheduled

__all__ = ["of_document"]

_FAR_SHORTER: Final = 10
_LENGTHS: Final = ("duration", "warmup", "decay", "period", "boundaries", "points")


def of_document(spec: Spec, clock: Clock) -> Iterator[Note]:
    """Give the remarks about what is written."""
    yield from _idle_scales(spec)
    yield from _short_total(clock)
    paced = {clock.samples_per_step, clock.tokens_per_step}
    ramps = tuple(f"schedules.{pace.schedule}" for pace in (clock.ramp("samples"), clock.ramp("tokens")) if pace)
    for path, curve in curves(spec):
        if path in ramps and paced:
            continue
        yield from _empty_phase(path, curve)
        yield from _idle(path, curve)
        yield from _like_epochs(path, curve, clock)


def _empty_phase(path: str, curve: CurveModel) -> Iterator[Note]:
    warmup, start = getattr(curve, "warmup", None), getattr(curve, "start", None)
    if not isinstance(curve, RecipeCurve) or not isinstance(warmup, Duration) or warmup.amount or start in (None, 0.0):
        return
    if isinstance(curve, OneCycleCurve) and curve.end is None:
        return  # its end is a part of its start
    yield Note("phase.empty", path, f"the warm-up lasts '{warmup}', so it is left out, and nothing starts at "
               f"{plain(start)}; give it a length, or leave the start out")  # fmt: skip


def _idle(path: str, curve: CurveModel) -> Iterator[Note]:
    what = _without_effect(curve)
    if what:
        yield Note("curve.idle", path, f"{what} changes nothing; leave it out")


def _without_effect(curve: CurveModel) -> str:
    match curve:
        case ShiftCurve() if not curve.distance.amount:
            return "a shift by nothing"
        case StairCurve(every=Duration(amount=1, unit="steps")):
            return "a stair of 1 step"
        case RepeatCurve(times=1, period=None):
            return "a repeat of one cycle"
        case NoiseCurve(std=0.0):
            return "noise without a deviation"
        case ProductCurve(curves=(_,)) | SumCurve(curves=(_,)):
            return f"a {curve.kind} of one curve"
        case _:
            return ""


def _idle_scales(spec: Spec) -> Iterator[Note]:
    entries = scheduled(spec)
    for target, entry in entries.items():
        match entry:
            case Scale(scale=ConstantCurve(value=1.0), from_="start") if not _overrides(target, spec):
                yield Note("curve.idle", place(target), "a scale of 1 changes nothing; leave it out")


def _overrides(target: Target, spec: Spec) -> bool:
    """Tell whether an entry may keep a group from following another one, which is a glob."""
    others = (group for group, given in spec.groups.items() if group != target.group and target.hyperparameter in given)
    return any(set("*?[") & set(group) for group in others)


def _short_total(clock: Clock) -> Iterator[Note]:
    total, epoch = clock.total, clock.steps_per_epoch
    if total is not None and epoch is not None and total > 1 and total * _FAR_SHORTER <= epoch:
        yield Note("duration.epochs", "total", f"{total} steps are {total / epoch:.2g} of an epoch of {epoch}; if "
                   f"epochs are meant, write '{total} epochs'")  # fmt: skip


def _like_epochs(path: str, curve: CurveModel, clock: Clock) -> Iterator[Note]:
    total, epoch = clock.total, clock.steps_per_epoch
    if total is None or epoch is None or isinstance(curve, DialectCurve | WindowCurve):
        return  # a dialect asks for itself, in its library's words
    for name in _LENGTHS:
        steps = _longest(getattr(curve, name, None))
        if 1 < steps * epoch <= total and steps > 1 and steps * _FAR_SHORTER <= epoch:
            yield Note("duration.epochs", f"{path}.{name}", f"{steps} steps are {steps / epoch:.2g} of an epoch of "
                       f"{epoch}; if epochs are meant, write '{steps} epochs'")  # fmt: skip


def _longest(field: object) -> int:
    """Give the longest length in a field, where all of them are whole steps; else 0."""
    match field:
        case Duration(amount=amount, unit="steps") if amount.denominator == 1:
            return int(amount)
        case (*_, (Duration() as last, _)):
            return _longest(last)
        case (*_, Duration() as last):
            return _longest(last)
        case _:
            return 0
