"""A scheduler whose optimizer comes later: for engines that make the optimizer themselves, and for pickling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from torch.optim import Optimizer

from unisched.plugin import Program, State
from unisched_torch.arguments import Driver, driver_of, names_given
from unisched_torch.scheduler import UnischedLR

__all__ = ["SchedulerFactory"]


@dataclass(frozen=True, slots=True)
class SchedulerFactory:
    """A function from an optimizer to its `UnischedLR`: hashable, picklable, equal for equal programs.

    `program` and `state` are JSON texts; the rest is as in `UnischedLR`. Calling it raises what `UnischedLR` raises.

    >>> import torch, unisched
    >>> program = unisched.compile({"kind": "linear", "start": 1, "end": 0}, total=4)
    >>> factory = SchedulerFactory.of(program, program.start())
    >>> factory(torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)).get_last_lr()
    [1.0]
    """

    program: str
    state: str
    group_names: tuple[str, ...] = ()
    driver: Driver = "step"
    strict: bool = True

    @classmethod
    def of(
        cls,
        program: Program,
        state: State,
        *,
        group_names: Sequence[str] | None = None,
        driver: Driver = "step",
        strict: bool = True,
    ) -> SchedulerFactory:
        """Give the factory of a compiled program that begins at `state`."""
        return cls(program.to_json(), state.to_json(), names_given(group_names), driver_of(driver), strict)

    def __call__(self, optimizer: Optimizer) -> UnischedLR:
        """Give the scheduler of `optimizer`."""
        return UnischedLR(optimizer, Program.from_json(self.program), state=self.state, group_names=self.group_names,
                          driver=self.driver, strict=self.strict)  # fmt: skip
