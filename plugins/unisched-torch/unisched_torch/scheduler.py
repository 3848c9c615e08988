"""The native scheduler: a torch `LRScheduler` that holds an optimizer's param groups at the values of its step.

Every value is a pure function of `last_epoch`, the only counter, so that order of building and loading does not
matter. What is written where is decided in `binding`.
"""

from __future__ import annotations

import os
import threading
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final, Literal, TypeAlias, cast

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from unisched.plugin import (
    BindingError,
    Problem,
    Program,
    Source,
    State,
    StateError,
    StepError,
    UnischedError,
    UnsupportedError,
    resume,
)
from unisched_torch import arguments, fit
from unisched_torch.binding import Binding, bind, copied, names_of
from unisched_torch.pace import Pace
from unisched_torch.pulse import call_after_updates, call_before_updates
from unisched_torch.saved import Saved

__all__ = ["UnischedLR"]

Driver: TypeAlias = Literal["step", "optimizer"]

# One for all schedulers: a lock of its own could be neither copied nor pickled.
_MOVING: Final = threading.RLock()
