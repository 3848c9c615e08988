"""What is told of one target that two programs do not schedule alike: in data, and in words."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final

from unisched.difference.nearness import Likeness
from unisched.difference.relations import Relation
from unisched.ir import Target
from unisched.targets import titled

__all__ = ["DifferenceRow"]

_LISTED: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceRow:
    """One target that differs: how much alike it is, in which ranges of steps, an open end being `None`, by how much.

    `beyond` tells whether that is more than was to be tolerated. `largest` is the largest absolute difference, at step
    `largest_at`, where the values are `old` and `new`; `relative` the largest one relative to the old value, at step
    `relative_at`; `ulp` the largest in units in the last place of the larger value. `relations` say how new comes of
    old, `same_until` up to which step every value is equal. `remark` says what numbers cannot: a metric decides, or one
    document has no such target; `notes` what a reader should know besides.
    """

    target: Target
    likeness: Likeness = "different"
    beyond: bool = True
    ranges: tuple[tuple[int, int | None], ...] = ()
    largest: float = 0.0
    largest_at: int = 0
    old: float | None = None
    new: float | None = None
    relative: float = 0.0
    relative_at: int = 0
    ulp: float = 0.0
    relations: tuple[Relation, ...] = ()
    same_until: int | None = None
    remark: str = ""
    notes: tuple[str, ...] = ()

    @property
    def first(self) -> int | None:
        """The first step that differs, where one is known."""
        return self.ranges[0][0] if self.ranges else None

    def __str__(self) -> str:
        return "\n  ".join([f"{titled(self.target)}: {self._verdict()}", *map(str, self.relations), *self.notes])

    def to_data(self) -> dict[str, Any]:
        """Give all of it as JSON data; a relative difference from 0 is null."""
        return {
            **asdict(self), "target": self.target._asdict(), "first": self.first, "notes": list(self.notes),
            "ranges": [list(each) for each in self.ranges], "relations": [asdict(each) for each in self.relations],
            "relative": self.relative if math.isfinite(self.relative) else None,
        }  # fmt: skip

    def _verdict(self) -> str:
        pair = f" ({_shown(self.old)} -> {_shown(self.new)})" if _shown(self.old) != _shown(self.new) else ""
        by = f"{self.largest:.6g} at step {self.largest_at}{pair}"
        if self.remark:
            return "; ".join(part for part in (self.remark, self._where()) if part)
        match self.likeness:
            case "past the end":
                return f"the same up to the end; past it, {self._where()}"
            case "float32":
                return f"equal in float32; in float64 apart by up to {by}, at most {self.ulp:.3g} ulp"
            case "rounding":
                return f"equal but for rounding, by up to {by}"
            case _:
                part = f"{100 * self.relative:.3g}% of the old value" if math.isfinite(self.relative) else "from 0"
                within = "" if self.beyond else "within the tolerance; "
                return f"{within}{self._where()}, by up to {by}, {part} at step {self.relative_at}"

    def _where(self) -> str:
        shown = [f"[{start}, {'...' if stop is None else stop})" for start, stop in self.ranges[:_LISTED]]
        more = f" and {len(self.ranges) - _LISTED} more" if len(self.ranges) > _LISTED else ""
        return f"differs in {', '.join(shown)}{more}" if shown else ""


def _shown(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"
