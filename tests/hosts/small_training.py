"""One small model, its data and its schedule, and what each update really used: shared by the hosts of torch's family.

What an update used is read inside `optimizer.step()`, by a hook that runs before the update: whatever a host wraps,
delays or forgets shows there. This file knows no host.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

import torch
from torch import Tensor, nn
from torch.optim import AdamW, Optimizer

import unisched

__all__ = [
    "CUT", "NAMES", "SPEC", "TOTAL", "WATCHING", "Net", "Row", "Used", "batch", "due", "optimizer_of", "update",
    "weights",
]  # fmt: skip

Row: TypeAlias = list[float]

TOTAL: Final = 24
CUT: Final = 10
NAMES: Final = ("body", "head")
SCHEDULED: Final = ("learning_rate", "weight_decay", "beta1")

SPEC: Final[dict[str, Any]] = {
    "schedules": {
        "learning_rate": {"kind": "warmup_cosine", "peak": 0.03, "warmup": 4},
        "weight_decay": {"kind": "linear", "start": 0.04, "end": 0.4},
        "beta1": {"kind": "linear", "start": 0.95, "end": 0.85},
    },
    "groups": {"head": {"learning_rate": {"scale": 0.1}}},
}

# A warm-up, and then a rate that is halved where the loss does not fall; the head at a tenth of it.
WATCHING: Final[dict[str, Any]] = {
    "schedules": SPEC["schedules"] | {
        "learning_rate": {"kind": "sequence", "parts": [
            {"kind": "linear", "start": 0, "end": 0.03, "duration": 4},
            {"kind": "product", "curves": [
                0.03, {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 1}
            ]},
        ]},
    },
    "groups": SPEC["groups"],
}  # fmt: skip


def due(
    steps: int = TOTAL,
    spec: Any = SPEC,
    names: Sequence[str] = NAMES,
    total: int = TOTAL,
    metrics: Mapping[int, float] | None = None,
) -> list[Row]:
    """Give what update 0, 1, 2, … have to use: rate, decay and beta1 of each group in turn.

    `metrics` are those that are observed before an update, by its number.
    """
    program = unisched.compile(spec, total=total)
    program = program if metrics is None else program.observed(metrics)
    scheduled = [name for name in SCHEDULED if name in program.hyperparameters]
    return [[program(step, name, group) for group in names for name in scheduled] for step in range(steps)]


class Net(nn.Module):
    """Two layers, the same weights each time."""

    def __init__(self) -> None:
        super().__init__()
        with torch.random.fork_rng():
            torch.manual_seed(7)
            self.body, self.head = nn.Linear(4, 8), nn.Linear(8, 1)

    def forward(self, inputs: Tensor) -> Tensor:
        """Give one number for each row of `inputs`, shape (rows, 4)."""
        outputs: Tensor = self.head(torch.tanh(self.body(inputs)))
        return outputs


def batch(index: int, rows: int = 4) -> tuple[Tensor, Tensor]:
    """Give the inputs and targets of one batch, the same at each call."""
    generator = torch.Generator().manual_seed(1000 + index)
    inputs = torch.randn(rows, 4, generator=generator)
    return inputs, inputs.sum(dim=1, keepdim=True)


def optimizer_of(net: Any) -> AdamW:
    """Give AdamW over the two layers as two named param groups."""
    return AdamW([
        {"params": list(net.body.parameters()), "name": "body"},
        {"params": list(net.head.parameters()), "name": "head"},
    ])  # fmt: skip


def update(net: nn.Module, optimizer: Optimizer, index: int) -> None:
    """Make one update on one batch."""
    inputs, targets = batch(index)
    optimizer.zero_grad()
    (net(inputs) - targets).square().mean().backward()
    optimizer.step()


def weights(net: nn.Module) -> list[float]:
    """Give all weights in one list, exact."""
    return torch.cat([weight.detach().flatten() for weight in net.parameters()]).tolist()


class Used:
    """Records what each update of an optimizer uses, from inside its `step`; numbers of one `kind`, or it raises."""

    def __init__(
        self,
        optimizer: Optimizer,
        keys: Sequence[str] = ("lr", "weight_decay", "betas"),
        kind: type[float | Tensor] = float,
    ) -> None:
        self.rows: list[Row] = []
        self._keys, self._kind = keys, kind
        optimizer.register_step_pre_hook(self._read)

    def _read(self, optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        self.rows.append([_plain(group[key], self._kind) for group in optimizer.param_groups for key in self._keys])


def _plain(held: Any, kind: type[float | Tensor]) -> float:
    value = held[0] if isinstance(held, tuple) else held
    if type(value) is not kind:
        raise AssertionError(f"{value!r} is a {type(value).__name__}")
    return float(value)
