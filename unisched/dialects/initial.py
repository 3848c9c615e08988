"""What a live scheduler multiplies: the initial rates of its optimizer's param groups. torch is not imported."""

from __future__ import annotations

from typing import Any

from unisched.spec.dialect import Reading

__all__ = ["with_initial_rate"]


def with_initial_rate(found: Reading, scheduler: Any) -> Reading:
    """Give a reading with the rate that all groups of the scheduler's optimizer began with, where they agree on one."""
    groups = getattr(getattr(scheduler, "optimizer", None), "param_groups", ())
    rates = {float(group["initial_lr"]) for group in groups if "initial_lr" in group}
    return found._replace(base={"learning_rate": rates.pop()}) if len(rates) == 1 else found
