"""A document with every recipe and every dialect's kind in it written out in plain curves. Data only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

__all__ = ["Unfolded"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfolded:
    """The document as JSON data, whether `load` reads it, which kinds were written out, and what is to be said of it.

    It compiles to the same values as the document it comes from: that was tried. `apart` holds, by kind, what could not
    be put in its place.
    """

    document: Mapping[str, Any]
    is_readable: bool
    kinds: tuple[str, ...] = ()
    apart: tuple[tuple[str, Any], ...] = ()
    remarks: tuple[str, ...] = ()

    def to_data(self) -> dict[str, Any]:
        """Give all of it as JSON data."""
        return {"document": dict(self.document), "readable": self.is_readable, "kinds": list(self.kinds),
                "apart": [{"kind": kind, "stands_for": data} for kind, data in self.apart],
                "remarks": list(self.remarks)}  # fmt: skip
