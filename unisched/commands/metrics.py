"""The option `--metrics`: programs as they run under a log of what was observed."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import click

from unisched.metric_log import read_log
from unisched.program import Program

__all__ = ["metrics_option", "observed"]


def metrics_option(purpose: str = "as if they were observed") -> Callable[[Any], Any]:
    """Give the option, with what its log is for."""
    return click.option("--metrics", type=click.Path(), help=f"A log of metrics (.json or .csv), {purpose}.")


def observed(programs: Sequence[Program], metrics: str | None) -> list[Program]:
    """Give programs as they run under a log, where there is one; raise `StepError` where none of them watches.

    Of several, what watches no metric stays as it is.
    """
    if metrics is None:
        return list(programs)
    is_watched = any(program.monitors for program in programs)
    return [program.observed(read_log(metrics, program.monitors)) if program.monitors or not is_watched else program
            for program in programs]  # fmt: skip
