"""The ignite dialect against ignite's own handlers, called as its engine calls them, and in a real engine's run."""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping
from typing import Any, Final

import pytest
import torch
from closed_forms.torch_forms import closed
from hypothesis import given, settings
from hypothesis import strategies as st
from mpmath import mpf
from peers.harness import Worst, agree
from peers.ignite_peer import (
    BASE,
    Engine,
    Events,
    FastaiLRFinder,
    LRScheduler,
    ReduceLROnPlateauScheduler,
    build,
    called,
    in_an_engine,
    optimizer,
)

import unisched
from unisched.dialects.ignite import dialect
from unisched.errors import SpecError
from unisched.spec.kinds import kind_of

ULPS: Final = 4.0
LONG: Final = 16.0
"""For products of steps, each of which rounds: torch's MultiplicativeLR."""
NEAR: Final = 1e-11
"""How far a run that goes from rate to rate may be from its closed form, as a share of its highest value."""
STEPS: Final = 40
WORST: Final = Worst()

Arguments = dict[str, Any]


def document(kind: str, **arguments: Any) -> Arguments:
    return {"kind": f"ignite.{kind}", **arguments}


def of_torch(kind: str, **arguments: Any) -> Arguments:
    return {"kind": f"torch.{kind}", **arguments}


def triangle(**arguments: Any) -> Arguments:
    given_ends = {"param_name": "lr", "start_value": 1.0, "end_value": 0.1, "cycle_size": 5}
    return document("LinearCyclicalScheduler", **{**given_ends, **arguments})


def annealed(**arguments: Any) -> Arguments:
    given_ends = {"param_name": "lr", "start_value": 1.0, "end_value": 0.1, "cycle_size": 6}
    return document("CosineAnnealingScheduler", **{**given_ends, **arguments})


def lines(*milestones: tuple[int, float], name: str = "lr") -> Arguments:
    return document("PiecewiseLinear", param_name=name, milestones_values=[list(pair) for pair in milestones])


def concat(schedulers: list[Arguments], durations: list[int]) -> Arguments:
    return document("ConcatScheduler", schedulers=schedulers, durations=durations)


def warmed(scheduler: Arguments, duration: int, end: float | None = None, start: float = 0.0) -> Arguments:
    found = document("create_lr_scheduler_with_warmup", lr_scheduler=scheduler, warmup_start_value=start,
                     warmup_duration=duration)  # fmt: skip
    return found if end is None else {**found, "warmup_end_value": end}


RIGHT: Final = [
    of_torch("LambdaLR", lr_lambda="1 / (1 + 0.1 * step)"), of_torch("LambdaLR", lr_lambda="min(step, 10) / 10"),
    of_torch("StepLR", step_size=4, gamma=0.5), of_torch("MultiStepLR", milestones=[1, 3, 9], gamma=0.5),
    of_torch("CyclicLR", base_lr=0.1, max_lr=1.0, step_size_up=4, step_size_down=3),
    of_torch("OneCycleLR", max_lr=1.0, total_steps=STEPS + 5),
    of_torch("OneCycleLR", max_lr=1.0, total_steps=STEPS + 5, cycle_momentum=False),
]  # fmt: skip
"""torch's schedulers that ignite's wrapper reads right."""

WARMABLE: Final = [
    *RIGHT, of_torch("MultiStepLR", milestones=[0, 3], gamma=0.5), of_torch("ConstantLR", factor=0.5, total_iters=3),
    of_torch("LinearLR", start_factor=0.5, total_iters=4), of_torch("ExponentialLR", gamma=0.9),
    of_torch("PolynomialLR", total_iters=12, power=2.0), of_torch("CosineAnnealingLR", T_max=9, eta_min=0.01),
    of_torch("CosineAnnealingWarmRestarts", T_0=3, T_mult=2), of_torch("MultiplicativeLR", lr_lambda="0.9"),
]  # fmt: skip
"""torch's schedulers that go right behind a warm-up: all but those in `DECIDED`."""

BROKEN: Final = [
    of_torch("MultiplicativeLR", lr_lambda="0.9"), of_torch("ExponentialLR", gamma=0.5),
    of_torch("ConstantLR", factor=0.5, total_iters=3), of_torch("LinearLR", start_factor=0.5, total_iters=4),
    of_torch("PolynomialLR", total_iters=5, power=1.0), of_torch("CosineAnnealingLR", T_max=6),
    of_torch("CosineAnnealingWarmRestarts", T_0=3), of_torch("MultiStepLR", milestones=[0, 3], gamma=0.5),
]  # fmt: skip
"""torch's schedulers that ignite's wrapper reads wrong."""

GRID: Final[dict[str, list[Arguments]]] = {
    "LinearCyclicalScheduler": [
        triangle(), triangle(cycle_size=2), triangle(start_value=0, end_value=1, cycle_size=4),
        triangle(cycle_mult=1.5), triangle(cycle_mult=1.1), triangle(cycle_size=16, cycle_mult=0.7),
        triangle(cycle_mult=2, start_value_mult=0.5, end_value_mult=0.9), triangle(start_value_mult=0.9),
        triangle(monotonic=True), triangle(monotonic=True, warmup_duration=3),
        triangle(monotonic=True, warmup_duration=3, cycle_mult=1.5, start_value_mult=0.7, end_value_mult=1.1),
        triangle(param_name="momentum", start_value=0.95, end_value=0.85),
        triangle(param_name="weight_decay", start_value=0.01, end_value=0.0),
    ],
    "CosineAnnealingScheduler": [
        annealed(), annealed(cycle_mult=1.5), annealed(warmup_duration=4), annealed(end_value=0),
        annealed(warmup_duration=3, cycle_mult=1.5, start_value_mult=0.7, end_value_mult=2.0),
        annealed(warmup_duration=1, cycle_mult=0.8, cycle_size=20),
    ],
    "PiecewiseLinear": [
        lines((0, 1.0), (5, 0.5), (5, 0.2), (9, 0.1)), lines((3, 1.0)), lines((2, 1.0), (4, 2.0)),
        lines((10, 0.5), (20, 0.45), (21, 0.3), (30, 0.1), (40, 0.1)), lines((0, 1.0), (0, 0.5), (3, 0.2), (3, 0.4)),
        lines((0, 0.8), (30, 0.95), name="momentum"),
    ],
    "ConcatScheduler": [
        concat([triangle(cycle_size=8), annealed()], [4]), concat([lines((0, 0.1), (20, 1.0)), annealed()], [7]),
        concat([annealed(cycle_mult=1.5), triangle(monotonic=True), lines((3, 0.5), (9, 0.1))], [11, 9]),
        concat([concat([triangle(), annealed(warmup_duration=3)], [3]), lines((2, 0.5))], [25]),
        concat([document("LRScheduler", lr_scheduler=RIGHT[2]), triangle()], [9]),
        concat([lines((0, 0.1), (5, 0.4)), document("LRScheduler", lr_scheduler=RIGHT[0])], [5]),
        concat([triangle(), warmed(annealed(), 4, 1.0)], [8]),
    ],
    "ParamGroupScheduler": [
        document("ParamGroupScheduler", schedulers=[triangle(), lines((0, 0.8), (9, 0.95), name="momentum")]),
        document("ParamGroupScheduler", names=["rate", "decay"], schedulers=[
            document("LRScheduler", lr_scheduler=RIGHT[3]), triangle(param_name="weight_decay", end_value=0.0),
        ]),
    ],
    "LRScheduler": [document("LRScheduler", lr_scheduler=scheduler) for scheduler in RIGHT],
    "create_lr_scheduler_with_warmup": [
        *(warmed(scheduler, duration) for scheduler in WARMABLE for duration in (2, 5)),
        *(warmed(scheduler, 4, 2.0, start=0.1) for scheduler in WARMABLE),
        *(warmed(scheduler, duration, end) for scheduler in (annealed(), triangle(), lines((0, 1.0), (9, 0.2)))
          for duration in (2, 3, 5) for end in (None, 1.0, 2.0)),
        warmed(concat([triangle(), annealed()], [7]), 5, 1.0), warmed(warmed(annealed(), 3, 1.0), 4, 0.0),
        warmed(document("LRScheduler", lr_scheduler=RIGHT[0]), 5), warmed(RIGHT[4], 5, 0.1),
    ],
    "LambdaStateScheduler": [
        document("LambdaStateScheduler", param_name="drop", lambda_obj=text)
        for text in ("1 / (1 + step)", "0.5 * 0.9 ** step", "min(step, 10) / 10")
    ],
    "PiecewiseLinearStateScheduler": [
        document("PiecewiseLinearStateScheduler", param_name="drop", milestones_values=pairs)
        for pairs in ([[5, 1.0], [10, 0.8], [15, 0.6]], [[0, 1.0], [1, 0.5]], [[1, 2.0], [1, 3.0], [4, 0.0]])
    ],
    "ExpStateScheduler": [
        document("ExpStateScheduler", param_name="drop", initial_value=value, gamma=gamma)
        for value, gamma in ((1, 0.5), (0.3, 0.97), (0.3, 1.01), (-2.0, 0.9))
    ],
    "StepStateScheduler": [
        document("StepStateScheduler", param_name="drop", initial_value=0.3, gamma=0.7, step_size=size)
        for size in (1, 2, 5, 100)
    ],
    "MultiStepStateScheduler": [
        document("MultiStepStateScheduler", param_name="drop", initial_value=0.3, gamma=0.7, milestones=milestones)
        for milestones in ([3, 6, 9, 12], [], [0, 1, 1, 20], [1])
    ],
    "BatchSizeScheduler": [
        document("BatchSizeScheduler", scheduler_fn=text)
        for text in ("16", "8 + step // 3 * 4", "max(1, 64 - 2 * step)")
    ],
    "FastaiLRFinder": [
        document("FastaiLRFinder", num_iter=10, start_lr=1e-7, end_lr=10.0),
        document("FastaiLRFinder", num_iter=30, start_lr=1e-3, end_lr=1.0),
        document("FastaiLRFinder", num_iter=30, start_lr=0.0, end_lr=1.0, step_mode="linear"),
    ],
    "EMAHandler": [
        document("EMAHandler", momentum=0.002, momentum_warmup=0.2, warmup_iters=20), document("EMAHandler"),
        document("EMAHandler", momentum=0.9, momentum_warmup=0.1, warmup_iters=7),
        document("EMAHandler", momentum=0.9, momentum_warmup=0.1, warmup_iters=2),
        document("EMAHandler", momentum=0.9, momentum_warmup=0.1, warmup_iters=1),
    ],
}  # fmt: skip

numbers = st.one_of(st.sampled_from([0.0, 0.1, 1.0]), st.floats(1e-4, 2))
factors = st.one_of(st.just(1.0), st.floats(0.5, 2))


def drawn(kind: str, needs: Mapping[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]) -> Any:
    return st.fixed_dictionaries({"kind": st.just(f"ignite.{kind}"), **needs}, optional=optional)


ENDS: Final = {"param_name": st.just("lr"), "start_value": numbers, "end_value": numbers}
SIZED: Final = {**ENDS, "cycle_size": st.integers(2, 30)}
MULTIPLIED: Final = {"cycle_mult": st.floats(1, 3), "start_value_mult": factors, "end_value_mult": factors}
PAIRS: Final = st.lists(st.tuples(st.integers(0, STEPS), numbers), min_size=1, max_size=8).map(
    lambda pairs: [list(pair) for pair in sorted(pairs, key=lambda pair: pair[0])]
)
DROP: Final = {"param_name": st.just("drop")}
DECAYING: Final = {**DROP, "initial_value": numbers, "gamma": st.floats(0.5, 1.1)}

CYCLES: Final = st.one_of(
    drawn("LinearCyclicalScheduler", SIZED, **MULTIPLIED),
    drawn("LinearCyclicalScheduler", {**SIZED, "monotonic": st.just(True)}, warmup_duration=st.integers(0, 9),
          **MULTIPLIED),
)  # fmt: skip
COSINES: Final = drawn(
    "CosineAnnealingScheduler", SIZED, warmup_duration=st.integers(0, 9), **MULTIPLIED
)  # fmt: skip
LINES: Final = drawn("PiecewiseLinear", {"param_name": st.just("lr"), "milestones_values": PAIRS})
ONES: Final = st.one_of(CYCLES, COSINES, LINES)
CONCATS: Final = st.lists(st.integers(1, 20), min_size=1, max_size=3).flatmap(
    lambda durations: drawn("ConcatScheduler", {
        "schedulers": st.lists(ONES, min_size=len(durations) + 1, max_size=len(durations) + 1),
        "durations": st.just(durations),
    })
)  # fmt: skip

STRATEGIES: Final[dict[str, st.SearchStrategy[Arguments]]] = {
    "LinearCyclicalScheduler": CYCLES,
    "CosineAnnealingScheduler": COSINES,
    "PiecewiseLinear": LINES,
    "ConcatScheduler": CONCATS,
    "ParamGroupScheduler": st.tuples(ONES, ONES).map(lambda both: document(
        "ParamGroupScheduler", schedulers=[both[0], {**both[1], "param_name": "weight_decay"}])),
    "LRScheduler": st.one_of(
        st.builds(functools.partial(of_torch, "StepLR"), step_size=st.integers(1, 9), gamma=st.floats(0.1, 1)),
        st.builds(functools.partial(of_torch, "CyclicLR"), base_lr=st.floats(0.01, 0.9), max_lr=st.just(1.0),
                  step_size_up=st.integers(1, 9), step_size_down=st.integers(1, 9)),
    ).map(lambda scheduler: document("LRScheduler", lr_scheduler=scheduler)),
    "create_lr_scheduler_with_warmup": st.builds(
        warmed, st.one_of(st.sampled_from(WARMABLE), ONES, CONCATS), st.integers(2, 12),
        st.one_of(st.none(), st.sampled_from([1.0, 0.1]), st.floats(0.4, 2)), st.floats(0, 1),
    ),
    "LambdaStateScheduler": drawn("LambdaStateScheduler", {
        **DROP, "lambda_obj": st.sampled_from(["1 / (1 + step)", "0.5 * 0.9 ** step", "0.9"]),
    }),
    "PiecewiseLinearStateScheduler": drawn("PiecewiseLinearStateScheduler", {**DROP, "milestones_values": PAIRS}),
    "ExpStateScheduler": drawn("ExpStateScheduler", DECAYING),
    "StepStateScheduler": drawn("StepStateScheduler", {**DECAYING, "step_size": st.integers(1, 50)}),
    "MultiStepStateScheduler": drawn("MultiStepStateScheduler", {
        **DECAYING, "milestones": st.lists(st.integers(0, STEPS), max_size=9).map(sorted),
    }),
    "BatchSizeScheduler": drawn("BatchSizeScheduler", {
        "scheduler_fn": st.sampled_from(["16", "8 + step // 3 * 4", "max(1, 64 - 2 * step)"]),
    }),
    "FastaiLRFinder": drawn("FastaiLRFinder", {
        "num_iter": st.integers(20, 100), "start_lr": st.floats(1e-8, 0.5), "end_lr": st.floats(0.6, 10),
        "step_mode": st.sampled_from(["exp", "linear"]),
    }),
    "EMAHandler": drawn("EMAHandler", {
        "momentum": st.floats(0.001, 0.999), "momentum_warmup": st.floats(0, 1), "warmup_iters": st.integers(1, 60),
    }),
}  # fmt: skip

REFUSED: Final[list[tuple[Arguments, str]]] = [
    (triangle(cycle_size=1), "cycle_size"),
    (triangle(warmup_duration=3), "warmup_duration"),
    (annealed(cycle_size=0), "cycle_size"),
    (document("PiecewiseLinear", param_name="lr", milestones_values=[]), "milestones_values"),
    (lines((3, 1.0), (2, 0.5)), "milestones_values[1][0]"),
    (document("PiecewiseLinear", param_name="lr", milestones_values=[[0.5, 1.0]]), "milestones_values[0][0]"),
    (concat([triangle()], []), "durations"),
    (concat([triangle(), annealed()], [3, 4]), "durations"),
    (concat([triangle(), annealed(param_name="momentum")], [3]), "schedulers[1]"),
    (document("ParamGroupScheduler", schedulers=[triangle()], names=["a", "b"]), "names"),
    (warmed(annealed(), 1), "warmup_duration"),
    (document("FastaiLRFinder", num_iter=0, start_lr=0.1), "num_iter"),
    (document("EMAHandler", momentum=1.0), "momentum"),
    (document("EMAHandler", momentum=0.0), "momentum"),
]
"""What both sides refuse when it is built, and where we do."""

DECIDED: Final[list[tuple[Arguments, str]]] = [
    *((document("LRScheduler", lr_scheduler=scheduler), "lr_scheduler") for scheduler in BROKEN),
    (document("LRScheduler", lr_scheduler=of_torch("SWALR", swa_lr=0.1)), "lr_scheduler"),
    (warmed(of_torch("SWALR", swa_lr=0.1), 3), "lr_scheduler"),
    (concat([triangle(), document("LRScheduler", lr_scheduler=RIGHT[2])], [3]), "schedulers[1]"),
    (warmed(document("LRScheduler", lr_scheduler=RIGHT[2]), 4), "lr_scheduler"),
    (concat([triangle(), annealed(), lines((0, 1.0))], [3, 0]), "durations[1]"),
    (concat([triangle(), annealed()], [0]), "durations[0]"),
    (triangle(cycle_size=3, cycle_mult=0.5), "cycle_mult"),
    (triangle(cycle_mult=-1.0), "cycle_mult"),
    (triangle(cycle_size=5.5), "cycle_size"),
    (triangle(start_value_mult=0.0), "start_value_mult"),
    (document("ParamGroupScheduler", schedulers=[triangle(), annealed()]), "schedulers[1]"),
    (document("StepStateScheduler", param_name="drop", initial_value=1, gamma=0.5, step_size=0), "step_size"),
    (document("ExpStateScheduler", param_name="drop", initial_value=1, gamma=-0.5), "gamma"),
    (
        document("MultiStepStateScheduler", param_name="drop", initial_value=1, gamma=0.5, milestones=[5, 3]),
        "milestones[1]",
    ),
    (document("EMAHandler", momentum=0.5, warmup_iters=4), "momentum_warmup"),
    (triangle(param_name="betas"), "param_name"),
]
"""What ignite builds and then stumbles over, mangles or drops, and where we refuse it."""


def names_of(found: Mapping[str, Any]) -> tuple[str, ...]:
    (curve, *_) = unisched.load(found).schedules.values()
    return curve.drives()


def largest(found: Any) -> float:
    """The largest of a document's numbers, to which a sum of two is rounded; lengths are no such numbers."""
    match found:
        case {"schedulers": children}:
            return max(map(largest, children))
        case {"lr_scheduler": child}:
            return max(largest(child), abs(found.get("warmup_start_value", 0)), found.get("warmup_end_value") or BASE)
        case {"milestones_values": pairs}:
            return max(abs(value) for _, value in pairs)
    fields = ("start_value", "end_value", "start_lr", "end_lr", "max_lr", "momentum", "momentum_warmup")
    return max([abs(found[name]) for name in fields if name in found], default=0.0)


def allowed(found: Mapping[str, Any]) -> float:
    """4 ulp; more where ignite itself rounds the share of a step before it takes that root of a ratio."""
    if found.get("step_mode", "exp") == "exp" and "start_lr" in found:
        return ULPS + 2 * (1 + STEPS / found["num_iter"]) * abs(math.log(found.get("end_lr", 10.0) / found["start_lr"]))
    return LONG if "MultiplicativeLR" in str(found) else ULPS


def judge(found: Mapping[str, Any], name: str, peer: list[float]) -> list[float]:
    """The peer itself; where it steps torch's from rate to rate, the closed form that it follows."""
    if not found.get("lr_scheduler", found)["kind"].startswith("torch."):
        return peer
    form = closed(found["lr_scheduler"], BASE, name)
    exact = [float(_followed(found, form, step, name)) for step in range(STEPS)]
    highest = max(map(abs, exact))
    for step, (value, followed) in enumerate(zip(peer, exact, strict=True)):
        assert abs(value - followed) <= NEAR * highest, (found, name, step, value, followed)
    return exact


def _followed(found: Mapping[str, Any], form: Any, step: int, name: str) -> Any:
    last = found.get("warmup_duration", 1) - 1
    first, end = found.get("warmup_start_value", 0.0), found.get("warmup_end_value")
    foreign = end is not None and end != closed(found["lr_scheduler"], BASE)(0)
    if step > last or (step == last and not foreign):
        return form(step - last - foreign)
    if name != "learning_rate":
        return form(0)
    end = end if foreign else form(0)
    return first + (end - first) * mpf(step) / last


def compare(found: Mapping[str, Any], backends: tuple[str, ...]) -> None:
    names = names_of(found)
    peer = called(found, STEPS, names)
    worst = 0.0
    for name in names:
        expected = judge(found, name, peer[name])
        scale = max(largest(found), *map(abs, expected))
        worst = max(worst, agree(found, expected, hyperparameter=name, total=STEPS, base=dict.fromkeys(names, BASE),
                                 within=allowed(found), scale=scale, backends=backends))  # fmt: skip
    WORST.note(found["kind"], worst)


@pytest.mark.parametrize("kind", GRID)
def test_every_backend_gives_what_ignite_writes(kind: str) -> None:
    for found in GRID[kind]:
        compare(found, ("numpy", "torch", "keras", "optax") if len(GRID[kind]) < 20 else ("numpy", "torch"))


@pytest.mark.parametrize("kind", STRATEGIES)
def test_any_arguments_give_what_ignite_writes(kind: str) -> None:
    @settings(max_examples=40)
    @given(STRATEGIES[kind])
    def hold(found: Arguments) -> None:
        compare(found, ("numpy",))

    hold()


ENGINE: Final = [
    triangle(cycle_mult=1.5), annealed(warmup_duration=4), lines((3, 1.0), (9, 0.5), (9, 0.2), (20, 0.1)),
    concat([triangle(), annealed()], [7]), warmed(of_torch("ExponentialLR", gamma=0.9), 5), warmed(annealed(), 4, 1.0),
    document("LRScheduler", lr_scheduler=RIGHT[3]),
]  # fmt: skip


@pytest.mark.parametrize("found", ENGINE, ids=range(len(ENGINE)))
def test_the_updates_of_an_engine_use_the_values_of_our_steps(found: Arguments) -> None:
    agree(
        found, in_an_engine(found, STEPS), total=STEPS, base=BASE, within=16, scale=largest(found), backends=("numpy",)
    )


@pytest.mark.parametrize("found", [
    triangle(cycle_size=1000), annealed(cycle_size=999, warmup_duration=50), annealed(cycle_size=100, cycle_mult=1.7),
    triangle(cycle_size=300, start_value_mult=0.9, end_value_mult=0.95),
])  # fmt: skip
def test_a_long_run_stays_as_near(found: Arguments) -> None:
    steps = 20_000
    peer = called(found, steps, ("learning_rate",))["learning_rate"]
    program = unisched.compile(found, total=steps)
    assert max(abs(program(step) - value) for step, value in enumerate(peer)) <= ULPS * math.ulp(1.0)


def test_an_engine_that_calls_once_an_epoch_is_the_epochwise_schedule() -> None:
    of, used = optimizer(), []
    trainer = Engine(lambda _engine, _batch: used.append(of.param_groups[0]["lr"]))
    trainer.add_event_handler(Events.EPOCH_STARTED, build(triangle(), of))
    trainer.run([0] * 4, max_epochs=9)
    found = {**triangle(), "interval": "epoch"}
    agree(found, used, total=36, steps_per_epoch=4, within=ULPS, scale=1.0)


def test_the_run_of_a_finder_uses_the_values_of_our_steps() -> None:
    model = torch.nn.Linear(1, 1)
    of, used = torch.optim.SGD(model.parameters(), lr=0.5), []

    def process(_engine: Engine, _batch: object) -> float:
        used.append(of.param_groups[0]["lr"])
        return 1.0

    trainer, finder = Engine(process), FastaiLRFinder()
    state = {"model": model, "optimizer": of}
    with (
        finder.attach(trainer, state, num_iter=20, start_lr=1e-5, end_lr=1.0) as finding,
        pytest.warns(UserWarning, match="without loss diverging"),
    ):
        finding.run([0] * 20)
    assert used[0] == pytest.approx(0.5 * (1.0 / 0.5) ** (1 / 20), rel=1e-15)
    found = document("FastaiLRFinder", num_iter=20, start_lr=1e-5, end_lr=1.0)
    program = unisched.compile(found)
    assert [program(step) for step in range(19)] == pytest.approx(used[1:20], rel=1e-14)


# Behind torch's wrapper


@pytest.mark.parametrize("scheduler", BROKEN, ids=lambda scheduler: scheduler["kind"])
def test_what_the_wrapper_breaks_is_broken_indeed(scheduler: Arguments) -> None:
    theirs = called(document("LRScheduler", lr_scheduler=scheduler), 8, ("learning_rate",))["learning_rate"]
    ours = unisched.compile(scheduler, total=8, base=BASE)
    assert any(abs(value - ours(step)) > 1e-3 for step, value in enumerate(theirs))


def test_what_has_no_rate_of_its_own_raises_there_and_is_refused_here() -> None:
    parts = [of_torch("ConstantLR"), of_torch("ExponentialLR", gamma=0.9)]
    for scheduler in (of_torch("ChainedScheduler", schedulers=parts),
                      of_torch("SequentialLR", schedulers=parts, milestones=[3])):  # fmt: skip
        of = optimizer()
        children = [build(part, of) for part in parts]
        more = {"milestones": [3]} if "milestones" in scheduler else {}
        real = getattr(torch.optim.lr_scheduler, scheduler["kind"].partition(".")[2])
        wrapper = LRScheduler(real(**({"optimizer": of} if more else {}), schedulers=children, **more))
        with pytest.raises(NotImplementedError):
            wrapper(None)
        assert faulty(document("LRScheduler", lr_scheduler=scheduler)) == "lr_scheduler"


def test_a_recursive_scheduler_after_another_goes_on_from_what_the_rate_is() -> None:
    found = concat([lines((0, 0.1), (5, 0.4)), document("LRScheduler", lr_scheduler=RIGHT[2])], [5])
    assert called(found, 6, ("learning_rate",))["learning_rate"][5] == pytest.approx(0.34)
    assert faulty(found) == "schedulers[1]"


# Feedback


PLATEAU: Final = document("ReduceLROnPlateauScheduler", metric_name="loss", factor=0.5, patience=1)


def test_a_plateau_is_torchs_without_its_floor() -> None:
    torchs = {**PLATEAU, "kind": "torch.ReduceLROnPlateau", "monitor": "loss"}
    del torchs["metric_name"]
    ours, theirs = (unisched.compile(one) for one in ({**PLATEAU, "min_lr": 0.3}, torchs))
    assert ours.body == theirs.body
    assert "ignite.min_lr" in {note.code for note in ours.notes}


def test_the_floor_of_a_plateau_is_ignored_indeed() -> None:
    of, engine = optimizer(1.0), Engine(lambda _engine, _batch: None)
    handler = ReduceLROnPlateauScheduler(of, "loss", factor=0.5, patience=0, min_lr=0.3)
    engine.state.metrics = {"loss": 1.0}
    for _ in range(6):
        handler(engine)
    assert of.param_groups[0]["lr"] == 0.03125


# Refusals


def faulty(found: Mapping[str, Any]) -> str:
    with pytest.raises(SpecError) as caught:
        unisched.compile(found, total=STEPS)
    return caught.value.path.removeprefix("schedules.learning_rate.")


@pytest.mark.parametrize(("found", "path"), REFUSED)
def test_what_ignite_refuses_is_refused_at_its_field(found: Arguments, path: str) -> None:
    with pytest.raises((ValueError, TypeError, ZeroDivisionError)):
        called(found, 3, ("learning_rate",))
    assert faulty(found) == path


@pytest.mark.parametrize(("found", "path"), DECIDED)
def test_what_ignite_stumbles_over_is_refused_at_its_field(found: Arguments, path: str) -> None:
    build(found, optimizer())
    assert faulty(found) == path


def test_cycles_that_shrink_to_nothing_divide_by_zero_there() -> None:
    with pytest.raises(ZeroDivisionError):
        called(triangle(cycle_size=3, cycle_mult=0.5), STEPS, ("learning_rate",))
    shrinking = triangle(cycle_size=3, cycle_mult=0.5)
    agree(shrinking, called(shrinking, 4, ("learning_rate",))["learning_rate"], total=4, backends=())


# Live handlers

LIFTED: Final = [
    triangle(), triangle(monotonic=True, warmup_duration=3), annealed(), lines((3, 1.0), (9, 0.5)),
    concat([triangle(cycle_size=8), annealed()], [4]), GRID["ParamGroupScheduler"][0],
    *(document("LRScheduler", lr_scheduler=scheduler) for scheduler in RIGHT[2:]),
    *(warmed(scheduler, 5, end) for scheduler in WARMABLE if "lr_lambda" not in scheduler for end in (None, 2.0)),
    warmed(annealed(), 5, 1.0), warmed(annealed(), 2, 1.0), warmed(annealed(), 5, 2.0),
    *(GRID[kind][0] for kind in ("ExpStateScheduler", "StepStateScheduler", "MultiStepStateScheduler",
                                 "PiecewiseLinearStateScheduler", "EMAHandler")),
]  # fmt: skip


@pytest.mark.parametrize("found", LIFTED, ids=range(len(LIFTED)))
def test_a_live_handler_goes_on_as_what_was_lifted_from_it(found: Arguments) -> None:
    names = names_of(found)
    for done in (0, 3, 11):
        of = optimizer()
        handler = build(found, of)
        lifted = after(handler, done)
        assert lifted.step == done
        program = unisched.compile(lifted.document, total=STEPS, base=dict.fromkeys(names, BASE))
        peer = called(found, STEPS, names)
        for name in names:
            ours = [program(step, name) for step in range(done, STEPS)]
            assert ours == pytest.approx(peer[name][done:], rel=1e-11, abs=1e-13)


def after(handler: Any, calls: int) -> Any:
    engine = Engine(lambda _engine, _batch: None)
    if hasattr(handler, "ema_model"):
        handler.attach(engine)
    for _ in range(calls):
        (handler.momentum_scheduler if hasattr(handler, "ema_model") else handler)(engine)
    assert dialect.lift is not None
    return dialect.lift(handler)


@pytest.mark.parametrize("found", [
    triangle(cycle_mult=2.0, start_value_mult=0.5), annealed(warmup_duration=4, end_value_mult=0.5),
])  # fmt: skip
def test_of_cycles_that_grow_the_present_one_is_lifted(found: Arguments) -> None:
    peer = called(found, STEPS, ("learning_rate",))["learning_rate"]
    lifted = after(build(found, optimizer()), 13)
    program = unisched.compile(lifted.document, total=STEPS)
    assert [program(lifted.step + step) for step in range(9)] == pytest.approx(peer[13:22], rel=1e-14)


@pytest.mark.parametrize(("found", "calls", "code"), [
    (GRID["LambdaStateScheduler"][0], 0, "lift.closure"),
    (GRID["BatchSizeScheduler"][0], 0, "lift.closure"),
    (concat([triangle(cycle_mult=2.0), annealed()], [20]), 9, "lift.state"),
    (annealed(warmup_duration=4, start_value_mult=0.5), 9, "lift.state"),
    (document("LRScheduler", lr_scheduler=RIGHT[0]), 0, "lift.closure"),
])  # fmt: skip
def test_what_no_document_says_is_not_lifted(found: Arguments, calls: int, code: str) -> None:
    handler = build(found, optimizer())
    with pytest.raises(SpecError) as caught:
        after(handler, calls)
    assert caught.value.code == code


def test_groups_with_schedules_of_their_own_are_not_lifted() -> None:
    of = optimizer()
    groups = build(document("ParamGroupScheduler", schedulers=[triangle(), annealed()]), of)
    with pytest.raises(SpecError, match="different schedules"):
        after(groups, 0)


def test_a_plateau_is_lifted_while_it_has_seen_nothing() -> None:
    handler = ReduceLROnPlateauScheduler(optimizer(), "loss", factor=0.5, patience=1)
    assert unisched.compile(after(handler, 0).document).body == unisched.compile(PLATEAU).body
    engine = Engine(lambda _engine, _batch: None)
    engine.state.metrics = {"loss": 1.0}
    handler(engine)
    with pytest.raises(SpecError, match="has seen metrics"):
        after(handler, 0)


def test_what_is_none_of_ignites_schedulers_is_none_of_ours() -> None:
    assert dialect.lift is not None
    assert dialect.lift(Engine(lambda _engine, _batch: None)) is None


# What would be found


@pytest.mark.parametrize("wrong", [
    triangle(cycle_size=6), triangle(end_value=0.1001), triangle(cycle_mult=1.2), triangle(monotonic=True),
    annealed(cycle_size=5),
])  # fmt: skip
def test_another_schedule_is_told_apart(wrong: Arguments) -> None:
    peer = called(triangle(), STEPS, ("learning_rate",))["learning_rate"]
    agree(triangle(), peer, total=STEPS, scale=1.0, backends=())
    with pytest.raises(AssertionError):
        agree(wrong, peer, total=STEPS, scale=1.0, backends=())


def test_every_kind_is_compared() -> None:
    kinds = {kind_of(model).removeprefix("ignite.") for model in dialect.kinds}
    assert set(GRID) == set(STRATEGIES) == kinds - {"ReduceLROnPlateauScheduler"}


def test_what_was_found() -> None:
    assert set(WORST.errors) == {f"ignite.{kind}" for kind in GRID}
    print(f"\n{WORST}")
