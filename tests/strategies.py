"""Random nodes of the intermediate representation, for tests that state a law rather than an example.

Phases are drawn one by one and shrink well; what is larger grows from a seed, which costs a hundredth of the time.
"""

from __future__ import annotations

import typing
from dataclasses import replace
from random import Random

from hypothesis import strategies as st

from unisched.formulas.tree import Binary, Integer, Number, Step, Tree, Unary
from unisched.ir import (
    Assignment,
    Body,
    Combine,
    Constant,
    Controller,
    Curve,
    Exponential,
    Fold,
    Formula,
    Greedy,
    Noise,
    Operator,
    Phase,
    Plateau,
    Power,
    Ramp,
    Shape,
    Signal,
    Table,
    Target,
    Track,
    Value,
    Wrap,
    exchanged,
)

__all__ = [
    "DEEPEST", "EXPONENTS", "FORMULAS", "LEVELS", "OPERATORS", "SHAPES", "bodies", "moved_bodies", "phase_of", "phases",
    "seeds",
]  # fmt: skip

DEEPEST = 4
WRAPS: tuple[Wrap, ...] = typing.get_args(Wrap)
SHAPES: tuple[Shape, ...] = typing.get_args(Shape)
OPERATORS: tuple[Operator, ...] = typing.get_args(Operator)
EXPONENTS = (0.5, 1.5, 2.0, 3.0)
LEVELS = (0.0, 1.0, 0.5, 0.1, 3e-4, 2.0, 7.25, -0.3, 1e-9)
STAIRS = (1, 1, 1, 2, 3, 7)
RATES = ((0.5, 1.0), (0.9, 1.0), (1.01, 1.0), (1e-3, 0.25))
FORMULAS: tuple[Tree, ...] = (
    Binary("/", Integer(1), Binary("+", Step(), Integer(2))),
    Binary("*", Number(0.5), Unary("sqrt", Step())),
    Unary("exp", Binary("*", Binary("%", Step(), Integer(5)), Number(-0.1))),
)
GROUPS = ("head", "body*", "läsion", '"', "0")


def seeds() -> st.SearchStrategy[Random]:
    """Sources of random numbers, the same in every run."""
    return st.randoms(use_true_random=True)


@st.composite
def phases(draw: st.DrawFn, wraps: tuple[Wrap, ...] = WRAPS) -> Phase:
    """Phases of any wrap, short enough for a test to see them to their end."""
    every = draw(st.sampled_from(STAIRS))
    return Phase.of(
        span=draw(st.integers(1, 40)), rate=draw(st.integers(1, 3)), offset=draw(st.integers(0, 50)), every=every,
        lead=draw(st.integers(0, every - 1)), wrap=draw(st.sampled_from(wraps)),
    )  # fmt: skip


def phase_of(random: Random, wraps: tuple[Wrap, ...]) -> Phase:
    every = random.choice(STAIRS)
    return Phase.of(
        span=random.randint(1, 40), rate=random.randint(1, 3), offset=random.randint(0, 50), every=every,
        lead=random.randrange(every), wrap=random.choice(wraps),
    )  # fmt: skip


def bodies() -> st.SearchStrategy[Body]:
    """Whole bodies: one to three values nested to `DEEPEST`, a target for each, and some groups."""
    return st.builds(_body, seeds())


def moved_bodies() -> st.SearchStrategy[Body]:
    """Bodies in which some constants, and a factor of each value, are what a plateau or the greedy rule reaches."""
    return st.builds(_moved_body, seeds())


def _moved_body(random: Random) -> Body:
    still = _body(random)
    controllers = tuple(_controller(random, index) for index in range(random.randint(1, 3)))

    def signal() -> Signal:
        return Signal(index=random.randrange(len(controllers)), held=random.random() < 0.1)

    def moved(curve: Curve) -> Curve:
        return signal() if isinstance(curve, Constant) and random.random() < 0.5 else curve

    def times(value: Value) -> Value:
        factor = Track(
            starts=(0, random.randint(1, 40)), curves=(random.choice([signal(), Constant(value=2.0)]), signal())
        )
        rest = exchanged(value, moved)
        return Combine(op="product", parts=(factor, rest))

    return replace(still, values=tuple(map(times, still.values)), controllers=controllers)


def _controller(random: Random, index: int) -> Controller:
    monitor, place = random.choice(["loss", "accuracy"]), f"schedules.x.curves[{index}]"
    fields: dict[str, typing.Any] = {
        "factor": random.choice([0.1, 0.5, 0.9]), "patience": random.randint(1, 2), "cooldown": random.randint(0, 1),
    }  # fmt: skip
    if random.random() < 0.3:
        return Greedy(monitor=monitor, place=place, base=0.3, minimum=0.01, maximum=0.5, reset=2, **fields)
    rule: typing.Any = random.choice(["torch", "keras", "optax"])
    floor = random.choice([0.0, 0.05])
    return Plateau(monitor=monitor, place=place, base=0.3, rule=rule, floor=floor, **fields)


def _body(random: Random) -> Body:
    values = tuple(_value(random, DEEPEST) for _ in range(random.randint(1, 3)))
    names = random.sample(["learning_rate", "weight_decay", "momentum", "x"], len(values))
    assignments = [Assignment(target=Target(name), value=index) for index, name in enumerate(names)]
    for group in random.sample(GROUPS, random.randint(0, 2)):
        index = random.randrange(len(values))
        target = Target("learning_rate", group)
        assignments.append(Assignment(target=target, value=index, scale=random.choice(LEVELS)))
    horizon = random.choice([None, 1, 100, 10**6])
    after = random.choice(["continue", "error"] if horizon else ["continue"])
    return Body(values=values, assignments=tuple(assignments), horizon=horizon, after=after)  # type: ignore[arg-type]


def _value(random: Random, depth: int) -> Value:
    if depth == 0 or random.random() < 0.5:
        return _track(random, min(depth, 2))
    op = random.choice(OPERATORS)
    parts = [_value(random, depth - 1) for _ in range(random.randint(2, 3))]
    if isinstance(parts[0], Combine) and parts[0].op == op:
        parts[0] = _track(random, 0)
    return Combine(op=op, parts=tuple(parts))


def _track(random: Random, depth: int) -> Track:
    starts = (0, *sorted(random.sample(range(1, 60), random.randint(0, 3))))
    return Track(starts=starts, curves=tuple(_curve(random, depth) for _ in starts))


def _curve(random: Random, depth: int) -> Curve:
    kind = random.choice(
        ["constant", "ramp", "exponential", "power", "table", "noise", "formula", *(["fold"] if depth else [])]
    )
    if kind == "fold":
        return Fold(track=_track(random, depth - 1), phase=phase_of(random, ("free", "restart")))
    if kind == "constant":
        return Constant(value=random.choice(LEVELS))
    if kind == "ramp":
        return _ramp(random)
    if kind == "formula":
        return Formula(tree=random.choice(FORMULAS), offset=random.choice([0, 0, 3, 50]))
    if kind == "table":
        values = tuple(random.choice(LEVELS) for _ in range(random.randint(1, 6)))
        return Table(values=values, phase=phase_of(random, ("free",)), linear=random.random() < 0.5)
    if kind == "noise":
        return Noise(std=random.choice([0.1, 1e-3]), seed=random.choice([0, 7, 2**63 - 1]),
                     phase=phase_of(random, ("free",)), limit=random.choice([None, 0.05]))  # fmt: skip
    phase = phase_of(random, ("hold", "free"))
    if kind == "power":
        return Power(value=random.choice(LEVELS), exponent=random.choice(EXPONENTS), phase=phase)
    to, of = random.choice(RATES)
    warp = random.choice([1.0, *EXPONENTS]) if phase.wrap == "hold" else 1.0
    return Exponential(value=random.choice(LEVELS), to=to, of=of, phase=phase, warp=warp)


def _ramp(random: Random) -> Ramp:
    phase = phase_of(random, ("hold", "restart", "bounce"))
    start, end = random.sample(LEVELS, 2)
    power = random.choice([1.0, *EXPONENTS])
    return Ramp(
        start=start, end=end, phase=phase, shape=random.choice(SHAPES), power=power,
        mirror=power != 1.0 and random.random() < 0.5,
        warp=random.choice([1.0, *EXPONENTS]) if phase.wrap == "hold" else 1.0,
    )  # fmt: skip
