"""Whether the processes of a data-parallel run stand at the same place: what a rank-local metric makes go wrong."""

from __future__ import annotations

import json
from typing import Final

import torch.distributed as dist

from unisched.errors import shorten
from unisched.plugin import Problem, StateError, changes
from unisched_torch.scheduler import UnischedLR

__all__ = ["assert_ranks_agree"]

_FOLLOWING: Final = ("checksum", "fingerprint")
"""Differs because something else does."""


def assert_ranks_agree(scheduler: UnischedLR, group: dist.ProcessGroup | None = None) -> None:
    """Raise `StateError` on every rank where the ranks' schedules have parted: in step, document, base or feedback.

    All ranks of `group`, by default all there are, must call it; it costs one gather of a short text. Without an
    initialized process group there is one rank, which agrees.

    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    >>> assert_ranks_agree(UnischedLR(optimizer, {"kind": "plateau", "monitor": "loss"}))
    """
    if not (dist.is_available() and dist.is_initialized()):
        return
    own = scheduler.state().to_json()
    texts: list[str] = [""] * dist.get_world_size(group)
    dist.all_gather_object(texts, own, group=group)
    parted = [rank for rank, text in enumerate(texts) if text != texts[0]]
    if parted:
        fault = f"rank {', '.join(map(str, parted))} differs from rank 0: {_difference(texts[0], texts[parted[0]])}"
        remedy = "Reduce a metric over all ranks before it is observed, and step all alike."
        raise StateError(Problem("state.ranks", "state", fault, remedy))


def _difference(first: str, other: str) -> str:
    found = [change for change in changes(json.loads(first), json.loads(other)) if change.path not in _FOLLOWING]
    told = (f"{change.path} is {change.new!r}, and not {change.old!r}" for change in found)
    return shorten("; ".join(told) or "its values differ", 500)
