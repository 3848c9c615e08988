"""Which attribute of a Keras optimizer a hyperparameter is, and whether a compiled update reads it anew."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any, Final

import keras

from unisched.errors import BindingError, Problem, nearest
from unisched.plugin import Program

__all__ = ["attribute_of", "attributes_of", "names_of", "own_name"]

_KERAS: Final[Mapping[str, str]] = {"beta1": "beta_1", "beta2": "beta_2"}
"""Where Keras's name for a hyperparameter is not the canonical one."""

_FIXED: Final[Mapping[str, str]] = {
    "clipnorm": "is asked for once, when a step is compiled",
    "clipvalue": "is asked for once, when a step is compiled",
    "global_clipnorm": "is asked for once, when a step is compiled",
    "initial_accumulator_value": "is used once, when the optimizer is built",
    "loss_scale_factor": "scales the loss before the optimizer sees it",
}
_EVERYWHERE: Final = frozenset({"weight_decay", "ema_momentum"})
_RATE: Final = "learning_rate"


def attribute_of(hyperparameter: str) -> str:
    """Give the attribute in which a Keras optimizer holds a hyperparameter.

    >>> attribute_of("beta1"), attribute_of("rho")
    ('beta_1', 'rho')
    """
    return _KERAS.get(hyperparameter, hyperparameter)


def names_of(optimizer_class: type) -> frozenset[str]:
    """Give the attributes of a class's optimizers that may hold a float, the learning rate left out.

    They are what its constructors take, kept under the same name.

    >>> sorted(names_of(keras.optimizers.Lion))
    ['beta_1', 'beta_2', 'ema_momentum', 'weight_decay']
    """
    taken = {
        parameter.name
        for owner in optimizer_class.__mro__
        if issubclass(owner, keras.optimizers.Optimizer)
        if "__init__" in vars(owner)
        for parameter in list(inspect.signature(vars(owner)["__init__"]).parameters.values())[1:]
        if parameter.kind in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY)
        and (isinstance(parameter.default, float) or parameter.default is parameter.empty)
    }
    return frozenset(taken | _EVERYWHERE) - {_RATE, *_FIXED}


def attributes_of(optimizer: Any, program: Program, group: str | None) -> dict[str, str]:
    """Give, by attribute, the hyperparameters of `program` that the param group follows.

    Raises `BindingError` with every one that the optimizer lacks or cannot change from update to update.
    """
    targets = {name: program.resolve(name, group) for name in program.hyperparameters}
    followed = {name: target for name, target in targets.items() if target is not None}
    problems = [
        Problem("optimizer.hyperparameter", program.place(target), fault, _remedy(optimizer, name))
        for name, target in followed.items()
        if (fault := _fault(optimizer, attribute_of(name)))
    ]
    if problems:
        raise BindingError(*problems)
    return {attribute_of(name): name for name in followed}


def own_name(optimizer: Any) -> str:
    """Give the name of Keras's or the user's class behind a scheduled optimizer."""
    return type(optimizer).__name__.removeprefix("Scheduled")


def _fault(optimizer: Any, attribute: str) -> str | None:
    name = own_name(optimizer)
    if attribute in _FIXED:
        return f"{attribute!r} of {name} {_FIXED[attribute]}"
    if attribute == "ema_momentum" and not optimizer.use_ema:
        return f"{name} makes no use of 'ema_momentum' without use_ema=True"
    return None if attribute in _floats(optimizer) else f"{name} has no float {attribute!r}"


def _floats(optimizer: Any) -> Iterator[str]:
    yield _RATE
    for name in sorted(type(optimizer).scheduled_names):
        value = optimizer.__dict__.get(name)
        if isinstance(value, float) or name == "weight_decay":
            yield name


def _remedy(optimizer: Any, name: str) -> str:
    known = [{theirs: ours for ours, theirs in _KERAS.items()}.get(attribute, attribute)
             for attribute in _floats(optimizer)]  # fmt: skip
    if not optimizer.use_ema:
        known.remove("ema_momentum")
    return f"It has {', '.join(known)}.{nearest(name, known)}"
