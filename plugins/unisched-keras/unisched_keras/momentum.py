"""Keras's updates with a momentum, without asking whether it is 0: a compiled step does not know.

As in Keras otherwise, operation for operation. Only for the classes whose `update_step` is Keras's own.
"""

from __future__ import annotations

from typing import Any

import keras
from keras import ops

__all__ = ["momentum_of"]


class _Unbranched(keras.optimizers.Optimizer):
    """One weight at a time, on the engine that would update all at once too."""

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        if "momentum" not in self._followed.attributes:
            super().update_step(gradient, variable, learning_rate)
            return
        self._moved(ops.cast(gradient, variable.dtype), variable, ops.cast(learning_rate, variable.dtype))

    def _parallel_update_step(self, grads: Any, variables: Any, learning_rate: Any) -> None:
        if "momentum" not in self._followed.attributes:
            super()._parallel_update_step(grads, variables, learning_rate)
            return
        for gradient, variable in zip(grads, variables, strict=True):
            self.update_step(gradient, variable, learning_rate)


class _OfSGD(_Unbranched):
    def _moved(self, gradient: Any, variable: Any, rate: Any) -> None:
        velocity = self.momentums[self._get_variable_index(variable)]
        momentum = ops.cast(self.momentum, variable.dtype)
        step = ops.multiply(gradient, rate)
        self.assign(velocity, ops.subtract(ops.multiply(velocity, momentum), step))
        if self.nesterov:
            self.assign_add(variable, ops.subtract(ops.multiply(velocity, momentum), step))
        else:
            self.assign_add(variable, velocity)


class _OfRMSprop(_Unbranched):
    def _moved(self, gradient: Any, variable: Any, rate: Any) -> None:
        index = self._get_variable_index(variable)
        velocity, kept = self._velocities[index], self._momentums[index]
        rho, rest = self.rho, 1 - self.rho
        self.assign(velocity, ops.add(ops.multiply(rho, velocity), ops.multiply(rest, ops.square(gradient))))
        denominator = ops.add(velocity, self.epsilon)
        if self.centered:
            mean = self._average_gradients[index]
            self.assign(mean, ops.add(ops.multiply(rho, mean), ops.multiply(rest, gradient)))
            denominator = velocity - ops.square(mean) + self.epsilon
        step = ops.divide(ops.multiply(rate, gradient), ops.sqrt(denominator))
        self.assign(kept, ops.add(ops.multiply(self.momentum, kept), step))
        self.assign_sub(variable, kept)


def momentum_of(optimizer_class: type) -> tuple[type, ...]:
    """Give the update that stands before the class's own, if it branches on a momentum."""
    updates = ((keras.optimizers.SGD, _OfSGD), (keras.optimizers.RMSprop, _OfRMSprop))
    return tuple(
        ours
        for theirs, ours in updates
        if issubclass(optimizer_class, theirs) and optimizer_class.update_step is theirs.update_step  # type: ignore[attr-defined]
    )
