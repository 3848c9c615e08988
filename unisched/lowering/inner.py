"""What only dialects expand to, as rows: tables, and curves times a factor."""

from __future__ import annotations

from unisched import normalise
from unisched.ir import Phase, Value
from unisched.lowering.dialects import Lower
from unisched.lowering.place import Place, changed
from unisched.spec.inner import ScaledCurve, TableCurve

__all__ = ["lower_scaled", "table_leaf"]


def table_leaf(curve: TableCurve, place: Place) -> Value:
    """Give the values one after another, factors of the base where there is one."""
    return place.scaled(normalise.table(curve.values, Phase.of(span=1, wrap="free")))


def lower_scaled(curve: ScaledCurve, place: Place, lower: Lower) -> Value:
    """Give the curve, absolute values and all, times the factor."""
    value = lower(curve.curve, place.through("curve"))
    return normalise.combine("product", [value, lower(curve.by, changed(place.through("by"), units="factor"))])
