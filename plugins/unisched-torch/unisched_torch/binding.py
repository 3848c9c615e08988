"""A program laid over an optimizer's param groups: which function of the step drives which slot of which group.

What does not fit is found before anything is written (`fit`). This file moves nothing: it does not know at which
step a run stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from operator import is_
from typing import Any

from torch import Tensor
from torch.optim import Optimizer

from unisched.plugin import Program, Target, memory
from unisched_torch import fit
from unisched_torch.reached import Reached
from unisched_torch.slot import Group, Slot, number

__all__ = ["Binding", "bind", "copied", "names_of"]


@dataclass(frozen=True, slots=True)
class Binding:
    """The functions that drive an optimizer, each evaluated once a step however many groups follow it.

    `writes` holds, group by group, each slot with the index of its function, `labels` the same under the names for
    a log; `base` is what the groups were given, by hyperparameter, where the program builds on it and they agree.
    `reached` is what metrics have brought about, which the functions read.
    """

    groups: tuple[Group, ...]
    names: tuple[str, ...]
    tracks: tuple[Callable[[int], float], ...]
    writes: tuple[tuple[tuple[Slot, int], ...], ...]
    labels: tuple[tuple[str, int], ...]
    base: Mapping[str, float]
    reached: Reached

    def fits(self, groups: Sequence[Group]) -> bool:
        """Tell whether these are still the groups that were bound, and not later or loaded ones."""
        return len(groups) == len(self.groups) and all(map(is_, groups, self.groups))

    def values(self, step: int) -> list[float]:
        """Give the value of every function at `step`; raise `StepError` where the program has none."""
        return [track(step) for track in self.tracks]

    def write(self, values: Sequence[float], known: int | None = None) -> None:
        """Put the values into the groups, or into the first `known` of them."""
        for group, slots in zip(self.groups[:known], self.writes[:known], strict=True):
            for slot, track in slots:
                slot.write(group, values[track])

    def rates(self, values: Sequence[float]) -> list[float | Tensor]:
        """Give one learning rate for each group: a Python float, or a copy of what an unscheduled group holds."""
        rates: list[float | Tensor] = []
        for group, slots in zip(self.groups, self.writes, strict=True):
            scheduled = [values[track] for slot, track in slots if slot.key == "lr"]
            rates.append(scheduled[0] if scheduled else copied(group["lr"]))
        return rates


def copied(value: Any) -> Any:
    """Give the value, a tensor as a copy of its own."""
    return value.detach().clone() if isinstance(value, Tensor) else value


def names_of(groups: Sequence[Group], given: Sequence[str]) -> tuple[str, ...]:
    """Give the name of each group: its own, else the one given for its place, else its index as text."""
    spare = [*given, *map(str, range(len(given), len(groups)))]
    return tuple(str(group.get("name", spare[index])) for index, group in enumerate(groups))


def bind(
    program: Program,
    optimizer: Optimizer,
    names: Sequence[str],
    *,
    memories: Sequence[memory.Memory],
    resumed: bool = False,
    base: Mapping[str, float] | None = None,
) -> Binding:
    """Lay `program` over the groups of `optimizer`; raise `BindingError` with everything that does not fit.

    Metrics have brought about what the controllers' `memories` say. What a group was given is kept in it under
    `initial_<key>`, once, where the program builds on it. A `resumed` optimizer must bring these values; one that does
    not must have been given those of `base`, else `StateError`.
    """
    groups = tuple(optimizer.param_groups)
    followed = fit.followed(program, names)
    fit.check(program, type(optimizer).__name__, groups, names, followed, resumed=resumed)
    fit.check_base(program, groups, names, followed, base or {})
    for group, targets in zip(groups, followed, strict=True):
        _keep_initial(program, group, targets)
    reached = Reached(program, groups, followed)
    reached.put(memories)
    return _bound(program, groups, tuple(names), followed, reached)


def _keep_initial(program: Program, group: Group, targets: Mapping[str, Target]) -> None:
    group.setdefault("initial_lr", number(group["lr"]))
    for hyperparameter, target in targets.items():
        if program.needs_base(target):
            slot = Slot.of(hyperparameter)
            group.setdefault(slot.initial, number(slot.read(group)))


def _bound(
    program: Program,
    groups: tuple[Group, ...],
    names: tuple[str, ...],
    followed: Sequence[Mapping[str, Target]],
    reached: Reached,
) -> Binding:
    # Targets that share one value, scale and bases share one function.
    shared = {assignment.target: (assignment.value, assignment.scale) for assignment in program.body.assignments}
    tracks: dict[tuple[tuple[int, float], float | None, int], int] = {}
    functions: list[Callable[[int], float]] = []
    writes: list[tuple[tuple[Slot, int], ...]] = []
    bases: dict[str, set[float]] = {}
    for index, (group, name, targets) in enumerate(zip(groups, names, followed, strict=True)):
        slots: list[tuple[Slot, int]] = []
        for hyperparameter, target in targets.items():
            slot = Slot.of(hyperparameter)
            base = number(group[slot.initial]) if program.needs_base(target) else None
            if base is not None:
                bases.setdefault(hyperparameter, set()).add(base)
            factors = reached.by(index) if program.needs_metric(target) else None
            track = tracks.setdefault((shared[target], base, id(factors)), len(functions))
            if track == len(functions):
                functions.append(program.function(hyperparameter, name, base=base, factors=factors))
            slots.append((slot, track))
        writes.append(tuple(slots))
    agreed = {hyperparameter: values.pop() for hyperparameter, values in bases.items() if len(values) == 1}
    return Binding(groups, names, tuple(functions), tuple(writes), _labels(names, writes), agreed, reached)


def _labels(names: Sequence[str], writes: Sequence[Sequence[tuple[Slot, int]]]) -> tuple[tuple[str, int], ...]:
    twice = {name for name, count in Counter(names).items() if count > 1}
    endings = [f"-{name}/{index}" if name in twice else f"-{name}" for index, name in enumerate(names)]
    if len(names) == 1:
        endings = [""]
    return tuple(
        (slot.label + ending, track) for ending, slots in zip(endings, writes, strict=True) for slot, track in slots
    )
