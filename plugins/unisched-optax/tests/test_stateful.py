"""Schedules that feel metrics: optax's protocol, what they refuse, and a state that survives whatever keeps it."""

from __future__ import annotations

import copy
import dataclasses
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import flax.serialization
import jax
import jax.numpy as jnp
import numpy as np
import optax
import orbax.checkpoint as ocp
import pytest
from unisched_optax import Schedules, StatefulSchedule, StatefulSchedules, inject, observe

import unisched
from unisched.errors import BindingError, StepError, UnsupportedError


def plateau(monitor: str = "loss", **settings: Any) -> dict[str, Any]:
    return {"kind": "plateau", "monitor": monitor, "factor": 0.5, "patience": 0, **settings}


def product(*parts: Any) -> dict[str, Any]:
    return {"kind": "product", "curves": [*parts]}


HALVED = product(0.5, plateau())
GREEDY = {"base": 0.1, "curve": {"kind": "transformers.greedy", "monitor": "loss", "smooth": True, "window_size": 3,
                                 "patience": 0, "min_lr": 0.01}}  # fmt: skip
TWO = {
    "learning_rate": product(0.5, plateau("loss"), plateau("error", factor=0.25)),
    "weight_decay": {"kind": "linear", "start": 0.04, "end": 0.4},
}


def built(spec: Any = HALVED, **keywords: Any) -> StatefulSchedules:
    return unisched.build(spec, "optax", **({"form": "stateful", "total": 100} | keywords))


def both(spec: dict[str, Any] = TWO) -> StatefulSchedules:
    return built({"schedules": spec})


def test_the_form_gives_stateful_schedules_by_the_names_of_optax() -> None:
    schedules = both(TWO | {"beta1": 0.9})
    assert sorted(schedules) == ["b1", "learning_rate", "weight_decay"]
    assert all(isinstance(schedule, StatefulSchedule) for schedule in schedules.values())
    assert all(isinstance(schedule, optax.schedules.StatefulSchedule) for schedule in schedules.values())


def test_the_mapping_itself_is_a_leaf_and_no_stateful_schedule() -> None:
    schedules = both()
    assert jax.tree.leaves(schedules) == [schedules]
    assert not isinstance(schedules, optax.schedules.StatefulSchedule)
    assert jax.tree.leaves(schedules["learning_rate"]) == [schedules["learning_rate"]]


def test_constructing_the_class_is_building_it() -> None:
    assert StatefulSchedules(HALVED, total=100) == built()
    assert repr(built().group("head")) == "StatefulSchedules(learning_rate for group 'head', from step 0)"
    assert repr(built()["learning_rate"]) == "StatefulSchedule(learning_rate, from step 0)"


def test_equal_programs_give_equal_schedules_with_equal_hashes() -> None:
    observed = built().program.start().observe(built().program, 0.5)
    assert built() == built()
    assert hash(built()) == hash(built())
    assert hash(built()["learning_rate"]) == hash(built()["learning_rate"])
    for other in (built(GREEDY), built(total=99), built(state=observed), built().group("head"),
                  built({"kind": "constant", "value": 1.0})):  # fmt: skip
        assert other != built()
        assert other["learning_rate"] != built()["learning_rate"] or other.group("x") != built()
    pure = {"kind": "constant", "value": 1.0}
    assert built(pure) != unisched.build(pure, "optax", total=100)


@pytest.mark.parametrize("travel", [copy.copy, copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))],
                         ids=["copy", "deepcopy", "pickle"])  # fmt: skip
def test_schedules_survive_copying_and_pickling(travel: Callable[[Any], Any]) -> None:
    schedules = both().group("head")
    jax.jit(schedules["learning_rate"])(schedules["learning_rate"].init())
    assert travel(schedules) == schedules
    assert travel(schedules["learning_rate"]) == schedules["learning_rate"]
    assert hash(travel(schedules["learning_rate"])) == hash(schedules["learning_rate"])


def test_a_schedule_is_immutable() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        built()["learning_rate"].target = None  # type: ignore[misc]


@pytest.mark.parametrize("count", [0, jnp.int32(3), None])
def test_called_like_a_function_of_the_count_it_names_inject(count: Any) -> None:
    for schedule in (built(), built()["learning_rate"]):
        with pytest.raises(BindingError, match=r"unisched_optax\.inject\(factory, schedules\)") as caught:
            schedule(count)
        assert caught.value.code == "binding.stateful"


@pytest.mark.parametrize("make", [optax.sgd, lambda s: optax.sgd(s["learning_rate"]),
                                  lambda s: optax.adamw(**s)], ids=["mapping", "member", "unpacked"])  # fmt: skip
def test_in_the_place_of_a_stateless_schedule_it_names_inject(make: Any) -> None:
    optimizer = make(built())
    params = jnp.ones(2)
    with pytest.raises(BindingError, match="inject"):
        jax.jit(optimizer.update)(params, optimizer.init(params), params)


def test_the_protocol_alone_gives_what_inject_gives() -> None:
    schedules = built()
    schedule = schedules["learning_rate"]
    state = schedule.init()
    used = []
    for loss in (1.0, 2.0, 0.5, 0.75):
        used.append(float(schedule(state, value=loss, grad=None)))
        state = schedule.update(state, value=loss, grad=None)
    assert used == [0.5, 0.25, 0.25, 0.125]
    assert float(schedule(state)) == 0.125
    assert int(state.count) == 4
    assert schedules.state(state).step == 4


@pytest.mark.parametrize("x64", [False, True])
@pytest.mark.parametrize("call", [lambda f: f, jax.jit], ids=["eager", "jit"])
def test_a_value_is_weakly_typed(call: Any, x64: bool) -> None:
    with jax.enable_x64(x64):
        schedule = built()["learning_rate"]
        value = call(lambda state: schedule(state, value=1.0))(schedule.init())
        assert value.weak_type
        assert value.dtype == (jnp.float64 if x64 else jnp.float32)


def test_several_metrics_are_told_apart_by_name_and_each_may_be_left_out() -> None:
    schedules = both()
    optimizer = inject(optax.adamw, schedules)
    opt_state, update = optimizer.init(jnp.ones(2)), jax.jit(optimizer.update)
    rates = []
    for metrics in ({"loss": 1.0, "error": 1.0}, {"loss": 1.0}, {"error": 1.0}, {}, {"error": 0.5, "loss": 2.0}):
        _, opt_state = update(jnp.ones(2), opt_state, jnp.ones(2), value=metrics)
        rates.append(float(opt_state.hyperparams["learning_rate"]))
    assert rates == [0.5, 0.25, 0.0625, 0.0625, 0.03125]
    memories = schedules.state(opt_state).feedback
    assert sorted(memory["seen"] for memory in memories.values()) == [3, 3]


@pytest.mark.parametrize(
    ("spec", "metric", "code", "words"),
    [
        (TWO, 1.0, "metric.name", r"loss, error are watched, and the metric has no name.*\"loss\": 0\.5"),
        (TWO, {"los": 1.0}, "metric.name", r"no schedule watches 'los'.*Did you mean 'loss'\?"),
        (TWO, {"loss": jnp.ones(3)}, "metric.type", r"loss has the shape \(3,\).*pmean"),
        (TWO, {"loss": jnp.ones(0)}, "metric.type", r"loss has the shape \(0,\)"),
        (TWO, {"loss": True}, "metric.type", "loss is True, not one number"),
        (TWO, {"loss": "1"}, "metric.type", "loss is '1', not one number"),
        (TWO, {"loss": None}, "metric.type", "loss is None"),
        (TWO, {"loss": 10**400}, "metric.type", "loss is 1000.*not one number"),
        (
            TWO,
            {"loss": jax.ShapeDtypeStruct((), jnp.float32)},
            "metric.type",
            "loss is ShapeDtypeStruct.*not one number",
        ),
        (TWO, {"loss": jnp.complex64(1)}, "metric.type", "loss is of type complex64"),
        (TWO, {"loss": jnp.bool_(True)}, "metric.type", "loss is of type bool"),
    ],
)
def test_what_is_no_metric_is_refused_while_tracing_too(spec: Any, metric: Any, code: str, words: str) -> None:
    schedules = both(spec)
    opt_state = inject(optax.adamw, schedules).init(jnp.ones(2))
    schedule, state = schedules["learning_rate"], schedules["learning_rate"].init()
    for call in (
        lambda: observe(opt_state, schedules, metric),
        lambda: jax.jit(lambda held: observe(held, schedules, metric))(opt_state),
        lambda: schedule(state, value=metric),
        lambda: jax.jit(lambda held: schedule.update(held, value=metric))(state),
    ):
        with pytest.raises(StepError, match=words) as caught:
            call()
        assert caught.value.code == code


def test_a_schedule_that_watches_nothing_lets_the_loss_pass() -> None:
    schedules = built({"kind": "constant", "value": 0.5})
    optimizer = inject(optax.sgd, schedules)
    updates, opt_state = optimizer.update(jnp.ones(2), optimizer.init(jnp.ones(2)), value=jnp.ones(7))
    assert float(updates[0]) == -0.5
    assert schedules.state(opt_state) == schedules.program.start().at(1)
    with pytest.raises(StepError, match="nothing in this schedule watches a metric"):
        observe(opt_state, schedules, 1.0)


@pytest.mark.parametrize("metric", [1, np.float64(1), np.int16(1), jnp.bfloat16(1), jnp.int32(1), jnp.asarray(1.0)])
def test_a_metric_of_any_real_type_is_observed(metric: Any) -> None:
    schedules = built()
    begun = schedules["learning_rate"].init()
    compiled = jax.jit(lambda held: observe(held, schedules, metric))
    for reached in (observe(begun, schedules, metric), compiled(begun)):
        assert schedules.state(reached) == schedules.program.start().observe(schedules.program, 1.0)


@pytest.mark.parametrize(
    ("spec", "keywords", "error", "words"),
    [
        ({"schedules": {"learning_rate": HALVED}, "after": "error"}, {}, UnsupportedError, "inside a compiled step"),
        ({"base": "optimizer", "curve": plateau()}, {}, UnsupportedError, "base="),
        (lambda step: 0.1, {}, UnsupportedError, "runs no Python inside a compiled step"),
        (HALVED, {"form": "schedules"}, UnsupportedError, 'Use form="stateful"'),
        (HALVED, {"total": 2**31}, UnsupportedError, "counts to 2147483647"),
    ],
)
def test_what_the_form_cannot_carry_is_refused(spec: Any, keywords: Any, error: type[Exception], words: str) -> None:
    with pytest.raises(error, match=words):
        built(spec, **keywords)


def kept_by_msgpack(opt_state: Any, fresh: Any, folder: Path) -> Any:
    return flax.serialization.from_bytes(fresh, flax.serialization.to_bytes(opt_state))


def kept_by_orbax(opt_state: Any, fresh: Any, folder: Path) -> Any:
    with ocp.StandardCheckpointer() as keeper:
        keeper.save(folder / "state", opt_state)
        keeper.wait_until_finished()
        return keeper.restore(folder / "state", fresh)


def kept_by_numpy(opt_state: Any, fresh: Any, folder: Path) -> Any:
    return jax.tree.map(np.asarray, opt_state)


@pytest.mark.parametrize("keep", [kept_by_msgpack, kept_by_orbax, kept_by_numpy])
@pytest.mark.parametrize(("x64", "later"), [(False, False), (True, True), (False, True), (True, False)])
@pytest.mark.parametrize("spec", [HALVED, GREEDY], ids=["plateau", "greedy"])
def test_a_kept_state_goes_on_bit_for_bit(keep: Any, spec: Any, x64: bool, later: bool, tmp_path: Path) -> None:
    metrics = [float(np.float32(1 + 0.1 * np.sin(7 * k))) for k in range(40)]
    schedules = built(spec)
    optimizer = inject(optax.sgd, schedules)

    def trained(opt_state: Any, losses: list[float]) -> Any:
        update = jax.jit(lambda opt_state, loss: optimizer.update(jnp.float32(1), opt_state, value=loss)[1])
        for loss in losses:
            opt_state = update(opt_state, np.float32(loss))
        return opt_state

    with jax.enable_x64(x64):
        whole = trained(optimizer.init(jnp.float32(1)), metrics)
        half = trained(optimizer.init(jnp.float32(1)), metrics[:20])
    with jax.enable_x64(later):
        kept = keep(half, optimizer.init(jnp.float32(1)), tmp_path)
        for leaf, other in zip(jax.tree.leaves(half), jax.tree.leaves(kept), strict=True):
            assert leaf.dtype == other.dtype
        resumed = trained(kept, metrics[20:])
    assert schedules.state(resumed) == schedules.state(whole)
    assert len(schedules.state(resumed).feedback) == 1
    np.testing.assert_array_equal(resumed.hyperparams["learning_rate"], whole.hyperparams["learning_rate"])


def test_a_state_is_a_carry_of_scan_and_can_be_donated() -> None:
    schedules = built(GREEDY)
    optimizer = inject(optax.sgd, schedules)
    metrics = jnp.asarray(1 + 0.1 * np.sin(7 * np.arange(30)), jnp.float32)

    def step(opt_state: Any, loss: Any) -> Any:
        _, opt_state = optimizer.update(jnp.float32(1), opt_state, value=loss)
        return opt_state, opt_state.hyperparams["learning_rate"]

    scanned, rates = jax.jit(lambda state: jax.lax.scan(step, state, metrics))(optimizer.init(jnp.float32(1)))
    donating = jax.jit(step, donate_argnums=0)
    opt_state = optimizer.init(jnp.float32(1))
    for loss, rate in zip(metrics, rates, strict=True):
        opt_state, found = donating(opt_state, loss)
        assert found == rate
    assert schedules.state(opt_state) == schedules.state(scanned)
    assert len(set(rates.tolist())) > 5


@pytest.mark.parametrize(
    "check",
    [jax.checking_leaks, jax.disable_jit, lambda: jax.numpy_dtype_promotion("strict"),
     lambda: jax.numpy_rank_promotion("raise")],
    ids=["leaks", "no jit", "strict promotion", "rank promotion"],
)  # fmt: skip
@pytest.mark.parametrize("x64", [False, True])
def test_a_stateful_schedule_passes_the_checks_of_jax(check: Any, x64: bool) -> None:
    with jax.enable_x64(x64):
        expected = []
        for guard in (lambda: jax.enable_x64(x64), check):
            with guard():
                schedule = built(GREEDY)["learning_rate"]
                state, update = schedule.init(), jax.jit(schedule.update)
                for loss in (1.0, 1.1, 1.2, 1.3):
                    state = update(state, value=jnp.float32(loss))
                expected.append(float(jax.jit(schedule)(state)))
        assert expected[0] == expected[1] != 0.1


def test_equal_schedules_as_static_arguments_are_traced_once() -> None:
    traced = []

    def scaled(schedule: Any, state: Any) -> Any:
        traced.append(schedule)
        return schedule(state)

    compiled = jax.jit(scaled, static_argnums=0)
    values = {float(compiled(built()["learning_rate"], built()["learning_rate"].init())) for _ in range(3)}
    assert len(traced) == len(values) == 1


def test_a_step_is_compiled_once_for_all_metrics() -> None:
    schedules = built()
    optimizer, traced = inject(optax.sgd, schedules), []

    @jax.jit
    def update(opt_state: Any, loss: Any) -> Any:
        traced.append(loss)
        return optimizer.update(jnp.ones(2), observe(opt_state, schedules, loss))[1]

    opt_state = optimizer.init(jnp.ones(2))
    for loss in (1.0, float("nan"), 0.5, 2.0):
        opt_state = update(opt_state, loss)
    assert len(traced) == 1


def test_copies_of_an_optimizer_observe_each_its_own_metric() -> None:
    schedules = built()
    optimizer = inject(optax.sgd, schedules)
    opt_states = jax.vmap(optimizer.init)(jnp.ones((3, 2)))
    observed = jax.jit(jax.vmap(lambda held, metric: observe(held, schedules, metric)))
    for metrics in (jnp.asarray([1.0, 1.0, 1.0]), jnp.asarray([2.0, 0.5, 2.0])):
        opt_states = observed(opt_states, metrics)
    _, opt_states = jax.jit(jax.vmap(optimizer.update))(jnp.ones((3, 2)), opt_states)
    assert opt_states.hyperparams["learning_rate"].tolist() == [0.25, 0.5, 0.25]


def test_the_pure_form_is_untouched_by_the_other() -> None:
    pure = unisched.build({"kind": "constant", "value": 0.5}, "optax")
    assert isinstance(pure, Schedules)
    with pytest.raises(BindingError, match='form="stateful"'):
        observe(optax.sgd(pure).init(jnp.ones(2)), pure, 1.0)  # type: ignore[arg-type]


def test_a_cooldown_beyond_int32_goes_over_from_the_host_as_the_longest_there_is() -> None:
    spec = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0, "cooldown": 2**40}
    host = unisched.build(spec, form="scheduler")
    for loss in (1.0, 2.0):
        host.observe(loss)
    schedules = unisched.build(spec, "optax", form="stateful", state=host.state())
    opt_state = inject(optax.sgd, schedules).init(jnp.ones(2))
    (memory,) = schedules.state(opt_state).feedback.values()
    assert (memory["cooldown"], memory["drops"]) == (2**31 - 1, 1)
    assert float(opt_state.hyperparams["learning_rate"]) == host.value() == 0.5
