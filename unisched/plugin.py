"""The plugin author's door: everything a backend needs, and no code.

A backend is one value under the entry-point group `unisched.backends`. Import from here and from
`unisched.testing`; the modules behind may move.
"""

from __future__ import annotations

from unisched.backend import Backend, Capabilities, Form, Replay, check_program
from unisched.errors import BindingError, Problem, StateError, StepError, UnischedError, UnsupportedError
from unisched.evaluate import Namespace, float32_view
from unisched.ir import Target
from unisched.program import Program
from unisched.state import State
from unisched.verbs import Source, compile, program_of, resume

__all__ = [
    "Backend",
    "BindingError",
    "Capabilities",
    "Form",
    "Namespace",
    "Problem",
    "Program",
    "Replay",
    "Source",
    "State",
    "StateError",
    "StepError",
    "Target",
    "UnischedError",
    "UnsupportedError",
    "check_program",
    "compile",
    "float32_view",
    "program_of",
    "resume",
]
