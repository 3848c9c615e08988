"""A case of the corpus: a document, what each target is worth, and the steps that would show a mistake.

Steps are chosen around the marks a case names (its boundaries), never from an implementation.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

__all__ = ["FAR", "Case", "Target", "Worth", "rate"]

FAR = 2**31 - 2
MOST_STEPS = 80
_RANDOM_STEPS = 8
_SMALLEST = 2.0**-126

Worth: TypeAlias = Callable[[int], float]
Document: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Target:
    """A hyperparameter, the name of the param group that asks (none: a group nothing names), and its values."""

    worth: Worth
    hyperparameter: str = "learning_rate"
    group: str | None = None


@dataclass(frozen=True, kw_only=True)
class Case:
    """One document and its exact values.

    `marks` are its boundaries and `total` its length in steps, both worked out by hand; `far` asks for the
    last step a 32-bit counter reaches; `stop` ends the steps where the document gives none; `births` says when
    param groups appear that come later, `metrics` what is observed, by name, before which update; `example` puts the
    document into the examples of the documentation.
    """

    name: str
    why: str
    spec: Document
    targets: Sequence[Target]
    marks: Sequence[int]
    total: int | None = None
    clock: Mapping[str, Any] = field(default_factory=dict)
    optimizer: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    births: Mapping[str, int] = field(default_factory=dict)
    metrics: Mapping[str, Mapping[int, float]] = field(default_factory=dict)
    plain: bool = False
    far: bool = True
    stop: int | None = None
    example: bool = False

    def steps(self) -> list[int]:
        """Give the steps to check, increasing, at most 80."""
        ends = [] if self.total is None else [self.total]
        marks = sorted({*self.marks, *ends} - {0})
        wanted = {0, 1, 2, *(mark + by for mark in marks for by in range(-2, 3))}
        wanted |= {end + 1000 for end in ends} | ({FAR} if self.far else set())
        middles = [(a + b) // 2 for a, b in zip([0, *marks], marks, strict=False)]
        chosen = self._allowed(wanted)
        if len(chosen) > MOST_STEPS:
            raise ValueError(f"{self.name}: {len(chosen)} steps at its boundaries alone")
        for step in (*middles, *self._random(max(marks, default=100))):
            if len(chosen) < MOST_STEPS:
                chosen |= self._allowed({step})
        return sorted(chosen)

    def to_json(self) -> dict[str, Any]:
        """Give the case as it is written to its file."""
        steps = self.steps()
        document: dict[str, Any] = {"name": self.name, "why": self.why, "spec": self.spec, "clock": dict(self.clock)}
        if self.optimizer:
            document["optimizer"] = {"groups": self.optimizer}
        if self.births:
            document["births"] = self.births
        if self.metrics:
            document["metrics"] = {name: _log(observed) for name, observed in self.metrics.items()}
        document["plain"] = self.plain
        document["targets"] = [
            {
                "hyperparameter": target.hyperparameter,
                "group": target.group,
                "steps": steps,
                "values": [self._value(target, step).hex() for step in steps],
            }
            for target in self.targets
        ]
        return document

    def _value(self, target: Target, step: int) -> float:
        value = target.worth(step)
        if not math.isfinite(value):
            raise ValueError(f"{self.name}: {value!r} at step {step} is not a finite float")
        if value and abs(value) < _SMALLEST:
            raise ValueError(f"{self.name}: {value!r} at step {step} is subnormal in float32")
        return value + 0.0

    def _allowed(self, steps: set[int]) -> set[int]:
        return {step for step in steps if step >= 0 and (self.stop is None or step < self.stop)}

    def _random(self, below: int) -> list[int]:
        digests = (hashlib.sha256(f"{self.name}/{i}".encode()).digest() for i in range(_RANDOM_STEPS))
        return [int.from_bytes(digest[:8], "big") % below for digest in digests]


def _log(observed: Mapping[int, float]) -> dict[str, Any]:
    steps = sorted(observed)
    return {"steps": steps, "values": [v if math.isfinite(v) else repr(v) for v in map(observed.__getitem__, steps)]}


def rate(
    name: str,
    why: str,
    curve: Any,
    worth: Worth,
    *,
    marks: Sequence[int],
    total: int | None = None,
    written: str | None = None,
    far: bool = True,
    **document: Any,
) -> Case:
    """Give a plain case: one absolute learning rate.

    `written` is how the document says `total`; `document` holds further keys of its top level.
    """
    top = {} if total is None else {"total": written or total}
    spec = {"unisched": 1, **top, **document, "schedules": {"learning_rate": curve}}
    return Case(
        name=name, why=why, spec=spec, targets=[Target(worth=worth)], marks=marks, total=total, far=far, plain=True
    )
