"""Which parts of a body watch which metric, when, and what a metric changes: the memories of all its controllers.

Memories are plain data, kept by the place of their controller, as a saved state holds them. Knows bodies; how a rule
counts stands in `rules`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final, TypeAlias

from unisched import memory, rules
from unisched.errors import BindingError, Problem, StateError, shorten
from unisched.ir import Body, Controller, Curve, Fold, Phase, Signal, Track, tracks
from unisched.metric import Metric, numbers
from unisched.metric import named as metrics_named
from unisched.targets import home, homes

__all__ = [
    "Feedback",
    "Listener",
    "Window",
    "bases",
    "check_bases",
    "factors",
    "monitors",
    "named",
    "observed",
    "owner",
    "reached",
    "readable",
    "recalled",
    "windows",
    "written",
]

Feedback: TypeAlias = Mapping[str, Mapping[str, Any]]
Window: TypeAlias = tuple[int, int | None]

_LAST: Final = 2**62


def monitors(body: Body) -> tuple[str, ...]:
    """Give the names of the metrics that are watched, each once."""
    return tuple(dict.fromkeys(controller.monitor for controller in body.controllers))


def windows(body: Body) -> tuple[tuple[Window, ...], ...]:
    """Give, by controller, the steps in which it observes: from the first, up to but not including the last."""
    if not body.controllers:  # nor need the rows be looked through, of which there may be ten thousand
        return ()
    found: list[dict[Window, None]] = [{} for _ in body.controllers]
    for value in body.values:
        for track in tracks(value):
            for index, window in _open(track):
                found[index][window] = None
    return tuple(tuple(sorted(of_one, key=lambda window: window[0])) for of_one in found)


def _open(track: Track) -> Iterator[tuple[int, Window]]:
    for curve, start, stop in zip(track.curves, track.starts, (*track.starts[1:], None), strict=True):
        for index, (first, last) in _live(curve):
            end = stop if last is None else start + last if stop is None else min(stop, start + last)
            if end is None or start + first < end:
                yield index, (start + first, end)


def _live(curve: Curve) -> Iterator[tuple[int, Window]]:
    """Give the controllers that a curve reads while they observe, and when, on the clock of the curve."""
    match curve:
        case Signal(index=index, held=False):
            yield index, (0, None)
        case Fold(track=track, phase=Phase(wrap="free")):
            for index, (first, last) in _open(track):
                yield index, (_reached(curve, first), None if last is None else _reached(curve, last))
        case Fold(track=track):
            yield from ((index, (0, None)) for index, _ in _open(track))
        case _:
            return


def _reached(fold: Fold, step: int) -> int:
    """Give the first step of its own clock at which a fold that goes on reads `step`, or a later one."""
    return bisect_left(range(_LAST), step, key=fold.step)


def bases(body: Body, given: Mapping[str, float]) -> list[float | None]:
    """Give, by controller, what its factor multiplies: its own base, else that `given` for its hyperparameter."""
    home_of = homes(assignment.target for assignment in body.assignments)
    found = [(controller.base, home_of(controller.place)) for controller in body.controllers]
    return [base if base is not None or home is None else given.get(home.hyperparameter) for base, home in found]


def check_bases(body: Body, given: Sequence[float | None]) -> None:
    """Raise `BindingError` with every controller that is bounded by values and whose base is not `given`."""
    problems = [
        _baseless(controller)
        for controller, base in zip(body.controllers, given, strict=True)
        if controller.is_absolute and base is None
    ]
    if problems:
        raise BindingError(*problems)


def owner(body: Body, controller: Controller) -> str | None:
    """Give the hyperparameter in whose entry the controller stands; `None` where that is not of the body."""
    target = home((assignment.target for assignment in body.assignments), controller.place)
    return None if target is None else target.hyperparameter


def recalled(body: Body, feedback: Feedback) -> list[memory.Memory]:
    """Give the memory of every controller; raise `StateError` for what is none, or belongs to nobody."""
    places = {controller.place for controller in body.controllers}
    for place in feedback:
        if place not in places:
            raise _damaged(f"feedback[{shorten(repr(place))}]", "nothing of this program observes there")
    return [_recalled(controller, feedback) for controller in body.controllers]


def _recalled(controller: Controller, feedback: Feedback) -> memory.Memory:
    if controller.place not in feedback:
        return memory.start(controller)
    try:
        return memory.from_data(controller, feedback[controller.place])
    except ValueError as error:
        raise _damaged(f"feedback[{shorten(repr(controller.place))}]", str(error)) from None


def factors(body: Body, feedback: Feedback, given: Sequence[float | None]) -> list[float]:
    """Give, by controller, the factor it has reached; `given` are their bases."""
    return reached(body, recalled(body, feedback), given)


def reached(body: Body, memories: Sequence[memory.Memory], given: Sequence[float | None]) -> list[float]:
    """Give what `factors` gives, of memories as `recalled` gives them."""
    return [
        1.0 if remembered == memory.start(controller) else _factor(controller, remembered, base)
        for controller, remembered, base in zip(body.controllers, memories, given, strict=True)
    ]


def _factor(controller: Controller, remembered: memory.Memory, base: float | None) -> float:
    return float(rules.factor(controller, remembered, _known(controller, base), rules.HOST))


def observed(
    body: Body,
    shown: Sequence[Sequence[Window]],
    feedback: Feedback,
    step: int,
    metric: Metric,
    given: Sequence[float | None],
) -> Feedback:
    """Give the memories after a metric that the update at `step` is the first to feel.

    `shown` are the windows of the body, `given` the bases of its controllers. Raises `StepError` for what is no metric
    that the body watches.
    """
    return written(body, Listener(body, shown, given).after(recalled(body, feedback), step, metric))


class Listener:
    """Takes the metrics of a run in the controllers' stead: what is the same for all of them is looked up once.

    The arguments are those of `observed`.
    """

    def __init__(self, body: Body, shown: Sequence[Sequence[Window]], given: Sequence[float | None]) -> None:
        self._watched = monitors(body)
        self._ears = [
            (controller.monitor, _rule(controller, base), open_)
            for controller, base, open_ in zip(body.controllers, given, shown, strict=True)
        ]

    def after(self, memories: Sequence[memory.Memory], step: int, metric: Metric) -> list[memory.Memory]:
        """Give what `observed` gives, of memories as `recalled` gives them."""
        values, found = numbers(self._watched, metric), list(memories)
        for index, (monitor, rule, open_) in enumerate(self._ears):
            if monitor in values and _within(step, open_):
                found[index] = rule(found[index], values[monitor])
        return found


def _rule(controller: Controller, base: float | None) -> Callable[[Any, float], Any]:
    if base is not None or not controller.is_absolute:
        return rules.rule(controller, 1.0 if base is None else base, rules.HOST)

    def refused(remembered: Any, value: float) -> Any:
        raise BindingError(_baseless(controller))

    return refused


def named(body: Body, metric: Any) -> dict[str, Any]:
    """Give each metric by the name under which the body watches it, whatever it is; raise `StepError` as `observed`."""
    return metrics_named(monitors(body), metric)


def written(body: Body, memories: Sequence[memory.Memory]) -> dict[str, Mapping[str, Any]]:
    """Give the memories as plain data, those that have observed something."""
    return {
        controller.place: memory.to_data(controller, remembered)
        for controller, remembered in zip(body.controllers, memories, strict=True)
        if remembered.seen
    }


def readable(body: Body, feedback: Feedback) -> dict[str, Mapping[str, Any]]:
    """Give the memories, of another body perhaps, that belong to a controller of this one and that it can read."""
    found: dict[str, Mapping[str, Any]] = {}
    for controller in body.controllers:
        try:
            memory.from_data(controller, feedback.get(controller.place))
        except ValueError:
            continue
        found[controller.place] = feedback[controller.place]
    return found


def _within(step: int, shown: Sequence[Window]) -> bool:
    for start, stop in shown:  # noqa: SIM110 - any() takes three times as long
        if start <= step and (stop is None or step < stop):
            return True
    return False


def _known(controller: Controller, base: float | None) -> float:
    if not controller.is_absolute:
        return 1.0
    if base is None:
        raise BindingError(_baseless(controller))
    return base


def _baseless(controller: Controller) -> Problem:
    return Problem("base.missing", controller.place, "is bounded by values, and its base is not known",
                   "Pass base= with the optimizer's value, to compile or build.")  # fmt: skip


def _damaged(path: str, fault: str) -> StateError:
    return StateError(Problem("state.feedback", f"state.{path}", fault, "Hand the state on as it was written."))
