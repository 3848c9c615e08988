"""The dialect of Transformers without Transformers: numbers worked out by hand and in 50 digits, refusals, quirks."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from functools import partial
from typing import Any, Final

import pytest
from peers.transformers_cases import DECIDED, GRID, REFUSED
from peers.transformers_forms import closed

import unisched
from unisched.dialects.transformers.restarts import missed_restarts
from unisched.errors import SpecError
from unisched.spec.dialect import Reading
from unisched.spec.dialects import lifted

BASE: Final = 0.3
STEPS: Final = 60
RUN: Final = {"num_warmup_steps": 2, "num_training_steps": 6}

BY_HAND: Final[list[tuple[str, Mapping[str, Any], list[float]]]] = [
    ("constant", {}, [1, 1, 1]),
    ("constant_with_warmup", {"num_warmup_steps": 4}, [0, 0.25, 0.5, 0.75, 1, 1]),
    ("linear", RUN, [0, 0.5, 1, 0.75, 0.5, 0.25, 0, 0]),
    ("linear", {"num_warmup_steps": 4, "num_training_steps": 4}, [0, 0.25, 0.5, 0.75, 0, 0]),
    ("cosine", {"num_warmup_steps": 0, "num_training_steps": 2}, [1, 0.5, 0, 0.5, 1, 0.5, 0]),
    ("cosine", {**RUN, "num_cycles": 1}, [0, 0.5, 1, 0.5, 0, 0.5, 1, 0.5]),
    ("cosine_with_restarts", {**RUN, "num_cycles": 2}, [0, 0.5, 1, 0.5, 1, 0.5, 0, 0]),
    ("polynomial", {**RUN, "power": 2.0, "lr_end": 0.0}, [0, 0.5, 1, 0.5625, 0.25, 0.0625, 0, 0]),
    ("inverse_sqrt", {"num_warmup_steps": 2}, [0, 0.5, 1, (2 / 3) ** 0.5, 0.5**0.5, 0.4**0.5]),
    ("cosine_with_min_lr", {**RUN, "num_cycles": 1, "min_lr_rate": 0.5}, [0, 0.5, 1, 0.75, 0.5, 0.75, 1]),
    ("cosine_warmup_with_min_lr", {**RUN, "num_cycles": 1, "min_lr_rate": 0.5}, [0.5, 1, 0.75, 0.5, 0.75, 1, 0.75]),
    ("warmup_stable_decay", {**RUN, "num_decay_steps": 2, "min_lr_ratio": 0.5, "decay_type": "linear"},
     [0.5, 0.75, 1, 1, 1, 0.75, 0.5, 0.5]),
    ("warmup_stable_decay",
     {"num_warmup_steps": 2, "num_decay_steps": 6, "num_training_steps": 5, "decay_type": "linear"},
     [0, 0.5, 0.5, 1 / 3, 1 / 6, 0]),
]  # fmt: skip

FIRST_OF_EACH: Final = [(kind, one) for kind, some in GRID.items() for one in some[:: max(1, len(some) // 8)]]

NOTED: Final[list[tuple[str, Mapping[str, Any], str]]] = [
    ("linear", {"num_warmup_steps": "10%"}, "transformers.rounded_up"),
    ("linear", {"num_warmup_steps": 30, "num_training_steps": 30}, "transformers.no_peak"),
    ("cosine", {"num_warmup_steps": 30, "num_training_steps": 30}, "transformers.no_decay"),
    ("cosine", RUN, "transformers.rises_again"),
    ("cosine_with_restarts", {**RUN, "num_cycles": 2.5}, "transformers.last_cycle"),
    ("cosine_with_restarts", {"num_warmup_steps": 0, "num_training_steps": 49, "num_cycles": 49},
     "transformers.late_restart"),
    ("polynomial", RUN, "transformers.default_rate"),
    ("inverse_sqrt", {"num_warmup_steps": 0}, "transformers.timescale"),
    ("cosine_with_min_lr", {**RUN, "min_lr": 0.1}, "transformers.default_rate"),
    ("cosine_with_min_lr", {**RUN, "min_lr_rate": 2.0}, "transformers.above_peak"),
    ("cosine_with_min_lr", {**RUN, "min_lr_rate": 0.1}, "transformers.warmup_from_zero"),
    ("cosine_warmup_with_min_lr", {**RUN, "min_lr_rate": 0.1}, "transformers.early_minimum"),
    ("cosine_warmup_with_min_lr", {"num_warmup_steps": 0, "min_lr_rate": 0.1}, "transformers.no_peak"),
    ("warmup_stable_decay", {**RUN, "num_decay_steps": 2, "num_stable_steps": 2}, "transformers.stable_wins"),
    ("warmup_stable_decay", {**RUN, "num_decay_steps": 5}, "transformers.decay_begun"),
    ("warmup_stable_decay", {**RUN, "num_decay_steps": 2, "num_cycles": 1}, "transformers.jump"),
    ("reduce_lr_on_plateau", {}, "torch.eps"),
    ("greedy", {}, "transformers.greedy_floor"),
]  # fmt: skip


def document(kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": f"transformers.{kind}", **arguments}


def codes(kind: str, arguments: Mapping[str, Any]) -> set[str]:
    program = unisched.compile(document(kind, arguments), base=BASE, total=105)
    return {note.code for note in program.notes if note.code.startswith(("transformers.", "torch."))}


@pytest.mark.parametrize(("kind", "arguments", "factors"), BY_HAND)
def test_factors_worked_out_by_hand(kind: str, arguments: Mapping[str, Any], factors: list[float]) -> None:
    program = unisched.compile(document(kind, arguments), base=1.0)
    assert [program(step) for step in range(len(factors))] == pytest.approx(factors, rel=1e-15, abs=1e-16)


@pytest.mark.parametrize(("kind", "arguments"), FIRST_OF_EACH)
def test_the_closed_form_is_met_to_4_ulp(kind: str, arguments: Mapping[str, Any]) -> None:
    program = unisched.compile(document(kind, arguments), base=BASE)
    for step, value in enumerate(closed(kind, arguments, BASE, STEPS)):
        assert abs(program(step) - value) <= 4 * math.ulp(value)


def test_many_waves_are_as_right_as_the_first() -> None:
    arguments = {"num_warmup_steps": 3, "num_training_steps": 1_003, "num_cycles": 0.7}
    program = unisched.compile(document("cosine", arguments), base=1.0)
    values = closed("cosine", arguments, 1.0, 40_000)
    for step in range(0, 40_000, 97):
        assert abs(program(step) - values[step]) <= 4 * math.ulp(values[step])


@pytest.mark.parametrize(("kind", "arguments"), FIRST_OF_EACH)
def test_a_document_survives_its_text(kind: str, arguments: Mapping[str, Any]) -> None:
    spec = unisched.load(document(kind, arguments))
    again = unisched.load(spec.to_json())
    assert again == spec
    assert json.loads(again.to_json()) == json.loads(spec.to_json())


@pytest.mark.parametrize(("kind", "arguments", "field"), [*REFUSED, *DECIDED])
def test_a_refusal_names_the_field(kind: str, arguments: Mapping[str, Any], field: str) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.compile(document(kind, arguments), base=BASE)
    assert (caught.value.path or caught.value.fault).endswith(field) or f"'{field}'" in caught.value.fault


def test_last_epoch_is_refused_with_the_way_to_resume() -> None:
    with pytest.raises(SpecError, match=r"how far a run has come.*goes on from its state") as caught:
        unisched.compile(document("linear", {**RUN, "last_epoch": 7}))
    assert caught.value.path == "last_epoch"


@pytest.mark.parametrize(("kind", "arguments", "code"), NOTED)
def test_a_quirk_is_noted_where_it_bites(kind: str, arguments: Mapping[str, Any], code: str) -> None:
    assert code in codes(kind, arguments)


@pytest.mark.parametrize(
    ("kind", "arguments"),
    [
        ("linear", {"num_warmup_steps": "20%"}),
        ("cosine", {"num_warmup_steps": 5}),
        ("cosine_with_restarts", {"num_warmup_steps": 5, "num_cycles": 2}),
        ("polynomial", {"num_warmup_steps": 5, "lr_init": 0.5}),
        ("warmup_stable_decay", {"num_warmup_steps": 5, "num_decay_steps": 20}),
    ],
)
def test_nothing_is_noted_where_nothing_bites(kind: str, arguments: Mapping[str, Any]) -> None:
    assert codes(kind, arguments) == set()


def test_a_share_of_the_run_is_rounded_up() -> None:
    assert unisched.compile(document("linear", {"num_warmup_steps": "10%"}), total=105, base=1.0)(11) == 1.0


def test_any_other_length_is_whole() -> None:
    with pytest.raises(SpecError, match="counts whole ones"):
        unisched.compile(document("linear", {"num_warmup_steps": "0.5 epochs"}), total=100, steps_per_epoch=3)


def test_a_missed_restart_is_one_that_float64_puts_before_its_end() -> None:
    assert missed_restarts(49.0, 49)[0] == 1
    assert 49.0 * (1 / 49) < 1
    assert missed_restarts(3.0, 30) == []


def test_groups_scale_as_the_library_scales_them_when_it_is_told_the_default_rate() -> None:
    arguments = {**RUN, "lr_end": 0.01, "lr_init": 0.5}
    end = [unisched.compile(document("polynomial", arguments), base=base)(6) for base in (0.5, 0.05)]
    assert end == pytest.approx([0.01, 0.001], rel=1e-15)


def _function(name: str) -> Any:
    def unnamed() -> None: ...

    unnamed.__name__, unnamed.__module__ = name, "transformers.optimization"
    return unnamed


class LambdaLR:
    """As much of torch's class as lifting reads."""

    def __init__(self, *lr_lambdas: Any, last_epoch: int = 5) -> None:
        self.lr_lambdas, self.last_epoch = list(lr_lambdas), last_epoch


def test_bound_arguments_are_lifted() -> None:
    bound = partial(
        _function("_get_linear_schedule_with_warmup_lr_lambda"), num_warmup_steps=4, num_training_steps=20.0
    )
    assert lifted(LambdaLR(bound)) == Reading(document("linear", {"num_warmup_steps": 4, "num_training_steps": 20}), 5)


def test_groups_with_different_schedules_are_not_lifted() -> None:
    function = _function("_get_constant_schedule_with_warmup_lr_lambda")
    with pytest.raises(SpecError) as caught:
        lifted(LambdaLR(partial(function, num_warmup_steps=4), partial(function, num_warmup_steps=5)))
    assert caught.value.code == "lift.groups"


def test_a_function_of_another_release_is_not_lifted() -> None:
    with pytest.raises(SpecError) as caught:
        lifted(LambdaLR(partial(_function("_get_new_schedule_lr_lambda"), num_warmup_steps=4)))
    assert caught.value.code == "lift.closure"
