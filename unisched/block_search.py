"""A search whose text is as long for ten entries as for a thousand, and reads few of them.

Compilers compare an array with a number in one loop, but leave that loop to threads once it is long. So a table is
searched block by block, each of at most 32 entries up to 2^15 in all. Knows no array library: that is an argument.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt

__all__ = ["block_search"]

_BLOCK: Final = 32


def block_search(table: npt.NDArray[np.int64], values: Any, xp: Any) -> Any:
    """Give how many entries of an increasing vector are at or below each value, over a module like numpy.

    >>> block_search(np.arange(0, 1000, 10), np.array([-1, 0, 55]), np).tolist()
    [0, 1, 6]
    """
    levels = 2 if len(table) <= _BLOCK**2 else 3
    width = next(width for width in range(1, len(table) + 1) if width**levels >= len(table))
    filled = np.append(table, np.full(width**levels - len(table), np.iinfo(np.int64).max))
    sought, place = xp.expand_dims(values, -1), 0
    for level in reversed(range(levels)):
        blocks = filled[:: width**level].reshape(-1, width)
        passed = xp.sum(xp.take(blocks, place, axis=0, mode="clip") <= sought, axis=-1)
        place = place * width + (xp.maximum(passed - 1, 0) if level else passed)
    return place
