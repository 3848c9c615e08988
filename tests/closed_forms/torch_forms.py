"""torch's schedulers as formulas in 50 digits, by kind, written from torch's source and documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

import mpmath

__all__ = ["FORMULAS", "closed"]

mp = mpmath.mp.clone()
mp.dps = 50

Values = Callable[[int], Any]
FORMULAS: Final[Mapping[str, Callable[[int], float]]] = {
    "1 / (1 + 0.1 * step)": lambda step: 1 / (1 + 0.1 * step),
    "0.95 ** step": lambda step: 0.95**step,
    "min(step, 10) / 10": lambda step: min(step, 10) / 10,
    "1.0 if step < 7 else 0.25": lambda step: 1.0 if step < 7 else 0.25,
    "step // 5": lambda step: step // 5,
    "0.9": lambda _: 0.9,
    "0.5 if step % 3 == 0 else 1.1": lambda step: 0.5 if step % 3 == 0 else 1.1,
}
"""Formulas, and the Python functions that torch is given in their place."""


def closed(document: Mapping[str, Any], base: float, hyperparameter: str = "learning_rate") -> Values:
    """The closed form: from a step to the exact value, to 50 digits."""
    name = document["kind"].removeprefix("torch.")
    given = {key: value for key, value in document.items() if key not in ("kind", "interval")}
    if name in _LEVELS:
        ends = _ends(name, hyperparameter)
        return _LEVELS[name](given, *ends)
    if name == "ChainedScheduler":
        factors = [closed(child, 1.0) for child in given["schedulers"]]
        return lambda t: mp.mpf(base) * mp.fprod(factor(t) for factor in factors)
    if name == "SequentialLR":
        return _sequential(given["schedulers"], given.get("milestones", []), base)
    return _FORMS[name](mp.mpf(base), **given)


def _power(gamma: float, exponent: int) -> Any:
    return mp.mpf(1) if exponent == 0 else mp.mpf(gamma) ** exponent


def _lambda(b: Any, lr_lambda: str) -> Values:
    function = FORMULAS[lr_lambda]
    return lambda t: b * mp.mpf(function(t))


def _multiplicative(b: Any, lr_lambda: str) -> Values:
    function, found = FORMULAS[lr_lambda], [b]

    def value(t: int) -> Any:
        while len(found) <= t:
            found.append(found[-1] * mp.mpf(function(len(found))))
        return found[t]

    return value


def _step(b: Any, step_size: int, gamma: float = 0.1) -> Values:
    return lambda t: b * _power(gamma, t // step_size)


def _multi_step(b: Any, milestones: Sequence[int], gamma: float = 0.1) -> Values:
    return lambda t: b * _power(gamma, sum(m <= t for m in milestones))


def _constant(b: Any, factor: float = 1.0 / 3, total_iters: int = 5) -> Values:
    return lambda t: b * (mp.mpf(factor) if t < total_iters else 1)


def _linear(b: Any, start_factor: float = 1.0 / 3, end_factor: float = 1.0, total_iters: int = 5) -> Values:
    s, e = mp.mpf(start_factor), mp.mpf(end_factor)
    return lambda t: b * (s + (e - s) * min(t, total_iters) / total_iters)


def _exponential(b: Any, gamma: float) -> Values:
    return lambda t: b * _power(gamma, t)


def _polynomial(b: Any, total_iters: int = 5, power: float = 1.0) -> Values:
    return lambda t: b * (mp.mpf(total_iters - min(t, total_iters)) / total_iters) ** mp.mpf(power)


def _cosine(b: Any, T_max: int, eta_min: float = 0.0) -> Values:  # noqa: N803  # torch's name
    return lambda t: _half_wave(b, mp.mpf(eta_min), mp.mpf(t) / T_max)


def _half_wave(a: Any, b: Any, x: Any) -> Any:
    """From a to b: written so that nothing cancels where it is almost b."""
    return a * mp.cospi(x / 2) ** 2 + b * mp.sinpi(x / 2) ** 2


def _warm_restarts(b: Any, T_0: int, T_mult: int = 1, eta_min: float = 0.0) -> Values:  # noqa: N803  # torch's names
    def value(t: int) -> Any:
        length = T_0
        while t >= length:
            t, length = t - length, length * T_mult
        return _half_wave(b, mp.mpf(eta_min), mp.mpf(t) / length)

    return value


def _swa(b: Any, swa_lr: float, anneal_epochs: int = 10, anneal_strategy: str = "cos") -> Values:
    def value(t: int) -> Any:
        x = mp.mpf(1) if t >= anneal_epochs else mp.mpf(t) / anneal_epochs
        alpha = x if anneal_strategy == "linear" else mp.sinpi(x / 2) ** 2
        return mp.mpf(swa_lr) * alpha + b * (1 - alpha)

    return value


def _sequential(children: Sequence[Mapping[str, Any]], milestones: Sequence[int], base: float) -> Values:
    starts, forms = [0, *milestones], []
    for index, child in enumerate(children):
        begins = base
        if child["kind"] == "torch.SWALR" and index:
            begins = forms[-1](starts[index] - 1 - starts[index - 1])
        forms.append(closed(child, begins))

    def value(t: int) -> Any:
        index = max(i for i, start in enumerate(starts) if start <= t)
        return forms[index](t - starts[index])

    return value


def _cyclic(given: Mapping[str, Any], low: tuple[str, float | None], high: tuple[str, float | None]) -> Values:
    a, b = (mp.mpf(given.get(*level)) for level in (low, high))
    up = given.get("step_size_up", 2000)
    down = up if given.get("step_size_down") is None else given["step_size_down"]
    gamma, mode = given.get("gamma", 1.0), given.get("mode", "triangular")

    def value(t: int) -> Any:
        cycle, at = divmod(t, up + down)
        height = mp.mpf(at) / up if at <= up else mp.mpf(up + down - at) / down
        scale = {"triangular": mp.mpf(1), "triangular2": mp.mpf(2) ** -cycle, "exp_range": _power(gamma, t)}[mode]
        return a + (b - a) * height * scale

    return value


def _one_cycle(given: Mapping[str, Any], low: tuple[str, float | None], high: tuple[str, float | None]) -> Values:
    steps = given.get("total_steps") or given["epochs"] * given["steps_per_epoch"]
    share, three = given.get("pct_start", 0.3), given.get("three_phase", False)
    ends = [share * steps - 1, *([2 * share * steps - 2] if three else []), steps - 1]
    if low[0] == "first":
        first = given["max_lr"] / given.get("div_factor", 25.0)
        last = first / given.get("final_div_factor", 1e4)
        points = [first, given["max_lr"], *([first] if three else []), last]
    else:
        m, b = given.get(*low), given.get(*high)
        points = [m, b, m, *([m] if three else [])]
    linear = given.get("anneal_strategy", "cos") == "linear"

    def value(t: int) -> Any:
        index = next((i for i, end in enumerate(ends) if t <= end), len(ends) - 1)
        start = mp.mpf(ends[index - 1]) if index else mp.mpf(0)
        x = (t - start) / (mp.mpf(ends[index]) - start)
        a, b = mp.mpf(points[index]), mp.mpf(points[index + 1])
        return a + (b - a) * x if linear else _half_wave(a, b, x)

    return value


def _ends(name: str, hyperparameter: str) -> tuple[tuple[str, float | None], tuple[str, float | None]]:
    if name == "CyclicLR":
        rates = (("base_lr", None), ("max_lr", None))
        return rates if hyperparameter == "learning_rate" else (("max_momentum", 0.9), ("base_momentum", 0.8))
    rates = (("first", None), ("max_lr", None))
    return rates if hyperparameter == "learning_rate" else (("max_momentum", 0.95), ("base_momentum", 0.85))


_LEVELS: Final[Mapping[str, Callable[..., Values]]] = {"CyclicLR": _cyclic, "OneCycleLR": _one_cycle}
_FORMS: Final[Mapping[str, Callable[..., Values]]] = {
    "LambdaLR": _lambda, "MultiplicativeLR": _multiplicative, "StepLR": _step, "MultiStepLR": _multi_step,
    "ConstantLR": _constant, "LinearLR": _linear, "ExponentialLR": _exponential, "PolynomialLR": _polynomial,
    "CosineAnnealingLR": _cosine, "CosineAnnealingWarmRestarts": _warm_restarts, "SWALR": _swa,
}  # fmt: skip
