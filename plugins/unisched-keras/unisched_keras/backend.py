"""The value behind the entry point: the forms by name, the default first."""

from __future__ import annotations

from typing import Final

from unisched.plugin import Backend
from unisched_keras import callback, optimizer, schedule

__all__ = ["backend"]

backend: Final = Backend(
    contract=1, forms={"schedule": schedule.FORM, "callback": callback.FORM, "optimizer": optimizer.FORM}
)
