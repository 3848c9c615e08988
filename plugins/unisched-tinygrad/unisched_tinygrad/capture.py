"""Whether TinyJit is recording: what Python does then is done once, and never again when the record is replayed."""

from __future__ import annotations

from tinygrad.engine.realize import capturing

from unisched.plugin import BindingError, Problem

__all__ = ["refuse_capture"]


def refuse_capture(call: str) -> None:
    """Raise `BindingError` while TinyJit captures: the value of this one step would stay in force for ever."""
    if capturing:
        raise BindingError(
            Problem(
                "tinygrad.capture",
                "",
                f"{call} was called inside of a function that TinyJit captures, which would freeze the rate",
                "Call it outside, after the captured function.",
            )
        )
