"""What lowering a document may cost: each way in which a short text can ask for more work than any program holds.

Knows counts and paths only; no curve, no clock.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from unisched.errors import Problem, SpecError
from unisched.ir import MOST_ROWS, MOST_VALUES

__all__ = ["Budget"]

_MOST_SPLIT: Final = 30_000
_MOST_FOLLOWED: Final = 5 * MOST_ROWS
_MOST_TABULATED: Final = 4 * MOST_VALUES


@dataclass(slots=True)
class Budget:
    """What has been spent on a document that its text does not show: each costs time before the program is measured.

    The rows that batch ramps split curves into, those of cycles laid out one by one, those of curves that are
    followed, each time, and the values of recurrences. `operations` are those left for trying its formulas, `watchers`
    the controllers by path.
    """

    rows: int = 0
    values: int = 0
    cycles: int = 0
    followed: int = 0
    operations: int = 2**26
    watchers: Counter[str] = field(default_factory=Counter)

    def spend(self, rows: int, path: str) -> None:
        """Count rows; raise `SpecError` where no program could hold what is left of them."""
        self.rows += rows
        if self.rows > _MOST_SPLIT:
            raise _too_large(path, f"the batch ramp splits curves into more than {_MOST_SPLIT} rows",
                             "Use fewer curves in samples or tokens, or fewer points in the ramp.")  # fmt: skip

    def lay_out(self, rows: int, path: str) -> None:
        """Count rows of a cycle; raise `SpecError` where no program could hold what is left of them."""
        self.cycles += rows
        if self.cycles > MOST_ROWS:
            raise _too_large(path, f"cycles that differ in length take more than {MOST_ROWS} rows",
                             "Give periods of whole steps without stretch, which cost no rows.")  # fmt: skip

    def follow(self, rows: int, path: str) -> None:
        """Count rows that are followed; raise `SpecError` where no program could hold what is left of them."""
        self.followed += rows
        if self.followed > _MOST_FOLLOWED:
            raise _too_large(path, "the curves that are followed have more than "
                             f"{_MOST_FOLLOWED} rows, each time counted",
                             "Follow less often, or a curve of fewer pieces.")  # fmt: skip

    def tabulate(self, values: int, path: str) -> None:
        """Count values of a table; raise `SpecError` where no program could hold what is left of them."""
        self.values += values
        if self.values > _MOST_TABULATED:
            raise _too_large(path, f"the recurrences have more than {_MOST_TABULATED} values",
                             "Use fewer of them, or shorter ones.")  # fmt: skip


def _too_large(path: str, what: str, remedy: str) -> SpecError:
    return SpecError(Problem("program.too_large", path, what, remedy))
