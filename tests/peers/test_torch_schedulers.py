"""Every scheduler of torch under its own name: our emissions against the closed form, and that against torch's own run.

torch steps most of its schedulers from each rate to the next, and drifts; what we give is the closed form. So each run
of the real class is compared with the closed form too, and how far it drifts over 2000 steps is printed at the end.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Final

import pytest
import torch
from closed_forms.torch_forms import FORMULAS, closed
from hypothesis import given, settings
from peers.harness import Worst, agree, ulps
from peers.torch_cases import CYCLES, DECIDED, GRID, NOTED, REFUSED, STRATEGIES, document
from peers.torch_peer import build, drive, optimizer, stepped

import unisched
from unisched.dialects import torch as dialect
from unisched.dialects.torch.cyclic import CyclicLR
from unisched.dialects.torch.decays import MultiStepLR, StepLR
from unisched.dialects.torch.one_cycle import OneCycleLR
from unisched.dialects.torch.ramps import LinearLR
from unisched.duration import Duration
from unisched.errors import SpecError

BASE: Final = 0.3
STEPS: Final = 60
ULPS: Final = 4.0
WAVES: Final = 8.0
"""What the fast evaluators promise for a cosine; exact values are within ULPS of it too."""
LONG: Final = 16.0
"""For products of many factors, each of which rounds: MultiplicativeLR, and chains."""
NEAR: Final = 1e-11
"""How far the run of the real class may be from the closed form in so few steps, as a share of its highest value."""

OWN_VALUES: Final = ("torch.CyclicLR", "torch.OneCycleLR")
KINDS: Final = [*GRID, "ReduceLROnPlateau"]
WORST: Final = Worst()

DRIFT: Final[Mapping[str, tuple[Mapping[str, Any], float]]] = {
    "LambdaLR": ({"lr_lambda": "0.95 ** step"}, 1e-15),
    "MultiplicativeLR": ({"lr_lambda": "0.5 if step % 3 == 0 else 1.1"}, 1e-14),
    "StepLR": ({"step_size": 7, "gamma": 0.9}, 1e-14),
    "MultiStepLR": ({"milestones": list(range(10, 2000, 10)), "gamma": 0.9}, 1e-14),
    "ConstantLR": ({"factor": 0.1, "total_iters": 100}, 1e-15),
    "LinearLR": ({"total_iters": 1500}, 1e-14),
    "ExponentialLR": ({"gamma": 0.999}, 1e-13),
    "PolynomialLR": ({"total_iters": 2000, "power": 0.9}, 1e-12),
    "CosineAnnealingLR": ({"T_max": 1000, "eta_min": 0.01}, 1e-11),
    "ChainedScheduler": (
        {"schedulers": [document("LinearLR", total_iters=500), document("ExponentialLR", gamma=0.999)]}, 1e-13,
    ),
    "SequentialLR": (
        {"schedulers": [document("LinearLR", total_iters=500), document("CosineAnnealingLR", T_max=1500)],
         "milestones": [500]}, 1e-13,
    ),
    "CyclicLR": ({**CYCLES, "step_size_up": 7, "step_size_down": 10}, 1e-12),
    "OneCycleLR": ({"max_lr": 1.0, "total_steps": 2000}, 1e-15),
    "CosineAnnealingWarmRestarts": ({"T_0": 10, "T_mult": 2, "eta_min": 0.01}, 1e-15),
    "SWALR": ({"swa_lr": 0.05, "anneal_epochs": 1900}, 1e-13),
}  # fmt: skip
"""For each kind arguments, and how far torch's own run may drift in 2000 steps, as a share of the highest value."""


def cases(table: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Any]:
    return [
        pytest.param(document(kind, **arguments), id=f"{kind}-{index}")
        for kind, several in table.items()
        for index, arguments in enumerate(several)
    ]


def names(found: Mapping[str, Any]) -> list[str]:
    moves = found["kind"] in OWN_VALUES and found.get("cycle_momentum", True)
    return ["learning_rate", *([found.get("momentum", "momentum")] if moves else [])]


def clock(found: Mapping[str, Any]) -> dict[str, Any]:
    return {} if found["kind"] in OWN_VALUES else {"base": BASE}


def longest(found: Mapping[str, Any], steps: int = STEPS) -> int:
    """How many updates torch's scheduler can give a rate that we give too."""
    if found["kind"] != "torch.OneCycleLR":
        return steps
    length = found.get("total_steps") or found["epochs"] * found["steps_per_epoch"]
    return min(steps, length + (found.get("anneal_strategy", "cos") == "cos"))


def allowed(found: Mapping[str, Any]) -> float:
    text = str(found)
    if "MultiplicativeLR" in text or "ChainedScheduler" in text:
        return LONG
    return WAVES if any(name in text for name in ("Cosine", "OneCycleLR", "SWALR")) else ULPS


def compare(found: Mapping[str, Any], backends: Sequence[str], every: int = 1) -> float:
    """Our emissions against the closed form, which the real class follows; the worst error."""
    steps, worst = longest(found), 0.0
    run = drive(found, steps * every, BASE, every)
    for name in names(found):
        form = closed(found, BASE, name)
        exact = [float(form(step)) for step in range(steps)]
        highest = max(map(abs, exact))
        for step, value in enumerate(getattr(run, name)):
            assert abs(value - exact[step // every]) <= NEAR * highest, (found, name, step, value)
        scale = highest if found["kind"] == "torch.CyclicLR" else 0.0
        expected = [exact[step // every] for step in range(steps * every)]
        given = {**clock(found), "total": STEPS * every, **({"steps_per_epoch": every} if every > 1 else {})}
        ours = {**found, "interval": "epoch"} if every > 1 else found
        exactly = unisched.compile(ours, **given)
        for step in range(0, steps * every, 7):
            value = exactly(step, name, exact=True)
            assert ulps(value, expected[step], scale) <= max(ULPS, allowed(found) / 2), (found, name, step, value)
        worst = max(worst, agree(ours, expected, hyperparameter=name, within=allowed(found), scale=scale,
                                 backends=backends, **given))  # fmt: skip
    WORST.note(found["kind"], worst)
    return worst


def test_every_kind_of_the_dialect_is_here() -> None:
    kinds = [str(model.model_fields["kind"].default).removeprefix("torch.") for model in dialect.dialect.kinds]
    assert sorted(kinds) == sorted(KINDS)
    assert list(STRATEGIES) == list(GRID) == list(DRIFT)


def test_every_scheduler_of_torch_is_a_kind() -> None:
    schedulers = {*torch.optim.lr_scheduler.__all__, "SWALR"} - {"LRScheduler"}
    assert schedulers == {*KINDS}


@pytest.mark.parametrize("found", cases(GRID))
def test_all_emissions_give_the_closed_form_that_torch_follows(found: Mapping[str, Any]) -> None:
    compare(found, ("numpy", "torch", "keras", "optax"))


@pytest.mark.parametrize("kind", STRATEGIES)
def test_any_arguments_give_the_closed_form_that_torch_follows(kind: str) -> None:
    @settings(max_examples=25)
    @given(STRATEGIES[kind])
    def hold(found: Mapping[str, Any]) -> None:
        compare(found, ("numpy", "torch"))

    hold()


@pytest.mark.parametrize("found", cases({kind: several[:1] for kind, several in GRID.items()}))
def test_a_scheduler_that_counts_epochs_is_one_that_torch_steps_once_an_epoch(found: Mapping[str, Any]) -> None:
    compare(found, ("numpy", "torch"), every=3)


@pytest.mark.parametrize("kind", DRIFT)
def test_the_real_class_drifts_no_further_than_is_said(kind: str) -> None:
    arguments, bound = DRIFT[kind]
    found = document(kind, **arguments)
    assert drift(found, 2000) <= bound


def drift(found: Mapping[str, Any], steps: int) -> float:
    form = closed(found, BASE)
    exact = [float(form(step)) for step in range(steps)]
    run = drive(found, steps, BASE).learning_rate
    return max(abs(a - b) for a, b in zip(run, exact, strict=True)) / max(exact)


@pytest.mark.parametrize(("kind", "arguments", "field"), REFUSED)
def test_what_torch_refuses_is_refused_at_its_field(kind: str, arguments: Mapping[str, Any], field: str) -> None:
    with pytest.raises((ValueError, TypeError, ZeroDivisionError, NotImplementedError, KeyError)) as theirs:
        run_to_the_end(document(kind, **arguments))
    assert not isinstance(theirs.value, unisched.UnischedError)
    assert problem(document(kind, **arguments)).path.endswith(field)


def run_to_the_end(found: Mapping[str, Any]) -> None:
    of = optimizer(1.0)
    scheduler = build(found, of)
    for _ in range(12):
        of.step()
        scheduler.step()


def problem(found: Mapping[str, Any]) -> Any:
    with pytest.raises(SpecError) as ours:
        unisched.compile(found, base=None if found["kind"] in OWN_VALUES else 1.0)
    assert len(ours.value.problems) == 1
    return ours.value.problems[0]


# torch's composites step their schedulers once more when they are built, before any update.
@pytest.mark.filterwarnings("ignore:Detected call of `lr_scheduler.step:UserWarning")
@pytest.mark.parametrize(("found", "field", "values"), DECIDED)
def test_what_torch_mangles_is_refused_at_its_field(found: Mapping[str, Any], field: str, values: list[float]) -> None:
    assert drive(found, len(values), 1.0).learning_rate == pytest.approx(values, abs=1e-3)
    assert problem(found).path.endswith(field)


@pytest.mark.parametrize(("found", "code"), NOTED)
def test_a_quirk_is_noted(found: Mapping[str, Any], code: str) -> None:
    program = unisched.compile(found, total=100, steps_per_epoch=10)
    assert code in {note.code for note in program.notes}


def test_torch_raises_where_halved_triangles_overflow() -> None:
    found = document("CyclicLR", **CYCLES, step_size_up=1, mode="triangular2")
    with pytest.raises(OverflowError):
        drive(found, 2049, BASE)
    assert "torch.overflow" in {note.code for note in unisched.compile(found, total=2049).notes}
    assert "torch.overflow" not in {note.code for note in unisched.compile(found, total=2048).notes}


def test_torch_raises_after_the_end_of_one_cycle_and_we_hold() -> None:
    found = document("OneCycleLR", max_lr=1.0, total_steps=10)
    with pytest.raises(ValueError, match="total steps"):
        drive(found, 12, BASE)
    program = unisched.compile(found)
    assert program(10) == program(11) == pytest.approx(drive(found, 11, BASE).learning_rate[10], rel=1e-12)


def test_below_zero_torch_goes_at_the_end_of_a_linear_cycle_and_we_hold() -> None:
    found = document("OneCycleLR", max_lr=1.0, total_steps=10, anneal_strategy="linear")
    assert drive(found, 11, BASE).learning_rate[10] < 0
    program = unisched.compile(found)
    assert program(9) == program(10) == pytest.approx(4e-6, rel=1e-12)


# Live schedulers

LIFTED: Final = {kind: several for kind, several in GRID.items() if kind not in ("LambdaLR", "MultiplicativeLR")}


def live(found: Mapping[str, Any], steps: int) -> tuple[Any, torch.optim.Optimizer]:
    of = optimizer(BASE, adam=found.get("momentum") == "beta1")
    scheduler = build(found, of)
    list(stepped(scheduler, of, steps + 1))
    return scheduler, of


@pytest.mark.parametrize("steps", [0, 1, 7, 20])
@pytest.mark.parametrize("found", [case for case in cases(LIFTED) if "Multiplicative" not in str(case.values)])
def test_a_live_scheduler_goes_on_as_what_was_lifted_from_it(found: Mapping[str, Any], steps: int) -> None:
    steps = min(steps, longest(found, 30) - 1)
    scheduler, of = live(found, steps)
    lifted = unisched.lift(scheduler)
    assert lifted.state.step == steps
    program = unisched.compile(lifted.spec, base=None if found["kind"] in OWN_VALUES else BASE)
    count = max(longest(found, steps + 30) - steps, 1)
    rows = list(stepped(scheduler, of, count))
    for name in names(found):
        ours = [program(lifted.state.step + step, name) for step in range(count)]
        theirs = [row[name] for row in rows]
        assert ours == pytest.approx(theirs, rel=1e-9, abs=NEAR * max(map(abs, theirs)))


@pytest.mark.parametrize("found", cases(LIFTED)[:12])
def test_what_is_lifted_is_a_document_with_the_arguments_that_were_given(found: Mapping[str, Any]) -> None:
    lifted = unisched.lift(live(found, 3)[0])
    found = {**found, **({"milestones": sorted(found["milestones"])} if "milestones" in found else {})}
    given = unisched.load(found)
    (ours,), (theirs,) = lifted.spec.schedules.values(), given.schedules.values()
    assert ours == theirs
    assert unisched.load(lifted.spec.to_json()) == lifted.spec


@pytest.mark.parametrize("kind", ["LambdaLR", "MultiplicativeLR"])
@pytest.mark.parametrize(
    "function", [lambda _: 0.9, functools.partial(pow, 0.9), abs], ids=["lambda", "partial", "builtin"]
)
def test_a_function_is_no_document(kind: str, function: Callable[[int], float]) -> None:
    scheduler, _ = live(document(kind, lr_lambda=function), 0)
    with pytest.raises(SpecError) as error:
        unisched.lift(scheduler)
    assert error.value.code == "lift.closure"


def test_a_function_of_transformers_is_left_to_its_own_dialect() -> None:
    def theirs(step: int) -> float:
        return 0.9**step

    theirs.__module__ = "transformers.optimization"
    scheduler, _ = live(document("LambdaLR", lr_lambda=functools.partial(theirs)), 0)
    assert dialect.dialect.lift is not None
    assert dialect.dialect.lift(scheduler) is None


def test_what_is_none_of_torchs_schedulers_is_none_of_ours() -> None:
    assert dialect.dialect.lift is not None
    assert dialect.dialect.lift(torch.zeros(1)) is None


def two_groups(found: Mapping[str, Any], lrs: Sequence[float]) -> tuple[Any, torch.optim.Optimizer]:
    of = torch.optim.SGD(
        [{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": lr} for lr in lrs], lr=1.0, momentum=0.5
    )
    return build(found, of), of


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (document("CyclicLR", base_lr=[0.1, 0.2], max_lr=1.0), "lift.groups"),
        (document("OneCycleLR", max_lr=[1.0, 2.0], total_steps=10), "lift.groups"),
        (document("SWALR", swa_lr=[0.1, 0.2]), "lift.groups"),
        (document("SWALR", swa_lr=0.1), "lift.groups"),
        (document("ReduceLROnPlateau", min_lr=[0.1, 0.2]), "lift.groups"),
        (document("CyclicLR", **CYCLES, scale_fn=abs), "lift.closure"),
        (document("CyclicLR", **CYCLES, step_size_up=2.5), "lift.state"),
        (document("SequentialLR", schedulers=[document("ConstantLR")] * 2, milestones=[2.5]), "duration"),
        (document("ChainedScheduler", schedulers=[document("LambdaLR", lr_lambda=abs)]), "lift.closure"),
        (document("ChainedScheduler", schedulers=[document("StepLR", step_size=2),
                                                  document("CosineAnnealingWarmRestarts", T_0=2)]), "torch.chained"),
    ],
)  # fmt: skip
def test_what_no_document_says_is_not_lifted(found: Mapping[str, Any], code: str) -> None:
    scheduler, _ = two_groups(found, (0.5, 0.25))
    with pytest.raises(SpecError) as error:
        unisched.lift(scheduler)
    assert error.value.code.startswith(code)


def test_a_scheduler_that_was_moved_by_hand_is_not_lifted() -> None:
    scheduler, of = live(document("CosineAnnealingWarmRestarts", T_0=4), 3)
    of.step()
    scheduler.step(2.5)
    with pytest.raises(SpecError, match=r"stands at 2\.5"):
        unisched.lift(scheduler)


def test_a_plateau_that_has_seen_metrics_is_not_lifted() -> None:
    scheduler, _ = live(document("ReduceLROnPlateau"), 0)
    fresh = unisched.load({"kind": "torch.ReduceLROnPlateau"})
    assert dialect.dialect.lift is not None
    lifted = dialect.dialect.lift(scheduler)
    assert lifted is not None
    assert unisched.load(lifted.document) == fresh
    scheduler.step(1.0)
    with pytest.raises(SpecError, match="remembers"):
        dialect.dialect.lift(scheduler)


# The same optimizer, two groups

FACTORS: Final = [case for case in cases({kind: several[:2] for kind, several in GRID.items()})
                  if case.values[0]["kind"] not in OWN_VALUES]  # fmt: skip


@pytest.mark.parametrize("found", FACTORS)
def test_our_scheduler_takes_the_place_of_torchs(found: Mapping[str, Any]) -> None:
    real, theirs = two_groups(found, (0.5, 0.25))
    _, ours = two_groups(document("LambdaLR", lr_lambda=lambda _: 1.0), (0.5, 0.25))
    for group in ours.param_groups:
        del group["initial_lr"]
    native = unisched.build(found, "torch", optimizer=ours, total=STEPS)
    for _ in range(30):
        for one, other in zip(ours.param_groups, theirs.param_groups, strict=True):
            assert one["lr"] == pytest.approx(other["lr"], rel=1e-11, abs=1e-13)
        ours.step()
        theirs.step()
        native.step()
        real.step()


# What would be found


def sabotaged(model: Any, change: Callable[[Any], Any]) -> Callable[..., Any]:
    expand = model.expand
    return lambda self, at: expand(change(self), at)


def altered(**changes: Callable[[Any], Any]) -> Callable[[Any], Any]:
    return lambda self: self.model_copy(update={name: change(getattr(self, name)) for name, change in changes.items()})


def off(value: float) -> float:
    return value * (1 + 100 * 2.0**-52)


def later(length: Any) -> Any:
    if isinstance(length, tuple):
        return tuple(map(later, length))
    return Duration(length.amount + Fraction(1), "steps")


SABOTAGES: Final = [
    (StepLR, altered(gamma=off), 0),
    (StepLR, altered(step_size=later), 0),
    (MultiStepLR, altered(milestones=later), 0),
    (LinearLR, altered(end_factor=off), 4),
    (LinearLR, altered(total_iters=later), 0),
    (CyclicLR, altered(base_momentum=off), 0),
    (OneCycleLR, altered(pct_start=off), 0),
    (OneCycleLR, altered(max_momentum=off), 0),
]


@pytest.mark.parametrize(("model", "change", "index"), SABOTAGES)
def test_a_wrong_expansion_is_found(monkeypatch: pytest.MonkeyPatch, model: Any, change: Any, index: int) -> None:
    kind = model.model_fields["kind"].default.removeprefix("torch.")
    found = document(kind, **GRID[kind][index])
    compare(found, ("numpy",))
    monkeypatch.setattr(model, "expand", sabotaged(model, change))
    with pytest.raises(AssertionError):
        compare(found, ("numpy",))


def test_formulas_are_the_functions_that_torch_is_given() -> None:
    for text, function in FORMULAS.items():
        program = unisched.compile({"kind": "formula", "expression": text})
        assert [program(step) for step in range(20)] == pytest.approx([function(step) for step in range(20)], rel=1e-15)


def test_the_figures() -> None:
    """Prints what was found, for the report of the session."""
    print(WORST)
    for kind, (arguments, _) in DRIFT.items():
        print(f"{kind:<28} drifts {drift(document(kind, **arguments), 2000):.1e} in 2000 steps")
    assert max(WORST.errors.values(), default=0.0) <= LONG
