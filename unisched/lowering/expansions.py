"""What stood for what while a document was lowered: the expansion of each recipe and of each dialect's kind, if asked.

Knows curves; no step is counted here.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from unisched.spec.curve import CurveModel
from unisched.spec.grammar import AnyCurve

__all__ = ["Expanded", "Expansions"]


@dataclass(frozen=True, slots=True)
class Expanded:
    """A curve and what it stands for; `epoch` is how many steps a step of that is, where it counts epochs."""

    curve: CurveModel
    into: AnyCurve
    epoch: int | None = None


@dataclass(frozen=True, slots=True)
class Expansions:
    """The expansions met so far, each under the identity of its curve, which stays alive with it."""

    met: dict[int, Expanded] = field(default_factory=dict)

    def meet(self, found: Expanded) -> None:
        """Remember an expansion; of one curve at several places, the last."""
        self.met[id(found.curve)] = found

    def of(self, curve: CurveModel) -> Expanded | None:
        """Give what this very curve stands for, or `None`."""
        return self.met.get(id(curve))
