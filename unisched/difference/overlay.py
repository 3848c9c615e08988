"""Two schedules in one drawing: both curves of each hyperparameter, and below them what is between the two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np

from unisched.difference.comparison import assignment_of
from unisched.difference.readings import Reading
from unisched.drawing import Chart, Line, Panel, overlaid
from unisched.drawing.charting import extent
from unisched.drawing.sampling import sampled
from unisched.ir import Target
from unisched.program import Program

__all__ = ["overlay"]

_DIFFERENCE: Final = "new − old"
_ROUNDING: Final = "rounding only"
_ROUNDED: Final = 1e-12
_REACH: Final = 1e-3
"""Parts of the greatest value: what is less is of the last bits, and what the axis shows of it."""


def overlay(old: Program, new: Program, labels: tuple[str, str] = ("old", "new"), steps: range | None = None) -> Chart:
    """Give the chart of both, to the end of the longer one or over a range, with a panel of the difference of each.

    >>> import unisched
    >>> line = {"kind": "linear", "start": 1, "end": 0}
    >>> chart = overlay(unisched.compile(line, total=4), unisched.compile(line, total=8))
    >>> [panel.title for panel in chart.panels], [line.label for line in chart.lines]
    (['learning_rate', 'learning_rate, new − old'], ['old', 'new', 'new − old'])
    """
    start, stop = (0, max(extent(old.body), extent(new.body))) if steps is None else (steps.start, steps.stop - 1)
    named = {label: program.chart(start=start, stop=stop) for label, program in zip(labels, (old, new), strict=True)}
    said = (label if label == role else f"{role}: {label}" for role, label in zip(("old", "new"), labels, strict=True))
    both = overlaid(named, title=", ".join(said))
    panels: list[Panel] = []
    for panel in both.panels:
        panels += [panel, *_between(old, new, panel.title, labels, start, stop)]
    return replace(both, panels=tuple(panels))


def _between(old: Program, new: Program, name: str, labels: tuple[str, str], start: int, stop: int) -> Iterator[Panel]:
    shared = [target for target in old.targets if target.hyperparameter == name and target in new.targets]
    known = [target for target in shared if not (old.needs_metric(target) or new.needs_metric(target))]
    found = [_line(old, new, target, f"{labels[1]} − {labels[0]}", start, stop) for target in known]
    if found:
        lines = tuple(line for line, _ in found)
        is_noise = all(not line.values.any() or line.remark for line in lines)
        reach = _REACH * max(greatest for _, greatest in found) if is_noise else 0.0
        yield Panel(title=f"{name}, {_DIFFERENCE}", lines=lines, reach=reach)


def _line(old: Program, new: Program, target: Target, source: str, start: int, stop: int) -> tuple[Line, float]:
    """Give the difference at every step that either drawing needs, with the jumps of both, and the greatest value."""
    pairs = [(program, assignment_of(program, target)) for program in (old, new)]
    drawn = [sampled(program.body.values[found.value], start, stop) for program, found in pairs if found is not None]
    steps = np.unique(np.concatenate([each.steps for each in drawn]))
    jumps = np.isin(steps, np.concatenate([each.steps[each.jumps] for each in drawn]))
    was, now = (Reading(program, found).all(steps) for program, found in pairs if found is not None)
    values, greatest = now - was, float(max(np.abs(was).max(), np.abs(now).max()))
    is_rounding = 0 < float(np.abs(values).max()) <= _ROUNDED * greatest
    label = source if target.group is None else f"{source}, {target.group}"
    line = Line(label=label, steps=steps, values=values, jumps=jumps, clock=old.clock, group=target.group,
                source=source, remark=_ROUNDING if is_rounding else "")  # fmt: skip
    return line, greatest
