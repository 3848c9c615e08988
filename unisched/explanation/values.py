"""Key values in words: as sentences for an explanation, and in short for the terminal. Knows no program."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from fractions import Fraction
from typing import Final

from unisched.explanation.words import numeral, ordinary, shown
from unisched.key_values import At, Boundary, KeyValues, Moment, Total

__all__ = ["conditions", "counted", "gist", "in_short", "past_end", "sentences", "when"]

_MOST_JUMPS: Final = 12
_DIGITS: Final = 6
_ABOUT: Final = 4


def when(moment: Moment, word: str = "step") -> str:
    """Give a step as the clock knows it.

    >>> when(Moment(step=10, epoch=Fraction(5, 2)))
    'step 10 (epoch 2.5)'
    """
    known = [f"epoch {_plain(moment.epoch)}"] if moment.epoch is not None else []
    for unit, count in (("sample", moment.samples), ("token", moment.tokens)):
        known += [f"{unit} {counted(count)}"] if count is not None else []
    return f"{word} {moment.step}" + (f" ({', '.join(known)})" if known else "")


def past_end(values: KeyValues, total: int | None) -> str:
    """Give what holds past the total, or that there is none."""
    if total is None:
        if values.held_from is None:
            return "The last phase goes on without an end."
        return f"From step {values.held_from} on the value stays as it is."
    if values.ends:
        return f'From step {total} on there is no value: the document says "after": "error", so asking for one raises.'
    if values.past is None or values.held_from is None:
        now = "" if values.past is None else f" The value at step {total} is {shown(values.past.value)}."
        return f'Past the end, from step {total} on, the last phase goes on; "after": "hold" would end it.{now}'
    if values.held_from > total:
        return (f"Past the end, from step {total} on, the last phase goes on up to step {values.held_from}; "
                f"the value at step {total} is {shown(values.past.value)}.")  # fmt: skip
    return f"Past the end, from step {total} on, the value stays at {shown(values.past.value)}."


def conditions(values: KeyValues) -> Iterator[str]:
    """Give what the values are true for, a sentence each."""
    if values.of_base:
        yield "The values below are for an optimizer's value of 1, which multiplies all but absolute parts."
    if values.of_metric:
        yield "The values below are those while no metric has been observed."


def sentences(values: KeyValues) -> Iterator[str]:
    """Give the key values, a sentence each."""
    looked = "" if values.is_searched else f" (seen among the boundaries and a spread of all {values.steps} steps)"
    if values.is_searched and values.peak.value == values.minimum.value:
        average = "" if values.area is None else f", the sum {_total(values.area)}"
        yield f"The value of all {numeral(values.steps)} is {shown(values.first.value)}{average}."
        return
    yield f"The first value is {shown(values.first.value)}."
    yield f"The peak is {_at(values.peak)}, the lowest value {_at(values.minimum)}{looked}."
    jumps = [boundary for boundary in values.boundaries if boundary.jumps]
    yield from map(_jump, jumps[:_MOST_JUMPS])
    if len(jumps) > _MOST_JUMPS:
        yield f"There are {len(jumps) - _MOST_JUMPS} more jumps."
    if values.last is None:
        yield f"This is of the first {values.steps} steps."
        return
    yield f"The last update, at {when(values.last.moment)}, has {shown(values.last.value)}."
    if values.average is not None and values.area is not None:
        text = f"The average over {numeral(values.steps)} is {_total(values.average)}, the sum {_total(values.area)}"
        yield f"{text}." if not values.area.is_about else f"{text}, both from a spread of the steps."
    if values.by_tokens is not None:
        yield f"Averaged over what the batch ramp counts, it is {_rounded(values.by_tokens)}."


def gist(values: KeyValues) -> str:
    """Give the first value, the peak, the last value and the average, in one sentence."""
    told = [f"first {shown(values.first.value)}", f"peak {_at(values.peak)}"]
    if values.last is not None:
        told.append(f"last {shown(values.last.value)}")
    if values.average is not None:
        told.append(f"average {_total(values.average)}")
    return f"Its values: {', '.join(told)}."


def in_short(values: KeyValues) -> list[str]:
    """Give the key values in two lines, the second of which needs a total; numbers look as in a table of phases.

    >>> from unisched.ir import Target
    >>> at = At(Moment(step=0), 0.5)
    >>> in_short(KeyValues(target=Target("x"), steps=100, is_searched=True, first=at, peak=at, minimum=at,
    ...                    boundaries=(), held_from=0))
    ['first 0.5, peak 0.5 at step 0']
    """
    parts = [f"first {_tabled(values.first.value)}", f"peak {_at(values.peak, _tabled)}"]
    ends = [values.first.value] + ([] if values.last is None else [values.last.value])
    if values.minimum.value not in ends:
        parts.append(f"lowest {_at(values.minimum, _tabled)}")
    if values.last is not None:
        parts.append(f"last {_tabled(values.last.value)}")
    if values.past is not None:
        is_held = values.held_from is not None and values.held_from <= values.steps
        parts.append(f"{_tabled(values.past.value)} past the end" if is_held else "going on past the end")
    if values.ends:
        parts.append("an error past the end")
    given = ["an optimizer's value of 1"] if values.of_base else []
    given += ["no metric yet"] if values.of_metric else []
    lines = [", ".join(parts)]
    if values.average is not None and values.area is not None:
        lines.append(f"average {_dotted(_total(values.average))}, sum {_dotted(_total(values.area))}")
    return [*lines, f"(for {ordinary(given)})"] if given else lines


def _tabled(value: float) -> str:
    return _dotted(shown(value))


def _dotted(text: str) -> str:
    """Give a whole number with the fraction that Python writes."""
    return f"{text}.0" if text.removeprefix("-").isdigit() else text


def _at(found: At, written: Callable[[float], str] = shown) -> str:
    return f"{written(found.value)} at {when(found.moment)}"


def _jump(boundary: Boundary) -> str:
    return f"At {when(boundary.moment)} it jumps from {shown(boundary.before)} to {shown(boundary.value)}."


def _total(total: Total) -> str:
    return f"about {total.value:.{_ABOUT}g}" if total.is_about else _rounded(total.value)


def _rounded(value: float) -> str:
    return f"{value:.{_DIGITS}g}"


def counted(count: Fraction) -> str:
    """Give a count of samples or tokens; from a million on in the letters that people use.

    >>> counted(Fraction(5120)), counted(Fraction(12_500_000_000))
    ('5120', '12.5B')
    """
    for size, letter in ((10**12, "T"), (10**9, "B"), (10**6, "M")):
        if count >= size:
            return f"{float(count / size):.6g}{letter}"
    return _plain(count)


def _plain(count: Fraction) -> str:
    return str(count.numerator) if count.denominator == 1 else f"{float(count):.6g}"
