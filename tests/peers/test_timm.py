"""Every scheduler of timm under its own name: our emissions against the closed form, and that against timm's own.

timm computes in float64 what loses digits where the value is small against the peak, so its own values are compared
with the closed form in ulp of the peak, and ours in ulp of the value. The noise is torch's own, from its generator.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from typing import Any, Final

import pytest
import torch
from hypothesis import given, settings
from peers import timm_only
from peers.harness import Worst, agree, ulps
from peers.timm_cases import DECIDED, GRID, REFUSED, STRATEGIES
from peers.timm_forms import closed

import unisched
from unisched.dialects import timm as dialect
from unisched.dialects.timm.mersenne import normals, uniforms
from unisched.errors import SpecError

timm = timm_only.scheduler()

BASE: Final = 0.3
STEPS: Final = 80
ULPS: Final = 4.0
WARPED: Final = 10.0
"""The same where k_decay takes a power of the position, which is rounded before the ramp is."""
DRIFT: Final = 16.0
"""How far timm's own float64 may be from the closed form, in ulp of the peak."""
LOST: Final = 20.0
"""How far besides for each t_initial gone by, where cycles differ in length and timm subtracts where each began."""

WORST: Final = Worst()
PEER: Final = Worst()


@pytest.fixture(autouse=True, scope="module")
def _report() -> Iterator[None]:
    yield
    print(f"\nours against the closed form\n{WORST}\ntimm against it, in ulp of the peak\n{PEER}")


def build(kind: str, arguments: Mapping[str, Any], base: float = BASE) -> tuple[torch.optim.Optimizer, Any]:
    """The real scheduler upon an optimizer with one group."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", category=FutureWarning, message="PlateauLRScheduler is deprecated")
        return optimizer, getattr(timm, kind)(optimizer, **arguments)


def stepped(kind: str, arguments: Mapping[str, Any], steps: int = STEPS) -> list[float]:
    """What the group's rate is at each update of a plain loop, as far as timm gets."""
    optimizer, scheduler = build(kind, {**arguments, "t_in_epochs": False})
    used = []
    for update in range(steps):
        used.append(optimizer.param_groups[0]["lr"])
        try:
            scheduler.step_update(update + 1)
        except ValueError:  # the logarithm of a number not above 0, where cycles get shorter
            break
    return used


def document(kind: str, arguments: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    return {"kind": f"timm.{kind}", "t_in_epochs": False, **arguments, **more}


def drawn_by_torch(arguments: Mapping[str, Any], index: int) -> float:
    generator = torch.Generator().manual_seed(arguments.get("noise_seed", 42) + index)
    while True:
        noise = torch.randn(1, generator=generator).item() * arguments.get("noise_std", 1.0)
        if abs(noise) < arguments.get("noise_pct", 0.67):
            return float(noise)


def compared(kind: str, arguments: Mapping[str, Any], backends: Sequence[str]) -> None:
    own = stepped(kind, arguments)
    expected = closed(kind, arguments, BASE, range(len(own)), partial(drawn_by_torch, arguments))
    peak = max(BASE, *map(abs, expected))
    far = max(ulps(a, b, peak) for a, b in zip(own, expected, strict=True))
    gone = STEPS / arguments["t_initial"] if arguments.get("cycle_mul", 1) != 1 else 0
    assert far <= DRIFT + LOST * gone, (kind, arguments, far)
    PEER.note(kind, far)
    warped = arguments.get("k_decay", 1) != 1
    spec, name = document(kind, arguments), f"{kind}{' k_decay' if warped else ''}"
    within = WARPED if warped else ULPS
    WORST.note(name, agree(spec, expected, base=BASE, total=STEPS, within=within, backends=backends))


def cases(table: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Any]:
    return [
        pytest.param(kind, one, id=f"{kind}-{index}") for kind, all_ in table.items() for index, one in enumerate(all_)
    ]


def some(each: int) -> dict[str, Sequence[Mapping[str, Any]]]:
    """A spread of each grid, its last set included, which has noise where any has."""
    return {kind: [*table[:: max(1, len(table) // each)], table[-1]] for kind, table in GRID.items()}


def test_every_scheduler_has_a_kind_and_no_kind_is_another() -> None:
    kinds = {str(model.model_fields["kind"].default).removeprefix("timm.") for model in dialect.dialect.kinds}
    assert kinds == {name for name in vars(timm) if name.endswith("LRScheduler")}
    assert kinds - {"PlateauLRScheduler"} == set(GRID) == set(STRATEGIES)


@pytest.mark.parametrize("kind", GRID)
def test_a_kind_gives_the_closed_form_and_so_does_timm(kind: str) -> None:
    for arguments in GRID[kind]:
        compared(kind, arguments, ())


@pytest.mark.parametrize(("kind", "arguments"), cases(some(5)))
def test_every_backend_emits_it(kind: str, arguments: Mapping[str, Any]) -> None:
    compared(kind, arguments, ("numpy", "torch", "keras", "optax"))


@pytest.mark.parametrize("kind", ["CosineLRScheduler", "PolyLRScheduler", "TanhLRScheduler"])
def test_a_cycle_that_timm_starts_late_is_late_here(kind: str) -> None:
    arguments = {"t_initial": 1, "cycle_mul": 3.0, "cycle_limit": 6}
    own = stepped(kind, arguments, 130)
    program = unisched.compile(document(kind, arguments), base=BASE, total=130)
    assert own[121] < 0.01 * BASE < own[122]
    assert max(ulps(program(step), value, BASE) for step, value in enumerate(own)) <= LOST * 130


@pytest.mark.parametrize("kind", STRATEGIES)
def test_drawn_arguments_agree(kind: str) -> None:
    @settings(max_examples=60)
    @given(STRATEGIES[kind])
    def drawn(arguments: Mapping[str, Any]) -> None:
        compared(kind, arguments, ("numpy",))

    drawn()


@pytest.mark.parametrize(("kind", "arguments"), cases(some(3)))
def test_epochs_change_the_value_once_an_epoch(kind: str, arguments: Mapping[str, Any]) -> None:
    optimizer, scheduler = build(kind, arguments)
    program = unisched.compile(document(kind, arguments, t_in_epochs=True), base=BASE, total=90, steps_per_epoch=3)
    updates = 0
    for epoch in range(25):
        for _ in range(3):
            assert ulps(program(updates), optimizer.param_groups[0]["lr"], BASE) <= DRIFT
            updates += 1
            scheduler.step_update(updates)
        scheduler.step(epoch + 1)


@pytest.mark.parametrize(("kind", "arguments", "field"), REFUSED)
def test_what_timm_refuses_is_refused(kind: str, arguments: Mapping[str, Any], field: str) -> None:
    with pytest.raises((AssertionError, TypeError, ValueError, ZeroDivisionError)):
        build(kind, {**arguments, "t_in_epochs": False})[1].step_update(1)
    assert refusal(kind, arguments).endswith(field)


@pytest.mark.parametrize(("kind", "arguments", "field"), DECIDED)
def test_what_timm_mangles_is_refused(kind: str, arguments: Mapping[str, Any], field: str) -> None:
    build(kind, arguments)
    assert refusal(kind, arguments).endswith(field)


def refusal(kind: str, arguments: Mapping[str, Any]) -> str:
    spec = {"kind": f"timm.{kind}", **arguments}
    with pytest.raises(SpecError) as caught:
        unisched.compile(spec, base=BASE, total=STEPS, steps_per_epoch=1)
    return caught.value.path


SEEDS: Final = range(2**32 - 5_000, 2**32 + 10_000)


def test_the_random_numbers_are_those_of_torch() -> None:
    for seed, draws in zip(SEEDS, chain.from_iterable(normals(SEEDS)), strict=True):
        generator = torch.Generator().manual_seed(seed)
        assert [next(draws) for _ in range(4)] == [torch.randn(1, generator=generator).item() for _ in range(4)]


def test_long_streams_are_those_of_torch() -> None:
    for seed in (0, 42, 2**63 - 1):
        generator, (draws,) = torch.Generator().manual_seed(seed), next(normals(range(seed, seed + 1)))
        assert [next(draws) for _ in range(2_000)] == [torch.randn(1, generator=generator).item() for _ in range(2_000)]


def test_the_uniform_numbers_are_those_of_torch() -> None:
    for seed, draw in zip(SEEDS, chain.from_iterable(uniforms(SEEDS)), strict=True):
        assert draw == torch.rand(1, generator=torch.Generator().manual_seed(seed)).item()


@pytest.mark.parametrize(("kind", "arguments"), cases(some(6)))
def test_a_live_scheduler_is_lifted(kind: str, arguments: Mapping[str, Any]) -> None:
    _, scheduler = build(kind, {**arguments, "t_in_epochs": False})
    lifted = unisched.lift(scheduler, total=STEPS)
    assert lifted.state.step == 0
    ours = unisched.compile(document(kind, arguments), base=BASE, total=STEPS)
    again = unisched.compile(lifted.spec, base=BASE, total=STEPS)
    assert [again(step) for step in range(STEPS)] == [ours(step) for step in range(STEPS)]


def test_a_live_plateau_scheduler_is_lifted() -> None:
    arguments = {
        "decay_rate": 0.5,
        "patience_t": 3,
        "mode": "min",
        "warmup_t": 4,
        "lr_min": 0.01,
        "noise_type": "uniform",
    }
    _, scheduler = build("PlateauLRScheduler", arguments)
    found = unisched.lift(scheduler, steps_per_epoch=10).spec.schedules["learning_rate"]
    assert found.kind == "timm.PlateauLRScheduler"
    assert {name: getattr(found, name) for name in arguments if name != "warmup_t"} | {"warmup_t": 4} == arguments
    assert str(found.warmup_t) == "4 steps"


def test_a_function_that_decays_cannot_be_lifted() -> None:
    _, scheduler = build("WSDLRScheduler", {"t_initial": 10, "decay_t": 5, "decay_fn": lambda part: 1 - part})
    with pytest.raises(SpecError, match="decay_fn is a function") as caught:
        unisched.lift(scheduler)
    assert caught.value.code == "lift.closure"


def test_a_wrong_number_is_seen() -> None:
    arguments = {"t_initial": 20, "noise_range_t": [3, 9]}
    expected = closed("CosineLRScheduler", arguments, BASE, range(STEPS), partial(drawn_by_torch, arguments))
    wrong = document("CosineLRScheduler", {**arguments, "noise_seed": 43})
    with pytest.raises(AssertionError):
        agree(wrong, expected, base=BASE, total=STEPS, within=ULPS, backends=())
    off = stepped("CosineLRScheduler", {**arguments, "t_initial": 21})
    assert max(ulps(a, b, BASE) for a, b in zip(off, expected, strict=True)) > 1000
