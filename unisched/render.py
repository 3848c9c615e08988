"""A program as text: the phase table that `print` shows, golden files hold and documentation quotes.

Plain ASCII, no colours; numbers as Python writes them, so that nothing is rounded out of sight.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import fields
from fractions import Fraction
from typing import Final, Literal, assert_never

from unisched.duration import Clock
from unisched.errors import StepError, shorten
from unisched.exact import curve_at
from unisched.formulas import text as formula_text
from unisched.ir import (
    Base,
    Combine,
    Constant,
    Controller,
    Curve,
    Exponential,
    External,
    Fold,
    Formula,
    Noise,
    Phase,
    Power,
    Ramp,
    Signal,
    Table,
    Track,
    Value,
)

__all__ = ["table"]

_LONGEST: Final = 400
_QUIET: Final = frozenset({"accumulation", "atol", "base", "eps", "floor"})
"""What not every controller has, and is told where it differs from nothing."""


def table(
    clock: Clock,
    after: Literal["continue", "error"],
    sections: Iterable[tuple[str, Value]],
    controllers: Sequence[Controller] = (),
) -> str:
    """Give the clock, for each titled value its rows (from which step to which, which curve), then the controllers."""
    lines = [_clock(clock) + (", then an error" if after == "error" else "")]
    for title, value in sections:
        lines += ["", title, *_indented(_value(value))]
    for index, controller in enumerate(controllers):
        lines += ["", f"controller {index}", f"  {_controller(controller)}"]
    return "\n".join(lines)


def _controller(controller: Controller) -> str:
    given = [(field, getattr(controller, field.name)) for field in fields(controller) if field.name != "place"]
    settings = [f"{field.name} {value}" for field, value in given
                if field.name not in _QUIET or value != field.default]  # fmt: skip
    return f"{type(controller).__name__.lower()}: {', '.join(settings)}"


def _clock(clock: Clock) -> str:
    words = ["open-ended" if clock.total is None else f"total {clock.total} steps"]
    for name in ("steps_per_epoch", "samples_per_step", "tokens_per_step"):
        number = getattr(clock, name)
        if number is not None:
            words.append(f"{number} {name.replace('_', ' ')}")
    return ", ".join(words)


def _value(value: Value) -> Iterator[str]:
    match value:
        case Track():
            yield from _track(value)
        case Combine(op=op, parts=parts):
            yield f"{op} of"
            for number, part in enumerate(parts, 1):
                first, *rest = _value(part)
                yield f"{number}. {first}"
                yield from (f"   {line}" for line in rest)
        case _:
            assert_never(value)


def _track(track: Track, stop: int | None = None) -> Iterator[str]:
    ends = [*track.starts[1:], stop]
    rows = [row for start, end, curve in zip(track.starts, ends, track.curves, strict=True)
            for row in _row(start, end, curve)]  # fmt: skip
    width = max(len(span) for span, _ in rows)
    for span, text in rows:
        first, *rest = text
        yield f"{span:<{width}}  {first}"
        yield from (f"{'':<{width}}  {line}" for line in rest)


def _row(start: int, end: int | None, curve: Curve) -> Iterator[tuple[str, list[str]]]:
    local = _settles(curve.phase) if isinstance(curve, Ramp | Exponential) and curve.phase.wrap == "hold" else None
    held = None if local is None or (end is not None and start + local >= end) else _held(curve, local)
    if local is None or held is None:
        yield _span(start, end), _curve(curve)
        return
    yield _span(start, start + local), _curve(curve)
    yield _span(start + local, end), [f"holds {held!r}"]


def _held(curve: Curve, local: int) -> float | None:
    """Give what a curve that has settled stays at, `None` where that is above every float."""
    try:
        return curve.end if isinstance(curve, Ramp) else curve_at(curve, local)
    except StepError:
        return None


def _settles(phase: Phase) -> int:
    local = -(-(phase.span - phase.offset) // phase.rate)
    return max(-(-local // phase.every) * phase.every - phase.lead, 1)


def _span(start: int, end: int | None) -> str:
    return f"[{start}, ...)" if end is None else f"[{start}, {end})"


def _curve(curve: Curve) -> list[str]:
    match curve:
        case Constant(value=value):
            return [f"constant {value!r}"]
        case Base():
            return ["the optimizer's own value"]
        case Ramp():
            words = [f"{curve.shape} {curve.start!r} -> {curve.end!r}"]
            words += [f"power {curve.power!r}" + (" from the end" if curve.mirror else "")] if curve.power != 1 else []
            words += [f"warp {curve.warp!r}"] if curve.warp != 1 else []
            return [", ".join([*words, *_phase(curve.phase)])]
        case Exponential(phase=phase) if phase.wrap == "hold":
            words = [f"exponential {curve.value!r} times {curve.to!r}/{curve.of!r}"]
            words += [f"warp {curve.warp!r}"] if curve.warp != 1 else []
            return [", ".join([*words, *_phase(phase)])]
        case Exponential(phase=phase):
            ratio = f"{curve.to!r}" if curve.of == 1 else f"{curve.to!r}/{curve.of!r}"
            return [", ".join([f"exponential {curve.value!r} times {ratio} every {_length(phase)}", *_details(phase)])]
        case Power(phase=phase):
            timescale = Fraction(phase.span, phase.rate)
            divisor = str(timescale) if timescale.denominator == 1 else f"({timescale})"
            decay = f"power decay {curve.value!r} * (1 + k/{divisor})^-{curve.exponent!r}"
            return [", ".join([decay, *_details(phase)])]
        case Fold(track=track, phase=phase) if phase.wrap == "restart":
            words = [f"cycle of {phase.span} steps", *_details(phase)]
            return [", ".join(words) + ":", *_indented(_track(track, phase.span))]
        case Fold(track=track, phase=phase):
            return [f"{_stairs(phase)}:", *_indented(_track(track))]
        case _:
            return [_particular(curve)]


def _particular(curve: Table | Formula | External | Noise | Signal) -> str:
    match curve:
        case Table(values=values, phase=phase):
            words = [f"table of {len(values)} values from {values[0]!r} to {values[-1]!r}"]
            words += ["straight lines between them"] if curve.linear else []
            return ", ".join([*words, f"one every {_length(phase)}", *_details(phase)])
        case Formula(tree=tree, offset=offset):
            return f"formula {shorten(formula_text.text(tree), _LONGEST)}" + (
                f", from step {offset} of it" if offset else ""
            )
        case External(name=name, offset=offset):
            return f"Python function {name}" + (f", from step {offset} of it" if offset else "")
        case Noise(phase=phase):
            words = [f"noise of {curve.std!r} around 1"] + ([f"at most {curve.limit!r}"] if curve.limit else [])
            words += [f"seed {curve.seed}", f"anew every {_length(phase)}"]
            return ", ".join([*words, *_details(phase)])
        case Signal(index=index, held=held):
            return f"controller {index}: " + ("what it reached" if held else "1 until a metric says otherwise")
        case _:
            assert_never(curve)


def _stairs(phase: Phase) -> str:
    if phase.span == phase.rate:
        return f"on stairs of {phase.every} steps"
    if phase.span > phase.rate:
        return f"by the number of the stair, {_length(phase)} each"
    return f"at that many times {_number(Fraction(phase.rate, phase.span))} steps, rounded"


def _phase(phase: Phase) -> list[str]:
    match phase.wrap:
        case "restart":
            return [f"again every {_length(phase)}", *_details(phase)]
        case "bounce":
            return [f"there and back, {_length(phase)} each", *_details(phase)]
        case "hold" | "free":
            return [f"over {_length(phase)}", *_details(phase)]
        case _:
            assert_never(phase.wrap)


def _details(phase: Phase) -> list[str]:
    words = []
    if phase.offset:
        words.append(f"from {Fraction(phase.offset, phase.span)} of it")
    if phase.every > 1:
        words.append(f"on stairs of {phase.every} steps" + (f", {phase.lead} in" if phase.lead else ""))
    return words


def _length(phase: Phase) -> str:
    length = Fraction(phase.span, phase.rate)
    return "1 step" if length == 1 else f"{_number(length)} steps"


def _number(exact: Fraction) -> str:
    """Give a ratio as a decimal where that is exact."""
    if exact.denominator == 1:
        return str(exact.numerator)
    decimal = repr(exact.numerator / exact.denominator)
    return decimal if Fraction(decimal) == exact else str(exact)


def _indented(lines: Iterable[str]) -> list[str]:
    return [f"  {line}" for line in lines]
