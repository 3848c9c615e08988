"""What Lightning's `configure_optimizers` returns for a schedule; Lightning itself is not imported."""

from __future__ import annotations

from typing import Any, TypeAlias

from torch.optim import Optimizer

from unisched.errors import shorten
from unisched.plugin import BindingError, Monitor, Problem, logged_names
from unisched_torch.scheduler import UnischedLR

__all__ = ["lightning"]

Configuration: TypeAlias = dict[str, Any] | tuple[list[Optimizer], list[dict[str, Any]]]


def lightning(scheduler: UnischedLR, monitor: Monitor = None) -> Configuration:
    """Give what `configure_optimizers` has to return: the optimizer, and its schedule moved at every update.

    Where the schedule watches metrics, each is fed after validation, by Lightning's own rules for plateaus; `monitor`
    is the name under which the module logs it, one for the only metric or by the document's names, which are the
    default; one that it maps to `None` is left to the module's own `observe`. Raises `BindingError` for a `monitor`
    that fits none.

    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    >>> configuration = lightning(UnischedLR(optimizer, {"kind": "linear", "start": 1, "end": 0}, total=4))
    >>> configuration["lr_scheduler"]["interval"]
    'step'
    """
    if not isinstance(scheduler, UnischedLR):
        raise BindingError(Problem("binding.scheduler", "", f"{shorten(repr(scheduler))} is no UnischedLR",
                                   "Pass what unisched.build gave with an optimizer."))  # fmt: skip
    moved = {"scheduler": scheduler, "interval": "step"}
    logged = logged_names(scheduler.program.monitors, monitor)
    if not logged:
        return {"optimizer": scheduler.optimizer, "lr_scheduler": moved}
    ports = [{"scheduler": scheduler.metric_port(watched), "monitor": name} for watched, name in logged.items()]
    return [scheduler.optimizer], [moved, *ports]
