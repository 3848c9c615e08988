"""Whether the metrics that a schedule watches reach it: a host that was not told of them steps on without a word."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

from unisched.plugin import Program, memory

__all__ = ["deadline", "warn_of_silence"]


def deadline(program: Program) -> int | None:
    """Give the step by which a schedule is to have observed something; `None` where there is no such step.

    It is the second after half of the run: where each half ends in an evaluation, the first is observed by then.
    """
    if not program.controllers or program.total is None:
        return None
    return program.total // 2 + 2


def warn_of_silence(program: Program, memories: Sequence[memory.Memory], step: int) -> None:
    """Warn of the metrics that were watched from the first half of these steps on, and have not come."""
    silent = {
        controller.monitor: None
        for controller, remembered, windows in zip(program.controllers, memories, program.windows, strict=True)
        if not remembered.seen and windows and windows[0][0] <= step // 2
    }
    if silent:
        warnings.warn(
            f"This schedule watches {', '.join(map(repr, silent))}, and has observed none of it by step {step} of "
            f"{program.total}. Call scheduler.observe(metric) after each evaluation, or hand the host what feeds it: "
            "metric_port(), unisched_torch.lightning(monitor=...), or a Trainer of ScheduledTrainer.",
            UserWarning,
            stacklevel=4,
        )
