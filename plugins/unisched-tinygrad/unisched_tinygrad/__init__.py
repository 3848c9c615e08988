"""unisched schedules as native tinygrad schedulers.

`unisched.build(spec, "tinygrad", optimizer=...)` gives a `UnischedLR`, which writes into the tensors that tinygrad's
optimizers read. It is found through the entry point of this distribution, which is `backend`.
"""

from __future__ import annotations

from unisched_tinygrad.backend import backend
from unisched_tinygrad.scheduler import UnischedLR

__all__ = ["UnischedLR", "backend"]
