"""A program laid over an optimizer's param groups: which function of the step drives which slot of which group.

What does not fit is found before anything is written (`fit`). This file moves nothing: it does not know at which
step a run stands.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from operator import is_
from typing import Any, TypeAlias

from torch import Tensor
from torch.optim import Optimizer

from unisched.plugin import Program, Target, memory
from unisched_torch import fit
from unisched_torch.column import Column, columns
from unisched_torch.family import Family
from unisched_torch.reached import Reached
from unisched_torch.slot import RATE, Filled, Group, Slot, number

__all__ = ["Binding", "Record", "bind", "copied", "names_of"]

Rate: TypeAlias = float | Tensor | Filled
Labels: TypeAlias = tuple[tuple[str, int], ...]
Record: TypeAlias = tuple[Labels, Sequence[float], Sequence[Rate]]
"""What was put into the groups: names for a log with the number of a value, the values, and the rate of each group."""


@dataclass(frozen=True, slots=True)
class Binding:
    """The functions that drive an optimizer, each evaluated once a step however many groups follow it.

    `tracks` give several values each, numbered throughout. `writes` holds, group by group, each slot with the number
    of its value, `labels` the same under the names for a log; `rate` and `others` are the same slot by slot. `base` is
    what the groups were given, by hyperparameter, where the program builds on it and they agree. `reached` is what
    metrics have brought about, which the functions read. `lone` is the function of the learning rate where
    there is one group, and nothing else scheduled.
    """

    groups: list[Group]
    names: tuple[str, ...]
    tracks: tuple[Callable[[int], list[float]], ...]
    writes: tuple[tuple[tuple[Slot, int], ...], ...]
    rate: Column | None
    others: tuple[Column, ...]
    labels: Labels
    base: Mapping[str, float]
    reached: Reached
    lone: Callable[[int], float] | None

    def fits(self, groups: Sequence[Group]) -> bool:
        """Tell whether these are still the groups that were bound, and not later or loaded ones."""
        return len(groups) == len(self.groups) and all(map(is_, groups, self.groups))

    def values(self, step: int) -> list[float]:
        """Give every value at `step`; raise `StepError` where the program has none."""
        if len(self.tracks) == 1:
            return self.tracks[0](step)
        return [value for track in self.tracks for value in track(step)]

    def write(self, values: Sequence[float], groups: Sequence[Group] | None = None) -> Sequence[Rate]:
        """Put the values into the groups, or into equal ones; give the rate that each group has then."""
        groups = self.groups if groups is None else groups
        for column in self.others:
            column.write(groups, values)
        rates = None if self.rate is None else self.rate.write(groups, values)
        return self._held(groups, values) if rates is None else rates

    def write_first(self, values: Sequence[float], count: int) -> Sequence[Rate]:
        """Do as `write` for the first groups only."""
        for group, slots in zip(self.groups[:count], self.writes[:count], strict=True):
            for slot, track in slots:
                slot.write(group, values[track])
        return self._held(self.groups, values)[:count]

    def rates(self, values: Sequence[float]) -> list[float | Tensor]:
        """Give one learning rate for each group: a Python float, or a copy of what an unscheduled group holds."""
        rates: list[float | Tensor] = []
        for group, slots in zip(self.groups, self.writes, strict=True):
            scheduled = [values[track] for slot, track in slots if slot.key == "lr"]
            rates.append(scheduled[0] if scheduled else copied(group["lr"]))
        return rates

    def _held(self, groups: Sequence[Group], values: Sequence[float]) -> list[Rate]:
        """Give what `rates` does, with the tensor where a scheduled one is held."""
        return [
            Filled(group["lr"], rate) if isinstance(group["lr"], Tensor) and not isinstance(rate, Tensor) else rate
            for group, rate in zip(groups, self.rates(values), strict=True)
        ]


def copied(value: Any) -> Any:
    """Give the value, a tensor as a copy of its own."""
    return value.detach().clone() if isinstance(value, Tensor) else value


def names_of(groups: Sequence[Group], given: Sequence[str], bound: Binding | None = None) -> tuple[str, ...]:
    """Give the name of each group: its own, else that of before, else the one given for its place, else its index.

    A group that was `bound` keeps its name where others before it have been taken out.
    """
    spare = [*given, *map(str, range(len(given), len(groups)))]
    before = {} if bound is None else dict(zip(map(id, bound.groups), bound.names, strict=True))
    return tuple(str(group.get("name", before.get(id(group), spare[at]))) for at, group in enumerate(groups))


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
    groups = list(optimizer.param_groups)
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
            slot = Slot.of(hyperparameter, group)
            group.setdefault(slot.initial, number(slot.read(group)))


def _bound(
    program: Program,
    groups: list[Group],
    names: tuple[str, ...],
    followed: Sequence[Mapping[str, Target]],
    reached: Reached,
) -> Binding:
    shared = {assignment.target: (assignment.value, assignment.scale) for assignment in program.body.assignments}
    families: dict[tuple[int, int], Family] = {}
    placed: list[list[tuple[Slot, Family, int]]] = []
    bases: dict[str, set[float]] = {}
    for index, (group, targets) in enumerate(zip(groups, followed, strict=True)):
        placed.append([])
        for hyperparameter, target in targets.items():
            slot = Slot.of(hyperparameter, group)
            base = number(group[slot.initial]) if program.needs_base(target) else None
            if base is not None:
                bases.setdefault(hyperparameter, set()).add(base)
            factors = reached.by(index) if program.needs_metric(target) else None
            value, scale = shared[target]
            family = families.get((value, id(factors)))
            if family is None:
                family = families[value, id(factors)] = Family(factors)
            placed[-1].append((slot, family, family.place(target, scale, base)))
    firsts = dict(zip(families.values(), accumulate(map(len, families.values()), initial=0), strict=False))
    writes = [tuple((slot, firsts[family] + place) for slot, family, place in slots) for slots in placed]
    agreed = {hyperparameter: values.pop() for hyperparameter, values in bases.items() if len(values) == 1}
    by_slot = columns(writes, sum(map(len, families.values())))
    is_lone = len(groups) == 1 and writes[0] == ((RATE, 0),)
    lone = next(iter(families.values())).lone(program) if is_lone else None
    return Binding(
        groups, names, tuple(f.function(program) for f in families.values()), tuple(writes), by_slot.pop(RATE, None),
        tuple(by_slot.values()), _labels(names, writes), agreed, reached, lone,
    )  # fmt: skip


def _labels(names: Sequence[str], writes: Sequence[Sequence[tuple[Slot, int]]]) -> tuple[tuple[str, int], ...]:
    twice = {name for name, count in Counter(names).items() if count > 1}
    endings = [f"-{name}/{index}" if name in twice else f"-{name}" for index, name in enumerate(names)]
    if len(names) == 1:
        endings = [""]
    return tuple(
        (slot.label + ending, track) for ending, slots in zip(endings, writes, strict=True) for slot, track in slots
    )
