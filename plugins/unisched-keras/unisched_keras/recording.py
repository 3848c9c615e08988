"""An optimizer that moves each weight by a hyperparameter of its own instead of the rate, so that weights tell all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import keras
from keras import ops

from unisched_keras.attributes import attribute_of

__all__ = ["Recording"]


class Recording(keras.optimizers.Optimizer):
    """Moves the weights of column j against their gradients by the hyperparameter `columns[j]`, as it reads then."""

    def __init__(self, columns: Sequence[str], **named: Any) -> None:
        super().__init__(learning_rate=1.0, use_ema="ema_momentum" in columns, **named)
        self._columns = tuple(map(attribute_of, columns))
        for name in self.attributes_of(columns):
            setattr(self, name, 1.0)

    @staticmethod
    def attributes_of(columns: Sequence[str]) -> list[str]:
        """Give the attributes that hold these hyperparameters, the learning rate's left out."""
        return [attribute_of(name) for name in columns if name != "learning_rate"]

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Move the weights of a variable."""
        read = [learning_rate if name == "learning_rate" else getattr(self, name) for name in self._columns]
        used = ops.stack([ops.cast(value, variable.dtype) for value in read])
        self.assign_sub(variable, ops.multiply(gradient, used))

    def _apply_weight_decay(self, variables: Any) -> None:
        """Leave the weights alone: a weight decay is a column like any other."""

    def finalize_variable_values(self, var_list: Any) -> None:
        """Leave the weights as the updates made them: no average takes their place."""
