"""The dialect of timm without timm: numbers worked out by hand and in 50 digits, noise, refusals, quirks, text."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import numpy as np
import pytest
from peers.timm_cases import DECIDED, GRID, REFUSED
from peers.timm_forms import closed

import unisched
from unisched.dialects.timm.cycles import cycles, fails_from
from unisched.dialects.timm.noise import factors
from unisched.errors import SpecError
from unisched.spec.dialects import lifted

BASE: Final = 0.3
TOTAL: Final = 60
CLEAN: Final = [
    (kind, one)
    for kind, some in GRID.items()
    for one in some[:: max(1, len(some) // 8)]
    if "noise_range_t" not in one and one.get("cycle_mul") != 0.5
]

BY_HAND: Final[list[tuple[str, Mapping[str, Any], list[float]]]] = [
    ("CosineLRScheduler", {"t_initial": 2}, [1, 0.5, 0, 0]),
    ("CosineLRScheduler", {"t_initial": 2, "cycle_limit": 3, "cycle_decay": 0.5}, [1, 0.5, 0.5, 0.25, 0.25, 0.125, 0]),
    ("CosineLRScheduler", {"t_initial": 2, "cycle_limit": 2, "cycle_mul": 2.0}, [1, 0.5, 1, 0.8535533905932737, 0.5]),
    ("CosineLRScheduler", {"t_initial": 4, "warmup_t": 2}, [0, 0.5, 0.5]),
    ("CosineLRScheduler", {"t_initial": 4, "warmup_t": 2, "warmup_prefix": True}, [0, 0.5, 1]),
    ("PolyLRScheduler", {"t_initial": 4, "power": 2.0, "lr_min": 0.5}, [1, 0.78125, 0.625, 0.53125, 0.5, 0.5]),
    ("PolyLRScheduler", {"t_initial": 4, "power": 1.0, "k_decay": 2.0}, [1, 0.9375, 0.75, 0.4375, 0]),
    ("TanhLRScheduler", {"t_initial": 2, "lb": -1.0, "ub": 1.0}, [1, 0.5, 0]),
    ("StepLRScheduler", {"decay_t": 2, "decay_rate": 0.5, "warmup_t": 2}, [0, 0.5, 1, 1, 0.5, 0.5, 0.25]),
    ("StepLRScheduler", {"decay_t": 2.5, "decay_rate": 0.5}, [1, 1, 1, 0.5, 0.5, 0.25, 0.25, 0.25, 0.125]),
    ("MultiStepLRScheduler", {"decay_t": [2, 4], "decay_rate": 0.5}, [1, 0.5, 0.5, 0.25]),
    ("MultiStepLRScheduler", {"decay_t": [1, 3], "decay_rate": 0.5}, [1, 0.5, 0.25]),
    ("WSDLRScheduler", {"t_initial": 6, "decay_t": 2, "decay_fn": "linear", "warmup_t": 2},
     [0, 0.5, 1, 1, 1, 1, 1, 0.5, 0, 0]),
]  # fmt: skip

NOTED: Final[list[tuple[str, Mapping[str, Any], str]]] = [
    ("CosineLRScheduler", {"t_initial": 10, "warmup_t": 3}, "timm.overlay"),
    ("CosineLRScheduler", {"t_initial": 10, "noise_range_t": 3}, "timm.noise_ends"),
    ("CosineLRScheduler", {"t_initial": 10, "cycle_mul": 0.5, "cycle_limit": 3}, "timm.fails"),
    ("CosineLRScheduler", {"t_initial": 1, "cycle_mul": 3.0, "cycle_limit": 9}, "timm.late_cycle"),
    ("TanhLRScheduler", {"t_initial": 10}, "timm.first"),
    ("TanhLRScheduler", {"t_initial": 10, "warmup_t": 3}, "timm.warmup_target"),
    ("MultiStepLRScheduler", {"decay_t": [10]}, "timm.milestone"),
    ("PlateauLRScheduler", {}, "timm.mode"),
    ("PlateauLRScheduler", {}, "timm.eps"),
]


def document(kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    epochs = {} if kind == "PlateauLRScheduler" else {"t_in_epochs": False}
    return {"kind": f"timm.{kind}", **epochs, **arguments}


def codes(kind: str, arguments: Mapping[str, Any]) -> set[str]:
    program = unisched.compile(document(kind, arguments), base=BASE, total=20_000, steps_per_epoch=10)
    return {note.code for note in program.notes if note.code.startswith("timm.")}


def noise(arguments: Mapping[str, Any], index: int) -> float:
    """What torch draws, from numpy's twister: 53 bits of two words, a pair of normals from two such numbers."""
    source = np.random.RandomState((arguments.get("noise_seed", 42) + index) % 2**32)
    while True:
        words = [int(word) for word in np.frombuffer(source.bytes(16), "<u4")]
        across, away = (((words[i] << 32 | words[i + 1]) % 2**53) / 2**53 for i in (0, 2))
        radius, angle = math.sqrt(-2 * math.log1p(-away)), 2 * math.pi * across
        for number in (radius * math.cos(angle), radius * math.sin(angle)):
            drawn = float(np.float32(number)) * arguments.get("noise_std", 1.0)
            if abs(drawn) < arguments.get("noise_pct", 0.67):
                return drawn


@pytest.mark.parametrize(("kind", "arguments", "values"), BY_HAND)
def test_factors_worked_out_by_hand(kind: str, arguments: Mapping[str, Any], values: list[float]) -> None:
    program = unisched.compile(document(kind, arguments), base=1.0, total=TOTAL)
    found = [program(step) for step in range(len(values))]
    if kind == "TanhLRScheduler":
        values = [values[0], values[1], 0.0]
        assert found[1] == 0.5
    assert found == pytest.approx(values, rel=1e-15, abs=1e-16)


@pytest.mark.parametrize(("kind", "arguments"), CLEAN)
def test_the_closed_form_is_met(kind: str, arguments: Mapping[str, Any]) -> None:
    program = unisched.compile(document(kind, arguments), base=BASE, total=TOTAL)
    bound = 4 if arguments.get("k_decay", 1) == 1 else 10
    for step, value in enumerate(closed(kind, arguments, BASE, range(TOTAL))):
        assert abs(program(step) - value) <= bound * math.ulp(value)


@pytest.mark.parametrize("span", [[0, 40], [5, 9], 12])
def test_noise_is_what_torch_draws(span: Any) -> None:
    arguments = {"t_initial": 40, "noise_range_t": span, "noise_pct": 0.3, "noise_std": 0.5, "noise_seed": 2**32 - 20}
    program = unisched.compile(document("CosineLRScheduler", arguments), base=BASE, total=TOTAL)
    wanted = closed("CosineLRScheduler", arguments, BASE, range(TOTAL), partial(noise, arguments))
    for step, value in enumerate(wanted):
        assert abs(program(step) - value) <= 4 * math.ulp(value)


def test_uniform_noise_stays_within_its_bound() -> None:
    found = np.array(factors("uniform", 7, 0.25, 1.0, 0, 2_000))
    assert 0.75 <= found.min() < 0.76 < 1.24 < found.max() < 1.25
    assert (
        found[0]
        == 1 + 2 * (int(np.frombuffer(np.random.RandomState(7).bytes(4), "<u4")[0]) % 2**24 / 2**24 - 0.5) * 0.25
    )


def test_a_bare_number_counts_epochs_and_the_value_changes_once_an_epoch() -> None:
    program = unisched.compile(
        {"kind": "timm.CosineLRScheduler", "t_initial": 2}, base=1.0, total=12, steps_per_epoch=3
    )
    assert [program(step) for step in range(9)] == pytest.approx([1, 1, 1, 0.5, 0.5, 0.5, 0, 0, 0], rel=1e-15)


def test_epochs_of_no_known_length_are_refused_at_the_argument_that_counts_them() -> None:
    with pytest.raises(SpecError, match="Add steps_per_epoch") as caught:
        unisched.compile({"kind": "timm.CosineLRScheduler", "t_initial": 2}, base=1.0)
    assert caught.value.path == "schedules.learning_rate.t_in_epochs"


@pytest.mark.parametrize(("kind", "arguments"), [(kind, one) for kind, some in GRID.items() for one in some[::17]])
def test_a_document_survives_its_text(kind: str, arguments: Mapping[str, Any]) -> None:
    spec = unisched.load(document(kind, arguments))
    again = unisched.load(spec.to_json())
    assert again == spec
    assert json.loads(again.to_json()) == json.loads(spec.to_json())


@pytest.mark.parametrize(("kind", "arguments", "field"), [*REFUSED, *DECIDED])
def test_a_refusal_names_the_field(kind: str, arguments: Mapping[str, Any], field: str) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.compile({"kind": f"timm.{kind}", **arguments}, base=BASE, total=TOTAL, steps_per_epoch=1)
    assert caught.value.path.endswith(field)


@pytest.mark.parametrize(("kind", "arguments", "code"), NOTED)
def test_a_quirk_is_noted_where_it_bites(kind: str, arguments: Mapping[str, Any], code: str) -> None:
    assert code in codes(kind, arguments)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("CosineLRScheduler", {"t_initial": 10, "warmup_t": 3, "warmup_prefix": True, "noise_range_t": [3, 9]}),
        ("PolyLRScheduler", {"t_initial": 10, "cycle_mul": 2.0, "cycle_limit": 3}),
        ("StepLRScheduler", {"decay_t": 30, "decay_rate": 0.1}),
    ],
)
def test_nothing_is_noted_where_nothing_bites(kind: str, arguments: Mapping[str, Any]) -> None:
    assert codes(kind, arguments) == set()


def test_open_noise_needs_a_total() -> None:
    with pytest.raises(SpecError, match="no end") as caught:
        unisched.compile(document("CosineLRScheduler", {"t_initial": 10, "noise_range_t": 3}), base=BASE)
    assert caught.value.path == "schedules.learning_rate.noise_range_t"


def test_noise_over_too_many_indices_is_refused() -> None:
    with pytest.raises(SpecError) as caught:
        unisched.compile(document("CosineLRScheduler", {"t_initial": 10, "noise_range_t": [0, 10**8]}), base=BASE)
    assert caught.value.code == "table.too_long"


def test_more_cycles_than_rows_are_refused_without_a_total_and_taken_with_one() -> None:
    arguments = {"t_initial": 10, "cycle_limit": 10**6, "cycle_decay": 0.5}
    with pytest.raises(SpecError) as caught:
        unisched.compile(document("CosineLRScheduler", arguments), base=BASE)
    assert caught.value.code == "program.too_large"
    assert unisched.compile(document("CosineLRScheduler", arguments), base=BASE, total=50)(40) == BASE / 16


def test_alike_cycles_cost_no_rows_however_many() -> None:
    arguments = {"t_initial": 10, "cycle_limit": 10**6, "k_decay": 2.0}
    assert unisched.compile(document("CosineLRScheduler", arguments), base=BASE)(9_999_990) == BASE


def test_a_cycle_starts_where_timm_has_it_start() -> None:
    late = [cycle for cycle in cycles(1, 3.0, 9) if cycle.first > cycle.start]
    assert late
    assert math.log(1 + 2 * int(late[0].start), 3.0) < late[0].number
    assert fails_from(10, 0.5) == 20
    assert fails_from(10, 2.0) is None


class CosineLRScheduler:
    """As much of timm's class as lifting reads."""

    def __init__(self, **arguments: Any) -> None:
        self.__dict__.update(
            warmup_t=0, warmup_lr_init=0.0, noise_range_t=None, noise_pct=0.67, noise_std=1.0, noise_seed=42,
            t_in_epochs=True, t_initial=10, lr_min=0.0, cycle_mul=1.0, cycle_decay=1.0, cycle_limit=1,
            warmup_prefix=False, k_decay=1.0, **arguments,
        )  # fmt: skip


def test_attributes_are_lifted_and_the_step_is_0() -> None:
    CosineLRScheduler.__module__ = "timm.scheduler.cosine_lr"
    found = lifted(CosineLRScheduler())
    assert found is not None
    assert found.step == 0
    assert found.document["kind"] == "timm.CosineLRScheduler"
    assert unisched.load(found.document).schedules["learning_rate"].t_initial.amount == 10


def test_a_class_of_the_same_name_from_elsewhere_is_not_timms() -> None:
    CosineLRScheduler.__module__ = "timm_of_mine"
    assert lifted(CosineLRScheduler()) is None
