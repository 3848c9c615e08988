"""What a schedule says where optax reckons with it as with a number: most arguments may be numbers only.

Knows nothing of programs and values.
"""

from __future__ import annotations

from typing import Any

from unisched.plugin import BindingError, Problem

__all__ = ["NoNumber"]


class NoNumber:
    """A callable that is no number, and names the way to pass it where one is due."""

    def _refuse(self, *_: object) -> Any:
        fault = f"{self!r} stands where optax reckons with a number"
        remedy = "Build the optimizer with unisched_optax.inject(factory, schedules), which schedules any argument."
        raise BindingError(Problem("binding.number", "", fault, remedy))

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _refuse
    __truediv__ = __rtruediv__ = __pow__ = __rpow__ = __neg__ = _refuse
    __lt__ = __le__ = __gt__ = __ge__ = _refuse
