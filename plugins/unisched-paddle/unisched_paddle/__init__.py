"""unisched schedules as native PaddlePaddle learning-rate schedulers.

`unisched.build(spec, "paddle")` gives a `UnischedLR`, which paddle's optimizers take as their `learning_rate`. It is
found through the entry point of this distribution, which is `backend`.
"""

from __future__ import annotations

from unisched_paddle.backend import backend
from unisched_paddle.scheduler import UnischedLR

__all__ = ["UnischedLR", "backend"]
