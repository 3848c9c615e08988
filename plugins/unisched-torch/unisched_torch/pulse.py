"""The optimizer's own hooks around `step`, held so that they keep no scheduler alive."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakMethod

from torch.optim import Optimizer

from unisched.plugin import BindingError, Problem

__all__ = ["call_after_updates", "call_before_updates"]


def call_after_updates(optimizer: Optimizer, method: Callable[[], None]) -> None:
    """Call a bound method after each update of `optimizer`, for as long as its object lives."""
    _register(optimizer, "register_step_post_hook", method)


def call_before_updates(optimizer: Optimizer, method: Callable[[], None]) -> None:
    """Call a bound method before each update of `optimizer`; what it raises stops the update."""
    _register(optimizer, "register_step_pre_hook", method)


def _weak(method: Callable[[], None]) -> Callable[[Optimizer, Any, Any], None]:
    held = WeakMethod(method)

    def hook(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        alive = held()
        if alive is not None:
            alive()

    return hook


def _register(optimizer: Any, kind: str, method: Callable[[], None]) -> None:
    # Wrappers such as accelerate's are optimizers by class only: the hooks are on the one inside.
    inner = optimizer
    while isinstance(inner, Optimizer):
        try:
            getattr(inner, kind)(_weak(method))
        except AttributeError:
            inner = getattr(inner, "optimizer", None)
        else:
            return
    fault = f"{type(optimizer).__name__} takes no step hooks"
    remedy = "Call super().__init__() in it, or keep the wrapped optimizer as .optimizer."
    raise BindingError(Problem("optimizer.hooks", "", fault, remedy))
