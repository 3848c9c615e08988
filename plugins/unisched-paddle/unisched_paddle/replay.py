"""The proof that paddle uses the values: a throw-away parameter, trained in paddle's own loop with its plain SGD.

Paddle holds the rate in the type of the parameters, so this one is float64. It is 0 and its gradient -1: after an
update it is the rate.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import paddle
from paddle.base.dygraph import guard
from paddle.utils import unique_name

from unisched.plugin import Metric, Program, Replay, State, Target
from unisched_paddle.scheduler import UnischedLR

__all__ = ["replay"]


def replay(program: Program, state: State, stop: int, metrics: Mapping[int, Metric], /) -> Replay:
    """Make the updates `state.step` to `stop` - 1; give the rate that each has used, and the state reached.

    The updates are made in a dynamic graph, also where the user's are in a static one, and no name is taken that
    the user's own parameters would have had.
    """
    scheduler = UnischedLR(program, state)
    used = []
    with guard(), unique_name.guard():
        weight = paddle.create_parameter([1], "float64", default_initializer=paddle.nn.initializer.Constant(0.0))
        optimizer = paddle.optimizer.SGD(learning_rate=scheduler, parameters=[weight])
        for step in range(state.step, stop):
            if step in metrics:
                scheduler.observe(metrics[step])
            used.append(_moved(weight, optimizer))
            scheduler.step()
    return Replay({Target("learning_rate"): used}, scheduler.state())


def _moved(weight: Any, optimizer: Any) -> float:
    weight.set_value(np.zeros(1))
    (-weight).sum().backward()
    optimizer.step()
    optimizer.clear_grad()
    return float(weight.numpy()[0])
