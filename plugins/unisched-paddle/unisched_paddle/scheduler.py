"""The native object: a program's learning rate as a `paddle.optimizer.lr.LRScheduler`.

Paddle computes the rate of the next update in `step`, and its optimizers and executors ask for it by calling the
scheduler. Knows neither optimizers nor how anything is saved.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import Any, Final

import paddle
from paddle.optimizer.lr import LRScheduler

from unisched.plugin import Metric, Program, State, StepError
from unisched_paddle.saved import read, written

__all__ = ["UnischedLR"]

_MADE_ANEW: Final = ("_rate", "_factors")
"""Functions do not pickle: copies make their own."""

# What is saved while another thread trains is of one moment. One for all, for a lock cannot be copied.
_MOVING: Final = threading.RLock()


class UnischedLR(LRScheduler):
    """A learning rate scheduler for paddle's optimizers, whose rate is that of a program, in float64.

    `last_epoch` counts updates: update k uses the value at step k. Call `step()` after each `optimizer.step()`, or,
    with `by_epoch`, once after each epoch. With `strict=False`, `set_state_dict` takes the state of another document.
    Raises `StepError` for `by_epoch` where the clock does not know how many steps an epoch has.

    >>> import unisched
    >>> scheduler = unisched.build({"kind": "linear", "start": 1.0, "end": 0.0}, "paddle", total=4)
    >>> [scheduler(), scheduler.step(), scheduler()]
    [1.0, None, 0.75]
    """

    def __init__(
        self,
        program: Program,
        state: State,
        *,
        group: str | None = None,
        by_epoch: bool = False,
        verbose: bool = False,
        strict: bool = True,
    ) -> None:
        if by_epoch:
            state.advanced(program.clock, epochs=0)  # a clock that knows no epochs is told now, and not after the first
        self._program, self._group, self._strict = program, group, strict
        self._ended: StepError | None = None
        self._bind(state)
        self._by_epoch = False  # paddle's constructor makes a step: it is one of last_epoch, never an epoch
        super().__init__(self._rate(0), state.step - 1, verbose)
        self._by_epoch = by_epoch

    def __call__(self) -> float:
        """Give the rate of the update to come; raise `StepError` past the end of a document that ends in an error."""
        if self._ended is not None:
            raise self._ended.with_traceback(None)
        return float(self.last_lr)

    def get_lr(self) -> float:
        """Compute the rate at `last_epoch`; where there is none, give the last one there is."""
        self._ended = None
        try:
            return self._rate(self.last_epoch)
        except StepError as error:  # no update need follow: whoever asks for one is told
            self._ended = error
            return self._rate((self._program.total or 1) - 1)

    def step(self, epoch: int | None = None) -> None:
        """Say that an update was made, or an epoch under `by_epoch`; or go to step `epoch` of the program.

        Raises `StepError` for what is no step.
        """
        with _MOVING:
            if epoch is None and self._by_epoch:
                self.advance(epochs=1)
            else:
                super().step(None if epoch is None else Program.checked_step(epoch))

    def advance(self, *, tokens: int | None = None, samples: int | None = None, epochs: int | None = None) -> None:
        """Move by tokens, samples or epochs at the pace of the program's clock; what is left over is carried."""
        with _MOVING:
            self._state = self.state().advanced(self._program.clock, tokens=tokens, samples=samples, epochs=epochs)
            super().step(self._state.step)

    def observe(self, metric: Metric | paddle.Tensor | Mapping[str, Any]) -> None:
        """Take a metric, or several by name; the next update feels it. Raises `StepError` for what is none."""
        with _MOVING:
            self._state = self.state().observe(self._program, metric)
            self._factors[:] = self._program.factors(self._state)
            super().step(self.last_epoch)

    def state(self) -> State:
        """Give the portable state: any other backend goes on from here."""
        with _MOVING:
            return self._state.at(self.last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Give paddle's `last_epoch` and `last_lr`, and the portable state; `optimizer.state_dict()` holds it."""
        with _MOVING:
            return written(super().state_dict(), self.state())

    def set_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Go to where a `state_dict` was; raise `StateError` where it is not of this program."""
        state = read(self._program, state_dict, strict=self._strict)
        with _MOVING:
            self._bind(state)
            super().step(state.step)

    set_dict = set_state_dict
    load_state_dict = set_state_dict

    def _bind(self, state: State) -> None:
        factors = self._program.factors(state)
        # A group that was born has an entry by its own name, which only the program of its state knows.
        rate = self._program.born(state.births).function("learning_rate", self._group, factors=factors)
        self._state, self._factors, self._rate = state, factors, rate

    def __getstate__(self) -> dict[str, Any]:
        with _MOVING:
            return {name: value for name, value in self.__dict__.items() if name not in _MADE_ANEW}

    def __setstate__(self, held: dict[str, Any]) -> None:
        self.__dict__.update(held)
        self._bind(self._state)
