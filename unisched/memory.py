"""What controllers remember, and its form in a saved state. No rule stands here, and no step or program is known."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, TypeAlias, assert_never

from unisched.controllers import Controller, Greedy, Plateau
from unisched.errors import shorten

__all__ = ["GreedyMemory", "Memory", "PlateauMemory", "from_data", "start", "to_data"]

Number: TypeAlias = Any

_APART: Final = frozenset({"best", "values"})


class PlateauMemory(NamedTuple):
    """What a plateau remembers: the best metric, three counts of observations, and how often it has dropped.

    `mean` and `gathered` are of the metrics that have not made an observation yet.
    """

    best: Number
    bad: Number
    cooldown: Number
    drops: Number
    seen: Number
    mean: Number
    gathered: Number

    @property
    def mark(self) -> Number:
        """What the factor depends on: it has not moved where this has not."""
        return self.drops


class GreedyMemory(NamedTuple):
    """What the greedy rule remembers; `rate` is its value after `changes` changes, before the first the base.

    `values` are the last metrics and `total` their sum, `held` of them, where the rule smooths.
    """

    best: Number
    bad: Number
    good: Number
    cooldown: Number
    warmup: Number
    rate: Number
    changes: Number
    left: Number
    seen: Number
    held: Number
    total: Number
    values: tuple[Number, ...]

    @property
    def mark(self) -> Number:
        """What the factor depends on: it has not moved where this has not."""
        return self.changes, self.rate


Memory: TypeAlias = PlateauMemory | GreedyMemory


def start(controller: Controller) -> Memory:
    """Give the memory of a controller that has observed nothing, in Python's numbers."""
    worst = math.inf if controller.mode == "min" else -math.inf
    match controller:
        case Plateau():
            return PlateauMemory(worst, 0, 0, 0, 0, 0.0, 0)
        case Greedy():
            values = (0.0,) * controller.window if controller.smooth else ()
            return GreedyMemory(worst, 0, 0, 0, 0, 0.0, 0, controller.reset, 0, 0, 0.0, values)
        case _:
            assert_never(controller)


def to_data(controller: Controller, memory: Memory) -> dict[str, Any]:
    """Give a memory in Python's numbers as plain JSON data; `best` is null before the first good metric."""
    worst = start(controller).best
    data: dict[str, Any] = {**memory._asdict(), "best": None if memory.best == worst else _written(memory.best)}
    match controller, memory:
        case Plateau(accumulation=1), PlateauMemory():
            del data["mean"], data["gathered"]
        case Greedy(smooth=False), GreedyMemory():
            del data["held"], data["total"], data["values"]
        case Greedy(), GreedyMemory():
            held = data.pop("held")
            data["values"] = [_written(value) for value in memory.values[len(memory.values) - held :]]
    return {name: _written(value) if isinstance(value, float) else value for name, value in data.items()}


def from_data(controller: Controller, data: object) -> Memory:
    """Read what `to_data` gave; raise `ValueError` for anything else."""
    if not isinstance(data, Mapping):
        raise ValueError("it is no object")
    begun = start(controller)
    known = to_data(controller, begun)
    if data.keys() != known.keys():
        raise ValueError("its fields are not those of the schedule")
    read: dict[str, Any] = {name: _read(data[name], getattr(begun, name)) for name in known if name not in _APART}
    read["best"] = begun.best if data["best"] is None else _read(data["best"], 0.0)
    if math.isnan(read["best"]) or not 0 <= read.get("rate", 0.0) < math.inf:
        raise ValueError("its best metric or its rate is none that it reached")
    if isinstance(begun, GreedyMemory) and begun.values:
        values = data["values"]
        if not isinstance(values, list) or len(values) > len(begun.values):
            raise ValueError("its values are no list of metrics")
        held = [_read(value, 0.0) for value in values]
        read |= {"held": len(held), "values": (*begun.values[len(held) :], *held)}
    remembered = begun._replace(**read)
    if not remembered.seen and remembered != begun:
        raise ValueError("it remembers what it has not seen")
    return remembered


def _written(number: float) -> float | str:
    return number if math.isfinite(number) else repr(number)


def _read(value: object, like: float) -> float:
    if isinstance(like, int):
        if type(value) is int and 0 <= value < 2**53:
            return value
    elif value in ("inf", "-inf", "nan") or _is_finite(value):
        return float(value)  # type: ignore[arg-type]  # of a text too
    raise ValueError(f"{shorten(repr(value))} is not what it wrote")


def _is_finite(value: object) -> bool:
    if type(value) is int:  # one beyond was never a float
        return abs(value) <= 2**53
    return type(value) is float and math.isfinite(value)
