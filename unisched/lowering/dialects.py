"""Another library's schedule as rows: what its kind expands to, on a clock of its own that starts where it does.

An expansion is longer than its place as the library's own scheduler would be: the place cuts it. Where bare
numbers count epochs, it is laid out on a clock whose steps are epochs, and read once an epoch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import TypeAlias

from unisched import normalise
from unisched.batch_ramp import BatchRamp
from unisched.duration import Clock, whole
from unisched.errors import PluginError, Problem, SpecError, UnischedError, shorten
from unisched.ir import Value
from unisched.lowering.expansions import Expanded
from unisched.lowering.place import Exact, Level, Place, changed, fault
from unisched.spec.curve import CurveModel
from unisched.spec.dialect import DialectCurve
from unisched.spec.grammar import AnyCurve

__all__ = ["Lower", "gives", "length_of_dialect", "lower_dialect", "shown_of"]

Lower: TypeAlias = Callable[[AnyCurve, Place], Value]
"""How any curve is lowered at its place: `compose` knows, which knows this module."""


def lower_dialect(curve: DialectCurve, place: Place, lower: Lower) -> Value:
    """Give the value of what the kind stands for, for the hyperparameter that is being scheduled."""
    shown = shown_of(curve, place)
    if place.expansions is not None:
        place.expansions.meet(Expanded(curve, shown, _epoch(curve, place) if _is_epochwise(curve) else None))
    value = lower(shown, _inner(curve, place))
    with _at_arguments(place):
        for quirk in curve.quirks(_own_clock(curve, place)):
            place.note(quirk.code, quirk.text)
    return normalise.counted(value, _epoch(curve, place)) if _is_epochwise(curve) else value


def length_of_dialect(
    curve: DialectCurve, place: Place, length_of: Callable[[AnyCurve, Place], Exact | None]
) -> Exact | None:
    """Give the length of what the kind stands for, in exact steps; `None` where it goes on."""
    length = length_of(shown_of(curve, place), _inner(curve, place))
    return length if length is None or not _is_epochwise(curve) else length * _epoch(curve, place)


def shown_of(curve: DialectCurve, place: Place) -> AnyCurve:
    """Give the plain curve of the hyperparameter that is being scheduled, or the only one that there is."""
    curves = _expanded(curve, place)
    if place.hyperparameter in curves:
        return curves[place.hyperparameter]
    if len(curves) == 1:
        return next(iter(curves.values()))
    raise fault("dialect.hyperparameter", place.path, f"{curve.kind} has no curve for {place.hyperparameter!r}",
                f"It has {', '.join(curves)}.")  # fmt: skip


def gives(curve: CurveModel) -> Iterator[tuple[str, str]]:
    """Give kind and what it gives, for every dialect's curve that the document writes in a curve."""
    if isinstance(curve, DialectCurve):
        yield curve.kind, curve.gives
        return
    for value in curve.__dict__.values():
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, CurveModel):
                yield from gives(inner)


def _expanded(curve: DialectCurve, place: Place) -> Mapping[str, AnyCurve]:
    clock = _own_clock(curve, place)
    with _at_arguments(place):
        return curve.expand(clock)


@contextmanager
def _at_arguments(place: Place) -> Iterator[None]:
    """Give what a kind says of its own arguments the path of the kind."""
    try:
        yield
    except SpecError as error:
        raise SpecError(*(problem.at(place.path_of(problem.path)) for problem in error.problems)) from None
    except UnischedError:
        raise
    except Exception as error:
        what = f"the dialect failed: {type(error).__name__}: {shorten(str(error), 300)}"
        raise PluginError(Problem("dialect.failed", place.path, what, "This is a fault of the dialect; the cause is "
                                  "attached.")) from error  # fmt: skip


def _inner(curve: DialectCurve, place: Place) -> Place:
    """Give the place of the expansion: open-ended, quiet, and with the dialect's own path throughout."""
    clock = _clock(curve, place)
    entering = _initial if place.entering is None and curve.gives == "factor" else place.entering
    return changed(place, clock=clock, notes=[], length=None, exact=None, unit="steps", of=clock.total, of_unit="steps",
                   settled=False, sealed=True, entering=entering)  # fmt: skip


def _initial() -> Level:
    """Give what stands before all factors: the optimizer's own value."""
    return Level(1.0)


def _clock(curve: DialectCurve, place: Place) -> Clock:
    if not _is_epochwise(curve):
        return place.clock
    clock, epoch = place.clock, _epoch(curve, place)
    return Clock(
        total=None if clock.total is None else -(-clock.total // epoch),
        steps_per_epoch=1,
        samples_per_step=_per_epoch(clock.samples_per_step, epoch),
        tokens_per_step=_per_epoch(clock.tokens_per_step, epoch),
    )


def _own_clock(curve: DialectCurve, place: Place) -> Clock:
    """Give the clock with its paces as they are from the step of the run at which the curve begins."""
    clock = _clock(curve, place)
    return replace(clock, samples_per_step=_from(clock.samples_per_step, place.origin),
                   tokens_per_step=_from(clock.tokens_per_step, place.origin))  # fmt: skip


def _from(pace: int | BatchRamp | None, origin: Exact | None) -> int | BatchRamp | None:
    if not isinstance(pace, BatchRamp):
        return pace
    return None if origin is None else pace.since(whole(origin))


def _per_epoch(per_step: int | BatchRamp | None, epoch: int) -> int | None:
    """Give how many make an epoch, where every step has as many."""
    return per_step * epoch if isinstance(per_step, int) else None


def _epoch(curve: DialectCurve, place: Place) -> int:
    if place.clock.steps_per_epoch is None:
        raise fault("units.missing", place.path_of(curve.epochs_by() or ""), "the schedule counts epochs, and nothing "
                    "says how long one is", "Add steps_per_epoch.")  # fmt: skip
    return place.clock.steps_per_epoch


def _is_epochwise(curve: DialectCurve) -> bool:
    return curve.epochs_by() is not None
