"""Where a scheduled number stands in an optimizer, and whether a captured step would see it change.

`lr` is a tensor in every optimizer of tinygrad. Adam, AdamW and LAMB use their other numbers as mere factors, so that
tensors may stand there; SGD, LARS and Muon ask whether theirs are 0, which a capture answers once and for ever.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from tinygrad import Tensor
from tinygrad.nn.optim import LAMB, Optimizer

from unisched.plugin import BindingError, Problem, Program, Target
from unisched_tinygrad.shortest import shortest

__all__ = ["KEYS", "Slot", "found", "given", "remember"]

KEYS: Final = {"learning_rate": "lr", "weight_decay": "wd", "beta1": "b1", "beta2": "b2", "epsilon": "eps"}
"""What can be scheduled, and what tinygrad's optimizers call it."""

_GIVEN: Final = "unisched_given"


@dataclass(frozen=True, slots=True)
class Slot:
    """One number of one optimizer, and the target that it follows."""

    optimizer: Optimizer
    target: Target

    @property
    def key(self) -> str:
        """The attribute of the optimizer."""
        return KEYS[self.target.hyperparameter]

    def given(self) -> float:
        """Give the number that the optimizer was built with: it remembers that, whatever was scheduled since."""
        remembered: dict[str, float] = self.optimizer.__dict__.setdefault(_GIVEN, {})
        if self.key not in remembered:
            held = getattr(self.optimizer, self.key)
            remembered[self.key] = shortest(held.item()) if isinstance(held, Tensor) else float(held)
        return remembered[self.key]

    def tensor(self) -> Tensor:
        """Give the tensor that holds the number; where it was a Python number, a tensor takes its place."""
        held = getattr(self.optimizer, self.key)
        if not isinstance(held, Tensor):
            rate = self.optimizer.lr
            held = Tensor([held], dtype=rate.dtype, device=rate.device).is_param_(False)
            setattr(self.optimizer, self.key, held)
        return held


def found(program: Program, members: Sequence[tuple[str, Optimizer]]) -> list[Slot]:
    """Give every number that is to be written.

    Raises `BindingError` with each that the optimizer lacks or compiles in, each tensor that stands in two places, and
    where there is none at all.
    """
    slots = [
        Slot(optimizer, target)
        for name, optimizer in members
        for hyperparameter in program.hyperparameters
        if (target := program.resolve(hyperparameter, name)) is not None
    ]
    problems = [*_unwritable(program, slots)] or [*_shared(program, slots)]
    if not slots:
        problems.append(
            Problem("tinygrad.nothing", "optimizer", "no optimizer follows the schedule",
                    f"They are named {', '.join(repr(name) for name, _ in members)}. Pass group_names=.")
        )  # fmt: skip
    if problems:
        raise BindingError(*problems)
    return slots


def given(members: Sequence[tuple[str, Optimizer]]) -> list[tuple[str, Mapping[str, float]]]:
    """Give what each optimizer remembers to have been given, with its name."""
    return [(name, optimizer.__dict__.get(_GIVEN, {})) for name, optimizer in members]


def remember(members: Sequence[tuple[str, Optimizer]], known: Sequence[tuple[str, Mapping[str, float]]]) -> None:
    """Let each optimizer remember what one of its name was given, whatever it holds; of equal names in their order."""
    left = list(known)
    for name, optimizer in members:
        place = next((index for index, (other, _) in enumerate(left) if other == name), None)
        if place is not None:
            optimizer.__dict__.setdefault(_GIVEN, {}).update(left.pop(place)[1])


def _unwritable(program: Program, slots: Sequence[Slot]) -> Iterator[Problem]:
    for slot in slots:
        kind, place = type(slot.optimizer).__name__, program.place(slot.target)
        if not hasattr(slot.optimizer, slot.key):
            yield Problem("tinygrad.missing", place, f"{kind} has no {slot.key!r}",
                          f"Take Adam, AdamW or LAMB, or leave {slot.target.hyperparameter} out with "
                          "program.select().")  # fmt: skip
        elif slot.key == "lr" and slot.optimizer.lr.uop.is_virtual:
            yield Problem("tinygrad.constant_rate", place, f"the rate of {kind} is a constant, which cannot be written",
                          "Build the optimizer without CONST_LR in the environment.")  # fmt: skip
        elif not isinstance(getattr(slot.optimizer, slot.key), Tensor) and not isinstance(slot.optimizer, LAMB):
            yield Problem("tinygrad.compiled_in", place, f"{kind} holds {slot.key!r} as a number, compiled in",
                          f"Take Adam, AdamW or LAMB, or leave {slot.target.hyperparameter} out with "
                          "program.select().")  # fmt: skip


def _shared(program: Program, slots: Sequence[Slot]) -> Iterator[Problem]:
    seen: set[int] = set()
    for slot in slots:
        held = getattr(slot.optimizer, slot.key)
        if isinstance(held, Tensor) and id(held) in seen:
            yield Problem("tinygrad.shared", program.place(slot.target), f"one tensor is {slot.key!r} in two places",
                          "Give each optimizer its own.")  # fmt: skip
        seen.add(id(held))
