"""Where a hyperparameter lives in a param group of torch, and how it is read and written there.

Tensors stay the tensors they are: compiled and captured optimizers hold on to them. This file knows nothing of
programs or schedulers.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from numbers import Real
from typing import Any, Final, NamedTuple, TypeAlias

import torch
from torch import Tensor

from unisched.plugin import SMALLEST_FLOAT32

__all__ = ["RATE", "Filled", "Group", "Slot", "number", "tensors"]

Group: TypeAlias = dict[str, Any]

_KEYS: Final[Mapping[str, tuple[str, int | None]]] = {
    "learning_rate": ("lr", None),
    "beta1": ("betas", 0),
    "beta2": ("betas", 1),
    "beta3": ("betas", 2),
    "epsilon": ("eps", None),
}
_LABELS: Final[Mapping[str, str]] = {"learning_rate": "lr", "epsilon": "eps"}


def number(value: Any) -> float:
    """Give the number that a slot holds, of a tensor too that takes part in a graph."""
    return float(value.detach() if isinstance(value, Tensor) else value)


def tensors(group: Group) -> Iterator[tuple[str, Tensor]]:
    """Give each tensor that stands for a hyperparameter in a group, with its name in logs."""
    for key, held in group.items():
        if key == "params" or key.startswith("initial_"):
            continue
        for index, value in enumerate(held) if isinstance(held, tuple | list) else [(None, held)]:
            if isinstance(value, Tensor):
                yield key if index is None else f"{'beta' if key == 'betas' else key}{index + 1}", value


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in a param group: a key, and for `betas` the index in its tuple; `label` is its name in logs.

    >>> Slot.of("beta2")
    Slot(label='beta2', key='betas', index=1)
    """

    label: str
    key: str
    index: int | None = None

    @classmethod
    def of(cls, hyperparameter: str, group: Collection[str] = ()) -> Slot:
        """Give the slot of a hyperparameter by its canonical name; any other name is the key itself.

        So is a canonical one in a `group` that has such a key: not every optimizer keeps its betas in a tuple.
        """
        key, index = _KEYS.get(hyperparameter, (hyperparameter, None))
        if hyperparameter in group and key != "lr":
            key, index = hyperparameter, None
        return cls(_LABELS.get(hyperparameter, hyperparameter), key, index)

    @property
    def initial(self) -> str:
        """The key of the group that keeps the value it was given, as torch does with `initial_lr`."""
        return f"initial_{self.label}"

    def fault(self, group: Group) -> str | None:
        """Say why the slot cannot be scheduled in `group`; `None` where it can."""
        if self.key not in group:
            return f"has no {self.key!r}"
        held = group[self.key]
        if self.index is not None and not (isinstance(held, tuple | list) and len(held) > self.index):
            return f"has no element {self.index} in {self.key!r}"
        value = held if self.index is None else held[self.index]
        if isinstance(value, Tensor):
            return None if value.numel() == 1 and value.is_floating_point() else f"has no single float in {self.key!r}"
        is_number = isinstance(value, Real) and not isinstance(value, bool)  # numpy's too
        return None if is_number else f"has no number in {self.key!r}"

    def read(self, group: Group) -> Any:
        """Give what stands in the slot: a number, or the tensor itself."""
        held = group[self.key]
        return held if self.index is None else held[self.index]

    def write(self, group: Group, value: float) -> bool:
        """Put `value` into the slot: in place where it is a tensor, else as the Python float it is; tell whether so."""
        held = self.read(group)
        if isinstance(held, Tensor):
            (held.detach() if held.requires_grad else held).fill_(_as_held(held, value))
            return False
        if self.index is None:
            group[self.key] = value
        else:
            elements = list(group[self.key])
            elements[self.index] = value
            group[self.key] = type(group[self.key])(elements)
        return True


class Filled(NamedTuple):
    """A tensor and the number that was put into it: what a copy would say, at the price of none."""

    tensor: Tensor
    number: float

    def copy(self) -> Tensor:
        """Give a tensor of its own that holds the number."""
        return torch.full_like(self.tensor.detach(), _as_held(self.tensor, self.number))


def _as_held(tensor: Tensor, value: float) -> float:
    # Compiled steps flush what is below in float32 or not, by the device: every backend holds zero there.
    return 0.0 if abs(value) < SMALLEST_FLOAT32 and tensor.dtype != torch.float64 else value


RATE: Final = Slot.of("learning_rate")
