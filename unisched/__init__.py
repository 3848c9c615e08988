"""Schedules for learning rates and other hyperparameters: written once as data, run natively everywhere.

The straight line is `load`, `compile`, `emit`; `build` is the three in one. Errors are in `unisched.errors`,
the door for plugin authors is `unisched.plugin`, their conformance kit `unisched.testing`.
"""

from __future__ import annotations

from unisched.difference import diff
from unisched.errors import UnischedError
from unisched.lifting import lift
from unisched.parity import parity
from unisched.program import Program
from unisched.replanning import adopt, replan
from unisched.spec import Spec
from unisched.state import State
from unisched.verbs import backends, build, compile, emit, load

__all__ = [
    "Program",
    "Spec",
    "State",
    "UnischedError",
    "__version__",
    "adopt",
    "backends",
    "build",
    "compile",
    "diff",
    "emit",
    "lift",
    "load",
    "parity",
    "replan",
]

__version__ = "0.1.0"
