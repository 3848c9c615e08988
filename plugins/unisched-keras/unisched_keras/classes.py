"""The classes of scheduled optimizers: one for each of Keras's own, registered when this is imported, and for a user's.

A model's file names its class. Knows which classes there are; what they do stands in `scheduled` and `momentum`.
"""

from __future__ import annotations

from typing import Any, Final

import keras

from unisched_keras.attributes import names_of
from unisched_keras.momentum import momentum_of
from unisched_keras.scheduled import Attribute, ScheduledOptimizer

__all__ = ["WRAPPERS", "class_for", "class_of", "scheduled"]


def scheduled(optimizer_class: type, *attributes: str) -> type:
    """Give the class of scheduled optimizers for a class of your own, registered under its module and name.

    Call it where the class is defined, so that models load in another process. What the constructor takes can be
    scheduled, and `attributes` besides. Its `update_step` must not branch on them, for they may be traced.

    >>> class Slow(keras.optimizers.SGD): ...
    >>> scheduled(Slow).__name__
    'ScheduledSlow'
    """
    known = _CLASSES.get(optimizer_class)
    if known is not None:
        return known
    made = class_of(optimizer_class, *attributes)
    made.__module__ = optimizer_class.__module__
    register = keras.saving.register_keras_serializable(optimizer_class.__module__, made.__name__)
    _CLASSES[optimizer_class] = register(made)
    return made


def class_for(optimizer: Any) -> type | None:
    """Give the class of scheduled optimizers for an optimizer; `None` where there is none for exactly its class."""
    return _CLASSES.get(type(optimizer))


def class_of(optimizer_class: type, *attributes: str) -> type:
    """Give a new class of scheduled optimizers, known to nobody; `attributes` can be scheduled besides its own."""
    names = names_of(optimizer_class) | set(attributes)
    described = f"Keras's {optimizer_class.__name__} with hyperparameters that follow a schedule."
    body: dict[str, Any] = {
        "scheduled_names": names,
        "__doc__": described,
        **{name: Attribute(name) for name in names},
    }
    bases = (ScheduledOptimizer, *momentum_of(optimizer_class), optimizer_class)
    return type(f"Scheduled{optimizer_class.__name__}", bases, body)


# Older releases have no MultiOptimizer.
WRAPPERS: Final[tuple[type, ...]] = tuple(
    getattr(keras.optimizers, name)
    for name in ("LossScaleOptimizer", "MultiOptimizer")
    if hasattr(keras.optimizers, name)
)
"""Optimizers that hold others."""


def _own_classes() -> dict[type, type]:
    """Register a class for each optimizer that this Keras has, under the class that its constructor gives."""
    found = {}
    for name in dir(keras.optimizers):
        public = getattr(keras.optimizers, name)
        if not isinstance(public, type) or not issubclass(public, keras.optimizers.Optimizer):
            continue
        if public is keras.optimizers.Optimizer or issubclass(public, WRAPPERS):
            continue
        # On torch a constructor gives the class that updates all weights at once.
        constructor: Any = public
        native = type(constructor.__new__(constructor))
        made = class_of(native)
        made.__module__ = __name__
        found[native] = keras.saving.register_keras_serializable("unisched")(made)
    return found


_CLASSES: Final = _own_classes()


def __getattr__(name: str) -> type:
    for made in _CLASSES.values():
        if made.__name__ == name:
            return made
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
