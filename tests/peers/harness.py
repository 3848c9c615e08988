"""What every peer's test asks: do all our emissions give the numbers that the peer's own object gave?

`agree` compares the host function with the expected values, then drives every installed backend's own loop: the bits
of float32 are those of the host function, and float64 backends are compared with the expected values as well. The
expected values never come from unisched.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np

import unisched
from unisched import registry
from unisched.backend import obstacles

__all__ = ["FLOAT32_ULP", "Worst", "agree", "host", "ulps"]

FLOAT32_ULP: Final = 2.0**-23
BACKENDS: Final = ("numpy", "torch", "keras", "optax")


class Worst:
    """The largest error met for each kind, and the number of argument sets: what a test module reports at its end."""

    def __init__(self) -> None:
        self.errors: dict[str, float] = {}
        self.sets: dict[str, int] = {}

    def note(self, kind: str, error: float) -> None:
        self.errors[kind] = max(self.errors.get(kind, 0.0), error)
        self.sets[kind] = self.sets.get(kind, 0) + 1

    def __str__(self) -> str:
        width = max(map(len, self.errors), default=0)
        return "\n".join(f"{kind:<{width}}  {self.errors[kind]:8.2f} ulp  {self.sets[kind]:5d} argument sets"
                         for kind in sorted(self.errors))  # fmt: skip


def ulps(value: float, expected: float, scale: float = 0.0) -> float:
    """How far a value is from the expected one, in ulp of float64 of the larger of it and `scale`."""
    return abs(value - expected) / math.ulp(max(abs(expected), scale))


def host(document: Mapping[str, Any], steps: int, hyperparameter: str = "learning_rate", **clock: Any) -> list[float]:
    """The values of the host function, from step 0 on."""
    program = unisched.compile(document, **clock)
    return [program(step, hyperparameter) for step in range(steps)]


def agree(
    document: Mapping[str, Any],
    expected: Sequence[float],
    *,
    hyperparameter: str = "learning_rate",
    within: float = 4.0,
    scale: float = 0.0,
    relative: float | None = None,
    backends: Sequence[str] = BACKENDS,
    **clock: Any,
) -> float:
    """Compare all emissions of `document` with `expected`, from step 0 on; give the worst error in float64 ulp.

    `within` is in ulp of the larger of the expected value and `scale`; for a float32 peer, `relative` is its own
    rounding, as a share of the larger of the two. `clock` is what `compile` takes, `base` included.
    """
    program = unisched.compile(document, **clock).select(hyperparameter)
    ours = [program(step, hyperparameter) for step in range(len(expected))]
    worst = max((ulps(a, b, scale) for a, b in zip(ours, expected, strict=True)), default=0.0)
    for step, (value, peer) in enumerate(zip(ours, expected, strict=True)):
        if relative is None:
            assert ulps(value, peer, scale) <= within, (document, step, value, peer, ulps(value, peer, scale))
        else:
            bound = relative * max(abs(peer), scale)
            assert abs(value - peer) <= bound, (document, step, value, peer, abs(value - peer) / bound)
    for name in backends:
        used = _emission_agrees(name, program, hyperparameter, ours)
        if used is None:
            continue
        apart = max((ulps(a, b, scale) for a, b in zip(used, expected, strict=True)), default=0.0)
        assert relative is not None or apart <= within, (name, document, apart)
        worst = max(worst, apart)
    return worst


def _emission_agrees(
    name: str, program: unisched.Program, hyperparameter: str, ours: Sequence[float]
) -> list[float] | None:
    """Compare what a backend's own loop used with the host function, in float32; give its values if they are float64.

    The first form that carries the program speaks for the backend: that its forms agree is proven by the kit.
    """
    forms = registry.backend(name).forms
    form_name = next((key for key, form in forms.items() if not any(obstacles(form, program, {}))), None)
    assert form_name or hyperparameter != "learning_rate", f"no form of {name} carries the program"
    if form_name is None:
        return None
    replayed = forms[form_name].replay(program, program.start(), len(ours), {})
    used = next(values for target, values in replayed.values.items() if target.hyperparameter == hyperparameter)
    assert [_as_held(value) for value in used] == [_as_held(value) for value in ours], (name, form_name, program.spec)
    return list(map(float, used)) if forms[form_name].capabilities.precision == "float64" else None


def _as_held(value: float) -> float:
    return float(np.float32(0.0 if abs(value) < 2.0**-126 else value))
