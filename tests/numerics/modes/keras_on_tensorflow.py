"""Keras on TensorFlow: in a graph, in a graph compiled by XLA, and the float64 inside them before it is rounded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Final

import tensorflow as tf
from unisched_keras import UnischedSchedule
from unisched_keras.tensorflow_engine import namespace

from numerics.case import Case
from numerics.mode import Given, Mode
from numerics.rows import by_case, padded

__all__ = ["MODES", "looped"]


def looped(functions: Sequence[Callable[[Any], Any]], steps: Any, dtype: Any = tf.float32, *, xla: bool) -> Any:
    """A row for each function, from a loop over scalar int64 steps in one graph."""

    def row(now: Any) -> Any:
        return tf.stack([function(now[index]) for index, function in enumerate(functions)])

    def loop(given: Any) -> Any:
        return tf.map_fn(tf.autograph.experimental.do_not_convert(row), given, fn_output_signature=dtype)

    # The counter of a Keras optimizer on TensorFlow has 64 bits.
    return tf.function(loop, jit_compile=xla, autograph=False)(tf.constant(steps, tf.int64)).numpy().T


def _scheduled(name: str, *, xla: bool) -> Callable[[Sequence[Case]], Given]:
    def run(cases: Sequence[Case]) -> Given:
        rows = looped([UnischedSchedule(case.program) for case in cases], padded(cases), xla=xla)
        return {name: by_case(rows, cases)}

    return run


def _inside(name: str, *, xla: bool) -> Callable[[Sequence[Case]], Given]:
    def run(cases: Sequence[Case]) -> Given:
        rows = looped([case.program.traced(namespace()) for case in cases], padded(cases), tf.float64, xla=xla)
        return {name: by_case(rows, cases)}

    return run


_GRAPH, _XLA = "keras tensorflow, graph", "keras tensorflow, XLA"
_WIDE_GRAPH, _WIDE_XLA = "tensorflow graph, float64", "tensorflow XLA, float64"

MODES: Final = (
    Mode(gives={_GRAPH: "float32"}, run=_scheduled(_GRAPH, xla=False), batch=8, compiled=True),
    Mode(gives={_XLA: "float32"}, run=_scheduled(_XLA, xla=True), batch=8, compiled=True),
    Mode(gives={_WIDE_GRAPH: "float64"}, run=_inside(_WIDE_GRAPH, xla=False), batch=8, compiled=True, share=8),
    Mode(gives={_WIDE_XLA: "float64"}, run=_inside(_WIDE_XLA, xla=True), batch=8, compiled=True, share=8),
)
