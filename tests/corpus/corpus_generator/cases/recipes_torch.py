"""torch's schedulers as factors of what each group was given, and its cycles as absolute curves."""

from __future__ import annotations

from collections.abc import Sequence

from corpus_generator.case import Case, Target, Worth
from corpus_generator.cases.bases import absolute_cosine, given
from corpus_generator.cases.recipes import entry
from corpus_generator.cycles import endless
from corpus_generator.leaves import cosine, held, linear, polynomial, rate_decay, scaled

__all__ = ["CASES"]

_THIRD = 0.3333333333333333


def _factor(
    name: str,
    why: str,
    curve: dict[str, object],
    worth: Worth,
    *,
    marks: Sequence[int],
    far: bool = True,
    steps_per_epoch: int | None = None,
) -> Case:
    return Case(
        name=name,
        why=why,
        spec={"base": "optimizer", "curve": curve},
        clock={} if steps_per_epoch is None else {"steps_per_epoch": steps_per_epoch},
        **given(worth, backbone=0.01, head=0.1),
        marks=marks,
        far=far,
        example=True,
    )


def _triangular2(k: int) -> float:
    index, local = endless(k, 4000)
    inner = linear(local, 2000, 0.0, 9.9e-3) if local < 2000 else linear(local - 2000, 2000, 9.9e-3, 0.0)
    return 1e-4 + inner * scaled(index, 0.5)


def _warm_restarts(k: int) -> float:
    held_at = min(k, 650)
    start, length = (0, 100) if held_at < 100 else (100, 200) if held_at < 300 else (300, 400)
    return cosine(held_at - start, length, 0.1, 1e-4)


CASES: Sequence[Case] = (
    _factor(
        "torch_step_lr",
        "a tenth every 30 epochs of 7 steps",
        {"kind": "exponential", "start": 1, "rate": 0.1, "every": "30 epochs", "staircase": True},
        lambda k: rate_decay(k, 1.0, 0.1, 210, staircase=True),
        marks=[210, 420, 630],
        far=False,
        steps_per_epoch=7,
    ),
    _factor(
        "torch_multi_step_lr",
        "milestones in epochs: the milestone's own step has the new value",
        {
            "kind": "piecewise",
            "interpolation": "previous",
            "points": [[0, 1], ["30 epochs", 0.1], ["60 epochs", 0.01]],
        },
        lambda k: held(k, [(0, 1.0), (330, 0.1), (660, 0.01)]),
        marks=[330, 660],
        steps_per_epoch=11,
    ),
    _factor(
        "torch_constant_lr",
        "a third for five steps, then all of it",
        {"kind": "piecewise", "interpolation": "previous", "points": [[0, _THIRD], [5, 1]]},
        lambda k: held(k, [(0, _THIRD), (5, 1.0)]),
        marks=[5],
    ),
    _factor(
        "torch_linear_lr",
        "from a third to all in five steps",
        {"kind": "linear", "start": _THIRD, "end": 1, "duration": 5},
        lambda k: linear(k, 5, _THIRD, 1.0),
        marks=[5],
    ),
    _factor(
        "torch_exponential_lr",
        "a rate of each epoch, constant within it",
        {"kind": "exponential", "start": 1, "rate": 0.95, "every": "1 epoch", "staircase": True},
        lambda k: rate_decay(k, 1.0, 0.95, 13, staircase=True),
        marks=[13, 26, 130],
        far=False,
        steps_per_epoch=13,
    ),
    _factor(
        "torch_polynomial_lr",
        "the square of what is left of 100 steps",
        {"kind": "polynomial", "start": 1, "end": 0, "power": 2, "duration": 100},
        lambda k: polynomial(k, 100, 1.0, 0.0, exponent=2.0),
        marks=[50, 100],
    ),
    Case(
        name="torch_cosine_annealing_lr",
        why="eta_min is absolute: groups with unlike rates meet there",
        spec={
            "base": "optimizer",
            "curve": {"kind": "cosine", "start": 1, "end": {"absolute": 1e-5}, "duration": "100 epochs"},
        },
        clock={"steps_per_epoch": 6},
        targets=[
            Target(group="backbone", worth=lambda k: absolute_cosine(k, 600, 0.01, 1e-5)),
            Target(group="head", worth=lambda k: absolute_cosine(k, 600, 0.1, 1e-5)),
        ],
        optimizer={"backbone": {"learning_rate": 0.01}, "head": {"learning_rate": 0.1}},
        marks=[150, 200, 300, 400, 600],
        example=True,
    ),
    _factor(
        "torch_chained_scheduler",
        "a warm-up times an exponential, both from step 0",
        {
            "kind": "product",
            "curves": [
                {"kind": "linear", "start": 0.1, "end": 1, "duration": 20},
                {"kind": "exponential", "start": 1, "rate": 0.99},
            ],
        },
        lambda k: linear(k, 20, 0.1, 1.0) * rate_decay(k, 1.0, 0.99),
        marks=[20, 500],
        far=False,
    ),
    entry(
        "torch_cyclic_lr_triangular2",
        "the floor is added after the cycles shrink",
        {
            "kind": "sum",
            "curves": [
                1e-4,
                {
                    "kind": "repeat",
                    "period": 4000,
                    "scale": 0.5,
                    "curve": {
                        "kind": "piecewise",
                        "interpolation": "linear",
                        "points": [[0, 0], ["50%", 9.9e-3], ["100%", 0]],
                    },
                },
            ],
        },
        _triangular2,
        marks=[2000, 4000, 6000, 8000, 14000, 16000, 40000],
        far=False,
    ),
    entry(
        "torch_cosine_annealing_warm_restarts",
        "cycles of 100, 200 and 400 steps, the third cut by the total of 650",
        {"kind": "repeat", "period": "10 epochs", "stretch": 2, "curve": {"kind": "cosine", "start": 0.1, "end": 1e-4}},
        _warm_restarts,
        marks=[100, 300],
        clock={"total": "65 epochs", "steps_per_epoch": 10},
        total=650,
    ),
)
