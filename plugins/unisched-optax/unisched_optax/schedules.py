"""All schedules of a program under optax's argument names, and the portable state of a run with them.

Knows how optax calls things; how a value comes about is `schedule`'s business.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from typing import Any, Final

import jax
from jax.typing import ArrayLike

import unisched
from unisched.errors import shorten
from unisched.plugin import BindingError, Problem, Program, Source, State
from unisched_optax.counts import count_of
from unisched_optax.schedule import Schedule

__all__ = ["ARGUMENTS", "Schedules"]

ARGUMENTS: Final[Mapping[str, str]] = {"beta1": "b1", "beta2": "b2", "epsilon": "eps"}
"""Where optax's name for a hyperparameter is not the canonical one."""


class Schedules(Mapping[str, Schedule]):
    """Schedules by optax argument name; called with a count, the learning-rate schedule.

    Constructed like `unisched.build(spec, "optax", ...)`, from a document or a compiled program. A Mapping and
    no dict, so that it is one leaf to `jax.tree`; it has neither `init` nor `update`, so that optax does not
    take it for a stateful schedule. Hashable, equal where program, group and starting step are; picklable.

    >>> import optax
    >>> spec = {"schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}, "weight_decay": 0.1}}
    >>> schedules = Schedules(spec, total=4)
    >>> sorted(schedules)
    ['learning_rate', 'weight_decay']
    >>> optimizer = optax.adamw(**schedules)
    >>> float(schedules(1)), float(schedules["weight_decay"](1))
    (0.75, 0.10000000149011612)
    """

    program: Program
    _start: State
    _name: str | None

    def __init__(
        self,
        spec: Source | Program,
        *,
        total: int | str | None = None,
        steps_per_epoch: int | None = None,
        samples_per_step: int | str | None = None,
        tokens_per_step: int | str | None = None,
        base: float | Mapping[str, float] | None = None,
        state: State | Mapping[str, Any] | str | os.PathLike[str] | None = None,
    ) -> None:
        built = unisched.build(
            spec, "optax", form="schedules", total=total, steps_per_epoch=steps_per_epoch,
            samples_per_step=samples_per_step, tokens_per_step=tokens_per_step, base=base, state=state,
        )  # fmt: skip
        self.__dict__.update(built.__dict__)

    @classmethod
    def of(cls, program: Program, state: State, group: str | None = None) -> Schedules:
        """Give the schedules of `program` going on from `state`, of one param group or, with `None`, of the rest."""
        made = cls.__new__(cls)
        made.__dict__.update(program=program, _start=state, _name=group)
        return made

    def __getitem__(self, name: str) -> Schedule:
        """Give the schedule of the optax argument `name`."""
        return self._schedules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._schedules)

    def __len__(self) -> int:
        return len(self._schedules)

    def __call__(self, count: ArrayLike) -> jax.Array:
        """Give the learning rate at `count` updates, as `Schedule` does.

        Raises `BindingError` where the learning rate is not scheduled.
        """
        rate = self._schedules.get("learning_rate")
        if rate is None:
            scheduled = ", ".join(self) or "nothing"
            raise BindingError(Problem("target.unknown", "", f"the learning rate is not scheduled{self._where}",
                                       f"Scheduled is {scheduled}: pass them by name, as **schedules."))  # fmt: skip
        return rate(count)

    def group(self, name: str) -> Schedules:
        """Give the schedules that the param group `name` follows: its own entries, then a pattern's, then the rest's.

        Raises `BindingError` where two patterns fit the name.
        """
        return Schedules.of(self.program, self._start, self._checked(name))

    def state(self, opt_state: Any) -> State:
        """Give the portable state of a run from its optax optimizer state, for any backend to go on from.

        Reads the counts of the schedules in it, never an optimizer's own. Raises `StateError` where they
        disagree, naming the paths, where there are none, and inside a traced call.
        """
        return self._start.at(self._start.step + count_of(opt_state))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Schedules) and self._key == other._key

    def __hash__(self) -> int:
        return hash(self._key)

    def __reduce__(self) -> tuple[Callable[..., Schedules], tuple[Program, State, str | None]]:
        return Schedules.of, (self.program, self._start, self._name)

    def __repr__(self) -> str:
        return f"Schedules({', '.join(self)}{self._where}, from step {self._start.step})"

    def _checked(self, name: object) -> str:
        if isinstance(name, str):
            return name
        groups = ", ".join(map(repr, self.program.groups)) or "none"
        raise BindingError(Problem("binding.type", "", f"group {shorten(repr(name))} is not a name",
                                   f"Groups with entries of their own: {groups}."))  # fmt: skip

    @property
    def _key(self) -> tuple[Program, str | None, int]:
        return self.program, self._name, self._start.step

    @property
    def _where(self) -> str:
        return "" if self._name is None else f" for group {shorten(repr(self._name))}"

    @cached_property
    def _schedules(self) -> Mapping[str, Schedule]:
        found: dict[str, Schedule] = {}
        for hyperparameter in self.program.hyperparameters:
            target = self.program.resolve(hyperparameter, self._name)
            if target is not None:
                argument = ARGUMENTS.get(hyperparameter, hyperparameter)
                found[argument] = Schedule(program=self.program, target=target, offset=self._start.step)
        return found
