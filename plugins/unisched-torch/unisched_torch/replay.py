"""The proof that torch uses the values: a throw-away optimizer, trained in torch's own loop and read as it updates.

It has one param group for each group the program names, under a name that follows that group only, and one for all
others.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from typing import Any, Final

import torch
from torch.optim import Optimizer

from unisched.plugin import BindingError, Metric, Program, Replay, State, Target
from unisched_torch.scheduler import UnischedLR
from unisched_torch.slot import Slot

__all__ = ["replay"]

_SIGNS: Final = re.compile(r"\*|\?|\[(!?)(.[^\]]*)\]")
_OWN_KEYS: Final = ("beta3",)  # torch's own optimizers have two betas
_FILLINGS: Final = ("", "0", "a", "x7", "of_another", "_")


def replay(program: Program, state: State, stop: int, metrics: Mapping[int, Metric], /) -> Replay:
    """Train from `state.step` to `stop` and give what each update found in the param groups.

    Where the program is a factor of what the optimizer was given, the groups are given `state.base`, and 1.0 where
    that says nothing.
    """
    names = _names(program)
    optimizer = _optimizer(program, names, state.base)
    scheduler = UnischedLR(optimizer, program, state=state)
    readings = _readings(program, names)
    used: dict[Target, list[float]] = {target: [] for target in readings}

    def read(optimizer: Optimizer, args: Any, kwargs: Any) -> None:
        for target, (index, slot) in readings.items():
            used[target].append(float(slot.read(optimizer.param_groups[index])))

    optimizer.register_step_pre_hook(read)
    weights = [weight for group in optimizer.param_groups for weight in group["params"]]
    for step in range(state.step, stop):
        if step in metrics:
            scheduler.observe(metrics[step])
        optimizer.zero_grad()
        loss = torch.stack(weights).square().sum()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
        scheduler.step()
    return Replay(used, scheduler.state())


def _names(program: Program) -> list[str]:
    return [*(_name_for(program, group) for group in program.groups), _name_of_the_rest(program)]


def _readings(program: Program, names: Sequence[str]) -> dict[Target, tuple[int, Slot]]:
    found: dict[Target, tuple[int, Slot]] = {}
    for index, name in enumerate(names):
        for hyperparameter in program.hyperparameters:
            target = program.resolve(hyperparameter, name)
            if target is not None:
                found.setdefault(target, (index, Slot.of(hyperparameter, _OWN_KEYS)))
    return found


def _optimizer(program: Program, names: Sequence[str], base: Mapping[str, float]) -> Optimizer:
    # float64, so that a rate beyond float32 is no error of the update.
    groups: list[dict[str, Any]] = [
        {"params": [torch.ones((), dtype=torch.float64, requires_grad=True)], "name": name} for name in names
    ]
    scheduled = program.hyperparameters
    for group in groups:
        for hyperparameter in scheduled:
            slot = Slot.of(hyperparameter, _OWN_KEYS)
            if slot.index is None:
                group[slot.key] = base.get(hyperparameter, 1.0)
            else:
                group[slot.key] = (base.get("beta1", 0.9), base.get("beta2", 0.999))
    if "momentum" in scheduled:
        return torch.optim.SGD(groups, lr=1.0, momentum=0.9, foreach=False)
    return torch.optim.AdamW(groups, lr=1.0, foreach=False)


def _name_for(program: Program, group: str) -> str:
    own = [target for target in program.targets if target.group == group]
    # A group that bears the pattern itself as its name follows it in any case.
    return next((name for name in _candidates(group) if _follows(program, name, own)), group)


def _candidates(group: str) -> Iterator[str]:
    pieces = len(_SIGNS.findall(group))
    for fillings in itertools.islice(itertools.product(_FILLINGS, repeat=pieces), 10_000):
        rest = iter(fillings)
        name = _SIGNS.sub(lambda sign: _filled(sign, next(rest)), group)  # noqa: B023 - used up at once
        if fnmatchcase(name, group):
            yield name


def _filled(sign: re.Match[str], filling: str) -> str:
    if sign[0] == "*":
        return filling
    if sign[0] == "?":
        return filling[:1] or "0"
    return filling[:1] if sign[1] else sign[2][:1]


def _follows(program: Program, name: str, own: Sequence[Target]) -> bool:
    try:
        return all(program.resolve(target.hyperparameter, name) == target for target in own)
    except BindingError:
        return False


def _name_of_the_rest(program: Program) -> str:
    # A document whose pattern catches every name leaves none for the rest; the last candidate then follows it too.
    candidates = [f"{sign}rest" for sign in ("", "0", "a", "_", "\N{MIDDLE DOT}")]
    return next((name for name in candidates if not program.follows(name)), candidates[-1])
