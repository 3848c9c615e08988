"""The rules, worked out by hand: what each makes of a short sequence of metrics, and the same over arrays.

The classes they are named after stand beside them in `tests/peers`; here every count can be followed with a pencil.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from random import Random
from typing import Any

import numpy as np
import pytest

from unisched.controllers import Controller, Greedy, Plateau
from unisched.evaluate import numpy_namespace
from unisched.memory import GreedyMemory, Memory, PlateauMemory, start
from unisched.rules import HOST, factor, observed

INF, NAN = math.inf, math.nan
SEQUENCES, LENGTH = 1000, 36


def after(controller: Controller, metrics: Iterable[float], base: float = 1.0) -> list[Any]:
    """The memory after each metric."""
    found, memory = [], start(controller)
    for metric in metrics:
        memory = observed(controller, memory, metric, base, HOST)
        found.append(memory)
    return found


def counts(memory: PlateauMemory) -> tuple[float, int, int, int]:
    return memory.best, memory.bad, memory.cooldown, memory.drops


def factors(controller: Controller, metrics: Iterable[float], base: float = 1.0) -> list[float]:
    return [factor(controller, memory, base, HOST) for memory in after(controller, metrics, base)]


def exactly(**fields: Any) -> Plateau:
    """A plateau for which every smaller metric is better."""
    return Plateau(monitor="m", **{"threshold": 0.0, "factor": 0.5, **fields})


# metric, then best, bad, cooldown and drops after it
Row = tuple[float, float, int, int, int]

TORCH: list[Row] = [  # patience 2, cooldown 1
    (5, 5, 0, 0, 0),
    (5, 5, 1, 0, 0),
    (6, 5, 2, 0, 0),
    (5, 5, 0, 1, 1),  # the third bad one, more than 2: a drop, and one observation to pass over
    (9, 5, 0, 0, 1),  # passed over
    (9, 5, 1, 0, 1),
    (4, 4, 0, 0, 1),  # better
    (NAN, 4, 1, 0, 1),
    (INF, 4, 2, 0, 1),
    (4, 4, 0, 1, 2),
    (3, 3, 0, 0, 2),  # better, though it is passed over
    (3, 3, 1, 0, 2),
    (-INF, -INF, 0, 0, 2),  # nothing is better from here on
    (-INF, -INF, 1, 0, 2),
]

KERAS: list[Row] = [  # patience 2, cooldown 2
    (5, 5, 0, 0, 0),
    (5, 5, 1, 0, 0),
    (6, 5, 0, 2, 1),  # the second bad one: a drop already
    (5, 5, 0, 1, 1),  # passed over
    (5, 5, 1, 0, 1),  # the last of the cooldown counts
    (5, 5, 0, 2, 2),
    (4, 4, 0, 1, 2),  # better, though it is passed over
    (NAN, 4, 1, 0, 2),
    (NAN, 4, 0, 2, 3),
]

OPTAX: list[Row] = [  # patience 2, cooldown 2
    (5, 5, 0, 0, 0),
    (5, 5, 1, 0, 0),
    (6, 5, 0, 2, 1),  # the second bad one: a drop already
    (5, 5, 0, 1, 1),  # passed over
    (5, 5, 0, 0, 1),  # and passed over
    (5, 5, 1, 0, 1),
    (5, 5, 0, 2, 2),
    (4, 4, 0, 1, 2),
]

IMPATIENT: list[Row] = [  # torch, patience 0: each bad one is a drop
    (5, 5, 0, 0, 0),
    (5, 5, 0, 0, 1),
    (4, 4, 0, 0, 1),
    (NAN, 4, 0, 0, 2),
]

FIRST_IS_NONE: list[Row] = [  # torch, patience 1: what is not a number is bad from the start, and never the best
    (NAN, INF, 1, 0, 0),
    (INF, INF, 0, 0, 1),
    (7, 7, 0, 0, 1),
    (8, 7, 1, 0, 1),
]

TABLES = {
    "torch": (exactly(rule="torch", patience=2, cooldown=1), TORCH),
    "keras": (exactly(rule="keras", patience=2, cooldown=2), KERAS),
    "optax": (exactly(rule="optax", patience=2, cooldown=2), OPTAX),
    "no patience": (exactly(patience=0), IMPATIENT),
    "no number at first": (exactly(patience=1), FIRST_IS_NONE),
    "no number at first, keras": (exactly(rule="keras", patience=2), [(NAN, INF, 1, 0, 0), (INF, INF, 0, 0, 1)]),
    "no number at first, optax": (exactly(rule="optax", patience=2), [(NAN, INF, 1, 0, 0), (7, 7, 0, 0, 0)]),
}


@pytest.mark.parametrize("name", TABLES)
def test_a_rule_counts_as_worked_out_by_hand(name: str) -> None:
    plateau, table = TABLES[name]
    assert [counts(m) for m in after(plateau, [row[0] for row in table])] == [row[1:] for row in table]


@pytest.mark.parametrize("name", TABLES)
def test_every_observation_is_counted_once(name: str) -> None:
    plateau, table = TABLES[name]
    assert [m.seen for m in after(plateau, [row[0] for row in table])] == [*range(1, len(table) + 1)]


@pytest.mark.parametrize("name", ["torch", "keras", "optax"])
def test_with_max_the_mirrored_metrics_give_the_same_counts(name: str) -> None:
    plateau, table = TABLES[name]
    mirrored = after(replace(plateau, mode="max"), [-row[0] for row in table])
    assert [(-m.best, m.bad, m.cooldown, m.drops) for m in mirrored] == [row[1:] for row in table]


# mode, threshold mode, threshold, a best metric, one that is just better, one that is just not
BETTER = {
    "min rel": ("min", "rel", 0.125, 8.0, 6.9, 7.0),
    "max rel": ("max", "rel", 0.125, 8.0, 9.1, 9.0),
    "min abs": ("min", "abs", 0.125, 8.0, 7.8, 7.875),
    "max abs": ("max", "abs", 0.125, 8.0, 8.2, 8.125),
    "min rel, below 0: a little worse is better": ("min", "rel", 0.125, -8.0, -7.1, -7.0),
    "max rel, below 0: a little worse is better": ("max", "rel", 0.125, -8.0, -8.9, -9.0),
    "min abs, below 0": ("min", "abs", 0.125, -8.0, -8.2, -8.125),
    "min rel, at 0": ("min", "rel", 0.125, 0.0, -1e-300, 0.0),
    "no threshold": ("min", "abs", 0.0, 8.0, math.nextafter(8.0, 0), 8.0),
}


@pytest.mark.parametrize("rule", ["torch", "keras"])
@pytest.mark.parametrize("name", BETTER)
def test_better_means_by_more_than_the_threshold(name: str, rule: Any) -> None:
    mode, threshold_mode, threshold, best, better, worse = BETTER[name]
    plateau = Plateau(monitor="m", mode=mode, threshold=threshold, threshold_mode=threshold_mode, rule=rule)  # type: ignore[arg-type]
    assert after(plateau, [best, better])[-1].best == better
    assert after(plateau, [best, worse])[-1].best == best


def test_optaxs_absolute_tolerance_joins_its_relative_one() -> None:
    plateau = Plateau(monitor="m", rule="optax", threshold=0.125, atol=0.5)
    assert [m.best for m in after(plateau, [8.0, 6.5, 6.4])] == [8.0, 8.0, 6.4]


def test_the_mean_of_several_metrics_makes_one_observation() -> None:
    plateau = exactly(rule="optax", patience=1, accumulation=3)
    memories = after(plateau, [1, 2, 6, 4, 4, 4, NAN, 0, 0, 1, 1, 1])
    assert [(m.gathered, m.best, m.drops) for m in memories] == [
        (1, INF, 0), (2, INF, 0), (0, 3.0, 0),  # the mean of 1, 2 and 6
        (1, 3.0, 0), (2, 3.0, 0), (0, 3.0, 1),  # 4 is worse
        (1, 3.0, 1), (2, 3.0, 1), (0, 3.0, 2),  # what is not a number spoils its mean, and no other
        (1, 3.0, 2), (2, 3.0, 2), (0, 1.0, 2),
    ]  # fmt: skip
    assert memories[-1].seen == 12


@pytest.mark.parametrize("rule", ["torch", "keras", "optax"])
def test_the_factor_is_a_power_that_stops_at_the_minimum(rule: Any) -> None:
    plateau = exactly(rule=rule, patience=1, minimum=0.2)
    found = factors(plateau, [1.0] * 9)
    assert [value for value, _ in itertools.groupby(found)] == [1.0, 0.5, 0.25, 0.2]
    # The third drop is the last that makes a difference; no more are counted.
    assert after(plateau, [1.0] * 50)[-1].drops == 3


def test_a_minimum_of_1_lets_nothing_drop() -> None:
    assert set(factors(exactly(patience=1, minimum=1.0), [1.0] * 9)) == {1.0}


def test_an_absolute_floor_is_a_part_of_the_base() -> None:
    plateau = exactly(patience=0, floor=0.03)
    assert [0.1 * f for f in factors(plateau, [1.0] * 5, 0.1)] == pytest.approx([0.1, 0.05, 0.03, 0.03, 0.03])
    # Above the base it lifts nothing: there is nothing to lower.
    assert factors(plateau, [1.0] * 5, 0.02) == [1.0] * 5
    assert after(plateau, [1.0] * 50, 0.02)[-1].drops == 0


def test_eps_makes_no_drop_as_small_as_that() -> None:
    # 0.1, 0.05, 0.025; the next drop were one of 0.0125.
    assert factors(exactly(patience=0, eps=0.0125), [1.0] * 6, 0.1) == [1.0, 0.5, 0.25, 0.25, 0.25, 0.25]
    assert factors(exactly(patience=0, eps=0.0124), [1.0] * 5, 0.1) == [1.0, 0.5, 0.25, 0.125, 0.125]


def test_a_base_of_0_stays_0() -> None:
    assert factors(exactly(patience=0, floor=0.03), [1.0] * 5, 0.0) == [1.0] * 5


def test_a_drop_holds_from_the_metric_that_brings_it() -> None:
    assert factors(exactly(patience=0), [1, 1, 0, 0]) == [1.0, 0.5, 0.5, 0.25]


def greedy(**fields: Any) -> Greedy:
    defaults = {"patience": 1, "factor": 0.5, "minimum": 0.1, "maximum": 0.8, "threshold": 0.0, "eps": 0.0}
    return Greedy(monitor="m", **{**defaults, **fields})


# metric, then best, good, bad, cooldown, warmup and the rate after it; base 0.4, cooldown 1, warmup 1
GREEDY = [
    (5, 5, 1, 0, 0, 0, 0.4),
    (4, 4, 0, 0, 0, 1, 0.8),  # the second good one in a row: raised, and one observation to pass over
    (3, 4, 0, 0, 0, 0, 0.8),  # passed over, not even the best
    (4, 4, 0, 1, 0, 0, 0.8),
    (NAN, 4, 0, 0, 1, 0, 0.4),  # the second bad one: cut, and one to pass over
    (3, 4, 0, 0, 0, 0, 0.4),
    (4, 4, 0, 1, 0, 0, 0.4),
    (3, 3, 1, 0, 0, 0, 0.4),  # one of the other sort starts the count over
    (3, 3, 0, 1, 0, 0, 0.4),
    (3, 3, 0, 0, 1, 0, 0.2),
    (3, 3, 0, 0, 0, 0, 0.2),
    (3, 3, 0, 1, 0, 0, 0.2),
    (3, 3, 0, 0, 1, 0, 0.1),  # at the minimum
    (9, 3, 0, 0, 0, 0, 0.1),
    (9, 3, 0, 1, 0, 0, 0.1),
    (9, 3, 0, 0, 1, 0, 0.1),  # no lower
]


def test_the_greedy_rule_raises_and_cuts_as_worked_out_by_hand() -> None:
    found: list[GreedyMemory] = after(greedy(cooldown=1, warmup=1), [row[0] for row in GREEDY], 0.4)
    rates = [memory.rate if memory.changes else 0.4 for memory in found]
    counted = [(m.best, m.good, m.bad, m.cooldown, m.warmup) for m in found]
    assert counted == [row[1:6] for row in GREEDY]
    assert rates == pytest.approx([row[6] for row in GREEDY], rel=1e-15)


def test_a_greedy_rate_is_a_factor_of_its_base() -> None:
    assert factors(greedy(), [5, 4, 4, 4, 4, 4], 0.4) == [1.0, 2.0, 2.0, 1.0, 1.0, 0.5]


def test_after_enough_cuts_at_the_minimum_all_starts_over() -> None:
    # From 0.2: cut to 0.1 by metric 3, at 5 and 7 cut at the minimum; with reset 2 the second of these starts over.
    found: list[GreedyMemory] = after(greedy(patience=1, reset=3), [5.0] * 7 + [9.0] * 2, 0.2)
    assert [(m.changes, m.left) for m in found] == [
        (0, 3),
        (0, 3),
        (1, 2),
        (1, 2),
        (1, 1),
        (1, 1),
        (0, 3),
        (0, 3),
        (0, 3),
    ]
    assert [m.best for m in found] == [5.0] * 6 + [INF, 9.0, 9.0]
    assert found[-1].seen == 9


def test_a_greedy_mean_is_of_the_last_metrics_only() -> None:
    smooth: list[GreedyMemory] = after(greedy(smooth=True, window=3, patience=9), [3, 5, 4, 9, 1])
    assert [m.held for m in smooth] == [1, 2, 3, 3, 3]
    assert smooth[-1].values == (4, 9, 1)
    assert smooth[-1].best == 3  # the means are 3, 4, 4, 6 and 14 / 3


# Over arrays the same text counts a thousand sequences at once.


def settings(random: Random) -> list[Controller]:
    """One controller of each sort for both threshold modes, the rest drawn."""
    found: list[Controller] = []
    for threshold_mode, mode in itertools.product(("rel", "abs"), ("min", "max")):
        common: dict[str, Any] = {
            "monitor": "m", "mode": mode, "threshold_mode": threshold_mode,
            "threshold": random.choice([0.0, 0.1, 1e-4]),
            "factor": random.choice([0.1, 0.5, 0.9]), "patience": random.randint(1, 3),
            "cooldown": random.randint(0, 3),
        }  # fmt: skip
        lowest = random.choice([0.0, 0.01])
        found += [
            Plateau(rule="torch", **common),
            Plateau(rule="torch", eps=1e-8, floor=lowest, **common),
            Plateau(rule="keras", minimum=lowest, **common),
            Plateau(rule="keras", floor=lowest, **common),
            Greedy(warmup=random.randint(0, 3), minimum=0.01, maximum=0.5, eps=1e-8, reset=2, **common),
            Greedy(smooth=True, window=3, minimum=0.01, maximum=0.5, **common),
        ]
        if mode == "min":
            accumulation = random.randint(1, 3)
            found.append(Plateau(rule="optax", atol=0.01, accumulation=accumulation, minimum=lowest, **common))
    return found


CONTROLLERS = settings(Random(20))


def sequences(count: int) -> np.ndarray[Any, np.dtype[np.float64]]:
    """Random metrics, a sequence a column: few levels over and over, with what is no number among them."""
    random = Random(4)
    levels = [0.1, 0.2, 0.3, -0.1, -0.2, 0.0, 0.5, 0.55, 0.049]
    odd = [NAN, INF, -INF]

    def metric() -> float:
        return random.choice(odd) if random.random() < 0.02 else random.choice([*levels, random.random()])

    return np.array([[metric() for _ in range(count)] for _ in range(LENGTH)])


METRICS = sequences(SEQUENCES)
BASE = 0.3


def start_of_many(controller: Controller, count: int) -> Memory:
    def many(number: Any) -> Any:
        return np.full(count, number, np.int64 if isinstance(number, int) else np.float64)

    fields = {name: tuple(map(many, value)) if isinstance(value, tuple) else many(value)
              for name, value in start(controller)._asdict().items()}  # fmt: skip
    return type(start(controller))(**fields)


def described(controller: Controller) -> str:
    name = controller.rule if isinstance(controller, Plateau) else "greedy"
    return f"{name}-{controller.mode}-{controller.threshold_mode}"


@pytest.mark.parametrize("controller", CONTROLLERS, ids=described)
def test_arrays_remember_the_bits_of_the_host_over_a_thousand_sequences(controller: Controller) -> None:
    memory = start_of_many(controller, SEQUENCES)
    base = np.full(SEQUENCES, BASE)
    with np.errstate(invalid="ignore"):
        for metrics in METRICS:
            memory = observed(controller, memory, metrics, base, numpy_namespace)
        reached = factor(controller, memory, base, numpy_namespace)
    for column in range(SEQUENCES):
        due = after(controller, METRICS[:, column].tolist(), BASE)[-1]
        assert bits_of(memory, column) == bits_of(due, None)
        assert reached[column] == pytest.approx(factor(controller, due, BASE, HOST), rel=2.0**-52, abs=0)
    assert moved(memory, base)


def bits_of(memory: Memory, column: int | None) -> Sequence[str]:
    """The numbers of a memory as text that tells all of them apart, of one column where it holds many."""
    flat = [number for value in memory for number in (value if isinstance(value, tuple) else (value,))]
    chosen = flat if column is None else [np.broadcast_to(number, SEQUENCES)[column] for number in flat]
    return [repr(float(number)) for number in chosen]


def moved(memory: Any, base: Any) -> bool:
    """Some of the sequences moved the factor, or the comparison was of nothing."""
    changed = memory.changes if isinstance(memory, GreedyMemory) else memory.drops
    return bool((changed > 0).mean() > 0.1)


def test_a_rule_that_counts_one_more_is_noticed() -> None:
    controller = Plateau(monitor="m", patience=2)
    patient = replace(controller, patience=3)
    assert any(
        after(controller, METRICS[:, c].tolist())[-1] != after(patient, METRICS[:, c].tolist())[-1] for c in range(20)
    )
