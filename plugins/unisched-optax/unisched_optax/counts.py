"""How far an optimizer state has come, read from the counts of the schedules in it.

Optimizers that count for their own sake (Adam's bias correction) are not asked: their count need not be the
schedule's. Knows optax's states, no program.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import jax
import numpy as np

from unisched.errors import shorten
from unisched.plugin import Problem, StateError

__all__ = ["count_of"]

# By name, for not all of them are public: WeightDecaySchedule is what a scheduled weight decay keeps.
_COUNTING: Final = frozenset({
    "InjectHyperparamsState", "InjectStatefulHyperparamsState", "ScaleByScheduleState", "WeightDecaySchedule",
    "WrappedScheduleState",
})  # fmt: skip


def count_of(opt_state: Any) -> int:
    """Give the number of updates that every schedule in `opt_state` has seen.

    Raises `StateError` where there is no schedule, where their counts disagree (naming each path), or where
    they are not concrete because the call is being traced.
    """
    found = [(path, _concrete(path, count)) for path, count in _counts(opt_state)]
    if not found:
        raise _fault("state.no_count", "the optimizer state holds no schedule's count",
                     "Pass the state of an optimizer that was built with these schedules.")  # fmt: skip
    steps = {step for _, seen in found for step in seen}
    if len(steps) == 1:
        return steps.pop()
    listed = ", ".join(f"{path} is at {' and '.join(map(str, sorted(seen)))}" for path, seen in found)
    raise _fault("state.counts_disagree", f"the schedules disagree: {shorten(listed, 500)}",
                 "Pass the part of the state that is meant.")  # fmt: skip


def _counts(tree: Any, path: str = "opt_state") -> Iterator[tuple[str, Any]]:
    for keys, node in jax.tree_util.tree_flatten_with_path(tree, is_leaf=_is_counting)[0]:
        if not _is_counting(node):
            continue
        here = path + jax.tree_util.keystr(keys)
        yield f"{here}.count", node.count
        for name in node._fields:
            yield from _counts(getattr(node, name), f"{here}.{name}")


def _is_counting(node: Any) -> bool:
    kind = type(node)
    return kind.__name__ in _COUNTING and kind.__module__.partition(".")[0] == "optax" and hasattr(node, "_fields")


def _concrete(path: str, count: Any) -> set[int]:
    """Give the different numbers in a count: one, unless it was mapped over copies of the optimizer."""
    if any(isinstance(leaf, jax.core.Tracer) for leaf in jax.tree.leaves(count)):
        raise _fault("state.traced", f"{path} has no value yet: the call is being traced",
                     "Call state outside jit, with the optimizer state that the compiled step gave back.")  # fmt: skip
    return {int(number) for leaf in jax.tree.leaves(count) for number in np.asarray(leaf).flat}


def _fault(code: str, fault: str, remedy: str) -> StateError:
    return StateError(Problem(code, "opt_state", fault, remedy))
