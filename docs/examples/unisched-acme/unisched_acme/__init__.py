"""acme backend: a native acme LRScheduler."""

from __future__ import annotations

from collections.abc import Mapping

import acme

from unisched.plugin import Backend, Form, Metric, Program, Replay, State, Target

__all__ = ["AcmeLR", "backend"]


class AcmeLR(acme.LRScheduler):
    """A program's learning rate as a scheduler that acme's optimizers take."""

    def __init__(self, program: Program, state: State) -> None:
        self._rate, self._state = program.function(), state
        super().__init__(state.step - 1)  # acme's constructor steps once

    def get_lr(self) -> float:
        """Give the rate of the update to come."""
        return self._rate(self.last_epoch)

    def state(self) -> State:
        """Give the portable state: any other backend goes on from here."""
        return self._state.at(self.last_epoch)


def emit(program: Program, state: State, /) -> AcmeLR:
    """Give the scheduler, standing at `state.step`."""
    return AcmeLR(program, state)


def replay(program: Program, state: State, stop: int, metrics: Mapping[int, Metric], /) -> Replay:
    """Drive acme's own loop to `stop`; give the rates its optimizer used, and the state reached."""
    scheduler = emit(program, state)
    optimizer = acme.SGD(scheduler)
    for _ in range(state.step, stop):
        optimizer.step(1.0)
        scheduler.step()
    return Replay({Target("learning_rate"): optimizer.used}, scheduler.state())


backend = Backend(contract=1, forms={"scheduler": Form(emit, replay)})
