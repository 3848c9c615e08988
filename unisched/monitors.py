"""Under which names a host logs the metrics that a schedule watches: one reading of `monitor=` for all of them.

Knows names only, and neither schedules nor hosts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeAlias

from unisched.errors import BindingError, Problem, nearest, shorten

__all__ = ["Monitor", "logged_names", "one_watched"]

Monitor: TypeAlias = str | Mapping[str, str | None] | None


def logged_names(watched: Sequence[str], monitor: Monitor) -> dict[str, str]:
    """Give, by the names that are `watched`, the name of each metric in a host's logs.

    `monitor` is that of the only one, or a mapping of those that have another; what it says nothing of has its own
    name, and what it maps to `None` is not read from the logs. Raises `BindingError` for anything else.

    >>> logged_names(["loss"], "val_loss")
    {'loss': 'val_loss'}
    >>> logged_names(["loss", "accuracy", "error"], {"loss": "val_loss", "error": None})
    {'loss': 'val_loss', 'accuracy': 'accuracy'}
    """
    if monitor is None:
        return {name: name for name in watched}
    if not watched:
        raise _misfit("binding.monitor", "nothing in this schedule watches a metric", "Leave monitor= out.")
    if isinstance(monitor, str):
        if len(watched) > 1:
            fault = f"{', '.join(watched)} are watched, and monitor is one name, {shorten(repr(monitor))}"
            raise _misfit("binding.monitor", fault,
                          f"Pass the names in the logs by these, as in {_example(watched)}.")  # fmt: skip
        return {watched[0]: monitor}
    if not _is_mapping(monitor):
        raise _misfit("binding.monitor", f"monitor is {shorten(repr(monitor))}, and names no metric in the logs",
                      f"Pass a name, or names by those that are watched, as in {_example(watched)}.")  # fmt: skip
    for name in monitor:
        if name not in watched:
            raise _unwatched(watched, name)
    logged = {name: monitor.get(name, name) for name in watched}
    return {name: known for name, known in logged.items() if known is not None}


def one_watched(watched: Sequence[str], asked: str | None) -> str:
    """Give the name that was asked for, `None` for the only one; raise `BindingError` where it is not `watched`."""
    if asked is None and len(watched) == 1:
        return watched[0]
    if asked in watched:
        return str(asked)
    if not watched:
        raise _misfit("binding.monitor", "nothing in this schedule watches a metric",
                      "Step the scheduler itself: it needs no metric.")  # fmt: skip
    if asked is None:
        raise _misfit("binding.monitor", "no metric was named", f"Watched is {', '.join(watched)}.")
    raise _unwatched(watched, asked)


def _example(watched: Sequence[str]) -> str:
    return f'{{"{watched[0]}": "its name there"}}'


def _is_mapping(monitor: Any) -> bool:
    return isinstance(monitor, Mapping) and all(isinstance(name, str | None) for name in monitor.values())


def _unwatched(watched: Sequence[str], name: object) -> BindingError:
    remedy = f"Watched is {', '.join(watched)}.{nearest(str(name), watched)}"
    return _misfit("binding.monitor", f"nothing watches {shorten(repr(name))}", remedy)


def _misfit(code: str, fault: str, remedy: str) -> BindingError:
    return BindingError(Problem(code, "", fault, remedy))
