"""acme, a make-believe framework with schedulers in the manner of Paddle; it has never heard of unisched.

A scheduler counts calls of `step`, the first of which its own constructor makes. An optimizer asks its scheduler
for the learning rate at every update, and only then is it worked out.
"""

from __future__ import annotations

__all__ = ["SGD", "LRScheduler", "ramp"]


def ramp(step: int, lr: float, warm: int) -> float:
    """Give acme's own warm-up at an update counted from 0."""
    return lr * min(1.0, (step + 1) / warm)


class LRScheduler:
    """The base of all schedulers: subclasses say what the rate is at `last_epoch`."""

    def __init__(self, last_epoch: int = -1) -> None:
        self.last_epoch = last_epoch
        self.step()

    def get_lr(self) -> float:
        """Give the rate at `last_epoch`."""
        raise NotImplementedError

    def step(self) -> None:
        """Move on by one."""
        self.last_epoch += 1

    def __call__(self) -> float:
        return self.get_lr()


class SGD:
    """Plain descent of one parameter; `used` records the rate of every update."""

    def __init__(self, learning_rate: float | LRScheduler, parameter: float = 0.0) -> None:
        self.learning_rate = learning_rate
        self.parameter = parameter
        self.used: list[float] = []

    def step(self, gradient: float) -> None:
        """Update the parameter."""
        rate = self.learning_rate() if callable(self.learning_rate) else self.learning_rate
        self.parameter -= rate * gradient
        self.used.append(rate)
