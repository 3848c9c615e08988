"""One of two processes: sees its own half of the data, observes, and reports what the check of the ranks says.

Arguments: rank, a file by which the processes find each other, a file for the report.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist
from torch.optim import SGD
from unisched_torch import UnischedLR, assert_ranks_agree

from unisched.errors import StateError

STALL = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
LOSSES = [[0.4, 0.5, 0.6], [0.6, 0.4, 0.2]]
"""By rank. Their mean falls from the second update on, the first rank's own never does."""


def local(loss: torch.Tensor) -> torch.Tensor:
    return loss


def reduced(loss: torch.Tensor) -> torch.Tensor:
    dist.all_reduce(loss)
    return loss / dist.get_world_size()


def scheduler(**clock: Any) -> UnischedLR:
    return UnischedLR(SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1), {"base": "optimizer", "curve": STALL}, **clock)


def trained(rank: int, taken: Callable[[torch.Tensor], torch.Tensor]) -> UnischedLR:
    made = scheduler()
    for loss in LOSSES[rank]:
        made.optimizer.step()
        made.step()
        made.observe(taken(torch.tensor(loss, dtype=torch.float64)))
    return made


def stepped(rank: int) -> UnischedLR:
    made = scheduler()
    for _ in range(1 + rank):
        made.optimizer.step()
        made.step()
    return made


def checked(made: UnischedLR, group: dist.ProcessGroup | None = None) -> dict[str, Any]:
    try:
        assert_ranks_agree(made, group)
    except StateError as error:
        return {"rates": made.get_last_lr(), "code": error.code, "said": str(error)}
    return {"rates": made.get_last_lr(), "code": None}


def main(rank: int, meeting: str, report: str) -> None:
    dist.init_process_group("gloo", init_method=f"file://{meeting}", rank=rank, world_size=2)
    alone = [dist.new_group([other]) for other in range(2)]
    parted = trained(rank, local)
    found = {
        "reduced": checked(trained(rank, reduced)),
        "local": checked(parted),
        "local, each rank by itself": checked(parted, alone[rank]),
        "stepped": checked(stepped(rank)),
        "documents": checked(scheduler(total=10 + rank)),
    }
    Path(report).write_text(json.dumps(found), encoding="utf-8")
    dist.destroy_process_group()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2], sys.argv[3])
