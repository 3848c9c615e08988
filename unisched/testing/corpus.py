"""The corpus: documents with exact values, computed apart from everything in this package.

A case is data; this file reads it and compiles it, and knows neither backends nor tests. Each file under
`corpus/` is one case; its values are the float64 nearest to the exact ones, written as hexadecimal floats.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache, cached_property
from importlib import resources
from types import MappingProxyType
from typing import Any

from unisched.ir import Target
from unisched.metric import Metric
from unisched.program import Program
from unisched.state import State
from unisched.verbs import compile

__all__ = ["Case", "Expected", "Run", "load_corpus"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """The exact values of one hyperparameter as the param group called `group` uses them, at some steps.

    `group` is the name of a group, not a pattern; `None` is a group that the document does not name.
    """

    hyperparameter: str
    group: str | None
    values: Mapping[int, float]

    def __str__(self) -> str:
        return self.hyperparameter if self.group is None else f"{self.hyperparameter} of group {self.group!r}"


@dataclass(frozen=True, eq=False, kw_only=True)
class Run:
    """One run of a case: a program, the value the optimizer gave each hyperparameter, and what must come out.

    `births` says when param groups appeared that were not there from the start, `metrics` what is observed before
    which update.
    """

    program: Program
    base: Mapping[str, float]
    expected: tuple[Expected, ...]
    births: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[int, Metric] = field(default_factory=dict)

    def start(self) -> State:
        """Give the state from which the run begins."""
        return replace(self.program.start(), base=dict(self.base), births=dict(self.births))

    @cached_property
    def values(self) -> Mapping[int, tuple[float, ...]]:
        """The exact values by step, of all targets that have one there."""
        steps = sorted({step for expected in self.expected for step in expected.values})
        return {step: tuple(e.values[step] for e in self.expected if step in e.values) for step in steps}

    def observed(self, steps: range) -> Mapping[int, Metric]:
        """Give what is observed before the updates of `steps`."""
        return {step: metric for step, metric in self.metrics.items() if step in steps}

    def target(self, expected: Expected) -> Target:
        """Give the program's target that answers for `expected`; raise `LookupError` where there is none."""
        found = self.program.resolve(expected.hyperparameter, expected.group)
        if found is None:
            raise LookupError(f"{expected} is not scheduled")
        return found


@dataclass(frozen=True, eq=False, kw_only=True)
class Case:
    """One document, what it shows, and its exact values.

    `clock` holds keyword arguments of `unisched.compile`. `plain` cases schedule one learning rate with nothing
    out of the ordinary: no backend may refuse them. `optimizer` gives, where values are factors of the
    optimizer's own, what each param group was given: group -> hyperparameter -> value. `births` gives, for param
    groups that come later, the step at which each appears. `metrics` is what is observed before which update: a number
    where the document watches one metric, else several by name.

    >>> case = next(case for case in load_corpus() if case.name == "linear_to_zero")
    >>> case.program.total, case.plain, case.expected[0].values[500]
    (1000, True, 0.05)
    """

    name: str
    why: str
    spec: Mapping[str, Any]
    clock: Mapping[str, Any]
    plain: bool
    expected: tuple[Expected, ...]
    optimizer: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    births: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[int, Metric] = field(default_factory=dict)

    @property
    def is_based(self) -> bool:
        """Tell whether values are factors of what the optimizer gave its groups."""
        return bool(self.optimizer)

    @property
    def program(self) -> Program:
        """The compiled case."""
        return self.runs[0].program

    @cached_property
    def runs(self) -> tuple[Run, ...]:
        """The runs that show the whole case: one, or one for each group with a base of its own."""
        program = self.compiled()
        if not self.optimizer:
            return (Run(program=program, base={}, expected=self.expected, births=self.births, metrics=self.metrics),)
        return tuple(
            Run(program=program, base=base, expected=self._of(group), metrics=self.metrics)
            for group, base in self.optimizer.items()
        )

    @cached_property
    def bound(self) -> tuple[Run, ...]:
        """The same runs with the base as an argument of `compile`; empty where nothing is a factor."""
        return tuple(
            Run(program=self.compiled(base=base), base={}, expected=self._of(group), metrics=self.metrics)
            for group, base in self.optimizer.items()
        )

    def compiled(self, **more: Any) -> Program:
        """Give the case compiled anew, with further arguments of `compile`."""
        return compile(self.spec, **self.clock, **more)

    def _of(self, group: str) -> tuple[Expected, ...]:
        return tuple(e for e in self.expected if (e.group or "") == group)

    def __repr__(self) -> str:
        return f"Case({self.name!r})"


@cache
def load_corpus() -> tuple[Case, ...]:
    """Give all cases, by name.

    >>> corpus = load_corpus()
    >>> any(case.plain for case in corpus)
    True
    """
    folder = resources.files("unisched.testing") / "corpus"
    files = sorted((file for file in folder.iterdir() if file.name.endswith(".json")), key=lambda file: file.name)
    return tuple(_case(json.loads(file.read_text(encoding="utf-8"))) for file in files)


def _case(data: Mapping[str, Any]) -> Case:
    return Case(name=data["name"], why=data["why"], spec=data["spec"], clock=data["clock"], plain=data["plain"],
                expected=tuple(map(_expected, data["targets"])),
                optimizer=data.get("optimizer", {}).get("groups", {}), births=data.get("births", {}),
                metrics=_metrics(data.get("metrics", {})))  # fmt: skip


def _expected(data: Mapping[str, Any]) -> Expected:
    values = dict(zip(data["steps"], map(float.fromhex, data["values"]), strict=True))
    return Expected(hyperparameter=data["hyperparameter"], group=data["group"], values=MappingProxyType(values))


def _metrics(data: Mapping[str, Any]) -> Mapping[int, Metric]:
    by_step: dict[int, dict[str, float]] = {}
    for name, log in data.items():
        for step, value in zip(log["steps"], log["values"], strict=True):
            by_step.setdefault(step, {})[name] = float(value)
    if len(data) > 1:
        return MappingProxyType(by_step)
    return MappingProxyType({step: value for step, values in by_step.items() for value in values.values()})
