"""The parameters of the rows that hold at each address of a table, as tensors, and selects on what rows are.

Knows tables; the library is an argument.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from unisched.namespace import Namespace, Tensor
from unisched.packing import PLAIN, Packed

__all__ = ["Rows"]

_FEW: Final = 4
"""Up to so many rows a parameter is selected by comparing, which compiles into one kernel, as tables do not."""


class Rows:
    """The parameters of the rows that hold at each address, each looked up once."""

    def __init__(self, table: Packed, xp: Namespace, address: Tensor) -> None:
        self._table, self._xp = table, xp
        self._found: dict[int, Tensor] = {}
        self._passed: list[Tensor] | None = None
        if len(table.keys) < _FEW:
            self._passed = [address >= xp.table(key) for key in table.keys]
        else:
            self._index = xp.search(xp.table(table.keys), address)

    def uses(self, name: str) -> bool:
        """Tell whether any row departs from what changes nothing."""
        return self._table.columns[name] != PLAIN[name]

    def has(self, flag: str) -> bool:
        """Tell whether any row carries the flag."""
        return self._table.columns[flag] != 0

    def flagged(self, flag: str, then: Tensor, otherwise: Tensor) -> Tensor:
        """Select on a flag of the row; no select where all rows agree."""
        column = self._table.columns[flag]
        if not isinstance(column, list):
            return then if column else otherwise
        return self._xp.where(self[flag] > 0, then, otherwise)

    def __getitem__(self, name: str) -> Tensor:
        column = self._table.columns[name]
        if not isinstance(column, list):
            return self._xp.table(column)
        if id(column) not in self._found:
            self._found[id(column)] = self._looked_up(column)
        return self._found[id(column)]

    def _looked_up(self, column: list[int] | list[float]) -> Tensor:
        xp = self._xp
        if self._passed is None:
            return xp.take(xp.table(column), self._index)
        found = xp.table(column[0])
        for passed, (before, value) in zip(self._passed, pairwise(column), strict=True):
            found = found if value == before else xp.where(passed, xp.table(value), found)
        return found
