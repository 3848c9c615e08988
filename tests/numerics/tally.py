"""Counts that add up: over cases, over chunks, over processes. Plain numbers, so that JSON holds them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

__all__ = ["Tally", "tally_of"]


@dataclass(frozen=True, kw_only=True)
class Tally:
    """Of so many `values`: those of other bits, not a number, below zero, out of range, late, early, or not zero.

    `ulps` is how many values are how many ulp away from what is due. Of the `cases` some have values late or early,
    some no number, some were `refused`. `worst` is the largest distance, in ulp.
    """

    cases: int = 0
    misplaced_cases: int = 0
    nan_cases: int = 0
    negative_cases: int = 0
    refused: int = 0
    values: int = 0
    differing: int = 0
    nan: int = 0
    negative: int = 0
    outside: int = 0
    late: int = 0
    early: int = 0
    not_zero: int = 0
    worst: float = 0.0
    ulps: Mapping[int, int] = field(default_factory=dict)

    def __add__(self, other: Tally) -> Tally:
        names = [f.name for f in fields(self) if f.name not in ("worst", "ulps")]
        counts = {name: getattr(self, name) + getattr(other, name) for name in names}
        ulps = dict(sorted((Counter(self.ulps) + Counter(other.ulps)).items()))
        return Tally(**counts, worst=max(self.worst, other.worst), ulps=ulps)

    @property
    def median(self) -> int:
        """The distance that half of the values do not exceed, in ulp; above 8 the next power of two."""
        half, seen = sum(self.ulps.values()) / 2, 0
        for ulp, count in sorted(self.ulps.items()):
            seen += count
            if seen >= half:
                return ulp
        return 0

    def to_json(self) -> dict[str, Any]:
        """Give the counts that are not zero."""
        found = {name: value for name, value in asdict(self).items() if value}
        return found | {"ulps": {str(ulp): count for ulp, count in self.ulps.items()}}


def tally_of(data: Mapping[str, Any]) -> Tally:
    """Read what `to_json` gave."""
    return Tally(**{**data, "ulps": {int(ulp): count for ulp, count in data["ulps"].items()}})
