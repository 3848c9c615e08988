"""How far an optimizer state has come, and what was observed: read from the parts of the schedules in it.

Optimizers that count for their own sake (Adam's bias correction) are not asked: their count need not be the
schedule's. Knows optax's states, no rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

import jax
import numpy as np

from unisched.errors import shorten
from unisched.plugin import Controller, Problem, StateError
from unisched_optax.feedback import FeedbackState
from unisched_optax.memories import Remembered, fits
from unisched_optax.precision import is_traced

__all__ = ["count_of", "is_feedback", "memories_of", "misfit"]

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
    found = [(f"{path}.count", _concrete(f"{path}.count", node.count)) for path, node in _parts(opt_state)]
    if not found:
        raise _fault("state.no_count", "the optimizer state holds no schedule's count",
                     "Pass the state of an optimizer that was built with these schedules.")  # fmt: skip
    steps = {step for _, seen in found for step in seen}
    if len(steps) == 1:
        return steps.pop()
    listed = ", ".join(f"{path} is at {' and '.join(map(str, sorted(seen)))}" for path, seen in found)
    raise _fault("state.counts_disagree", f"the schedules disagree: {shorten(listed, 500)}",
                 "Pass the part of the state that is meant.")  # fmt: skip


def memories_of(opt_state: Any, controllers: Sequence[Controller]) -> tuple[Remembered, ...]:
    """Give what the controllers remember in `opt_state`, as numpy arrays.

    Raises `StateError` where no schedule there observes these controllers, and where two remember differently, naming
    their paths.
    """
    parts = [(path, node) for path, node in _parts(opt_state) if is_feedback(node)]
    if not parts:
        raise misfit("the optimizer state holds no memory of metrics")
    copies = [(path, copy) for path, node in parts for copy in _copies(path, node, controllers)]
    first, memories = copies[0]
    for path, other in copies:
        if not jax.tree.all(jax.tree.map(np.array_equal, memories, other)):
            raise _fault("state.memories_disagree", f"{first} and {path} remember different metrics",
                         "Hand every metric to all of them: observe takes the whole optimizer state.")  # fmt: skip
    return memories


def is_feedback(node: Any) -> bool:
    """Tell whether the node of an optimizer state is a stateful schedule's part."""
    return isinstance(node, FeedbackState)


def misfit(fault: str) -> StateError:
    """Give the error of an optimizer state that does not belong to the schedules."""
    return _fault("state.no_feedback", fault, "Pass the state of an optimizer that inject built with these schedules.")


def _copies(path: str, node: FeedbackState, controllers: Sequence[Controller]) -> Iterator[tuple[Remembered, ...]]:
    """Give a part's memories: one copy, unless it was mapped over copies of the optimizer."""
    _require_concrete(path, node)
    leaves = [np.asarray(leaf) for leaf in jax.tree.leaves(node)]
    if len(leaves) != 1 + 2 * len(controllers):
        raise misfit(f"{path} is of a schedule that watches other metrics")
    lead = leaves[0].ndim
    flat = [leaf.reshape(-1, *leaf.shape[lead:]) for leaf in leaves[1:]]
    for index in range(flat[0].shape[0] if flat else 0):
        memories = tuple(Remembered(n[index], c[index]) for n, c in zip(flat[::2], flat[1::2], strict=True))
        if not all(map(fits, controllers, memories)):
            raise misfit(f"{path} is of a schedule that watches other metrics")
        yield memories


def _parts(tree: Any, path: str = "opt_state") -> Iterator[tuple[str, Any]]:
    """Give the schedules' parts of an optimizer state, those inside of others too, each after its path."""
    for keys, node in jax.tree_util.tree_flatten_with_path(tree, is_leaf=_is_counting)[0]:
        if not _is_counting(node):
            continue
        here = path + jax.tree_util.keystr(keys)
        yield here, node
        for name in node._fields:
            yield from _parts(getattr(node, name), f"{here}.{name}")


def _is_counting(node: Any) -> bool:
    kind = type(node)
    if is_feedback(node):
        return True
    return kind.__name__ in _COUNTING and kind.__module__.partition(".")[0] == "optax" and hasattr(node, "_fields")


def _concrete(path: str, count: Any) -> set[int]:
    """Give the different numbers in a count: one, unless it was mapped over copies of the optimizer."""
    _require_concrete(path, count)
    return {int(number) for leaf in jax.tree.leaves(count) for number in np.asarray(leaf).flat}


def _require_concrete(path: str, tree: Any) -> None:
    if is_traced(tree):
        raise _fault("state.traced", f"{path} has no value yet: the call is being traced",
                     "Call state outside jit, with the optimizer state that the compiled step gave back.")  # fmt: skip


def _fault(code: str, fault: str, remedy: str) -> StateError:
    return StateError(Problem(code, "opt_state", fault, remedy))
