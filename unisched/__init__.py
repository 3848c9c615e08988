"""Schedules for learning rates and other hyperparameters: written once as data, run natively everywhere.

The straight line is `load`, `compile`, `emit`; `build` is the three in one. Errors are in `unisched.errors`,
the door for plugin authors is `unisched.plugin`, their conformance kit `unisched.testing`.
"""

# Each name is loaded with the module it lives in when it is first asked for: what loads a state in every worker does
# not pay for reading documents. No module may be called like a name of `_HOMES`: importing it would take the name.

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

from unisched.errors import UnischedError

if TYPE_CHECKING:
    from unisched.agreement import parity
    from unisched.difference import diff
    from unisched.lifting import lift
    from unisched.program import Program
    from unisched.replanning.adoption import adopt
    from unisched.replanning.replan import replan
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

_HOMES: Final = {
    "Program": "program", "Spec": "spec", "State": "state", "adopt": "replanning", "backends": "verbs",
    "build": "verbs", "compile": "verbs", "diff": "difference", "emit": "verbs", "lift": "lifting", "load": "verbs",
    "parity": "agreement", "replan": "replanning",
}  # fmt: skip


def __dir__() -> list[str]:
    return sorted(__all__)


if not TYPE_CHECKING:  # type checkers would take it that every name is there

    def __getattr__(name: str) -> Any:
        if name not in _HOMES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        found = getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
        globals()[name] = found
        return found
