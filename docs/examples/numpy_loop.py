"""A training loop without a framework: linear regression by SGD in numpy, at the learning rate of a document.

python docs/examples/numpy_loop.py docs/examples/gradual_warmup.json [--plot rates.png]
"""

from __future__ import annotations

import argparse
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

import unisched

__all__ = ["Run", "draw", "main", "train"]

STEPS = 15_000
BATCH = 16
TRUE_WEIGHTS = np.linspace(-1.0, 1.0, 8)
SHOWN = (0, 1, 1250, 2499, 2500, STEPS - 1)


class Run(NamedTuple):
    """What each update used and lost, step by step, and the weights at the end."""

    rates: npt.NDArray[np.float64]
    losses: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]


def train(source: str, steps: int = STEPS, seed: int = 0) -> Run:
    scheduler = unisched.build(source, form="scheduler")
    random = np.random.default_rng(seed)
    rates, losses = np.empty(steps), np.empty(steps)
    weights = np.zeros_like(TRUE_WEIGHTS)
    for step in range(steps):
        inputs = random.standard_normal((BATCH, weights.size))
        errors = inputs @ (weights - TRUE_WEIGHTS) + 0.1 * random.standard_normal(BATCH)
        rates[step], losses[step] = scheduler.value(), np.mean(errors**2)
        weights -= rates[step] * (2 / BATCH) * inputs.T @ errors
        scheduler.step()
    return Run(rates, losses, weights)


def draw(run: Run, path: str) -> None:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(8, 5), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    upper.plot(run.rates)
    upper.set_ylabel("learning rate")
    lower.semilogy(np.convolve(run.losses, np.full(50, 1 / 50), "valid"), linewidth=0.8)
    lower.set_ylabel("loss, mean of 50 steps")
    lower.set_xlabel("step")
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description="Train with the learning rate of FILE.")
    parser.add_argument("file")
    parser.add_argument("--plot", metavar="PATH", help="where to draw rates and losses")
    arguments = parser.parse_args()
    run = train(arguments.file)
    print(f"{'step':>6}  {'rate':>10}  {'loss':>8}")
    for step in SHOWN:
        print(f"{step:>6}  {run.rates[step]:>10.6g}  {run.losses[step]:>8.5f}")
    print(f"largest error of a weight: {np.abs(run.weights - TRUE_WEIGHTS).max():.4f}")
    if arguments.plot:
        draw(run, arguments.plot)


if __name__ == "__main__":
    main()
