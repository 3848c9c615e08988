"""Arguments that torch also takes as lists, a value for each param group. Nothing here knows a scheduler."""

from __future__ import annotations

from typing import Annotated, Any, TypeAlias

from pydantic import BeforeValidator

from unisched.spec.number import fault
from unisched.spec.values import Number as OneNumber

__all__ = ["Number", "alone"]


def alone(value: Any) -> Any:
    """Give `value`; raise `SpecError` for a list, with which torch gives every param group a value of its own."""
    if isinstance(value, list | tuple):
        raise fault("torch.groups", f"a list of {len(value)}, one for each param group",
                    'Give one, and the entries of other param groups under "groups".')  # fmt: skip
    return value


Number: TypeAlias = Annotated[OneNumber, BeforeValidator(alone)]
"""A number for every param group."""
