"""torch: `step()` beside the schedulers of torch and Transformers, alone and with an update, a metric, and groups."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any, Final

import torch
from torch.optim import SGD, Optimizer
from torch.optim.lr_scheduler import CosineAnnealingLR, LambdaLR, LinearLR, LRScheduler, ReduceLROnPlateau, SequentialLR
from transformers import get_cosine_schedule_with_warmup

import unisched
from benchmarks.documents import PEAK, TOTAL, WARMUP, segments, warmup_cosine
from benchmarks.growth import FIRST_CALLS, Points, costs, sizes, warm
from benchmarks.pairs import Call, Effort, Figure, Make, alike, compare

__all__ = ["GROWTHS", "PACKAGES", "ROWS"]

PACKAGES: Final = ("torch", "transformers")

_MOST_GROUPS: Final = 10_000
_MOST_ROWS: Final = 10_000
# Longer than what is stepped, so that no step is one after the end.
_LONG: Final = 100_000
# LinearLR does not begin at 0.
_NEARLY_NONE: Final = 1e-12

Scheduled = Callable[[Optimizer], Any]


def _optimizer(groups: int = 1) -> SGD:
    bases = [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": PEAK * (n + 1)} for n in range(groups)]
    return SGD(bases, lr=PEAK)


def _alone(optimizer: Optimizer) -> LRScheduler:
    scheduler: LRScheduler = unisched.build(warmup_cosine(), "torch", optimizer=optimizer, total=TOTAL)
    return scheduler


def _of_its_base(optimizer: Optimizer) -> LRScheduler:
    document = {"base": "optimizer", "curve": warmup_cosine() | {"peak": 1.0}}
    scheduler: LRScheduler = unisched.build(document, "torch", optimizer=optimizer, total=TOTAL)
    return scheduler


def _sequential(optimizer: Optimizer) -> LRScheduler:
    parts = [LinearLR(optimizer, _NEARLY_NONE, 1.0, WARMUP), CosineAnnealingLR(optimizer, TOTAL - WARMUP)]
    return SequentialLR(optimizer, parts, [WARMUP])


def _factor(step: int) -> float:
    if step < WARMUP:
        return step / WARMUP
    return 0.5 * (1.0 + math.cos(math.pi * (step - WARMUP) / (TOTAL - WARMUP)))


def _lambda(optimizer: Optimizer) -> LRScheduler:
    return LambdaLR(optimizer, _factor)


def _transformers(optimizer: Optimizer) -> LRScheduler:
    scheduler: LRScheduler = get_cosine_schedule_with_warmup(optimizer, WARMUP, TOTAL)
    return scheduler


_PEERS: Final[Mapping[str, Scheduled]] = {
    "torch's SequentialLR": _sequential,
    "torch's LambdaLR": _lambda,
    "cosine of Transformers": _transformers,
}


def _rates(scheduled: Scheduled, groups: int) -> list[float]:
    """Give the rates of a whole run, group by group."""
    optimizer = _optimizer(groups)
    scheduler = scheduled(optimizer)
    rates = []
    for _ in range(TOTAL - 1):
        rates += [float(group["lr"]) for group in optimizer.param_groups]
        scheduler.step()
    return rates


def _stepping(scheduled: Scheduled, groups: int = 1) -> Make:
    """Give `step` of a fresh scheduler that has warned that it is stepped alone; the rest of a run is one burst."""
    return lambda calls: warm(scheduled(_optimizer(groups)).step)


def _step(ours: Scheduled, groups: int, effort: Effort) -> list[Figure]:
    expected = _rates(ours, groups)
    for peer in _PEERS.values():
        alike(_rates(peer, groups), expected)
    peers = {name: _stepping(peer, groups) for name, peer in _PEERS.items()}
    return compare(_stepping(ours, groups), peers, effort, calls=_whole_run(effort))


def _whole_run(effort: Effort) -> int:
    return 10 if effort.is_trial else TOTAL - 1 - FIRST_CALLS


def _one_group(effort: Effort) -> list[Figure]:
    return _step(_alone, 1, effort)


def _hundred_groups(effort: Effort) -> list[Figure]:
    return _step(_of_its_base, 100, effort.few(11))


def _thousand_segments(effort: Effort) -> list[Figure]:
    # Lines and cosines by turns on both sides, and as many steps of each.
    ours = _stepping(lambda optimizer: unisched.build(segments(1000, 10, 2), "torch", optimizer=optimizer))
    two = _stepping(lambda optimizer: unisched.build(segments(2, 5000, 2), "torch", optimizer=optimizer))
    return compare(ours, {"unisched, 2 segments": two}, effort.few(15), calls=10 if effort.is_trial else 9990)


def _pair(scheduled: Scheduled) -> Make:
    """Give an update of one number and the step after it."""

    def make(calls: int) -> Call:
        optimizer = _optimizer()
        optimizer.param_groups[0]["params"][0].grad = torch.ones(1)
        update, step = optimizer.step, scheduled(optimizer).step
        update = optimizer.step  # wrapped by now

        def both() -> None:
            update()
            step()

        return both

    return make


class _Unscheduled:
    def step(self) -> None:
        pass


def _update_and_step(effort: Effort) -> list[Figure]:
    peers = {name: _pair(peer) for name, peer in _PEERS.items()}
    return compare(_pair(_alone), peers, effort, calls=_whole_run(effort))


def _update_alone(effort: Effort) -> list[Figure]:
    peers = {"optimizer.step() alone": _pair(lambda optimizer: _Unscheduled())}
    return compare(_pair(_alone), peers, effort, calls=_whole_run(effort))


_STALL: Final = {"base": "optimizer", "curve": {"kind": "torch.ReduceLROnPlateau", "monitor": "loss"}}


def _loss(index: int) -> float:
    return 1.0 / (index % 50 + 1)


def _observing(optimizer: Optimizer) -> Callable[[float], None]:
    observe: Callable[[float], None] = unisched.build(_STALL, "torch", optimizer=optimizer).observe
    return observe


def _reducing(optimizer: Optimizer) -> Callable[[float], None]:
    return ReduceLROnPlateau(optimizer).step


def _fed(feeder: Callable[[Optimizer], Callable[[float], None]]) -> Make:
    def make(calls: int) -> Call:
        feed = feeder(_optimizer())
        losses = iter([_loss(index) for index in range(calls)])
        return lambda: feed(next(losses))

    return make


def _reduced(feeder: Callable[[Optimizer], Callable[[float], None]]) -> list[float]:
    optimizer = _optimizer()
    feed = feeder(optimizer)
    rates = []
    for index in range(200):
        feed(_loss(index))
        rates.append(float(optimizer.param_groups[0]["lr"]))
    return rates


def _observe(effort: Effort) -> list[Figure]:
    alike(_reduced(_observing), _reduced(_reducing))
    peers = {"torch's ReduceLROnPlateau": _fed(_reducing)}
    return compare(_fed(_observing), peers, effort, calls=_whole_run(effort))


_TEXT: Final = json.dumps(warmup_cosine())


def _from_text(optimizer: Optimizer) -> LRScheduler:
    scheduler: LRScheduler = unisched.build(_TEXT, "torch", optimizer=optimizer, total=TOTAL)
    return scheduler


def _building(scheduled: Scheduled) -> Make:
    """Give the building of one scheduler, each on an optimizer that is ready."""

    def make(calls: int) -> Call:
        optimizers = iter([_optimizer() for _ in range(calls)])
        return lambda: scheduled(next(optimizers))

    return make


def _build(effort: Effort) -> list[Figure]:
    alike(_rates(_from_text, 1), _rates(_sequential, 1))
    return compare(_building(_from_text), {name: _building(peer) for name, peer in _PEERS.items()}, effort)


ROWS: Final[Mapping[str, Callable[[Effort], list[Figure]]]] = {
    "step(), 1 group, warm-up and cosine": _one_group,
    "step(), 100 groups, each with its own base": _hundred_groups,
    "step(), 1 000 segments": _thousand_segments,
    "optimizer.step() and scheduler.step()": _update_and_step,
    "optimizer.step() and scheduler.step(), beside no schedule": _update_alone,
    "observe(metric)": _observe,
    "build from JSON text": _build,
}


# sizes


def _segment_steps(effort: Effort) -> dict[str, Points]:
    def made(count: int) -> Call:
        scheduler = unisched.build(segments(count, _LONG // count), "torch", optimizer=_optimizer())
        return warm(scheduler.step)

    return {"unisched": costs(sizes(_MOST_ROWS, effort), made, effort)}


@lru_cache(maxsize=1)
def _of_groups(count: int) -> SGD:
    """Give one optimizer for all that is built on it: torch takes seconds to make one of ten thousand groups."""
    return _optimizer(count)


def _again(count: int) -> SGD:
    optimizer = _of_groups(count)
    for n, group in enumerate(optimizer.param_groups):
        group.pop("initial_lr", None)
        group["lr"] = PEAK * (n + 1)
    return optimizer


def _long(optimizer: Optimizer) -> LRScheduler:
    document = {"base": "optimizer", "curve": warmup_cosine() | {"peak": 1.0}}
    scheduler: LRScheduler = unisched.build(document, "torch", optimizer=optimizer, total=_LONG)
    return scheduler


_BESIDE: Final[Mapping[str, Scheduled]] = {"unisched": _long, "torch's LambdaLR": _lambda}


def _built(scheduled: Scheduled, count: int) -> Call:
    optimizer = _again(count)
    # Both read the groups as they were given only once.
    return lambda: scheduled(optimizer)


def _stepped(scheduled: Scheduled, count: int) -> Call:
    return warm(scheduled(_again(count)).step)


def _by_groups(kind: Callable[[Scheduled, int], Call], effort: Effort) -> dict[str, Points]:
    found: dict[str, Points] = {name: [] for name in _BESIDE}
    for count in sizes(_MOST_GROUPS, effort):
        for name, scheduled in _BESIDE.items():
            found[name] += costs([count], lambda size, scheduled=scheduled: kind(scheduled, size), effort)
    return found


GROWTHS: Final[Mapping[str, Callable[[Effort], dict[str, Points]]]] = {
    "scheduler.step()": _segment_steps,
    "build": lambda effort: _by_groups(_built, effort),
    "step": lambda effort: _by_groups(_stepped, effort),
}
