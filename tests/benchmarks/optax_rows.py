"""optax: a schedule called eagerly, compiled, in a compiled loop and in a training step, beside optax's own."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, Final

import jax
import jax.numpy as jnp
import numpy as np
import optax

import unisched
from benchmarks.documents import PEAK, TOTAL, WARMUP, segments, warmup_cosine
from benchmarks.growth import Points, costs, sizes, warm
from benchmarks.pairs import Call, Effort, Figure, Make, alike, compare, counted, paired

__all__ = ["GROWTHS", "PACKAGES", "ROWS"]

PACKAGES: Final = ("jax", "jaxlib", "optax")

_MIDDLE: Final = TOTAL // 2
_LOOPS: Final = 1000
_MOST_ROWS: Final = 10_000
_PEER: Final = "optax.warmup_cosine_decay_schedule"
_JOINED: Final = "optax.join_schedules"

Schedule = Callable[[Any], Any]


def _ours() -> Schedule:
    return unisched.build(warmup_cosine(), "optax", total=TOTAL)["learning_rate"]


def _theirs() -> Schedule:
    return optax.warmup_cosine_decay_schedule(0.0, PEAK, WARMUP, TOTAL)


def _of_segments(count: int) -> Schedule:
    return unisched.build(segments(count), "optax")["learning_rate"]


def _joined(count: int) -> Schedule:
    kinds = (
        optax.linear_schedule(1.0, 0.5, 10),
        optax.cosine_decay_schedule(1.0, 10, 0.5),
        optax.exponential_decay(1.0, 10, 0.5),
    )
    return optax.join_schedules([kinds[n % 3] for n in range(count)], [10 * n for n in range(1, count)])


def _same_curve(ours: Schedule, theirs: Schedule, steps: int) -> None:
    counts = jnp.arange(steps)
    alike(np.asarray(jax.jit(jax.vmap(ours))(counts)), np.asarray(jax.jit(jax.vmap(theirs))(counts)))


def _ready(function: Callable[..., Any], *given: object) -> Make:
    """Give a call that ends when its result is there."""
    return lambda calls: lambda: function(*given).block_until_ready()


# eager calls


def _eager(count: object, effort: Effort) -> list[Figure]:
    _same_curve(_ours(), _theirs(), TOTAL)
    return compare(_ready(_ours(), count), {_PEER: _ready(_theirs(), count)}, effort)


def _eager_int(effort: Effort) -> list[Figure]:
    return _eager(_MIDDLE, effort)


def _eager_array(effort: Effort) -> list[Figure]:
    return _eager(jnp.asarray(_MIDDLE), effort)


# compiling


def _lowered(schedule: Schedule) -> Any:
    """Give what tracing makes of a schedule that was never traced before."""

    def untraced(count: Any) -> Any:
        return schedule(count)

    return jax.jit(untraced).lower(jnp.asarray(_MIDDLE))


def _compiling(made: Callable[[int], Schedule], count: int) -> Callable[[], float]:
    def sample() -> float:
        schedule = made(count)
        begin = time.process_time()
        _lowered(schedule).compile()
        return time.process_time() - begin

    return sample


def _many(effort: Effort) -> int:
    return 10 if effort.is_trial else 1000


def _compile(effort: Effort) -> list[Figure]:
    count = _many(effort)
    # Curves of tens are compared, for optax needs seconds to compile a thousand.
    _same_curve(_of_segments(20), _joined(20), 200)
    _compiling(_of_segments, 3)(), _compiling(_joined, 3)()
    return [paired(_JOINED, _compiling(_of_segments, count), _compiling(_joined, count), effort.few(3).pairs)]


def _operations(schedule: Schedule) -> float:
    """Give the number of operations in the text that XLA is given."""
    return float(sum(" = " in line for line in _lowered(schedule).as_text().splitlines()))


def _size(effort: Effort) -> list[Figure]:
    many, few = _many(effort), 10
    return [
        counted("unisched, 10 segments", _operations(_of_segments(many)), _operations(_of_segments(few)), "operations"),
        counted(_JOINED, _operations(_of_segments(many)), _operations(_joined(many)), "operations"),
    ]


# compiled calls


def _jitted(effort: Effort) -> list[Figure]:
    count = jnp.asarray(_MIDDLE)
    return compare(_ready(jax.jit(_ours()), count), {_PEER: _ready(jax.jit(_theirs()), count)}, effort)


def _loop(schedule: Schedule) -> Make:
    @jax.jit
    def run() -> Any:
        return jax.lax.fori_loop(0, _LOOPS, lambda step, sum_: sum_ + schedule(step), 0.0)

    return _ready(run)


def _in_a_loop(effort: Effort) -> list[Figure]:
    figures = compare(_loop(_ours()), {_PEER: _loop(_theirs())}, effort)
    return [figure | {name: figure[name] / _LOOPS for name in ("ours", "theirs")} for figure in figures]


# training steps

_WIDTH: Final = 256
_BATCH: Final = 64


def _loss(weights: Any, inputs: Any) -> Any:
    hidden = jnp.tanh(inputs @ weights["into"])
    return jnp.mean((hidden @ weights["out"] - 1) ** 2)


def _training(optimizer: optax.GradientTransformation) -> Make:
    """Give a compiled update of two layers, the weights donated."""

    def update(weights: Any, state: Any, inputs: Any) -> Any:
        gradients = jax.grad(_loss)(weights, inputs)
        updates, state = optimizer.update(gradients, state, weights)
        return optax.apply_updates(weights, updates), state

    compiled = jax.jit(update, donate_argnums=(0, 1))
    inputs = jax.random.normal(jax.random.key(0), (_BATCH, _WIDTH))

    def make(calls: int) -> Call:
        weights = {"into": jnp.full((_WIDTH, _WIDTH), 0.01), "out": jnp.full((_WIDTH, 10), 0.01)}
        held = [(weights, optimizer.init(weights))]

        def call() -> None:
            held[0] = compiled(*held[0], inputs)
            held[0][0]["out"].block_until_ready()

        return call

    return make


def _in_training(optimizer: Callable[[Any], optax.GradientTransformation], effort: Effort) -> list[Figure]:
    return _beside_equal_steps(optimizer, {"a constant rate": PEAK, _PEER: _theirs()}, effort.long())


def _counting(optimizer: Callable[[Any], optax.GradientTransformation], effort: Effort) -> list[Figure]:
    return _beside_equal_steps(optimizer, {"a schedule that never changes": lambda count: PEAK}, effort.long())


def _beside_equal_steps(
    optimizer: Callable[[Any], optax.GradientTransformation], rates: Mapping[str, Any], effort: Effort
) -> list[Figure]:
    """Give the figures of our schedule beside these rates, and what two steps with the first of them differ by."""
    name, first = next(iter(rates.items()))
    ours, again = _training(optimizer(_ours())), _training(optimizer(first))
    beside = {name: _training(optimizer(rate)) for name, rate in rates.items()}
    noise = compare(again, {f"{name}, of another": beside[name]}, effort)
    return [*compare(ours, beside, effort), *({**figure, "is_noise": True} for figure in noise)]


def _their_own(optimizer: Callable[[Any], optax.GradientTransformation], effort: Effort) -> list[Figure]:
    constant = {"a constant rate": _training(optimizer(PEAK))}
    return compare(_training(optimizer(_theirs())), constant, effort.long())


ROWS: Final[Mapping[str, Callable[[Effort], list[Figure]]]] = {
    "eager call with an int": _eager_int,
    "eager call with an array": _eager_array,
    "trace and compile, 1 000 segments of three kinds": _compile,
    "size of the HLO, 1 000 segments": _size,
    "a jitted call": _jitted,
    "a step in a compiled loop": _in_a_loop,
    "a jitted training step with SGD": lambda effort: _in_training(optax.sgd, effort),
    "a jitted training step with SGD, beside a schedule that never changes": (
        lambda effort: _counting(optax.sgd, effort)
    ),
    "optax's own schedule in a jitted training step with SGD": lambda effort: _their_own(optax.sgd, effort),
    "a jitted training step with AdamW": lambda effort: _in_training(optax.adamw, effort),
    "a jitted training step with AdamW, beside a schedule that never changes": (
        lambda effort: _counting(optax.adamw, effort)
    ),
    "optax's own schedule in a jitted training step with AdamW": lambda effort: _their_own(optax.adamw, effort),
}


# sizes

_MOST_JOINED: Final = 1000


def _tracing(made: Callable[[int], Schedule], count: int) -> Call:
    schedule = made(count)
    return lambda: _lowered(schedule)


def _compiled(made: Callable[[int], Schedule], count: int) -> Call:
    return _lowered(made(count)).compile


@cache  # compiling a thousand of optax's takes seconds
def _called(made: Callable[[int], Schedule], count: int) -> Call:
    compiled, step = jax.jit(made(count)), jnp.asarray(5 * count)
    return warm(lambda: compiled(step).block_until_ready())


def _by_segments(kind: Callable[[Callable[[int], Schedule], int], Call], effort: Effort) -> dict[str, Points]:
    ours = costs(sizes(_MOST_ROWS, effort), lambda count: kind(_of_segments, count), effort)
    joined = costs(sizes(_MOST_JOINED, effort), lambda count: kind(_joined, count), effort.few(1))
    return {"unisched": ours, _JOINED: joined}


GROWTHS: Final[Mapping[str, Callable[[Effort], dict[str, Points]]]] = {
    "trace": lambda effort: _by_segments(_tracing, effort),
    "compile by XLA": lambda effort: _by_segments(_compiled, effort),
    "a jitted call": lambda effort: _by_segments(_called, effort),
}
