"""The tail of a re-planned run: for which targets it is, and the word "current" in the place of any value.

A tail is a curve for the learning rate, a mapping from hyperparameter to curve, or a mapping with `schedules` and
`groups` as in a document.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, TypeAlias

from unisched.errors import Problem, SpecError, nearest
from unisched.ir import Target
from unisched.replanning.entries import is_born
from unisched.spec import Spec
from unisched.spec.containers import plain_containers
from unisched.spec.curve import CurveModel, is_function, read_curve
from unisched.spec.grammar import AnyCurve
from unisched.spec.limits import examine
from unisched.spec.number import fault, shown
from unisched.spec.paths import join, placed, segment
from unisched.spec.problems import LISTED

__all__ = ["CURRENT", "Tail", "TailSource", "read_tails"]

TailSource: TypeAlias = Mapping[str, Any] | AnyCurve | Callable[[int], float]

CURRENT: Final = "current"

_NO_VALUES: Final = frozenset({
    "boundaries", "by", "duration", "every", "expression", "kind", "length", "mode", "monitor", "next", "offset",
    "period", "schedule", "timescale", "times", "warmup",
})  # fmt: skip
"""Fields of curves that hold no value."""


class Tail:
    """A curve that waits for the current value, if it speaks of it; `path` is where it stands in the tail."""

    def __init__(self, data: object, path: str) -> None:
        self._data, self.path = data, path

    def curve(self, current: Callable[[], float]) -> AnyCurve:
        """Give the curve where `current` gives the current value; raise `SpecError` for what is no curve."""
        try:
            examine(self._data)  # before anything walks it: it may nest deeper than the stack
        except SpecError as error:
            raise self._placed(error) from None
        filled = _filled(self._data, current)
        try:
            return read_curve(filled)
        except SpecError as error:
            raise self._placed(error) from None

    def _placed(self, error: SpecError) -> SpecError:
        return SpecError(*(problem.at(join(self.path, problem.path)) for problem in error.problems))


def read_tails(tail: object, spec: Spec) -> dict[Target, Tail]:
    """Give the tail of each target that one is given for; raise `SpecError` for what is no tail of the document."""
    tail = _plain(tail)
    if isinstance(tail, CurveModel) or is_function(tail) or (isinstance(tail, Mapping) and "kind" in tail):
        return _known({Target("learning_rate"): Tail(tail, "tail")}, spec)
    if isinstance(tail, Mapping) and "curve" in tail:
        raise fault("replan.tail", "a tail is a curve in the units of the entry, whose base stays", "Give the curve.",
                    "tail")  # fmt: skip
    if not isinstance(tail, Mapping) or not tail:
        raise fault("replan.tail", f"{shown(tail)} is no tail", 'Give a curve, such as {"kind": "linear", "start": '
                    '"current", "end": 0, "duration": 500}, or {hyperparameter: curve}.', "tail")  # fmt: skip
    if tail.keys() <= {"schedules", "groups"}:
        return _known(dict(_written(tail)), spec)
    return _known({Target(str(name)): Tail(curve, join("tail", segment(str(name)))) for name, curve in tail.items()},
                  spec)  # fmt: skip


def _plain(tail: object) -> object:
    try:
        return plain_containers(tail)
    except SpecError as error:
        raise SpecError(*placed(error.problems, "tail")) from error.__cause__


def _written(tail: Mapping[str, Any]) -> Iterator[tuple[Target, Tail]]:
    schedules, groups = join("tail", "schedules"), join("tail", "groups")
    for name, curve in _object(tail.get("schedules", {}), schedules).items():
        yield Target(name), Tail(curve, join(schedules, segment(name)))
    for group, curves in _object(tail.get("groups", {}), groups).items():
        path = join(groups, segment(group))
        for name, curve in _object(curves, path).items():
            yield Target(name, group), Tail(curve, join(path, segment(name)))


def _object(value: object, path: str) -> Mapping[str, Any]:
    if isinstance(value, Mapping) and all(isinstance(key, str) for key in value):
        return value
    raise fault("replan.tail", f"{shown(value)} is no object", "Give a curve by the name of a hyperparameter.", path)


def _known(tails: dict[Target, Tail], spec: Spec) -> dict[Target, Tail]:
    problems = [problem for target, tail in tails.items() for problem in _unscheduled(target, tail, spec)]
    if problems:
        raise SpecError(*problems[:LISTED])
    return tails


def _unscheduled(target: Target, tail: Tail, spec: Spec) -> Iterator[Problem]:
    name, group = target
    if group is not None and group not in spec.groups:
        known = f"Groups are {', '.join(map(repr, spec.groups))}." if spec.groups else "The document has no groups."
        yield Problem("replan.target", tail.path, f"the document has no group {shown(group)}",
                      known + nearest(group, spec.groups))  # fmt: skip
        return
    scheduled = spec.schedules if group is None else spec.groups[group]
    if name not in scheduled:
        where = "" if group is None else f" for group {shown(group)}"
        yield Problem("replan.target", tail.path, f"{shown(name)} has no schedule{where} that a tail could replace",
                      f"Scheduled are {', '.join(scheduled)}.{nearest(name, scheduled)}")  # fmt: skip
    if group is not None and name in scheduled and is_born(spec.groups[group][name]):
        yield Problem("replan.born", tail.path, "counts from the birth of its group, and a tail from a step of the run",
                      "Leave it out; it keeps its course.")  # fmt: skip
    if name in (spec.samples_per_step, spec.tokens_per_step):
        yield Problem("replan.target", tail.path, f"{shown(name)} sets the pace of the clock, which no tail changes",
                      "Write the batch ramp itself in the document.")  # fmt: skip


def _filled(data: Any, current: Callable[[], float]) -> Any:
    match data:
        case str() if data == CURRENT:
            return current()
        case Mapping():
            return {key: item if key in _NO_VALUES else _filled(item, current) for key, item in data.items()}
        case list() | tuple():
            return [_point(item, current) for item in data]
        case _:
            return data


def _point(item: Any, current: Callable[[], float]) -> Any:
    """Fill an item of a list: of a point, a pair of position and value, the value only."""
    if isinstance(item, list | tuple) and len(item) == 2:
        return [item[0], _filled(item[1], current)]
    return _filled(item, current)
