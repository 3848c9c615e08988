"""The proof that tinygrad uses the values: throw-away optimizers, stepped under TinyJit.

SGD from 0 with a gradient of -1 ends at the rate. AdamW with moments of 1 and a gradient of 0 ends at its betas. Its
other numbers leave no exact trace in a parameter, so the captured step copies them from where it reads them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final

from tinygrad import Context, Tensor, TinyJit
from tinygrad.nn.optim import SGD, AdamW, Optimizer, OptimizerGroup

from unisched.plugin import Metric, Program, Replay, State, Target
from unisched_tinygrad.scheduler import UnischedLR
from unisched_tinygrad.slots import KEYS

__all__ = ["replay"]

_REST: Final = "all others"


def replay(program: Program, state: State, stop: int, metrics: Mapping[int, Metric], /) -> Replay:
    """Make the updates `state.step` to `stop` - 1; give what each has used, and the state reached.

    There is one optimizer for each group of the program, all in one `OptimizerGroup`.
    """
    is_plain = program.hyperparameters == ("learning_rate",)
    names = [*dict.fromkeys(target.group or _REST for target in program.targets)]
    optimizers = {name: _descent(state) if is_plain else _adam(state) for name in names}
    scheduler = UnischedLR(OptimizerGroup(*optimizers.values()), program, state, group_names=names)
    watched = {target: optimizers[target.group or _REST] for target in program.targets}
    update = _update(watched, [*optimizers.values()], is_plain)
    used: dict[Target, list[float]] = {target: [] for target in program.targets}
    with Context(TRAINING=1):
        for step in range(state.step, stop):
            if step in metrics:
                scheduler.observe(metrics[step])
            for target, tensor in zip(watched, update(), strict=True):
                used[target].append(float(tensor.item()))
            scheduler.step()
    return Replay(used, scheduler.state())


def _descent(state: State) -> Optimizer:
    return SGD([Tensor([0.0])], lr=state.base.get("learning_rate", 1.0))


def _adam(state: State) -> Optimizer:
    given = {name: state.base.get(name, 1.0) for name in KEYS}
    return AdamW([Tensor([0.0])], lr=given["learning_rate"], b1=given["beta1"], b2=given["beta2"], eps=given["epsilon"],
                 weight_decay=given["weight_decay"])  # fmt: skip


def _update(
    watched: Mapping[Target, Optimizer], optimizers: list[Optimizer], is_plain: bool
) -> Callable[[], list[Tensor]]:
    """Give a captured function of one update, from where the last one began."""
    together = OptimizerGroup(*optimizers)

    @TinyJit
    def update() -> list[Tensor]:
        for optimizer in optimizers:
            _reset(optimizer, is_plain)
        together.step()
        return [_used(optimizer, target, is_plain).realize() for target, optimizer in watched.items()]

    return update  # type: ignore[no-any-return]


def _reset(optimizer: Optimizer, is_plain: bool) -> None:
    (parameter,) = optimizer.params
    parameter.assign(Tensor.zeros(1)).realize()
    parameter.grad = Tensor.full((1,), -1.0 if is_plain else 0.0)
    for moment in () if is_plain else (optimizer.m[0], optimizer.v[0]):
        moment.assign(Tensor.ones(1)).realize()


def _used(optimizer: Optimizer, target: Target, is_plain: bool) -> Tensor:
    if is_plain:
        return optimizer.params[0]
    traces = {"beta1": "m", "beta2": "v"}
    if target.hyperparameter in traces:
        return getattr(optimizer, traces[target.hyperparameter])[0]
    return getattr(optimizer, KEYS[target.hyperparameter]).clone()
