"""What unisched finds under the name `paddle`: one form, and what it can carry."""

from __future__ import annotations

from typing import Final

from unisched.plugin import Backend, Capabilities, Form, Program, State
from unisched_paddle.replay import replay
from unisched_paddle.scheduler import UnischedLR

__all__ = ["backend", "emit"]

_CONTRACT: Final = 1


def emit(
    program: Program,
    state: State,
    /,
    *,
    group: str | None = None,
    by_epoch: bool = False,
    verbose: bool = False,
    strict: bool = True,
) -> UnischedLR:
    """Give the scheduler, standing at `state.step`; of one group, where the document has several."""
    return UnischedLR(program, state, group=group, by_epoch=by_epoch, verbose=verbose, strict=strict)


backend: Final = Backend(contract=_CONTRACT, forms={"scheduler": Form(emit, replay, Capabilities(feedback=True))})
