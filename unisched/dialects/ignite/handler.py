"""What all of ignite's schedulers share: a value for every call, written under a parameter's name.

The value at step k is what the call before update k writes, the first being call 0. Which value, each scheduler says
for itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Annotated, Final, TypeAlias

from pydantic import Field, PlainValidator

from unisched.duration import Clock
from unisched.errors import SpecError
from unisched.spec.curve import AnyCurve
from unisched.spec.dialect import IntervalCurve, Quirk
from unisched.spec.names import check_hyperparameter, check_name
from unisched.spec.number import fault, shown
from unisched.spec.values import reference

__all__ = ["FIRST_INDEX", "Handler", "NamedHandler", "hyperparameter"]

FIRST_INDEX: Final = Quirk(
    "ignite.index", "the index is raised before the value is asked for: the first value is that of event 1"
)

_NAMES: Final = {"lr": "learning_rate", "eps": "epsilon"}
"""What torch's optimizers call the hyperparameters that have another name here."""


def hyperparameter(param_name: str) -> str:
    """Give what a key of a param group is called here; raise `SpecError` for one that holds no number."""
    return check_hyperparameter(_NAMES.get(param_name, param_name))


def _param_name(value: object) -> str:
    if not isinstance(value, str):
        raise fault("type.text", f"{shown(value)} is no name", 'Give the key of the param group, such as "lr".')
    hyperparameter(check_name(value))
    return value


ParamName: TypeAlias = Annotated[str, PlainValidator(_param_name), reference("Metric")]


class Handler(IntervalCurve):
    """A value for every call."""

    def curves(self, clock: Clock, shown_for: int | None) -> Mapping[str, AnyCurve]:
        """Give the curve of each hyperparameter, as far as it is shown; `None` is for ever."""
        return {self.drives()[0]: self.laid(clock, shown_for)}

    def laid(self, clock: Clock, shown_for: int | None) -> AnyCurve:
        """Give the curve of the only hyperparameter."""
        raise NotImplementedError

    def expand(self, clock: Clock) -> Mapping[str, AnyCurve]:
        """Give the curve of each hyperparameter."""
        return self.curves(clock, clock.total)

    def quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name the quirks, where the arguments make sense on this clock."""
        try:
            self.expand(clock)
            return tuple(self.own_quirks(clock))
        except SpecError:
            return ()

    def own_quirks(self, clock: Clock) -> Iterable[Quirk]:
        """Name what ignite does with these arguments that its documentation does not say."""
        return ()


class NamedHandler(Handler):
    """A handler that is told which parameter to write."""

    param_name: ParamName = Field(description='The key of the param group: "lr" is the learning rate.')

    def drives(self) -> tuple[str, ...]:
        """Give the hyperparameter behind the name."""
        return (hyperparameter(self.param_name),)
