"""Every SchedulerType under its own name: our emissions against the closed form, and that against the real scheduler.

The library computes 1 + cos(x), 1 - x and the like in float64, which loses digits where the value is small against the
peak; so its own values are compared with the closed form in ulp of the peak, and ours in ulp of the value.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import pytest
import torch
from hypothesis import given, settings
from peers.harness import Worst, agree, ulps
from peers.transformers_cases import DECIDED, GRID, REFUSED, STRATEGIES
from peers.transformers_forms import closed
from transformers.optimization import get_scheduler
from transformers.trainer_utils import SchedulerType

import unisched
from unisched.dialects import transformers as dialect
from unisched.errors import SpecError

BASE: Final = 0.3
STEPS: Final = 70
ULPS: Final = 4.0
PHASE: Final = 16.0
"""A cosine that has gone on for x full waves is rounded as its argument is: by so many ulp of the peak for each."""

WORST: Final = Worst()
PEER: Final = Worst()


@pytest.fixture(autouse=True, scope="module")
def _report() -> Iterator[None]:
    yield
    print(f"\nours against the closed form\n{WORST}\nthe library against it, in ulp of the peak\n{PEER}")


def build(kind: str, arguments: Mapping[str, Any], base: float = BASE) -> tuple[torch.optim.Optimizer, Any]:
    """The real scheduler upon an optimizer with one group."""
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=base)
    own = {name: value for name, value in arguments.items() if name != "lr_init"}
    warmup, training = own.pop("num_warmup_steps", None), own.pop("num_training_steps", None)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Both num_training_steps and num_stable_steps")
        return optimizer, get_scheduler(kind, optimizer, warmup, training, own or None)


def stepped(kind: str, arguments: Mapping[str, Any], steps: int = STEPS) -> list[float]:
    """What the group's rate is at each update of a plain loop."""
    optimizer, scheduler = build(kind, arguments)
    used = []
    for _ in range(steps):
        used.append(optimizer.param_groups[0]["lr"])
        optimizer.step()
        scheduler.step()
    return used


def document(kind: str, arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {"kind": f"transformers.{kind}", **arguments}


def compared(kind: str, arguments: Mapping[str, Any], backends: Sequence[str]) -> None:
    expected = closed(kind, arguments, BASE, STEPS)
    peak = max(BASE, *map(abs, expected))
    own = max(ulps(a, b, peak) for a, b in zip(stepped(kind, arguments), expected, strict=True))
    run = arguments.get(
        "num_decay_steps", arguments.get("num_training_steps", 1) - arguments.get("num_warmup_steps", 0)
    )
    waves = arguments.get("num_cycles", 0.5) * STEPS / max(1, run)
    assert own <= ULPS + PHASE * waves, (kind, arguments, own)
    PEER.note(kind, own)
    WORST.note(kind, agree(document(kind, arguments), expected, base=BASE, within=ULPS, backends=backends))


def cases(table: Mapping[str, Sequence[Mapping[str, Any]]]) -> list[Any]:
    return [
        pytest.param(kind, one, id=f"{kind}-{index}") for kind, all_ in table.items() for index, one in enumerate(all_)
    ]


def test_every_scheduler_type_has_a_kind_and_no_kind_is_another() -> None:
    kinds = {str(model.model_fields["kind"].default).removeprefix("transformers.") for model in dialect.dialect.kinds}
    assert kinds == {kind.value for kind in SchedulerType}
    assert kinds - {"greedy", "reduce_lr_on_plateau"} == set(GRID) == set(STRATEGIES)


@pytest.mark.parametrize(("kind", "arguments"), cases(GRID))
def test_a_kind_gives_the_closed_form_and_so_does_the_library(kind: str, arguments: Mapping[str, Any]) -> None:
    compared(kind, arguments, ("numpy",))


@pytest.mark.parametrize(
    ("kind", "arguments"), cases({kind: some[:: max(1, len(some) // 4)] for kind, some in GRID.items()})
)
def test_every_backend_emits_it(kind: str, arguments: Mapping[str, Any]) -> None:
    compared(kind, arguments, ("numpy", "torch", "keras", "optax"))


@pytest.mark.parametrize("kind", STRATEGIES)
def test_drawn_arguments_agree(kind: str) -> None:
    @settings(max_examples=60)
    @given(STRATEGIES[kind])
    def drawn(arguments: Mapping[str, Any]) -> None:
        compared(kind, arguments, ("numpy",))

    drawn()


@pytest.mark.parametrize(("kind", "arguments", "field"), REFUSED)
def test_what_the_library_refuses_is_refused(kind: str, arguments: Mapping[str, Any], field: str) -> None:
    own = {name: value for name, value in arguments.items() if name != "lr_init"}
    with pytest.raises((ValueError, TypeError, ZeroDivisionError)):
        stepped(kind, own)
    assert refusal(kind, arguments).endswith(field)


@pytest.mark.parametrize(("kind", "arguments", "field"), DECIDED)
def test_what_the_library_mangles_is_refused(kind: str, arguments: Mapping[str, Any], field: str) -> None:
    build(kind, arguments)
    assert refusal(kind, arguments).endswith(field)


def refusal(kind: str, arguments: Mapping[str, Any]) -> str:
    with pytest.raises(SpecError) as caught:
        unisched.compile(document(kind, arguments), base=BASE)
    return caught.value.path or caught.value.fault


@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_groups_end_where_the_library_ends_them_with_its_default_rate(scale: float) -> None:
    optimizer = torch.optim.SGD([{"params": [torch.nn.Parameter(torch.zeros(1))], "lr": BASE * scale}], lr=BASE)
    own = {"lr_end": 0.01, "power": 2.0}
    scheduler = get_scheduler("polynomial", optimizer, 4, 20, own)
    spec = document("polynomial", {"num_warmup_steps": 4, "num_training_steps": 20, "lr_init": BASE, **own})
    program = unisched.compile(spec, base=BASE * scale)
    for step in range(30):
        assert ulps(program(step), optimizer.param_groups[0]["lr"], BASE * scale) <= ULPS
        optimizer.step()
        scheduler.step()


def test_the_trainer_rounds_a_share_of_the_run_up_as_we_do() -> None:
    assert unisched.compile(document("linear", {"num_warmup_steps": "10%"}), total=105, base=1.0)(10) == 10 / 11


@pytest.mark.parametrize(
    ("kind", "arguments"), cases({kind: some[:: max(1, len(some) // 5)] for kind, some in GRID.items()})
)
def test_a_live_scheduler_is_lifted_at_its_step(kind: str, arguments: Mapping[str, Any]) -> None:
    optimizer, scheduler = build(kind, arguments)
    for _ in range(5):
        optimizer.step()
        scheduler.step()
    lifted = unisched.lift(scheduler)
    assert lifted.state.step == 5
    program = unisched.compile(lifted.spec, base=BASE)
    for step in range(5, STEPS):
        assert ulps(program(step), optimizer.param_groups[0]["lr"], BASE) <= ULPS + PHASE * 70
        optimizer.step()
        scheduler.step()


def test_a_live_greedy_scheduler_is_lifted() -> None:
    _, scheduler = build("greedy", {"patience": 3, "reset_start": 7, "window_size": 9})
    scheduler.step(1.0)
    lifted = unisched.lift(scheduler)
    found = lifted.spec.schedules["learning_rate"]
    assert (found.kind, found.patience, found.reset_start, found.window_size) == ("transformers.greedy", 3, 7, 9)
    assert lifted.state.step == 1


def test_a_wrong_number_is_seen() -> None:
    expected = closed("cosine", {"num_warmup_steps": 4, "num_training_steps": 20}, BASE, STEPS)
    wrong = document("cosine", {"num_warmup_steps": 4, "num_training_steps": 21})
    with pytest.raises(AssertionError):
        agree(wrong, expected, base=BASE, within=ULPS, backends=())
    off = stepped("cosine", {"num_warmup_steps": 5, "num_training_steps": 20})
    assert max(ulps(a, b, BASE) for a, b in zip(off, expected, strict=True)) > 1000
