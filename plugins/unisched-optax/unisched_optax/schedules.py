"""All schedules of a program under optax's argument names, and the portable state of a run with them.

Knows how optax calls things; how a value comes about is `schedule`'s business, and `stateful`'s where metrics move it.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, Final, Self, TypeVar

import jax
from jax.typing import ArrayLike

import unisched
from unisched.errors import shorten
from unisched.plugin import BindingError, Problem, Program, Source, State, StateSource, Target
from unisched_optax.counts import count_of, memories_of
from unisched_optax.feedback import written
from unisched_optax.schedule import Schedule
from unisched_optax.stateful import StatefulSchedule

__all__ = ["ARGUMENTS", "Schedules", "StatefulSchedules"]

ARGUMENTS: Final[Mapping[str, str]] = {"beta1": "b1", "beta2": "b2", "beta3": "b3", "epsilon": "eps"}
"""Where optax's name for a hyperparameter is not the canonical one."""

Member = TypeVar("Member", Schedule, StatefulSchedule)


class _Named(Mapping[str, Member]):
    """What a run follows, by optax argument name, from `start` on; of one param group, or of all others.

    A Mapping and no dict, so that it is one leaf to `jax.tree`; it has neither `init` nor `update`, so that optax does
    not take it for a stateful schedule.
    """

    program: Program
    start: State
    _name: str | None
    _form: ClassVar[str]

    def __init__(
        self,
        spec: Source | Program,
        *,
        total: int | str | None = None,
        steps_per_epoch: int | None = None,
        samples_per_step: int | str | None = None,
        tokens_per_step: int | str | None = None,
        base: float | Mapping[str, float] | None = None,
        state: StateSource | None = None,
    ) -> None:
        built = unisched.build(
            spec, "optax", form=self._form, total=total, steps_per_epoch=steps_per_epoch,
            samples_per_step=samples_per_step, tokens_per_step=tokens_per_step, base=base, state=state,
        )  # fmt: skip
        self.__dict__.update(built.__dict__)

    @classmethod
    def of(cls, program: Program, state: State, group: str | None = None) -> Self:
        """Give the schedules of `program` going on from `state`, of one param group or, with `None`, of the rest."""
        made = cls.__new__(cls)
        made.__dict__.update(program=program, start=state, _name=group)
        return made

    def __getitem__(self, name: str) -> Member:
        """Give the schedule of the optax argument `name`."""
        return self._schedules[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._schedules)

    def __len__(self) -> int:
        return len(self._schedules)

    def group(self, name: str) -> Self:
        """Give the schedules that the param group `name` follows: its own entries, then a pattern's, then the rest's.

        Raises `BindingError` where two patterns fit the name.
        """
        return self.of(self.program, self.start, self._checked(name))

    def state(self, opt_state: Any) -> State:
        """Give the portable state of a run from its optax optimizer state, for any backend to go on from.

        Reads the counts of the schedules in it, never an optimizer's own. Raises `StateError` where they
        disagree, naming the paths, where there are none, and inside a traced call.
        """
        return self.start.at(self.start.step + count_of(opt_state))

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Named) and self._form == other._form and self._key == other._key

    def __hash__(self) -> int:
        return hash((self.program, self._name, self.start.step))

    def __reduce__(self) -> tuple[Callable[..., Self], tuple[Program, State, str | None]]:
        return self.of, (self.program, self.start, self._name)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({', '.join(self)}{self._where}, from step {self.start.step})"

    @cached_property
    def evaluated(self) -> Program:
        """The program as its schedules evaluate it: with what `start` says of groups that appeared later."""
        return self.program.born(self.start.births)

    @abstractmethod
    def _member(self, target: Target) -> Member:
        """Give the schedule of one target."""

    def _checked(self, name: object) -> str:
        if isinstance(name, str):
            return name
        groups = ", ".join(map(repr, self.program.groups)) or "none"
        raise BindingError(Problem("binding.type", "", f"group {shorten(repr(name))} is not a name",
                                   f"Groups with entries of their own: {groups}."))  # fmt: skip

    @property
    def _key(self) -> tuple[object, ...]:
        return self.program, self._name, self.start.step, self.start.births, self.start.feedback

    @property
    def _where(self) -> str:
        return "" if self._name is None else f" for group {shorten(repr(self._name))}"

    @cached_property
    def _schedules(self) -> Mapping[str, Member]:
        found: dict[str, Member] = {}
        for hyperparameter in self.evaluated.hyperparameters:
            target = self.evaluated.resolve(hyperparameter, self._name)
            if target is not None:
                found[ARGUMENTS.get(hyperparameter, hyperparameter)] = self._member(target)
        return found


class Schedules(_Named[Schedule]):
    """Schedules by optax argument name; called with a count, the learning-rate schedule.

    Constructed like `unisched.build(spec, "optax", ...)`, from a document or a compiled program. A leaf to `jax.tree`,
    hashable, equal where program, group and start are; picklable.

    >>> import optax
    >>> spec = {"schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}, "weight_decay": 0.1}}
    >>> schedules = Schedules(spec, total=4)
    >>> sorted(schedules)
    ['learning_rate', 'weight_decay']
    >>> optimizer = optax.adamw(**schedules)
    >>> float(schedules(1)), float(schedules["weight_decay"](1))
    (0.75, 0.10000000149011612)
    """

    _form = "schedules"

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

    def _member(self, target: Target) -> Schedule:
        return Schedule(program=self.evaluated, target=target, offset=self.start.step)


class StatefulSchedules(_Named[StatefulSchedule]):
    """Schedules by optax argument name that may depend on metrics, for `unisched_optax.inject`.

    Constructed like `unisched.build(spec, "optax", form="stateful", ...)`. A leaf to `jax.tree`, hashable, equal where
    program, group and start are; picklable.

    >>> import optax
    >>> from unisched_optax import inject
    >>> spec = {"kind": "product", "curves": [0.1, {"kind": "plateau", "monitor": "loss"}]}
    >>> optimizer = inject(optax.sgd, StatefulSchedules(spec), momentum=0.9)
    """

    _form = "stateful"

    def __call__(self, *arguments: Any, **named: Any) -> jax.Array:
        """Raise `BindingError`: what depends on a metric is no function of the count."""
        raise BindingError(Problem("binding.stateful", "", f"{self!r} is no function of the count",
                                   "Build the optimizer with unisched_optax.inject(factory, schedules)."))  # fmt: skip

    def state(self, opt_state: Any) -> State:
        """Give the portable state of a run from its optax optimizer state, for any backend to go on from.

        Reads the counts of the schedules in it and what they observed. Raises `StateError` where they disagree, naming
        the paths, where there are none, and inside a traced call.
        """
        reached = super().state(opt_state)
        controllers = self.program.controllers
        if not controllers:
            return reached
        return replace(reached, feedback=written(self.program, memories_of(opt_state, controllers)))

    def _member(self, target: Target) -> StatefulSchedule:
        return StatefulSchedule(program=self.evaluated, target=target, start=self.start)
