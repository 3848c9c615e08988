"""Whether an optimizer's param groups can follow a program: every reason why not, before anything is written."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Iterator, Mapping, Sequence

from torch import Tensor

from unisched.plugin import BindingError, Problem, Program, StateError, Target
from unisched_torch.slot import Group, Slot, number, tensors

__all__ = ["check", "check_base", "expected", "followed", "unmatched", "warn_of_strangers"]


def followed(program: Program, names: Sequence[str]) -> list[dict[str, Target]]:
    """Give, for each group by name, the target that each of its scheduled hyperparameters follows.

    Raises `BindingError` with every pair of patterns that claim one group.
    """
    problems: list[Problem] = []
    found = [_targets(program, name, problems) for name in names]
    if problems:
        raise BindingError(*problems)
    return found


def check(
    program: Program,
    optimizer: str,
    groups: Sequence[Group],
    names: Sequence[str],
    followed: Sequence[Mapping[str, Target]],
    *,
    resumed: bool,
) -> None:
    """Raise `BindingError` with every hyperparameter a group lacks and every tensor two groups share.

    With `resumed`, also with every group that has lost the value it was once given.
    """
    rows = _rows(groups, names, followed)
    problems = [*_lacking(program, optimizer, rows)]
    if not problems:
        problems = [*_shared(program, groups, names, rows), *(_forgotten(program, rows) if resumed else ())]
    if problems:
        raise BindingError(*problems)


def check_base(
    program: Program,
    groups: Sequence[Group],
    names: Sequence[str],
    followed: Sequence[Mapping[str, Target]],
    base: Mapping[str, float],
) -> None:
    """Raise `StateError` with every hyperparameter of which `base`, from a saved state, is not what the groups give.

    Groups that remember what they were given, as an optimizer's checkpoint makes them, are believed.
    """
    rows = [row for row in _rows(groups, names, followed) if program.needs_base(row[3])]
    problems = [*_rebased(rows, base)]
    if problems:
        raise StateError(*problems)


def unmatched(program: Program, names: Sequence[str]) -> tuple[str, ...]:
    """Give the patterns of the program that fit none of `names` and do not say that their groups come later.

    Raises `BindingError` with every plain name that is missing: only a pattern, and what counts from the birth of its
    group, can wait for later groups.
    """
    unfilled, born = _unfilled(program, names), _born(program)
    waiting = [group for group in unfilled if group not in born]
    missing = [group for group in waiting if not any(sign in group for sign in "*?[")]
    if missing:
        raise BindingError(*(
            Problem("groups.unknown", f'groups["{group}"]', f"no param group is named {group!r}",
                    f"There are {_listed(names)}. Give the group its name, pass group_names=, or write the pattern "
                    f"'{group}*' for a group that is added later.")
            for group in missing
        ))  # fmt: skip
    return tuple(waiting)


def expected(program: Program, names: Sequence[str]) -> tuple[str, ...]:
    """Give the names and patterns that fit none of `names` and count from the birth of groups still to come."""
    born = _born(program)
    return tuple(group for group in _unfilled(program, names) if group in born) if born else ()


def warn_of_strangers(program: Program, known: Sequence[str], names: Sequence[str]) -> None:
    """Warn of groups whose names are not `known` and follow no entry, while entries wait for their groups."""
    strangers = [name for name in names if name not in known and not program.follows(name)]
    waiting = expected(program, names)
    if strangers and waiting:
        warnings.warn(f"param group {_listed(strangers)} was added and follows what all others follow, while "
                      f"{_listed(waiting)} of the schedule's groups fit no param group yet.", UserWarning,
                      stacklevel=2)  # fmt: skip


def _born(program: Program) -> set[str | None]:
    return {assignment.target.group for assignment in program.body.assignments if assignment.born}


def _unfilled(program: Program, names: Sequence[str]) -> list[str]:
    if not program.groups:
        return []
    filled = {entry for name in names for entry in program.entries(name)}
    return [group for group in program.groups if group not in filled]


_Row = tuple[Group, str, Slot, Target]


def _rows(groups: Sequence[Group], names: Sequence[str], followed: Sequence[Mapping[str, Target]]) -> list[_Row]:
    return [
        (group, name, Slot.of(hyperparameter, group), target)
        for group, name, targets in zip(groups, names, followed, strict=True)
        for hyperparameter, target in targets.items()
    ]


def _targets(program: Program, name: str, problems: list[Problem]) -> dict[str, Target]:
    found: dict[str, Target] = {}
    for hyperparameter in program.hyperparameters:
        try:
            target = program.resolve(hyperparameter, name)
        except BindingError as error:
            problems.extend(error.problems)
            continue
        if target is not None:
            found[hyperparameter] = target
    return found


def _lacking(program: Program, optimizer: str, rows: Iterable[_Row]) -> Iterator[Problem]:
    places: dict[tuple[Target, str], list[str]] = {}
    has_betas = False
    for group, name, slot, target in rows:
        fault = slot.fault(group)
        if fault is not None:
            places.setdefault((target, fault), []).append(name)
            has_betas = has_betas or "betas" in group
    for (target, fault), lacking in places.items():
        is_beta = has_betas and target.hyperparameter == "momentum"
        yield Problem(
            "optimizer.hyperparameter",
            program.place(target),
            f"{optimizer} {fault}, in param group {_listed(lacking)}",
            f"Take an optimizer that has it, or leave {target.hyperparameter} out with program.select()."
            + (' What stands for it here is beta1; a dialect\'s cycle drives that with "momentum": "beta1".' * is_beta),
        )


def _shared(program: Program, groups: Sequence[Group], names: Sequence[str], rows: Iterable[_Row]) -> Iterator[Problem]:
    places: dict[object, list[str]] = {}
    for group, name in zip(groups, names, strict=True):
        for label, tensor in tensors(group):
            places.setdefault(_memory(tensor), []).append(f"{label!r} of param group {name!r}")
    for group, _, slot, target in rows:
        held = slot.read(group)
        sharing = places.pop(_memory(held), []) if isinstance(held, Tensor) else []
        if len(sharing) > 1:
            yield Problem("optimizer.shared_tensor", program.place(target), f"one tensor is {' and '.join(sharing)}",
                          "Give each its own, as in lr=rate.clone().")  # fmt: skip


def _memory(tensor: Tensor) -> object:
    """Give what two tensors have in common where what is written into one is read in the other."""
    return (tensor.device, tensor.data_ptr()) if tensor.data_ptr() else id(tensor)


def _forgotten(program: Program, rows: Iterable[_Row]) -> Iterator[Problem]:
    for group, name, slot, target in rows:
        if program.needs_base(target) and slot.initial not in group:
            yield Problem("optimizer.initial", program.place(target),
                          f"param group {name!r} has no {slot.initial!r}, of which the schedule is a factor",
                          "Load the optimizer's checkpoint before passing last_epoch=.")  # fmt: skip


def _rebased(rows: Sequence[_Row], base: Mapping[str, float]) -> Iterator[Problem]:
    for hyperparameter, old in base.items():
        slot = Slot.of(hyperparameter)
        given = {name: group for group, name, _, target in rows if target.hyperparameter == hyperparameter}
        if any(slot.initial in group for group in given.values()):
            continue
        for name, group in given.items():
            new = number(slot.read(group))
            if new != old:
                yield Problem("state.base", f"state.base.{hyperparameter}",
                              f"the schedule was a factor of {old!r}, and param group {name!r} gives {new!r}",
                              f"Build the optimizer with {old!r} or load its checkpoint first, or pass strict=False to "
                              "follow the new value.")  # fmt: skip


def _listed(names: Sequence[str]) -> str:
    return ", ".join(map(repr, names))
