"""A torch optimizer under any document: its first updates, and those around each boundary.

python docs/examples/torch_loop.py docs/examples/wsd_one_minus_sqrt.json [--steps 3]

Late boundaries are looked at by resuming from a state shortly before them; nothing in between is run.
"""

from __future__ import annotations

import argparse
import re
import textwrap
from collections.abc import Iterator
from typing import TypeAlias

import torch

import unisched

__all__ = ["Update", "boundaries", "main", "updates"]

MOST_BOUNDARIES = 8
RATE = 0.001
OWN_KEYS = frozenset({"learning_rate", "weight_decay", "momentum", "beta1", "beta2", "epsilon"})

Update: TypeAlias = tuple[int, dict[str, float]]
"""A step, and the values that its update used."""


def groups(program: unisched.Program) -> list[dict[str, object]]:
    """Give a param group for each that the document names, and one for the rest; globs become a name they match."""
    names = [pattern.replace("*", "0").replace("?", "0") for pattern in program.groups]
    foreign = {name: 0.0 for name in program.hyperparameters if name not in OWN_KEYS}
    return [{"params": [torch.nn.Parameter(torch.zeros(4))], "name": name, **foreign} for name in [*names, "rest"]]


def optimizer_for(program: unisched.Program) -> torch.optim.Optimizer:
    if "momentum" in program.hyperparameters:
        return torch.optim.SGD(groups(program), lr=RATE, momentum=0.9)
    return torch.optim.AdamW(groups(program), lr=RATE)


def updates(program: unisched.Program, start: int, stop: int) -> Iterator[Update]:
    """Train a small regression from step `start` to `stop`; give what each update used."""
    torch.manual_seed(0)
    optimizer = optimizer_for(program)
    scheduler = unisched.build(program, "torch", optimizer=optimizer, state=program.start().at(start))
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    for step in range(start, stop):
        inputs = torch.randn(16, 4)
        loss = ((inputs @ torch.stack(weights).sum(0) - inputs.sum(1)) ** 2).mean()
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        scheduler.step()
        yield step, scheduler.last_used()


def boundaries(program: unisched.Program) -> list[int]:
    """Give the steps after 0 at which a row of the phase table begins; the first few only."""
    steps = {int(start) for start in re.findall(r"^ +\[(\d+), ", str(program), re.MULTILINE)}
    return sorted(steps - {0})[:MOST_BOUNDARIES]


def show(program: unisched.Program, start: int, stop: int) -> None:
    for step, used in updates(program, start, stop):
        line = f"{step:>8}  " + "  ".join(f"{name}={value:.9g}" for name, value in used.items())
        print(textwrap.fill(line, 110, subsequent_indent=" " * 10, break_on_hyphens=False))


def main() -> None:
    parser = argparse.ArgumentParser(description="Drive a torch optimizer with the schedules of FILE.")
    parser.add_argument("file")
    parser.add_argument("--steps", type=int, default=3, help="updates at the start, and on each side of a boundary")
    for name in ("total", "steps-per-epoch", "samples-per-step", "tokens-per-step"):
        parser.add_argument(f"--{name}", type=int, help="for a document that leaves it open")
    arguments = vars(parser.parse_args())
    file, steps = arguments.pop("file"), arguments.pop("steps")
    try:
        program = unisched.compile(file, **arguments)
    except unisched.UnischedError as error:
        parser.exit(1, f"error: {error}\n")
    print("what each update used, from the first on")
    show(program, 0, steps)
    for boundary in boundaries(program):
        print(f"around the boundary at {boundary}")
        is_over = boundary == program.total and program.spec.after == "error"
        show(program, max(boundary - steps, 0), boundary if is_over else boundary + steps)


if __name__ == "__main__":
    main()
