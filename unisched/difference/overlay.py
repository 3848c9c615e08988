"""Two schedules in one drawing: both curves of each hyperparameter, and below them what is between the two."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from unisched.difference.comparison import assignment_of
from unisched.difference.readings import Reading
from unisched.drawing import Chart, Line, Panel, overlaid
from unisched.drawing.charting import extent
from unisched.drawing.sampling import sampled
from unisched.ir import Target
from unisched.program import Program

__all__ = ["overlay"]


def overlay(old: Program, new: Program, labels: tuple[str, str] = ("old", "new"), steps: range | None = None) -> Chart:
    """Give the chart of both, to the end of the longer one or over a range, with a panel of the difference of each.

    >>> import unisched
    >>> line = {"kind": "linear", "start": 1, "end": 0}
    >>> chart = overlay(unisched.compile(line, total=4), unisched.compile(line, total=8))
    >>> [panel.title for panel in chart.panels], [line.label for line in chart.lines]
    (['learning_rate', 'learning_rate, new - old'], ['old', 'new', 'learning_rate'])
    """
    start, stop = (0, max(extent(old.body), extent(new.body))) if steps is None else (steps.start, steps.stop - 1)
    named = {label: program.chart(start=start, stop=stop) for label, program in zip(labels, (old, new), strict=True)}
    both = overlaid(named, title=", ".join(labels))
    panels: list[Panel] = []
    for panel in both.panels:
        panels += [panel, *_between(old, new, panel.title, labels, start, stop)]
    return replace(both, panels=tuple(panels))


def _between(old: Program, new: Program, name: str, labels: tuple[str, str], start: int, stop: int) -> Iterator[Panel]:
    shared = [target for target in old.targets if target.hyperparameter == name and target in new.targets]
    known = [target for target in shared if not (old.needs_metric(target) or new.needs_metric(target))]
    lines = tuple(_line(old, new, target, start, stop) for target in known)
    if lines:
        yield Panel(title=f"{name}, {labels[1]} - {labels[0]}", lines=lines)


def _line(old: Program, new: Program, target: Target, start: int, stop: int) -> Line:
    """Give the difference at every step that either drawing needs, with the jumps of both."""
    pairs = [(program, assignment_of(program, target)) for program in (old, new)]
    drawn = [sampled(program.body.values[found.value], start, stop) for program, found in pairs if found is not None]
    steps = np.unique(np.concatenate([each.steps for each in drawn]))
    jumps = np.isin(steps, np.concatenate([each.steps[each.jumps] for each in drawn]))
    was, now = (Reading(program, found).all(steps) for program, found in pairs if found is not None)
    label = target.group or target.hyperparameter
    return Line(label=label, steps=steps, values=now - was, jumps=jumps, clock=old.clock)
