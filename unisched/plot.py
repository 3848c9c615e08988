"""Drawings of sampled curves: a matplotlib figure, or a plot in the terminal (both in the extra `plot`).

Takes numbers, not programs: what to sample is decided elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from unisched.errors import BindingError, Problem

__all__ = ["Samples", "figure", "text"]

Samples: TypeAlias = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]
"""Steps and the values there, of one curve."""


def figure(curves: Mapping[str, Samples], path: str | None = None) -> Any:
    """Give a matplotlib figure with one panel a curve; save it where `path` is given, the suffix saying how."""
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise _missing("matplotlib") from error
    drawn = Figure(figsize=(8, 2.4 * len(curves)), layout="constrained")
    panels = drawn.subplots(len(curves), 1, squeeze=False, sharex=True)
    for panel, (title, (steps, values)) in zip(panels[:, 0], curves.items(), strict=True):
        panel.plot(steps, values, linewidth=1.5)
        panel.set_ylabel(title)
        panel.grid(alpha=0.3)
    panels[-1, 0].set_xlabel("step")
    if path is not None:
        drawn.savefig(path)
    return drawn


def text(title: str, samples: Samples, width: int = 72, height: int = 14) -> str:
    """Give a plot of one curve as text, `width` by `height` characters without the axes."""
    try:
        import plotille
    except ImportError as error:
        raise _missing("plotille") from error
    steps, values = samples
    low, high = float(values.min()), float(values.max())
    margin = (high - low) * 0.02 or abs(high) * 0.1 or 1.0
    canvas = plotille.Figure()
    canvas.width, canvas.height = width, height
    canvas.color_mode = "names"
    canvas.with_colors = False
    canvas.origin = False  # an axis drawn inside the canvas looks like a spike of the curve
    canvas.x_label, canvas.y_label = "step", title
    canvas.set_x_limits(min_=float(steps[0]), max_=float(max(steps[-1], steps[0] + 1)))
    canvas.set_y_limits(min_=0.0 if 0 <= low < high / 2 else low - margin, max_=high + margin)
    canvas.register_label_formatter(float, _label)
    canvas.plot(steps.astype(float), values)
    return str(canvas.show())


def _label(value: float, chars: int, delta: float, left: bool = False) -> str:
    label = f"{value:.0f}" if delta >= 10 else f"{value:.3g}"
    return f"{label:<{chars}}" if left else f"{label:>{chars}}"


def _missing(module: str) -> BindingError:
    return BindingError(Problem("extra.missing", "", f"plots need {module}, which is not installed",
                                'Install it: python -m pip install "unisched-core[plot]".'))  # fmt: skip
