"""What there is to ask about what watches a metric: whether it can ever move. Knows bodies and their windows."""

from __future__ import annotations

from collections.abc import Iterator

from unisched import watching
from unisched.duration import Clock
from unisched.ir import Body, Controller
from unisched.lint.note import Note

__all__ = ["of_controllers"]


def of_controllers(body: Body, clock: Clock) -> Iterator[Note]:
    """Give the remarks about the controllers of a body, each at its place in the document."""
    total = body.horizon
    for controller, windows in zip(body.controllers, watching.windows(body), strict=True):
        yield from _threshold(controller)
        ends = [(start, total if stop is None else stop if total is None else min(stop, total))
                for start, stop in windows]  # fmt: skip
        if total is not None and all(start >= total for start, _ in ends):
            yield Note("feedback.unseen", controller.place, f"it begins to watch {controller.monitor!r} at the total "
                       f"of {total} or later, so it never moves; begin earlier, or raise total")  # fmt: skip
            continue
        shown = [stop - start for start, stop in ends if stop is not None]
        if not shown or len(shown) < len(ends):
            continue
        yield from _patience(controller.patience, controller.place, sum(shown), clock.steps_per_epoch)


def _threshold(controller: Controller) -> Iterator[Note]:
    """Before the first metric the best is infinite, and less the whole of it, or more, it is beaten by none."""
    if controller.mode == "min" and controller.threshold_mode == "rel" and controller.threshold >= 1:
        yield Note("feedback.threshold", controller.place, f"a threshold of {controller.threshold!r} times the best "
                   f"leaves no {controller.monitor!r} that is better, so it stalls whatever comes; write 0.01 for 1 %, "
                   'or say "threshold_mode": "abs"')  # fmt: skip


def _patience(patience: int, place: str, shown: int, epoch: int | None) -> Iterator[Note]:
    """The first metric is the best so far; then `patience` of them are borne."""
    if patience + 1 >= shown:
        yield Note("feedback.patience", place, f"it watches for {shown} steps, and bears {patience} metrics without "
                   "improvement, so it never moves; lower the patience")  # fmt: skip
    elif epoch is not None and patience + 1 >= -(-shown // epoch):
        yield Note("feedback.patience", place, f"it watches for {shown} steps, which are {-(-shown // epoch)} epochs, "
                   f"and bears {patience} metrics without improvement; with one metric an epoch it never moves: lower "
                   "the patience")  # fmt: skip
