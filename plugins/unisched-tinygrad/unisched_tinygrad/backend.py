"""What unisched finds under the name `tinygrad`: one form, and what it can carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from tinygrad.nn.optim import Optimizer

from unisched.plugin import Backend, Capabilities, Form, Program, State
from unisched_tinygrad.replay import replay
from unisched_tinygrad.scheduler import UnischedLR
from unisched_tinygrad.slots import KEYS

__all__ = ["backend", "emit"]

_CONTRACT: Final = 1
_CAPABILITIES: Final = Capabilities(
    hyperparameters=frozenset(KEYS), groups=True, feedback=True, optimizer_base=True, precision="float32"
)


def emit(
    program: Program,
    state: State,
    /,
    *,
    optimizer: Optimizer,
    group_names: Sequence[str] | None = None,
    strict: bool = True,
) -> UnischedLR:
    """Give the scheduler of an optimizer, standing at `state.step`.

    The optimizers of an `OptimizerGroup` are param groups: `group_names` in their order, else "0", "1" and so on.
    """
    return UnischedLR(optimizer, program, state, group_names=group_names, strict=strict)


backend: Final = Backend(contract=_CONTRACT, forms={"scheduler": Form(emit, replay, _CAPABILITIES)})
