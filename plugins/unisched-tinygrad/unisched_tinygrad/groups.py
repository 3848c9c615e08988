"""The param groups of a tinygrad optimizer: the optimizers of an `OptimizerGroup`, by name. Writes nothing."""

from __future__ import annotations

from collections.abc import Sequence

from tinygrad.nn.optim import Optimizer, OptimizerGroup

from unisched.errors import shorten
from unisched.plugin import BindingError, Problem, Program

__all__ = ["check_groups", "named"]


def named(optimizer: Optimizer, names: Sequence[str] | None) -> list[tuple[str, Optimizer]]:
    """Give each single optimizer with its name, in the order of the groups, also of groups in groups.

    Without `names` they are "0", "1" and so on. Raises `BindingError` for what is no optimizer, and for other than one
    name for each.
    """
    found = _single(optimizer)
    names = [*map(str, range(len(found)))] if names is None else names
    if isinstance(names, str) or not all(isinstance(name, str) for name in names):
        raise BindingError(
            Problem("tinygrad.names", "group_names", f"{shorten(repr(names))} is no list of names",
                    'Pass one name for each optimizer, as in ["body", "head"].')
        )  # fmt: skip
    if len(names) != len(found):
        raise BindingError(
            Problem("tinygrad.names", "group_names", f"there are {len(names)} names for {len(found)} optimizers",
                    "Give one for each optimizer of the OptimizerGroup.")
        )  # fmt: skip
    return [*zip(names, found, strict=True)]


def check_groups(program: Program, names: Sequence[str]) -> None:
    """Raise `BindingError` with every plain name in the program that no optimizer has: none can be added later."""
    filled = {entry for name in names for entry in program.entries(name)}
    missing = [group for group in program.groups if group not in filled and not any(sign in group for sign in "*?[")]
    if missing:
        raise BindingError(*(
            Problem("tinygrad.group", f'groups["{group}"]', f"no optimizer is named {group!r}",
                    f"There are {', '.join(map(repr, names))}. Pass group_names=, one for each optimizer of an "
                    "OptimizerGroup.")
            for group in missing
        ))  # fmt: skip


def _single(optimizer: Optimizer) -> list[Optimizer]:
    if isinstance(optimizer, OptimizerGroup):
        return [single for each in optimizer.optimizers for single in _single(each)]
    if isinstance(optimizer, Optimizer):
        return [optimizer]
    raise BindingError(
        Problem("tinygrad.optimizer", "optimizer", f"{type(optimizer).__name__} is no optimizer of tinygrad",
                "Pass one of tinygrad.nn.optim; put several into an OptimizerGroup.")
    )  # fmt: skip
