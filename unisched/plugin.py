"""The plugin author's door: everything a backend or a dialect needs, and no code.

A backend is one value under the entry-point group ``unisched.backends``, a dialect one under ``unisched.dialects``.
Import from here and from `unisched.testing`; the modules behind may move.
"""

from __future__ import annotations

from unisched import memory, rules, watching
from unisched.backend import Backend, Capabilities, Form, Replay, check_program
from unisched.block_search import block_search
from unisched.changes import changes
from unisched.controllers import Controller, Greedy, Plateau
from unisched.duration import Clock, Duration
from unisched.eighth_sine import eighth_sine
from unisched.errors import BindingError, Problem, SpecError, StateError, StepError, UnischedError, UnsupportedError
from unisched.evaluate import Namespace, float32_view
from unisched.ir import Target
from unisched.metric import Metric, one_number
from unisched.monitors import Monitor, logged_names, one_watched
from unisched.program import Program
from unisched.single import SMALLEST_FLOAT32, float32
from unisched.spec.dialect import Dialect, DialectCurve, IntervalCurve, Quirk, Reading, WaveCurve, curve
from unisched.spec.grammar import AnyCurve as Curve
from unisched.spec.values import Count, Number, PositiveNumber, SpanField, StrideField
from unisched.state import State
from unisched.verbs import Source, StateSource, compile, load, program_of, resume

__all__ = [
    "SMALLEST_FLOAT32",
    "Backend",
    "BindingError",
    "Capabilities",
    "Clock",
    "Controller",
    "Count",
    "Curve",
    "Dialect",
    "DialectCurve",
    "Duration",
    "Form",
    "Greedy",
    "IntervalCurve",
    "Metric",
    "Monitor",
    "Namespace",
    "Number",
    "Plateau",
    "PositiveNumber",
    "Problem",
    "Program",
    "Quirk",
    "Reading",
    "Replay",
    "Source",
    "SpanField",
    "SpecError",
    "State",
    "StateError",
    "StateSource",
    "StepError",
    "StrideField",
    "Target",
    "UnischedError",
    "UnsupportedError",
    "WaveCurve",
    "block_search",
    "changes",
    "check_program",
    "compile",
    "curve",
    "eighth_sine",
    "float32",
    "float32_view",
    "load",
    "logged_names",
    "memory",
    "one_number",
    "one_watched",
    "program_of",
    "resume",
    "rules",
    "watching",
]
