"""Keras: linear warm-up, a short hold, then cosine to zero, set before every batch of a real `model.fit`.

Run it with keras, one of its engines, matplotlib, unisched-core and unisched-keras installed. It trains a tiny
network on 12 608 made-up samples in batches of 16, and plots the learning rate of every batch:

    python docs/examples/keras_warmup_hold_cosine.py learning_rate.png --epochs 50
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import keras
import numpy as np
from matplotlib.figure import Figure
from unisched_keras import UnischedCallback

import unisched

DOCUMENT = Path(__file__).with_suffix(".json")
SAMPLES, BATCH, EPOCHS = 12_608, 16, 50


def tiny_model() -> Any:
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(8, activation="relu"), keras.layers.Dense(1)])
    # The callback owns the rate; this float only says that it may be set.
    model.compile(keras.optimizers.Adam(1e-4), loss="mse")
    return model


def made_up(samples: int) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    features = np.random.default_rng(0).normal(size=(samples, 4)).astype(np.float32)
    return features, np.abs(features).sum(axis=1)


def train(epochs: int = EPOCHS, samples: int = SAMPLES) -> UnischedCallback:
    """Train for the first `epochs` of the schedule's 50; the callback that comes back recorded every rate."""
    callback = unisched.build(DOCUMENT, "keras", form="callback", steps_per_epoch=samples // BATCH)
    assert isinstance(callback, UnischedCallback)
    features, targets = made_up(samples)
    tiny_model().fit(features, targets, batch_size=BATCH, epochs=epochs, verbose=0, callbacks=[callback])
    return callback


def plot(rates: list[float], path: Path) -> None:
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(rates)
    axes.set(xlabel="step", ylabel="learning rate", title="Warm-up, hold, cosine")
    axes.grid(alpha=0.3)
    figure.savefig(path)


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Train a tiny network and plot the learning rate of every batch.")
    parser.add_argument("picture", type=Path, help="file to plot to, such as learning_rate.png")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="train for fewer than the schedule's 50")
    given = parser.parse_args(arguments)
    callback = train(given.epochs)
    rates = callback.history["learning_rate"]
    plot(rates, given.picture)
    print(f"{len(rates)} batches from {rates[0]:.3g} over {max(rates):.3g} to {rates[-1]:.3g}: {given.picture}")


if __name__ == "__main__":
    main()
