"""What unisched finds under the name `torch`: one form, and what it can carry."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from torch.optim import Optimizer

from unisched.plugin import Backend, Capabilities, Form, Program, State
from unisched_torch.arguments import Driver
from unisched_torch.factory import SchedulerFactory
from unisched_torch.replay import replay
from unisched_torch.scheduler import UnischedLR

__all__ = ["backend", "emit"]

_CONTRACT: Final = 1


def emit(
    program: Program,
    state: State,
    /,
    *,
    optimizer: Optimizer | None = None,
    group_names: Sequence[str] | None = None,
    driver: Driver = "step",
    strict: bool = True,
) -> UnischedLR | SchedulerFactory:
    """Give the scheduler of `optimizer`, or without one the factory that takes it later."""
    if optimizer is None:
        return SchedulerFactory.of(program, state, group_names=group_names, driver=driver, strict=strict)
    return UnischedLR(optimizer, program, state=state, group_names=group_names, driver=driver, strict=strict)


_ABLE: Final = Capabilities(hyperparameters=None, groups=True, feedback=True, optimizer_base=True)

backend: Final = Backend(contract=_CONTRACT, forms={"scheduler": Form(emit, replay, _ABLE)})
