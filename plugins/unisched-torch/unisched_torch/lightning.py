"""What Lightning's `configure_optimizers` returns for a schedule; Lightning itself is not imported."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from torch.optim import Optimizer

from unisched.errors import shorten
from unisched.plugin import BindingError, Problem
from unisched_torch.scheduler import UnischedLR

__all__ = ["lightning"]

Configuration: TypeAlias = dict[str, Any] | tuple[list[Optimizer], list[dict[str, Any]]]


def lightning(scheduler: UnischedLR, monitor: str | Mapping[str, str] | None = None) -> Configuration:
    """Give what `configure_optimizers` has to return: the optimizer, and its schedule moved at every update.

    Where the schedule watches metrics, each is fed after validation, by Lightning's own rules for plateaus; `monitor`
    is the name under which the module logs it, one for the only metric or by the document's names, which are the
    default. Raises `BindingError` for a `monitor` that fits none.

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
    logged = _logged(scheduler.program.monitors, monitor)
    if not logged:
        return {"optimizer": scheduler.optimizer, "lr_scheduler": moved}
    ports = [{"scheduler": scheduler.metric_port(watched), "monitor": name} for watched, name in logged.items()]
    return [scheduler.optimizer], [moved, *ports]


def _logged(watched: tuple[str, ...], monitor: str | Mapping[str, str] | None) -> dict[str, str]:
    if monitor is None:
        return {name: name for name in watched}
    if isinstance(monitor, str) and len(watched) == 1:
        return {watched[0]: monitor}
    if isinstance(monitor, Mapping) and set(monitor) <= set(watched) and all(map(_is_text, monitor.values())):
        return {name: monitor.get(name, name) for name in watched}
    fault = f"monitor is {shorten(repr(monitor))}, and the schedule watches {', '.join(watched) or 'no metric'}"
    raise BindingError(Problem("binding.monitor", "", fault, "Pass the logged name of the one metric, or a mapping "
                               "from the document's names to the logged ones."))  # fmt: skip


def _is_text(name: object) -> bool:
    return isinstance(name, str)
