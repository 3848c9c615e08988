"""Every number of a param group can be scheduled, and the update uses it: against numpy, and against torch by hand."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pytest
import torch
from torch.optim import SGD, AdamW, Optimizer
from unisched_torch import UnischedLR

import unisched
from unisched import Program

STEPS = 12
COSINE = {"kind": "cosine", "start": 0.1, "end": 0.01}
CANONICAL = {"lr": "learning_rate", "eps": "epsilon"}
GRADIENTS = np.random.default_rng(7).normal(size=(STEPS, 5))


def weights(rows: int | None = None) -> torch.nn.Parameter:
    values = torch.linspace(-1, 1, 5, dtype=torch.float64)
    return torch.nn.Parameter(values if rows is None else values.repeat(rows, 1))


def trained(optimizer: Optimizer, weight: torch.nn.Parameter, before: Callable[[int], None], after: Any) -> np.ndarray:
    for step in range(STEPS):
        before(step)
        weight.grad = torch.tensor(GRADIENTS[step]).expand_as(weight).clone()
        optimizer.step()
        after()
    return weight.detach().numpy().copy()


def scheduled(make: Callable[[list[Any]], Optimizer], program: Program, rows: int | None = None) -> np.ndarray:
    weight = weights(rows)
    scheduler = UnischedLR(make([weight]), program)
    return trained(scheduler.optimizer, weight, lambda step: None, scheduler.step)


def adamw_by_numpy(program: Program) -> np.ndarray:
    """Loshchilov and Hutter's update, with the five hyperparameters of each step."""
    weight, mean, square = np.linspace(-1, 1, 5), np.zeros(5), np.zeros(5)
    for step, gradient in enumerate(GRADIENTS):
        rate, decay, beta1, beta2, epsilon = (
            program(step, name) for name in ("learning_rate", "weight_decay", "beta1", "beta2", "epsilon")
        )
        weight = weight * (1 - rate * decay)
        mean = beta1 * mean + (1 - beta1) * gradient
        square = beta2 * square + (1 - beta2) * gradient**2
        corrected = mean / (1 - beta1 ** (step + 1)), square / (1 - beta2 ** (step + 1))
        weight = weight - rate * corrected[0] / (np.sqrt(corrected[1]) + epsilon)
    return weight


def sgd_by_numpy(program: Program) -> np.ndarray:
    """The heavy ball with dampening, and weight decay as L2."""
    weight, velocity = np.linspace(-1, 1, 5), np.zeros(5)
    for step, gradient in enumerate(GRADIENTS):
        rate, decay, momentum, dampening = (
            program(step, name) for name in ("learning_rate", "weight_decay", "momentum", "dampening")
        )
        pull = gradient + decay * weight
        velocity = momentum * velocity + (1 - dampening) * pull if step else pull
        weight = weight - rate * velocity
    return weight


ADAMW = {
    "learning_rate": COSINE,
    "weight_decay": {"kind": "product", "curves": [{"kind": "follow", "schedule": "learning_rate"}, 3]},
    "beta1": {"kind": "linear", "start": 0.95, "end": 0.85},
    "beta2": {"kind": "linear", "start": 0.9, "end": 0.999},
    "epsilon": {"kind": "exponential", "start": 1e-2, "end": 1e-8},
}
SGDS = {
    "learning_rate": COSINE,
    "weight_decay": {"kind": "linear", "start": 0, "end": 0.5},
    "momentum": {"kind": "linear", "start": 0.85, "end": 0.95},
    "dampening": {"kind": "linear", "start": 0, "end": 0.5},
}


@pytest.mark.parametrize("foreach", [False, True])
def test_adamw_with_five_schedules_is_the_update_by_hand(foreach: bool) -> None:
    program = unisched.compile({"schedules": ADAMW, "total": STEPS})
    ours = scheduled(lambda params: AdamW(params, foreach=foreach), program)
    np.testing.assert_allclose(ours, adamw_by_numpy(program), rtol=1e-12)


def test_sgd_with_four_schedules_is_the_update_by_hand() -> None:
    program = unisched.compile({"schedules": SGDS, "total": STEPS})
    ours = scheduled(lambda params: SGD(params, lr=1, momentum=0.5, weight_decay=1), program)
    np.testing.assert_allclose(ours, sgd_by_numpy(program), rtol=1e-12)


@pytest.mark.parametrize("name", sorted(ADAMW))
def test_the_update_by_hand_notices_each_schedule_that_stands_still(name: str) -> None:
    program = unisched.compile({"schedules": ADAMW, "total": STEPS})
    still = unisched.compile({"schedules": {**ADAMW, name: program(0, name)}, "total": STEPS})
    ours = scheduled(AdamW, still)
    assert np.abs(ours - adamw_by_numpy(program)).max() > 1e-6


def test_a_decay_that_follows_the_rate_keeps_its_ratio_at_every_update() -> None:
    program = unisched.compile({"schedules": ADAMW, "total": STEPS})
    scheduler = UnischedLR(AdamW([weights()]), program)
    for _ in range(STEPS):
        group = scheduler.optimizer.param_groups[0]
        assert group["weight_decay"] == group["lr"] * 3
        scheduler.optimizer.step()
        scheduler.step()


# Every float key of the optimizers, at two values that it may have, and what makes it matter.
KEYS: dict[str, tuple[type[Optimizer], dict[str, Any], Mapping[str, tuple[float, float]]]] = {
    "Adadelta": (torch.optim.Adadelta, {}, {"lr": (1, 0.1), "rho": (0.9, 0.5), "eps": (1e-6, 1e-2),
                                            "weight_decay": (0, 0.5)}),
    "Adafactor": (torch.optim.Adafactor, {}, {"lr": (0.1, 0.01), "beta2_decay": (-0.8, -0.4), "d": (1, 0.1),
                                              "weight_decay": (0, 0.5)}),
    "Adagrad": (torch.optim.Adagrad, {}, {"lr": (0.1, 0.01), "lr_decay": (0, 0.5), "eps": (1e-10, 1e-2),
                                          "weight_decay": (0, 0.5)}),
    "Adam": (torch.optim.Adam, {"foreach": True}, {"lr": (0.1, 0.01), "beta1": (0.9, 0.5), "beta2": (0.999, 0.5),
                                                   "eps": (1e-8, 1e-2), "weight_decay": (0, 0.5)}),
    "AdamW": (AdamW, {"fused": True}, {"lr": (0.1, 0.01), "beta1": (0.9, 0.5), "eps": (1e-8, 1e-2),
                                       "weight_decay": (0, 0.5)}),
    "Adamax": (torch.optim.Adamax, {}, {"lr": (0.1, 0.01), "beta1": (0.9, 0.5), "beta2": (0.999, 0.5),
                                        "eps": (1e-8, 1e-2)}),
    "ASGD": (torch.optim.ASGD, {}, {"lr": (0.1, 0.01), "lambd": (1e-4, 0.5), "alpha": (0.75, 0.5)}),
    "Muon": (torch.optim.Muon, {}, {"lr": (0.1, 0.01), "momentum": (0.95, 0.5), "weight_decay": (0.1, 0.5),
                                    "eps": (1e-7, 10.0)}),
    "NAdam": (torch.optim.NAdam, {}, {"lr": (0.1, 0.01), "momentum_decay": (4e-3, 0.5)}),
    "RAdam": (torch.optim.RAdam, {}, {"lr": (0.1, 0.01), "beta1": (0.9, 0.5)}),
    "RMSprop": (torch.optim.RMSprop, {"momentum": 0.5}, {"lr": (0.1, 0.01), "alpha": (0.99, 0.5), "eps": (1e-8, 1e-2),
                                                         "momentum": (0.9, 0.5), "weight_decay": (0, 0.5)}),
    "SGD": (SGD, {"momentum": 0.5, "nesterov": True}, {"momentum": (0.9, 0.5), "weight_decay": (0, 0.5)}),
}  # fmt: skip
EACH = [(optimizer, key) for optimizer, (_, _, keys) in KEYS.items() for key in keys]


@pytest.mark.parametrize(("name", "key"), EACH, ids=[f"{optimizer}.{key}" for optimizer, key in EACH])
def test_every_float_key_of_every_optimizer_is_used_as_if_it_were_set_by_hand(name: str, key: str) -> None:
    kind, settings, keys = KEYS[name]
    rows = 4 if name == "Muon" else None
    start, end = keys[key]
    hyperparameter = CANONICAL.get(key, key)
    curve = {"kind": "linear", "start": start, "end": end}
    program = unisched.compile({"schedules": {hyperparameter: curve}, "total": STEPS})
    ours = scheduled(lambda params: kind(params, **settings), program, rows)

    by_hand = weights(rows)
    optimizer = kind([by_hand], **settings)

    def put(step: int) -> None:
        group, value = optimizer.param_groups[0], program(step, hyperparameter)
        if key in ("beta1", "beta2"):
            pair = [*group["betas"]]
            pair[int(key[-1]) - 1] = value
            group["betas"] = tuple(pair)
        else:
            group[key] = value

    assert ours.tobytes() == trained(optimizer, by_hand, put, lambda: None).tobytes()
    untouched = weights(rows)
    assert (
        ours.tobytes() != trained(kind([untouched], **settings), untouched, lambda step: None, lambda: None).tobytes()
    )


def test_the_table_names_the_optimizers_of_torch_that_plain_gradients_can_drive() -> None:
    others = {"LBFGS", "Rprop", "SparseAdam", "Optimizer"}  # below: a closure, a rate that is read once, sparse ones
    kinds = {name for name in dir(torch.optim) if isinstance(getattr(torch.optim, name), type)}
    assert kinds - others == KEYS.keys()


def bare(kind: type[Optimizer], rows: int | None = None, **settings: Any) -> tuple[Optimizer, torch.nn.Parameter]:
    weight = weights(rows)
    return kind([weight], **settings), weight


def made_by_closure(optimizer: Optimizer, weight: torch.nn.Parameter) -> None:
    def loss() -> torch.Tensor:
        optimizer.zero_grad()
        total = (weight - 3).square().sum() + weight.pow(4).sum()
        total.backward()  # type: ignore[no-untyped-call]
        return total

    optimizer.step(loss)  # type: ignore[arg-type]


def made_of_rows(optimizer: Optimizer, weight: torch.nn.Parameter) -> None:
    weight.grad = torch.sparse_coo_tensor(torch.tensor([[0, 2]]), torch.tensor(GRADIENTS[:2]), weight.shape,
                                          check_invariants=True)  # fmt: skip
    optimizer.step()


SPECIAL: dict[str, tuple[type[Optimizer], int | None, dict[str, Any], Any, str, tuple[float, float]]] = {
    "LBFGS.lr": (torch.optim.LBFGS, None, {"max_iter": 3}, made_by_closure, "lr", (0.1, 0.01)),
    "LBFGS.tolerance_grad": (torch.optim.LBFGS, None, {"lr": 0.1}, made_by_closure, "tolerance_grad", (1e-7, 10)),
    "SparseAdam.lr": (torch.optim.SparseAdam, 4, {}, made_of_rows, "lr", (0.1, 0.01)),
    "SparseAdam.eps": (torch.optim.SparseAdam, 4, {}, made_of_rows, "eps", (1e-8, 1e-2)),
}


@pytest.mark.parametrize(("kind", "rows", "settings", "made", "key", "values"), SPECIAL.values(), ids=SPECIAL)
def test_optimizers_that_want_a_closure_or_sparse_gradients_use_what_is_scheduled_too(
    kind: type[Optimizer], rows: int | None, settings: dict[str, Any], made: Any, key: str, values: tuple[float, float]
) -> None:
    hyperparameter = CANONICAL.get(key, key)
    curve = {"kind": "linear", "start": values[0], "end": values[1]}
    program = unisched.compile({"schedules": {hyperparameter: curve}, "total": STEPS})
    (ours, our_weight), (theirs, their_weight), (still, still_weight) = (bare(kind, rows, **settings) for _ in range(3))
    scheduler = UnischedLR(ours, program)
    for step in range(STEPS):
        theirs.param_groups[0][key] = program(step, hyperparameter)
        for optimizer, weight in ((ours, our_weight), (theirs, their_weight), (still, still_weight)):
            made(optimizer, weight)
        scheduler.step()
    assert torch.equal(our_weight, their_weight)
    assert not torch.equal(our_weight, still_weight)


def test_rprop_reads_its_rate_at_its_first_update_and_adagrad_its_first_sum_never() -> None:
    """What torch does not read again cannot be scheduled by anybody; the page of torch says so."""
    curve = {"kind": "linear", "start": 0.1, "end": 1}
    for kind, key in ((torch.optim.Rprop, "lr"), (torch.optim.Adagrad, "initial_accumulator_value")):
        hyperparameter = CANONICAL.get(key, key)
        found = [
            scheduled(lambda params: kind(params, **{key: 0.1}), unisched.compile({"schedules": {hyperparameter: at}}))  # noqa: B023
            for at in ({**curve, "duration": STEPS}, 0.1)
        ]
        assert found[0].tobytes() == found[1].tobytes()


def test_numbers_of_numpy_are_numbers() -> None:
    optimizer = SGD([weights()], lr=0.1, momentum=0.5)
    optimizer.param_groups[0].update(lr=np.float32(0.5), momentum=np.float64(0.25))
    spec = {"schedules": {name: {"base": "optimizer", "curve": 0.5} for name in ("learning_rate", "momentum")}}
    UnischedLR(optimizer, spec)
    assert (optimizer.param_groups[0]["lr"], optimizer.param_groups[0]["momentum"]) == (0.25, 0.125)
    assert [type(optimizer.param_groups[0][key]) for key in ("lr", "momentum")] == [float, float]


class ThreeBetas(Optimizer):
    """As AdEMAMix and Adan have them: a third average, whose beta is meant to be scheduled."""

    def __init__(self, params: Any, betas: Any = (0.9, 0.999, 0.9999)) -> None:
        super().__init__(params, {"lr": 0.1, "betas": betas})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for weight in group["params"]:
                slow = self.state[weight].setdefault("slow", torch.zeros_like(weight))
                slow.lerp_(weight.grad, 1 - group["betas"][2])
                weight.sub_(slow, alpha=group["lr"])


@pytest.mark.parametrize("held", [tuple, list])
def test_a_third_beta_is_an_element_of_betas_like_the_others(held: Any) -> None:
    curve = {"kind": "linear", "start": 0.5, "end": 0.9}
    program = unisched.compile({"schedules": {"beta3": curve, "beta1": 0.8}, "total": STEPS})
    ours = scheduled(lambda params: ThreeBetas(params, held((0.9, 0.999, 0.9999))), program)
    weight, slow = np.linspace(-1, 1, 5), np.zeros(5)
    for step, gradient in enumerate(GRADIENTS):
        beta = program(step, "beta3")
        slow = beta * slow + (1 - beta) * gradient
        weight = weight - 0.1 * slow
    np.testing.assert_allclose(ours, weight, rtol=1e-12)
    with pytest.raises(unisched.UnischedError, match="AdamW has no element 2 in 'betas'"):
        UnischedLR(AdamW([weights()]), program)


def test_an_optimizer_that_calls_a_key_beta1_or_epsilon_is_scheduled_there() -> None:
    """Adafactor of Transformers has a `beta1` and no `betas`."""
    optimizer = SGD([weights()], lr=0.1)
    optimizer.param_groups[0].update(beta1=0.9, epsilon=1e-8, betas=(0.7, 0.8), eps=1e-3)
    scheduler = UnischedLR(optimizer, {"schedules": {"beta1": 0.5, "beta2": 0.6, "epsilon": 1e-2}})
    group = optimizer.param_groups[0]
    assert (group["beta1"], group["epsilon"], group["betas"], group["eps"]) == (0.5, 1e-2, (0.7, 0.6), 1e-3)
    optimizer.step()
    assert scheduler.last_used() == {"beta1": 0.5, "beta2": 0.6, "eps": 1e-2}


class Lookahead(Optimizer):
    """A stranger's optimizer with keys of its own: every fourth update, weights go back part of the way."""

    def __init__(self, params: Any) -> None:
        super().__init__(params, {"lr": 0.1, "pull": 0.5, "lr_decay": 0.0})

    @torch.no_grad()
    def step(self, closure: Any = None) -> None:  # type: ignore[override]
        for group in self.param_groups:
            for weight in group["params"]:
                state = self.state[weight]
                state.setdefault("slow", weight.clone())
                state["step"] = state.get("step", 0) + 1
                weight.sub_(weight.grad, alpha=group["lr"] / (1 + group["lr_decay"] * state["step"]))
                if state["step"] % 4 == 0:
                    state["slow"].lerp_(weight, group["pull"])
                    weight.copy_(state["slow"])


def test_a_strangers_optimizer_may_have_keys_that_only_it_knows() -> None:
    pull, decay = {"kind": "linear", "start": 1, "end": 0.25}, {"kind": "linear", "start": 0, "end": 1}
    schedules = {"learning_rate": COSINE, "pull": pull, "lr_decay": decay}
    program = unisched.compile({"schedules": schedules, "total": STEPS})
    ours = scheduled(Lookahead, program)
    weight = slow = np.linspace(-1, 1, 5)
    for step, gradient in enumerate(GRADIENTS):
        weight = weight - program(step) / (1 + program(step, "lr_decay") * (step + 1)) * gradient
        if step % 4 == 3:
            weight = slow = slow + program(step, "pull") * (weight - slow)
    np.testing.assert_allclose(ours, weight, rtol=1e-12)
