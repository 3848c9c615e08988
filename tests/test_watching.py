"""Which metric reaches which controller, when, and which is none: windows, names, types and bases."""

from __future__ import annotations

import math
from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

import unisched
from unisched import Program, State
from unisched.errors import BindingError, StepError, UnischedError
from unisched.numpy_backend import Scheduler

PATH = "schedules.learning_rate"
STALL: dict[str, Any] = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
WARM = {"kind": "linear", "start": 0, "end": 1, "duration": 20}
WARMED = {"kind": "sequence", "parts": [WARM, STALL]}
FLAT = dict.fromkeys(range(0, 60, 5), 1.0)
"""A metric before every fifth update that never improves."""

Document = Mapping[str, Any]


def product(*curves: Any) -> dict[str, Any]:
    return {"kind": "product", "curves": [*curves]}


def windows(document: Document, **clock: Any) -> list[list[tuple[int, int | None]]]:
    return [[*of_one] for of_one in unisched.compile(document, **clock).windows]


RAMP = {"kind": "piecewise", "interpolation": "previous", "points": [[0, 10], [30, 20]]}

# When a plateau observes, by where it stands.
WINDOWS: dict[str, tuple[Document, dict[str, Any], list[list[tuple[int, int | None]]]]] = {
    "alone": (STALL, {}, [[(0, None)]]),
    "alone, past the total": (STALL, {"total": 100}, [[(0, None)]]),
    "held after the total": ({"total": 100, "after": "hold", "schedules": {"learning_rate": STALL}}, {}, [[(0, 100)]]),
    "with a length": ({**STALL, "duration": 30}, {}, [[(0, 30)]]),
    "over a warm-up": (product({"kind": "sequence", "parts": [WARM, 1]}, STALL), {}, [[(0, None)]]),
    "after a warm-up": (WARMED, {}, [[(20, None)]]),
    "between": ({"kind": "sequence", "parts": [WARM, {**STALL, "duration": 10}, 1]}, {}, [[(20, 30)]]),
    "one after another": (
        {"kind": "sequence", "parts": [{**STALL, "duration": 10}, {**STALL, "patience": 1}]}, {},
        [[(0, 10)], [(10, None)]],
    ),
    "one over another": (product(STALL, {**STALL, "patience": 1}), {}, [[(0, None)], [(0, None)]]),
    "under a floor": ({"kind": "clip", "minimum": 0.1, "curve": WARMED}, {}, [[(20, None)]]),
    "shifted to earlier": ({"kind": "shift", "by": 5, "curve": WARMED}, {}, [[(15, None)]]),
    "shifted to later": ({"kind": "shift", "by": -5, "curve": WARMED}, {}, [[(25, None)]]),
    "on stairs that meet the boundary": ({"kind": "stair", "every": 10, "curve": WARMED}, {}, [[(20, None)]]),
    "on stairs that do not": ({"kind": "stair", "every": 7, "curve": WARMED}, {}, [[(21, None)]]),
    "on stairs of half steps": (
        {"kind": "stair", "every": "0.5 epochs", "curve": WARMED}, {"steps_per_epoch": 7}, [[(21, None)]]
    ),
    "on stairs of stairs": (
        {"kind": "stair", "every": "0.5 epochs", "curve": {"kind": "stair", "every": 4, "curve": WARMED}},
        {"steps_per_epoch": 7}, [[(21, None)]],
    ),
    "in a part on stairs of half steps": (
        {"kind": "sequence", "parts": [{"kind": "stair", "every": "0.5 epochs", "duration": 50, "curve": WARMED}, 1]},
        {"steps_per_epoch": 7}, [[(21, 50)]],
    ),
    "on stairs that a batch ramp makes shorter": (
        {"schedules": {"learning_rate": {"kind": "stair", "every": "60 samples", "curve": WARMED}, "batch": RAMP},
         "samples_per_step": "batch", "total": 50},
        {}, [[(24, None)]],
    ),
    "in a window of a longer plan": (
        {"kind": "window", "offset": 15, "length": 50, "curve": WARMED}, {}, [[(5, None)]]
    ),
    "followed": (
        {"schedules": {"learning_rate": WARMED, "weight_decay": {"kind": "follow", "schedule": "learning_rate"}}}, {},
        [[(20, None)]],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", WINDOWS)
def test_a_plateau_observes_while_its_part_runs(name: str) -> None:
    document, clock, due = WINDOWS[name]
    assert windows(document, **clock) == due


def driven(program: Program, metrics: Mapping[int, Any], stop: int) -> list[dict[Any, float]]:
    """What numpy's scheduler gives under a log, all targets by step."""
    scheduler: Scheduler = unisched.build(program, form="scheduler")
    used = []
    for step in range(stop):
        if step in metrics:
            scheduler.observe(metrics[step])
        used.append({target: scheduler.value(*target) for target in program.targets})
        scheduler.step()
    return used


def rates(document: Document, metrics: Mapping[int, Any], stop: int, **clock: Any) -> list[float]:
    return [next(iter(row.values())) for row in driven(unisched.compile(document, **clock), metrics, stop)]


def drops_at(values: list[float]) -> list[int]:
    """The steps at which a value is half the one before."""
    return [step for step in range(1, len(values)) if values[step] == values[step - 1] / 2]


def test_what_comes_before_its_part_is_not_counted_and_what_comes_after_it_changes_nothing() -> None:
    between = {"kind": "sequence", "parts": [WARM, {**STALL, "duration": 20}, 1]}
    # The metric of step 20 is its first, and the best; those of 25, 30 and 35 are drops.
    assert drops_at(rates(between, FLAT, 50)) == [25, 30, 35]
    assert rates(between, FLAT, 50)[40:] == [1.0] * 10


def test_a_plateau_that_has_ended_holds_what_it_reached() -> None:
    ended = product(0.8, {**STALL, "duration": 12})
    assert rates(ended, FLAT, 30)[10:] == [0.2] * 20


def test_a_metric_of_the_last_step_of_a_part_is_felt_there_and_one_of_the_boundary_is_the_next_ones() -> None:
    two = {"kind": "sequence", "parts": [{**STALL, "duration": 10}, STALL]}
    assert rates(two, {0: 1.0, 9: 1.0, 10: 1.0, 11: 1.0}, 13) == [1.0] * 9 + [0.5, 1.0, 0.5, 0.5]


def test_several_observations_before_one_update_all_count() -> None:
    scheduler: Scheduler = unisched.build(STALL, form="scheduler")
    for _ in range(3):
        scheduler.observe(1.0)
    assert scheduler.value() == 0.25


def test_a_floor_bounds_the_value_and_a_minimum_the_factor() -> None:
    falling = {"kind": "linear", "start": 0.8, "end": 0.4, "duration": 30}
    floored = {"kind": "clip", "minimum": 0.25, "curve": product(falling, STALL)}
    bounded = product(falling, {**STALL, "minimum": 0.25})
    assert rates(floored, FLAT, 40)[20:] == [0.25] * 20
    assert rates(bounded, FLAT, 40)[30:] == [0.1] * 10


def test_a_stair_holds_its_curve_and_lets_a_factor_through_at_once() -> None:
    falling = {"kind": "linear", "start": 1, "end": 0, "duration": 40}
    found = rates({"kind": "stair", "every": 10, "curve": product(falling, STALL)}, FLAT, 40)
    assert found[:12] == [1.0] * 5 + [0.5] * 5 + [0.75 / 4] * 2
    assert drops_at(found) == [5, 15, 25, 35]


RAMPED = {
    "samples_per_step": "batch", "total": 50,
    "schedules": {"learning_rate": {"kind": "stair", "every": "60 samples", "curve": STALL}, "batch": RAMP},
}  # fmt: skip


def test_a_stair_of_unequal_steps_lets_a_factor_through_too() -> None:
    assert drops_at(rates(RAMPED, FLAT, 50)) == [*range(5, 50, 5)]


def test_a_schedule_and_what_follows_it_share_one_memory() -> None:
    document = {
        "schedules": {
            "learning_rate": product(0.1, STALL), "weight_decay": {"kind": "follow", "schedule": "learning_rate"},
        }
    }  # fmt: skip
    program = unisched.compile(document)
    assert len(program.controllers) == 1
    assert all(len({*row.values()}) == 1 for row in driven(program, FLAT, 30))


GROUPED: Document = {
    "schedules": {"learning_rate": product(0.8, STALL)},
    "groups": {
        "body": {"learning_rate": {"scale": 0.1}},
        "head": {"learning_rate": product(0.4, {**STALL, "monitor": "accuracy", "mode": "max"})},
        "frozen": {"learning_rate": 0.3},
    },
}


def test_a_scaled_group_goes_along_and_an_entry_of_its_own_watches_for_itself() -> None:
    program = unisched.compile(GROUPED)
    assert program.monitors == ("loss", "accuracy")
    log = {1: {"loss": 1.0, "accuracy": 0.5}, 2: {"loss": 1.0}, 3: {"accuracy": 0.5}, 4: {"loss": 1.0, "accuracy": 0.6}}
    last = driven(program, log, 5)[-1]
    assert {target.group: value for target, value in last.items()} == {
        None: 0.2, "body": 0.2 * 0.1, "head": 0.2, "frozen": 0.3,
    }  # fmt: skip


def test_only_the_metrics_that_are_named_are_observed() -> None:
    program = unisched.compile(GROUPED)
    state = program.start().observe(program, {"accuracy": 0.5}).observe(program, {})
    assert [memory["seen"] for memory in state.feedback.values()] == [1]


def test_every_controller_of_a_metric_hears_it_and_one_memory_is_kept_for_each() -> None:
    program = unisched.compile(product(STALL, {**STALL, "patience": 2}))
    state = program.start()
    for _ in range(4):
        state = state.observe(program, 0.5)
    assert {place: memory["drops"] for place, memory in state.feedback.items()} == {
        f"{PATH}.curves[0]": 3, f"{PATH}.curves[1]": 1,
    }  # fmt: skip


ONE = unisched.compile(STALL)
TWO = unisched.compile(product(STALL, {**STALL, "monitor": "accuracy"}))
NONE = unisched.compile({"kind": "constant", "value": 0.1})

NUMBERS: dict[str, Any] = {
    "a float": 0.5,
    "an int": 3,
    "a huge int": 10**300,
    "numpy's float64": np.float64(0.5),
    "numpy's float32": np.float32(0.1),
    "numpy's float16": np.float16(0.1),
    "numpy's int64": np.int64(3),
    "an array of no dimension": np.array(0.25),
    "an array of one": np.array([0.25]),
    "an array of one, of three dimensions": np.full((1, 1, 1), 3),
    "a Decimal": Decimal("0.1"),
    "a Fraction": Fraction(1, 3),
    "infinity": math.inf,
    "a float in a mapping": {"loss": 0.5},
    "an array in a mapping": {"loss": np.array(0.5)},
}


@pytest.mark.parametrize("name", NUMBERS)
def test_any_one_real_number_is_a_metric(name: str) -> None:
    metric = NUMBERS[name]
    one = metric["loss"] if isinstance(metric, Mapping) else metric
    plain = float(one.item() if isinstance(one, np.ndarray) else one)
    assert ONE.start().observe(ONE, metric) == ONE.start().observe(ONE, plain)


REFUSED: dict[str, tuple[Program, Any, str, str]] = {
    "a boolean": (ONE, True, "metric.type", "loss is True, not one number"),
    "numpy's boolean": (ONE, np.bool_(True), "metric.type", "not one number"),
    "text": (ONE, "0.5", "metric.type", "loss is '0.5', not one number"),
    "bytes": (ONE, b"0.5", "metric.type", "not one number"),
    "nothing": (ONE, None, "metric.type", "loss is None, not one number"),
    "a complex number": (ONE, 0.5j, "metric.type", "not one number"),
    "numpy's complex number": (ONE, np.complex128(0.5), "metric.type", "not one number"),
    "a list": (ONE, [0.5], "metric.type", "loss is [0.5], not one number"),
    "an array of none": (ONE, np.array([]), "metric.type", "not one number"),
    "an array of text": (ONE, np.array("0.5"), "metric.type", "not one number"),
    "an array of objects": (ONE, np.array("0.5", dtype=object), "metric.type", "not one number"),
    "a date": (ONE, np.datetime64(3, "s"), "metric.type", "not one number"),
    "a masked number": (ONE, np.ma.masked, "metric.type", "not one number"),
    "a masked array of one": (ONE, np.ma.array([0.5], mask=[True]), "metric.type", "not one number"),
    "a Decimal that signals": (ONE, Decimal("sNaN"), "metric.type", "not one number"),
    "an array of two": (ONE, np.array([0.5, 0.5]), "metric.type", "not one number"),
    "an int that no float holds": (ONE, 10**400, "metric.type", "not one number"),
    "an object": (ONE, object(), "metric.type", "not one number"),
    "text under a name": (ONE, {"loss": "0.5"}, "metric.type", "loss is '0.5', not one number"),
    "a name of none": (ONE, {"lose": 0.5}, "metric.name", "no schedule watches 'lose'. Watched is loss. Did you mean"),
    "a name that is none": (ONE, {3: 0.5}, "metric.name", "no schedule watches 3"),
    "one number for two": (TWO, 0.5, "metric.name", "loss, accuracy are watched, and the metric has no name. Pass"),
    "a metric for nobody": (NONE, 0.5, "metric.none", "nothing in this schedule watches a metric. Leave"),
    "a name for nobody": (NONE, {"loss": 0.5}, "metric.none", "nothing in this schedule watches a metric"),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_what_is_no_metric_is_refused_and_changes_nothing(name: str) -> None:
    program, metric, code, said = REFUSED[name]
    scheduler: Scheduler = unisched.build(program, form="scheduler")
    before = scheduler.state(), scheduler.value()
    for observe in (scheduler.observe, lambda given: program.start().observe(program, given)):
        with pytest.raises(StepError) as caught:
            observe(metric)
        assert (caught.value.code, len(caught.value.problems)) == (code, 1)
        assert said in str(caught.value)
        assert caught.value.problems[0].remedy
    assert (scheduler.state(), scheduler.value()) == before


@pytest.mark.parametrize("name", REFUSED)
def test_a_log_with_it_is_refused_too(name: str) -> None:
    program, metric, code, _ = REFUSED[name]
    with pytest.raises(StepError) as caught:
        program.observed({3: metric})
    assert caught.value.code == code


def test_no_refusal_is_a_type_error_which_some_hosts_swallow() -> None:
    with pytest.raises(UnischedError) as caught:
        ONE.start().observe(ONE, "0.5")  # type: ignore[arg-type]
    assert not isinstance(caught.value, TypeError)


FLOORED = {"kind": "torch.ReduceLROnPlateau", "monitor": "loss", "patience": 0, "factor": 0.5, "min_lr": 0.03}
GREEDY = {
    "kind": "transformers.greedy",
    "monitor": "loss",
    "patience": 0,
    "factor": 0.5,
    "min_lr": 0.05,
    "max_lr": 0.15,
}

BASES: dict[str, tuple[Document, Any]] = {
    "a number": ({"base": 0.1, "curve": FLOORED}, None),
    "an argument": ({"base": "optimizer", "curve": FLOORED}, 0.1),
    "an argument by name": ({"base": "optimizer", "curve": FLOORED}, {"learning_rate": 0.1}),
    "left to the dialect, as an argument": (FLOORED, 0.1),
}  # fmt: skip


@pytest.mark.parametrize("name", BASES)
def test_an_absolute_floor_knows_what_the_factor_multiplies(name: str) -> None:
    document, base = BASES[name]
    found = rates(document, FLAT, 20, **({} if base is None else {"base": base}))
    assert [found[step] for step in (0, 5, 10, 15)] == pytest.approx([0.1, 0.05, 0.03, 0.03], rel=1e-15)


@pytest.mark.parametrize("document", [{"base": 0.1, "curve": GREEDY}, {"base": "optimizer", "curve": GREEDY}])
def test_the_greedy_rule_knows_what_it_starts_from(document: Document) -> None:
    base = {} if document["base"] == 0.1 else {"base": 0.1}
    found = rates(document, {0: 1.0, 1: 1.0, 2: 1.0, 3: 0.5}, 5, **base)
    assert found == pytest.approx([0.15, 0.075, 0.05, 0.1, 0.1], rel=1e-15)


def test_a_controller_belongs_to_the_entry_that_it_stands_in_whatever_others_are_called() -> None:
    program = unisched.compile({"schedules": {"rate": STALL, "rate.inner": STALL, "rate.inner2": STALL}})
    assert [program.owner(controller) for controller in program.controllers] == ["rate", "rate.inner", "rate.inner2"]


@pytest.mark.parametrize("curve", [FLOORED, GREEDY])
def test_without_its_base_it_is_refused_as_soon_as_a_metric_comes(curve: Document) -> None:
    program = unisched.compile({"base": "optimizer", "curve": curve})
    for observe in (lambda: program.start().observe(program, 0.5), lambda: program.observed({0: 0.5})):
        with pytest.raises(
            BindingError, match=r"is bounded by values, and its base is not known\. Pass base="
        ) as caught:
            observe()
        assert (caught.value.code, caught.value.path) == ("base.missing", f"{PATH}.curve")


def test_a_state_that_knows_the_base_is_enough() -> None:
    program = unisched.compile({"base": "optimizer", "curve": FLOORED})
    state = State.from_json(program.start().to_json())
    known = State(step=0, clock=state.clock, fingerprint=state.fingerprint, base={"learning_rate": 0.1})
    for _ in range(3):
        known = known.observe(program, 1.0)
    assert program.factors(known) == [0.3]
    assert program.factors(known, [0.06]) == [0.5]


DIALECTS: dict[str, tuple[Document, list[float]]] = {
    "torch's, in a warm-up of Ignite's": (
        {"base": 0.8, "curve": {"kind": "ignite.ReduceLROnPlateauScheduler", "metric_name": "loss", "patience": 0,
                                "factor": 0.5}},
        [0.8, 0.8, 0.4, 0.4, 0.2, 0.2],
    ),
    "Keras's, down to min_lr": (
        {"base": 0.8, "curve": {"kind": "keras.ReduceLROnPlateau", "monitor": "loss", "patience": 1, "factor": 0.5,
                                "min_lr": 0.3}},
        [0.8, 0.8, 0.4, 0.4, 0.3, 0.3],
    ),
    "optax's, as a factor": (
        product(0.8, {"kind": "optax.reduce_on_plateau", "monitor": "loss", "patience": 1, "factor": 0.5}),
        [0.8, 0.8, 0.4, 0.4, 0.2, 0.2],
    ),
    "Transformers's": (
        {"base": 0.8, "curve": {"kind": "transformers.reduce_lr_on_plateau", "monitor": "loss", "patience": 0,
                                "factor": 0.5}},
        [0.8, 0.8, 0.4, 0.4, 0.2, 0.2],
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", DIALECTS)
def test_a_plateau_of_a_dialect_drops_as_its_rule_does(name: str) -> None:
    document, due = DIALECTS[name]
    found = rates(document, {0: 1.0, 2: 1.0, 4: 1.0}, 6)
    assert found == pytest.approx(due, rel=1e-15)


def test_timms_plateau_counts_after_its_warmup_and_its_noise_goes_on() -> None:
    curve = {"kind": "timm.PlateauLRScheduler", "monitor": "top1", "warmup_t": 3, "warmup_lr_init": 0.1,
             "patience_t": 0, "decay_rate": 0.5}  # fmt: skip
    log = dict.fromkeys(range(8), 0.5)
    clock = {"steps_per_epoch": 1}
    # Epochs 0 to 2 warm up, and what is observed then is not counted; 3 is the first observation.
    calm = rates({"base": 0.4, "curve": curve}, log, 8, **clock)
    assert calm == pytest.approx([0.1, 0.2, 0.3, 0.4, 0.2, 0.1, 0.05, 0.025])
    noisy = rates({"base": 0.4, "curve": {**curve, "noise_range_t": [5, 8], "noise_std": 0.1}}, log, 8, **clock)
    assert noisy[:5] == pytest.approx(calm[:5])
    assert all(0.3 < value / plain < 1.7 and value != plain for value, plain in zip(noisy[5:], calm[5:], strict=True))
