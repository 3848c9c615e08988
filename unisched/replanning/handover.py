"""Which controller of a new program goes on with the memory of which old one: the same rule at the same inner place.

A re-planned curve stands deeper in its entry than it did: shown through a window, or in a part that has begun. The
controller has to be of the same target and to do the same. One that a tail brings starts afresh, for the current value
that the tail begins at holds already what the old one has reached.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from unisched.controllers import Controller
from unisched.ir import Target
from unisched.program import Program
from unisched.spec import Spec
from unisched.spec.combinators import WindowCurve
from unisched.targets import home, place, scheduled

__all__ = ["handed_over", "predecessors"]


_FIELD: Final = re.compile(r"\.(?P<name>\w+)|\[(?P<index>\d+)\]")


def predecessors(old: Program, new: Program, step: int) -> dict[str, str]:
    """Give, by the place of a controller of the new program, that of the old one that it goes on for from `step` on."""
    before = [(controller, *_split(controller, old.spec)) for controller in old.controllers]
    held, holds = scheduled(old.spec), scheduled(new.spec)
    found: dict[str, str] = {}
    for controller, windows in zip(new.controllers, new.windows, strict=True):
        target, below = _split(controller, new.spec)
        has_begun = any(start < step for start, _ in windows)
        fitting = []
        for index, (was, home_, end) in enumerate(before):
            if target is None or home_ != target or _settings(was) != _settings(controller):
                continue
            is_shown = _is_shown(held[target], end, holds[target], below)
            if below == end or is_shown or (has_begun and below.endswith(end)):
                fitting.append(((below == end, is_shown, len(end), index), was.place))
        if fitting:
            found[controller.place] = max(fitting)[1]
    return found


def handed_over(feedback: Mapping[str, Any], old: Program, new: Program, step: int) -> dict[str, Any]:
    """Give the memories of a state at `step` under the places that they have in the new program."""
    return {after: feedback[before] for after, before in predecessors(old, new, step).items() if before in feedback}


def _is_shown(old: object, end: str, new: object, below: str) -> bool:
    """Tell whether what stands at `below` in the new entry is, through a window, what stood at `end` in the old one."""
    return any(end.endswith(rest) and _at(old, end.removesuffix(rest)) == curve for curve, rest in _windows(new, below))


def _windows(entry: object, below: str) -> Iterator[tuple[object, str]]:
    """Give the curve of each window on the way to `below`, with the rest of the way."""
    for field in _FIELD.finditer(below):
        if field["name"] == "curve" and isinstance(_at(entry, below[: field.start()]), WindowCurve):
            yield _at(entry, below[: field.end()]), below[field.end() :]


def _at(node: Any, path: str) -> Any:
    """Give what stands at a path, or `None` where there is nothing."""
    for field in _FIELD.finditer(path):
        if field["name"] is not None:
            node = getattr(node, field["name"], None)
        else:
            node = node[int(field["index"])] if isinstance(node, tuple) else None
    return node


def _split(controller: Controller, spec: Spec) -> tuple[Target | None, str]:
    """Give the target in whose entry a controller stands, and its place as seen from there."""
    target = home(scheduled(spec), controller.place)
    return target, controller.place if target is None else controller.place.removeprefix(place(target))


def _settings(controller: Controller) -> Controller:
    """Give what a controller does, wherever its memory is kept and whatever it multiplies."""
    return replace(controller, place="", base=None)
