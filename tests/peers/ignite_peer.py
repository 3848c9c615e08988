"""ignite's own handlers for documents, called as an engine calls them."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Mapping
from typing import Any, Final

import torch
from closed_forms.torch_forms import FORMULAS

with warnings.catch_warnings():
    # ignite imports parts of torch that torch calls deprecated.
    warnings.simplefilter("ignore", DeprecationWarning)
    from ignite.engine import Engine, Events
    from ignite.handlers import (
        BatchSizeScheduler,
        EMAHandler,
        FastaiLRFinder,
        LRScheduler,
        ReduceLROnPlateauScheduler,
        create_lr_scheduler_with_warmup,
        param_scheduler,
        state_param_scheduler,
    )
    from ignite.handlers.lr_finder import _ExponentialLR

__all__ = [
    "BASE", "FUNCTIONS", "Engine", "Events", "FastaiLRFinder", "LRScheduler", "ReduceLROnPlateauScheduler", "build",
    "called", "in_an_engine", "optimizer",
]  # fmt: skip

BASE: Final = 0.3

FUNCTIONS: Final[dict[str, Callable[[int], float]]] = {
    **FORMULAS,
    "1 / (1 + step)": lambda step: 1 / (1 + step),
    "0.5 * 0.9 ** step": lambda step: 0.5 * 0.9**step,
    "16": lambda _: 16,
    "8 + step // 3 * 4": lambda step: 8 + step // 3 * 4,
    "max(1, 64 - 2 * step)": lambda step: max(1, 64 - 2 * step),
}
"""What a formula is as a Python function."""

_KEYS: Final = {"learning_rate": "lr", "epsilon": "eps"}


def optimizer(rate: float = BASE) -> torch.optim.Optimizer:
    return torch.optim.SGD([torch.zeros(1, requires_grad=True)], lr=rate, momentum=0.9)


def build(document: Mapping[str, Any], of: torch.optim.Optimizer) -> Any:
    """ignite's own handler for a document."""
    library, _, name = document["kind"].partition(".")
    arguments = {key: _argument(key, value, of) for key, value in document.items() if key != "kind"}
    if library == "torch":
        library_of = torch.optim.swa_utils if name == "SWALR" else torch.optim.lr_scheduler
        return getattr(library_of, name)(of, **arguments)
    match name:
        case "create_lr_scheduler_with_warmup":
            return create_lr_scheduler_with_warmup(**arguments)
        case "FastaiLRFinder":
            return _finder(of, **arguments)
        case "EMAHandler":
            return EMAHandler(torch.nn.Linear(1, 1), **arguments)
        case "BatchSizeScheduler":
            loader = torch.utils.data.DataLoader(torch.zeros(4), batch_size=2)
            return BatchSizeScheduler(loader, **arguments)
        case "ConcatScheduler" | "ParamGroupScheduler" | "LRScheduler":
            return getattr(param_scheduler, name)(**arguments)
        case _ if "State" in name:
            return getattr(state_param_scheduler, name)(**arguments)
        case _:
            return getattr(param_scheduler, name)(of, **arguments)


def _argument(key: str, value: Any, of: torch.optim.Optimizer) -> Any:
    match key:
        case "schedulers":
            return [build(child, of) for child in value]
        case "lr_scheduler":
            return build(value, of)
        case "milestones_values":
            return [tuple(pair) for pair in value]
        case "lambda_obj" | "scheduler_fn" | "lr_lambda":
            return FUNCTIONS[value]
        case _:
            return value


def _finder(
    of: torch.optim.Optimizer, num_iter: int, start_lr: float, end_lr: float = 10.0, step_mode: str = "exp"
) -> Any:
    """The scheduler that the finder makes for itself."""
    if step_mode == "exp":
        return param_scheduler.LRScheduler(_ExponentialLR(of, [start_lr], [end_lr], num_iter))
    return param_scheduler.PiecewiseLinear(of, "lr", [(0, start_lr), (num_iter, end_lr)])


def called(
    document: Mapping[str, Any], steps: int, names: tuple[str, ...], rate: float = BASE
) -> dict[str, list[float]]:
    """What the handler writes at each call, for each hyperparameter."""
    of = optimizer(rate)
    call = _caller(build(document, of), of)
    rows = [call(names) for _ in range(steps)]
    return {name: [row[name] for row in rows] for name in names}


def _caller(handler: Any, of: torch.optim.Optimizer) -> Callable[[tuple[str, ...]], dict[str, float]]:
    """Give a function that calls a handler once and reads what it wrote."""
    engine = Engine(lambda _engine, _batch: None)
    if isinstance(handler, EMAHandler):
        handler.attach(engine)
        scheduler = handler.momentum_scheduler if handler._momentum_lambda_obj is not None else lambda _: None
        return lambda names: (scheduler(engine), dict.fromkeys(names, engine.state.ema_momentum))[1]
    if isinstance(handler, state_param_scheduler.StateParamScheduler):
        return lambda names: (handler(engine), {name: getattr(engine.state, handler.param_name) for name in names})[1]
    if isinstance(handler, BatchSizeScheduler):
        return lambda names: (handler(engine), dict.fromkeys(names, handler.dataloader.batch_sampler.batch_size))[1]
    group = of.param_groups[0]
    return lambda names: (handler(engine), {name: group[_KEYS.get(name, name)] for name in names})[1]


def in_an_engine(document: Mapping[str, Any], steps: int) -> list[float]:
    """The rates that the updates of a real engine's run use."""
    of, used = optimizer(), []
    trainer = Engine(lambda _engine, _batch: used.append(of.param_groups[0]["lr"]))
    trainer.add_event_handler(Events.ITERATION_STARTED, build(document, of))
    trainer.run([0] * 7, max_epochs=-(-steps // 7))
    return used[:steps]
