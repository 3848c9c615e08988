"""What the forms cannot carry is refused at once, through both doors, with the way out; nothing extra is imported."""

from __future__ import annotations

import os
import subprocess
import sys

import keras
import pytest
from unisched_keras import UnischedCallback, UnischedSchedule

import unisched
from unisched.errors import BindingError, SpecError, StateError, UnsupportedError

RATE = {"kind": "constant", "value": 0.1}
GROUPS = {"schedules": {"learning_rate": RATE}, "groups": {"head": {"learning_rate": 0.5}}}
ENDING = {"after": "error", "total": 3, "schedules": {"learning_rate": RATE}}
OPTIMIZERS_OWN = {"schedules": {"learning_rate": {"base": "optimizer", "curve": 0.5}}}
CLASSES = [UnischedSchedule, UnischedCallback]


@pytest.fixture(params=["schedule", "callback"])
def form(request):
    return request.param


def test_another_hyperparameter_is_refused(form):
    with pytest.raises(UnsupportedError, match=r"carries learning_rate only: schedules.weight_decay"):
        unisched.build({"schedules": {"learning_rate": RATE, "weight_decay": RATE}}, "keras", form=form)


@pytest.mark.parametrize("native", CLASSES)
def test_another_hyperparameter_is_refused_by_the_class(native):
    with pytest.raises(UnsupportedError, match=r"carries learning_rate only: schedules.weight_decay"):
        native({"schedules": {"learning_rate": RATE, "weight_decay": RATE}})


def test_groups_must_be_asked_for_one(form):
    with pytest.raises(UnsupportedError, match=r"one group at a time: 'head'.*group=None for all others"):
        unisched.build(GROUPS, "keras", form=form)
    assert unisched.build(GROUPS, "keras", form=form, group=None).group is None
    assert unisched.build(GROUPS, "keras", form=form, group="head").group == "head"


@pytest.mark.parametrize("native", CLASSES)
def test_groups_must_be_asked_for_one_of_the_class(native):
    with pytest.raises(UnsupportedError, match=r"one group at a time: 'head'.*group=None for all others"):
        native(GROUPS)
    assert native(GROUPS, group=None).group is None


def test_a_group_that_the_document_does_not_name_is_refused(form):
    with pytest.raises(UnsupportedError, match="'haed'"):
        unisched.build(GROUPS, "keras", form=form, group="haed")


def test_a_schedule_cannot_raise_past_its_end_and_names_the_form_that_can():
    with pytest.raises(UnsupportedError, match='Use form="callback"'):
        unisched.build(ENDING, "keras")
    assert isinstance(unisched.build(ENDING, "keras", form="callback"), keras.callbacks.Callback)


def test_a_factor_of_the_optimizers_own_rate_needs_a_base(form):
    with pytest.raises(UnsupportedError, match="Pass base="):
        unisched.build(OPTIMIZERS_OWN, "keras", form=form)
    assert unisched.build(OPTIMIZERS_OWN, "keras", form=form, base=0.1).program(0) == 0.05


@pytest.mark.parametrize("native", CLASSES)
def test_the_classes_take_a_base(native):
    assert native(OPTIMIZERS_OWN, base=0.1).program(0) == 0.05


@pytest.mark.parametrize("steps", [0, -1, 1.5, True, "2"])
def test_accumulation_is_a_whole_number_from_1(steps):
    with pytest.raises(BindingError, match="gradient_accumulation_steps"):
        unisched.build(RATE, "keras", gradient_accumulation_steps=steps)


def test_a_horizon_that_the_counter_cannot_hold_is_refused(form, engine):
    last = 2**31 - 2 if engine in ("jax", "torch") else 2**53
    assert unisched.build(RATE, "keras", form=form, total=last).program.total == last
    too_long, what = (UnsupportedError, f"counts to {last}") if last < 2**53 else (SpecError, r"2\^53")
    with pytest.raises(too_long, match=what):
        unisched.build(RATE, "keras", form=form, total=last + 1)


def test_a_horizon_of_too_many_micro_batches_is_refused(engine):
    steps = 2**16 if engine in ("jax", "torch") else 2**48
    total = 2**15 - 1
    assert unisched.build(RATE, "keras", total=total, gradient_accumulation_steps=steps).program.total == total
    with pytest.raises(UnsupportedError, match="micro-batches"):
        unisched.build(RATE, "keras", total=total + 1, gradient_accumulation_steps=steps)


def test_a_rate_that_is_zero_in_float32_throughout_is_refused(form):
    with pytest.raises(UnsupportedError, match="float32"):
        unisched.build({"kind": "constant", "value": 1e-40}, "keras", form=form)


def test_a_rate_beyond_float32_is_refused(form):
    with pytest.raises(UnsupportedError, match=r"float32, which ends at 3\.4e38"):
        unisched.build({"kind": "constant", "value": 1e39}, "keras", form=form)


@pytest.mark.parametrize("native", CLASSES)
def test_a_compiled_program_takes_no_clock(native):
    with pytest.raises(BindingError, match="has its clock: total"):
        native(unisched.compile(RATE), total=10)


@pytest.mark.parametrize("native", CLASSES)
def test_the_state_of_another_program_is_refused(native):
    with pytest.raises(StateError, match="was"):
        native(RATE, state=unisched.compile({"kind": "constant", "value": 0.2}).start())


@pytest.mark.parametrize("native", CLASSES)
def test_a_faulty_document_is_refused(native):
    with pytest.raises(SpecError):
        native({"kind": "constnat", "value": 0.1})


def test_both_doors_give_the_same(form):
    built = unisched.build(RATE, "keras", form=form, total=10)
    native = {"schedule": UnischedSchedule, "callback": UnischedCallback}[form](RATE, total=10)
    assert type(built) is type(native)
    assert built.program == native.program
    assert repr(built) == repr(native)


def in_a_fresh_process(script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False,
                          env=os.environ | environment)  # fmt: skip


def test_listing_backends_imports_no_keras():
    done = in_a_fresh_process(
        "import sys, unisched; assert 'keras' in unisched.backends(); print('keras' in sys.modules)"
    )
    assert done.stdout.split()[-1:] == ["False"], done.stderr


def test_only_the_engine_in_use_is_imported(engine):
    script = """
import sys, keras
before = set(sys.modules)
import unisched_keras
print(*{"jax", "tensorflow", "torch"} & (set(sys.modules) - before), *{name for name in sys.modules if "_engine" in name
      and name.startswith("unisched_keras")})"""
    done = in_a_fresh_process(script)
    assert set(done.stdout.split()) <= {engine, f"unisched_keras.{engine}_engine"}, done.stderr
    assert f"unisched_keras.{engine}_engine" in done.stdout.split()
