"""From a live schedule of Keras, or the form that Keras serializes it to, to a document.

Keras is not imported: its schedules give their own configuration.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from unisched.spec.dialect import Reading
from unisched.spec.number import fault, shown
from unisched.spec.paths import join

__all__ = ["lift"]

_SCHEDULES: Final = (
    "ExponentialDecay", "PiecewiseConstantDecay", "PolynomialDecay", "InverseTimeDecay", "CosineDecay",
    "CosineDecayRestarts",
)  # fmt: skip
_LENGTHS: Final = ("decay_steps", "first_decay_steps", "warmup_steps")


def lift(obj: Any) -> Reading | None:
    """Give the document of a schedule, live or serialized, at step 0: a schedule keeps no step of its own.

    `None` for what is no schedule of Keras's own. Raises `SpecError` for one whose rate is a whole number, and for
    a form without a configuration.
    """
    name = obj.get("class_name") if isinstance(obj, Mapping) else type(obj).__name__
    if name not in _SCHEDULES:
        return None
    if not isinstance(obj, Mapping):
        return _lifted(str(name), obj.get_config())
    if obj.get("registered_name") not in (None, name):
        return None
    if not isinstance(obj.get("config"), Mapping):
        raise fault("type.object", f"{shown(obj.get('config'))} is no configuration",
                    "Give what keras.optimizers.schedules.serialize gave.", "config")  # fmt: skip
    return _lifted(str(name), obj["config"])


def _lifted(name: str, config: Mapping[str, Any]) -> Reading:
    arguments = {key: _plain(value) for key, value in config.items() if key != "name"}
    rate = arguments.get("initial_learning_rate")
    if type(rate) is int:
        raise fault("keras.integer_rate", f"an initial_learning_rate of {shown(rate)}, a whole number, makes Keras "
                    f"compute {name} in whole numbers", f"Build it with {float(rate)!r}.",
                    join("config", "initial_learning_rate"))  # fmt: skip
    for field in _LENGTHS:
        if field in arguments:
            arguments[field] = _length(arguments[field])
    if "boundaries" in arguments:
        arguments["boundaries"] = [_length(boundary) for boundary in arguments["boundaries"]]
    return Reading({"kind": f"keras.{name}", **arguments}, 0)


def _plain(value: Any) -> Any:
    """Give the number in an array of one, as live schedules may hold them."""
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value.item() if hasattr(value, "item") else value


def _length(value: Any) -> Any:
    """Give a length that Keras takes as a number, as a document writes it."""
    if not isinstance(value, float):
        return value
    return int(value) if value.is_integer() else f"{value!r} steps"
