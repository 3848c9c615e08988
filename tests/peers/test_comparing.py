"""What `diff` says of a pair of recipes is what the libraries' own numbers say, each from its own object and loop.

Keras and optax compute in float32, so a difference of theirs counts from some roundings of the peak on.
"""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pytest
from comparison_pairs import PAIRS, STEPS, Pair
from peers import keras_peer, optax_peer, timm_only, torch_peer
from torch import nn, optim
from transformers.optimization import get_scheduler

from unisched import diff
from unisched.difference import DifferenceRow

Values = npt.NDArray[np.float64]

BASE: Final = 1.0
"""What the optimizer gives in a pair that names none, as `diff` reads it."""

DOUBLE: Final = {"torch", "transformers", "timm"}
ROUNDED: Final = {True: 2.0**-44, False: 2.0**-19}
"""How far a library's own numbers may be from the formula, as a part of the peak: in float64, and in float32."""

CLOSE: Final = ("equal", "past the end", "float32", "rounding")


def hugging_face(document: dict[str, Any], base: float) -> Values:
    own = {name: value for name, value in document.items() if name != "kind"}
    optimizer = optim.SGD([nn.Parameter(torch_peer.torch.zeros(1))], lr=base)
    lengths = own.pop("num_warmup_steps"), own.pop("num_training_steps")
    scheduler = get_scheduler(document["kind"].partition(".")[2], optimizer, *lengths, own or None)
    return np.array([row["learning_rate"] for row in torch_peer.stepped(scheduler, optimizer, STEPS + 1)])


def image_models(document: dict[str, Any], base: float) -> Values:
    own = {name: value for name, value in document.items() if name != "kind"}
    optimizer = optim.SGD([nn.Parameter(torch_peer.torch.zeros(1))], lr=base)
    scheduler = getattr(timm_only.scheduler(), document["kind"].partition(".")[2])(optimizer, **own)
    used = []
    for update in range(STEPS + 1):
        used.append(optimizer.param_groups[0]["lr"])
        scheduler.step_update(update + 1)
    return np.array(used)


def numbers(document: dict[str, Any], base: float) -> Values:
    """What the library that the document names gives at each of the steps and at the end, by itself."""
    match document["kind"].partition(".")[0]:
        case "torch":
            return np.array(torch_peer.drive(document, STEPS + 1, base).learning_rate)
        case "transformers":
            return hugging_face(document, base)
        case "timm":
            return image_models(document, base)
        case "optax":
            return np.array(optax_peer.stepped(document, STEPS + 1))
        case _:
            return np.array(keras_peer.compiled(document, STEPS + 1))


def rounding(pair: Pair, peak: float) -> float:
    libraries = {document["kind"].partition(".")[0] for document in (pair.old, pair.new)}
    return ROUNDED[libraries <= DOUBLE] * peak


def within(row: DifferenceRow) -> npt.NDArray[np.bool_]:
    """Which of the steps lie in the ranges that are said to differ."""
    found = np.zeros(STEPS + 1, dtype=bool)
    for start, stop in row.ranges:
        found[start : STEPS + 1 if stop is None else stop] = True
    return found


def told(pair: Pair, old: Values, new: Values) -> list[str]:
    """What the libraries' own numbers have against what `diff` says of the pair."""
    noise = rounding(pair, max(np.abs(old).max(), np.abs(new).max()))
    said = diff(pair.old, pair.new, only=["learning_rate"], total=STEPS, base=pair.base)
    apart = np.abs(new - old)
    if said.likeness in CLOSE:
        return [f"step {step}: {apart[step]}" for step in np.flatnonzero(apart > noise)]
    (row,) = said.rows
    found = [f"step {step} differs" for step in np.flatnonzero((apart > noise) & ~within(row))]
    if abs(apart[row.largest_at] - row.largest) > noise or apart.max() > row.largest + noise:
        found.append(f"by {apart[row.largest_at]} at step {row.largest_at}, by {apart.max()} somewhere")
    for moved in row.relations:
        steps = np.arange(moved.start, STEPS + 1 if moved.stop is None else moved.stop)
        steps = steps[(steps >= moved.later) & (steps - moved.later <= STEPS)]
        off = np.abs(new[steps] - old[steps - moved.later] * moved.factor) > noise
        found += [f"step {step} is not so related" for step in steps[off]]
    return found


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_the_libraries_themselves_say_what_diff_says(pair: Pair) -> None:
    base = BASE if pair.base is None else pair.base
    assert told(pair, numbers(pair.old, base), numbers(pair.new, base)) == []


SHIFTED: Final = [name for name, pair in PAIRS.items() if pair.likeness != "equal" or "torch" in pair.old["kind"]]


@pytest.mark.parametrize("name", SHIFTED)
def test_numbers_a_step_late_are_no_evidence(name: str) -> None:
    pair = PAIRS[name]
    base = BASE if pair.base is None else pair.base
    old, new = numbers(pair.old, base), numbers(pair.new, base)
    assert told(pair, old, np.r_[new[0], new[:-1]]) != []
