"""What a document says, in a paragraph: its clock, what it schedules, in which groups, as a factor of what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction

from unisched.batch_ramp import BatchRamp
from unisched.duration import Clock
from unisched.explanation.values import counted
from unisched.explanation.words import numeral, ordinary
from unisched.ir import Target
from unisched.key_values import moment

__all__ = ["paragraph"]


def paragraph(clock: Clock, targets: Sequence[Target], of_base: Sequence[Target], born: Sequence[Target]) -> str:
    """Give the sentences about a document as a whole.

    >>> paragraph(Clock(total=100, steps_per_epoch=10), [Target("learning_rate")], [], [])
    'The run lasts 100 steps: 10 epochs. An epoch is 10 steps. The document schedules learning_rate.'
    """
    return " ".join([_length(clock), *_paces(clock), *_scheduled(targets), *_based(of_base), *_born(born)])


def _length(clock: Clock) -> str:
    if clock.total is None:
        return "The run has no given length."
    end = moment(clock, clock.total)
    counts = [("epoch", end.epoch), ("sample", end.samples), ("token", end.tokens)]
    known = [_count(count, unit) for unit, count in counts if count is not None]
    return f"The run lasts {numeral(clock.total)}" + (f": {ordinary(known)}." if known else ".")


def _paces(clock: Clock) -> Iterator[str]:
    if clock.steps_per_epoch is not None:
        yield f"An epoch is {numeral(clock.steps_per_epoch)}."
    for unit, pace in (("sample", clock.samples_per_step), ("token", clock.tokens_per_step)):
        if isinstance(pace, BatchRamp):
            yield (f"An update takes {pace.counts[0]} {unit}s at first and {pace.counts[-1]} at last, as the schedule "
                   f"{pace.schedule} says.")  # fmt: skip
        elif pace is not None:
            yield f"An update takes {_count(Fraction(pace), unit)}."


def _scheduled(targets: Sequence[Target]) -> Iterator[str]:
    everywhere = [target.hyperparameter for target in targets if target.group is None]
    if everywhere:
        yield f"The document schedules {ordinary(everywhere)}."
    groups: dict[str, list[str]] = {}
    for target in targets:
        if target.group is not None:
            groups.setdefault(target.group, []).append(target.hyperparameter)
    for group, names in groups.items():
        pattern = "param groups that fit" if any(sign in group for sign in "*?[") else "the param group"
        yield f"For {pattern} {group!r} it has {ordinary(names)} of its own."


def _based(of_base: Sequence[Target]) -> Iterator[str]:
    if of_base:
        names = list(dict.fromkeys(target.hyperparameter for target in of_base))
        yield f"For {ordinary(names)} it gives factors of what the optimizer was given for each param group."


def _born(born: Sequence[Target]) -> Iterator[str]:
    for target in born:
        yield f"{target.hyperparameter} of {target.group!r} counts from the step at which the group appears."


def _count(count: Fraction, unit: str) -> str:
    if unit != "epoch" and count >= 10**6:
        return f"{counted(count)} {unit}s"
    return numeral(count if count.denominator == 1 else Fraction(f"{float(count):.6g}"), unit)
