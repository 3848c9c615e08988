"""The optimizer's own hooks around `step`, held so that they keep no scheduler alive."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import cache
from types import FrameType
from typing import Any, TypeAlias
from weakref import ref

import torch
from torch.optim import Optimizer

from unisched.plugin import BindingError, Problem

__all__ = ["call_after_updates", "call_before_updates", "check_step"]

_Method: TypeAlias = Callable[[Mapping[str, Any]], None]
_Hook: TypeAlias = Callable[[Optimizer, Any, Any], None]


def call_after_updates(optimizer: Optimizer, method: _Method, quick: Callable[[], bool]) -> None:
    """Call a bound method after each update of `optimizer`, for as long as its object lives.

    It is given the arguments that `step` was given by name. Where there are none, `quick`, of the same object, is
    called before, and may tell that it has done all there is to do; it must not touch a tensor.
    """
    _register(optimizer, "register_step_post_hook", lambda kind: _weak(method, quick, layered=_is_layered(kind)))


def call_before_updates(optimizer: Optimizer, method: _Method) -> None:
    """Call a bound method before each update of `optimizer`; what it raises stops the update."""
    _register(optimizer, "register_step_pre_hook", lambda kind: _weak(method, None, layered=False))


def check_step(optimizer: Optimizer) -> None:
    """Raise `BindingError` for an optimizer whose `step` torch's schedulers cannot wrap, before they try to."""
    if hasattr(optimizer.step, "__func__") or hasattr(optimizer.step, "_wrapped_by_lr_sched"):
        return
    fault = f"the step of this {type(optimizer).__name__} is no method of its own, as after torch.compile"
    raise BindingError(Problem("optimizer.step", "", fault, "Build the scheduler first, then compile optimizer.step."))


def _weak(method: Any, quick: Any, *, layered: bool) -> _Hook:
    held, function, at_once = ref(method.__self__), method.__func__, _never if quick is None else quick.__func__

    def hook(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        alive = held()
        if alive is None or (layered and _is_inner(type(optimizer))):  # Fabric's class is not that of what it wraps
            return
        if kwargs or not at_once(alive):
            _apart(function)(alive, kwargs)

    # A compiled step would trace what the hook does, and compile it anew at every step it counts. To keep dynamo out of
    # all that is called takes longer than to count, so that is done only where tensors may be written.
    untraced: _Hook = torch.compiler.disable(hook, recursive=False)  # type: ignore[no-untyped-call]
    return untraced


def _is_layered(kind: type[Optimizer]) -> bool:
    """Tell whether a step of this class may call that of a parent, and torch the hooks after each of the two."""
    return sum("step" in vars(each) for each in kind.__mro__ if each is not Optimizer) > 1


def _is_inner(kind: type[Optimizer]) -> bool:
    """Tell whether the hook that asks is called after the step of a parent, inside of that of `kind`."""
    # torch wraps the step of each class by the same code, which holds as `func` what it has wrapped.
    step: Any = kind.step
    outermost = getattr(step, "__wrapped__", None)
    frame: FrameType | None = inspect.currentframe()
    while frame is not None and frame.f_code is not step.__code__:
        frame = frame.f_back
    return frame is not None and frame.f_locals.get("func", outermost) is not outermost


@cache
def _apart(function: Callable[[Any, Mapping[str, Any]], None]) -> Callable[[Any, Mapping[str, Any]], None]:
    return torch.compiler.disable(function)  # type: ignore[no-any-return, no-untyped-call]


def _never(held: object) -> bool:
    return False


def _register(optimizer: Any, register: str, hook: Callable[[type[Optimizer]], _Hook]) -> None:
    # Wrappers such as accelerate's are optimizers by class only, and DeepSpeed's not even that: the hooks are on the
    # one inside.
    inner, passed = optimizer, set[int]()
    while inner is not None and id(inner) not in passed:
        passed.add(id(inner))
        try:
            getattr(inner, register)(hook(type(inner)))
        except AttributeError:
            inner = getattr(inner, "optimizer", None)
        else:
            return
    fault = f"{type(optimizer).__name__} takes no step hooks"
    remedy = "Call super().__init__() in it, or keep the wrapped optimizer as .optimizer."
    raise BindingError(Problem("optimizer.hooks", "", fault, remedy))
