"""The mapping of optax's argument names: what it holds, what it equals, how it travels."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest
from unisched_optax import Schedule, Schedules, inject

import unisched
from unisched.errors import BindingError, SpecError, StateError, UnsupportedError

RATE = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}
DECAY = {"kind": "linear", "start": 0.04, "end": 0.4}
GROUPED: dict[str, Any] = {
    "total": 100,
    "schedules": {"learning_rate": RATE, "weight_decay": DECAY},
    "groups": {"backbone*": {"learning_rate": {"scale": 0.1}}, "no_decay": {"weight_decay": 0}},
}


def built(spec: Any = RATE, **keywords: Any) -> Schedules:
    return unisched.build(spec, "optax", **({"total": 100} | keywords))


def everything(**schedules: Any) -> dict[str, Any]:
    return {"schedules": schedules}


def test_hyperparameters_go_by_the_names_of_optax() -> None:
    names = ["learning_rate", "weight_decay", "momentum", "beta1", "beta2", "beta3", "epsilon", "kl_weight"]
    schedules = built(everything(**dict.fromkeys(names, 0.5)))
    assert set(schedules) == {"learning_rate", "weight_decay", "momentum", "b1", "b2", "b3", "eps", "kl_weight"}
    assert all(isinstance(schedule, Schedule) for schedule in schedules.values())
    assert len(schedules) == 8
    assert "beta1" not in schedules


def test_called_it_is_the_learning_rate_schedule() -> None:
    schedules = built()
    assert schedules(5) == schedules["learning_rate"](5) == jnp.float32(0.05)


def test_called_without_a_learning_rate_it_says_what_is_scheduled() -> None:
    with pytest.raises(BindingError, match=r"the learning rate is not scheduled.*weight_decay"):
        built(everything(weight_decay=DECAY))(0)


def test_a_name_that_is_not_scheduled_is_a_missing_key() -> None:
    with pytest.raises(KeyError):
        built()["momentum"]


def test_it_unpacks_into_an_optimizer_that_reads_every_schedule() -> None:
    schedules = built(everything(learning_rate=0.5, weight_decay=DECAY))
    optimizer = optax.adamw(**schedules)
    params = jnp.ones(())
    opt_state = optimizer.init(params)
    for step in range(3):
        updates, opt_state = optimizer.update(jnp.zeros(()), opt_state, params)
        assert float(updates) == pytest.approx(-0.5 * (0.04 + 0.36 * step / 100), rel=1e-6)


def test_it_is_a_leaf_and_no_stateful_schedule() -> None:
    schedules = built()
    assert jax.tree.leaves(schedules) == [schedules]
    assert not isinstance(schedules, optax.schedules.StatefulSchedule)
    assert not isinstance(schedules["learning_rate"], optax.schedules.StatefulSchedule)
    assert not isinstance(schedules, dict)


def test_constants_are_callables_so_that_any_schedule_replaces_any_other_in_an_optimizer_state() -> None:
    specs = [everything(learning_rate=rate, weight_decay=0.1) for rate in (0.1, RATE)]
    constant, warmed = [jax.tree.structure(optax.adamw(**built(spec)).init(jnp.ones(2))) for spec in specs]
    assert constant == warmed


def test_equal_programs_give_equal_schedules_with_equal_hashes() -> None:
    assert built() == built()
    assert hash(built()) == hash(built())
    assert built()["learning_rate"] == built()["learning_rate"]
    assert hash(built()["learning_rate"]) == hash(built()["learning_rate"])


@pytest.mark.parametrize(
    "change",
    [
        lambda: built(RATE | {"peak": 0.2}),
        lambda: built(total=200),
        lambda: built(GROUPED),
        lambda: built().group("head"),
        lambda: built(state=built().program.start().at(1)),
        lambda: dict(built()),
    ],
    ids=["peak", "total", "groups", "group", "step", "dict"],
)
def test_schedules_that_differ_are_not_equal(change: Any) -> None:
    assert built() != change()
    assert change() != built()


def test_a_schedule_is_immutable() -> None:
    with pytest.raises(AttributeError):
        built()["learning_rate"].offset = 3  # type: ignore[misc]


@pytest.mark.parametrize("travel", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))],
                         ids=["copy", "deepcopy", "pickle"])  # fmt: skip
def test_schedules_survive_copying_and_pickling(travel: Any) -> None:
    schedules = built(GROUPED).group("backbone.0")
    jax.jit(schedules)(3)
    there = travel(schedules)
    assert there == schedules
    assert hash(there) == hash(schedules)
    assert there(7) == schedules(7)
    assert travel(schedules["weight_decay"]) == schedules["weight_decay"]


def test_a_group_follows_its_own_entries_then_a_pattern_then_the_rest() -> None:
    schedules = built(GROUPED)
    assert float(schedules.group("backbone.3")(10)) == pytest.approx(0.01)
    assert float(schedules.group("backbone.3")["weight_decay"](0)) == pytest.approx(0.04)
    assert float(schedules.group("no_decay")(10)) == pytest.approx(0.1)
    assert float(schedules.group("no_decay")["weight_decay"](50)) == 0.0
    assert dict(schedules.group("anything else")) == dict(schedules)


def test_a_group_of_a_group_is_a_group_of_the_program() -> None:
    schedules = built(GROUPED)
    assert schedules.group("no_decay").group("backbone.0") == schedules.group("backbone.0")


def test_a_hyperparameter_scheduled_in_one_group_only_is_absent_from_the_rest() -> None:
    schedules = built({"schedules": {"learning_rate": 0.1}, "groups": {"head": {"momentum": 0.9}}})
    assert list(schedules) == ["learning_rate"]
    assert list(schedules.group("head")) == ["learning_rate", "momentum"]


@pytest.mark.parametrize("form", ["schedules", "stateful"])
def test_a_group_that_appeared_later_follows_its_entry_from_its_birth(form: str) -> None:
    late = {"from": "birth", "curve": {"kind": "linear", "start": 1, "end": 0, "duration": 10}}
    spec = {"schedules": {"learning_rate": 1}, "groups": {"late*": {"learning_rate": late}}}
    program = unisched.compile(spec, total=100)
    state = dataclasses.replace(program.start().at(5), births={"late.0": 5})
    group = unisched.emit(program, "optax", form=form, state=state).group("late.0")
    optimizer = inject(optax.sgd, group)
    opt_state, used = optimizer.init(jnp.ones(2)), []
    for _ in range(12):
        _, opt_state = optimizer.update(jnp.ones(2), opt_state)
        used.append(float(opt_state.hyperparams["learning_rate"]))
    assert used == [float(np.float32(1 - step / 10)) for step in range(10)] + [0.0, 0.0]
    assert group != unisched.emit(program, "optax", form=form, state=program.start().at(5)).group("late.0")
    assert group.state(opt_state) == state.at(17)


def test_two_patterns_for_one_group_are_refused_when_it_is_asked_for() -> None:
    spec = {"schedules": {"learning_rate": 0.1}, "groups": {"a*": {"learning_rate": 1}, "*b": {"learning_rate": 2}}}
    with pytest.raises(BindingError, match="both match the param group 'ab'"):
        dict(built(spec).group("ab"))


def test_a_group_that_is_no_name_is_refused() -> None:
    with pytest.raises(BindingError, match=r"group 0 is not a name.*no_decay"):
        built(GROUPED).group(0)  # type: ignore[arg-type]


def test_groups_train_side_by_side_under_partition() -> None:
    schedules = built(GROUPED)
    labels = {"backbone.w": "backbone", "head.w": "head", "bias": "no_decay"}
    optimizer = optax.partition({name: optax.sgd(schedules.group(name)) for name in labels.values()}, labels)
    params = dict.fromkeys(labels, jnp.ones(()))
    opt_state, update = optimizer.init(params), jax.jit(optimizer.update)
    for step in range(12):
        updates, opt_state = update(params, opt_state, params)
        for name, label in labels.items():
            assert -updates[name] == np.float32(schedules.program(step, group=label if label != "head" else None))


def test_constructing_the_class_is_building_it() -> None:
    assert Schedules(RATE, total=100) == built()
    assert Schedules(built().program, state=built().program.start().at(3)) == built(state=built().program.start().at(3))
    assert isinstance(Schedules(RATE, total="100 steps"), Schedules)


@pytest.mark.parametrize(
    ("spec", "keywords", "error", "words"),
    [
        (RATE | {"peak": "much"}, {}, SpecError, "peak"),
        (everything(learning_rate=RATE) | {"after": "error"}, {}, UnsupportedError, "inside a compiled step"),
        ({"base": "optimizer", "curve": RATE}, {}, UnsupportedError, "base="),
        (RATE, {"total": 2**31}, UnsupportedError, "counts to 2147483647"),
        ({"kind": "constant", "value": 1e-40}, {}, UnsupportedError, "float32"),
        ({"kind": "constant", "value": 1e39}, {}, UnsupportedError, "float32, which ends at 3.4e38"),
        (RATE, {"state": unisched.compile(RATE, total=99).start()}, StateError, "total was 99, is 100"),
    ],
)  # fmt: skip
def test_what_optax_cannot_carry_is_refused_by_the_class_as_by_build(
    spec: Any, keywords: dict[str, Any], error: type[Exception], words: str
) -> None:
    for make in (built, lambda spec, **given: Schedules(spec, **({"total": 100} | given))):
        with pytest.raises(error, match=words):
            make(spec, **keywords)


def test_two_hyperparameters_under_one_name_of_optax_are_refused() -> None:
    program = unisched.compile(everything(beta1=0.9, learning_rate=0.1))
    assignments = program.body.assignments
    clash = [a.__class__(target=a.target._replace(hyperparameter="b1"), value=a.value) for a in assignments[1:]]
    body = program.body.__class__(values=program.body.values, assignments=(assignments[0], *clash))
    with pytest.raises(BindingError, match="'beta1' and 'b1' are both optax's 'b1'"):
        unisched.emit(program.__class__(spec=program.spec, clock=program.clock, body=body), "optax")


def test_what_it_prints_says_what_is_scheduled_from_where() -> None:
    group = built(GROUPED).group("no_decay")
    assert repr(group) == "Schedules(learning_rate, weight_decay for group 'no_decay', from step 0)"
    assert repr(group["weight_decay"]) == "Schedule(weight_decay of group 'no_decay', from step 0)"
    assert repr(built(state=built().program.start().at(7))) == "Schedules(learning_rate, from step 7)"
