"""Which controller of a new program goes on with the memory of which old one: the same rule at the same inner place.

A re-planned curve stands deeper in its entry than it did, so the old place, seen from the entry, is the end of the new
one. The controller has to be of the same target and to do the same.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from unisched.controllers import Controller
from unisched.ir import Target
from unisched.program import Program
from unisched.spec import Spec
from unisched.targets import home, place, scheduled

__all__ = ["handed_over", "predecessors"]


def predecessors(old: Program, new: Program) -> dict[str, str]:
    """Give, by the place of a controller of the new program, that of the old one that it goes on for."""
    before = [(controller, *_split(controller, old.spec)) for controller in old.controllers]
    found: dict[str, str] = {}
    for controller in new.controllers:
        entry, below = _split(controller, new.spec)
        fitting = [(len(end), was.place) for was, start, end in before
                   if start == entry and below.endswith(end) and _settings(was) == _settings(controller)]  # fmt: skip
        if fitting:
            found[controller.place] = max(fitting)[1]
    return found


def handed_over(feedback: Mapping[str, Any], old: Program, new: Program) -> dict[str, Any]:
    """Give the memories of a state under the places that they have in the new program."""
    return {after: feedback[before] for after, before in predecessors(old, new).items() if before in feedback}


def _split(controller: Controller, spec: Spec) -> tuple[Target | None, str]:
    """Give the target in whose entry a controller stands, and its place as seen from there."""
    target = home(scheduled(spec), controller.place)
    return target, controller.place if target is None else controller.place.removeprefix(place(target))


def _settings(controller: Controller) -> Controller:
    """Give what a controller does, wherever its memory is kept and whatever it multiplies."""
    return replace(controller, place="", base=None)
