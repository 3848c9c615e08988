"""Which arguments of Transformers' schedules are tried, drawn, refused, and decided otherwise."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import Any, Final

from hypothesis import strategies as st

__all__ = ["DECIDED", "GRID", "REFUSED", "STRATEGIES"]

Arguments = Mapping[str, Any]


def crossed(**choices: Sequence[Any]) -> list[dict[str, Any]]:
    """Every combination; `None` leaves an argument out."""
    return [
        {name: value for name, value in zip(choices, chosen, strict=True) if value is not None}
        for chosen in product(*choices.values())
    ]


RUNS: Final[dict[str, Sequence[Any]]] = {"num_warmup_steps": (0, 1, 7, 20, 26), "num_training_steps": (20, 49)}

GRID: Final[Mapping[str, Sequence[Arguments]]] = {
    "constant": [{}],
    "constant_with_warmup": crossed(num_warmup_steps=(0, 1, 7)),
    "linear": crossed(**RUNS),
    "cosine": crossed(**RUNS, num_cycles=(None, 0, 0.3, 1.7, 3)),
    "cosine_with_restarts": [
        *crossed(**RUNS, num_cycles=(None, 0, 2.5, 3)),
        *crossed(num_warmup_steps=(0,), num_training_steps=(49, 98), num_cycles=(49,)),
        {"num_warmup_steps": 2, "num_training_steps": 19, "num_cycles": 1.7},
        {"num_warmup_steps": 0, "num_training_steps": 5, "num_cycles": 12},
    ],
    "polynomial": [
        given for given in crossed(**RUNS, lr_end=(None, 0, 0.01), power=(None, 0.5, 2.0))
        if given["num_warmup_steps"] != given["num_training_steps"]
    ],
    "inverse_sqrt": crossed(num_warmup_steps=(0, 1, 7), timescale=(None, 1, 12)),
    "cosine_with_min_lr": [
        *crossed(**RUNS, num_cycles=(None, 1.7), min_lr=(0, 0.05)),
        *crossed(**RUNS, min_lr_rate=(0, 0.1, 2.0)),
    ],
    "cosine_warmup_with_min_lr": [
        *crossed(**RUNS, num_cycles=(None, 1.7), min_lr=(0.05,), warmup_lr_rate=(None, 0, 0.3)),
        *crossed(**RUNS, min_lr_rate=(0, 0.1)),
    ],
    "warmup_stable_decay": [
        *crossed(num_warmup_steps=(0, 1, 7), num_decay_steps=(0, 1, 6), num_training_steps=(20,),
                 warmup_type=("linear", "cosine", "1-sqrt"), decay_type=("linear", "cosine", "1-sqrt"),
                 min_lr_ratio=(None, 0.1)),
        *crossed(num_warmup_steps=(2, 9), num_decay_steps=(6,), num_training_steps=(5,),
                 decay_type=("linear", "cosine", "1-sqrt")),
        *crossed(num_warmup_steps=(4,), num_decay_steps=(6,), num_stable_steps=(0, 3), num_training_steps=(None, 14),
                 num_cycles=(0.7, 1)),
    ],
}  # fmt: skip

STEPS_OF = st.integers(0, 60)
SPANS = st.integers(1, 60)
CYCLES = st.integers(0, 400).map(lambda hundredths: hundredths / 100)
SHARES = st.floats(0, 1, allow_subnormal=False)
RATES = st.floats(1e-6, 0.29)
SHAPES = st.sampled_from(["linear", "cosine", "1-sqrt"])
RUN = {"num_warmup_steps": STEPS_OF, "num_training_steps": SPANS}

STRATEGIES: Final[Mapping[str, st.SearchStrategy[Arguments]]] = {
    "constant": st.just({}),
    "constant_with_warmup": st.fixed_dictionaries({"num_warmup_steps": STEPS_OF}),
    "linear": st.fixed_dictionaries(RUN),
    "cosine": st.fixed_dictionaries(RUN, optional={"num_cycles": CYCLES}),
    "cosine_with_restarts": st.fixed_dictionaries(
        RUN, optional={"num_cycles": st.one_of(st.integers(1, 60).map(float), CYCLES)}
    ),
    "polynomial": st.fixed_dictionaries(RUN, optional={"lr_end": RATES, "power": st.floats(0.1, 4)}).filter(
        lambda given: given["num_warmup_steps"] != given["num_training_steps"]
    ),
    "inverse_sqrt": st.fixed_dictionaries({"num_warmup_steps": STEPS_OF}, optional={"timescale": SPANS}),
    "cosine_with_min_lr": st.fixed_dictionaries({**RUN, "min_lr": RATES}, optional={"num_cycles": CYCLES}),
    "cosine_warmup_with_min_lr": st.fixed_dictionaries(
        {**RUN, "min_lr_rate": SHARES}, optional={"num_cycles": CYCLES, "warmup_lr_rate": SHARES}
    ),
    "warmup_stable_decay": st.fixed_dictionaries(
        {"num_warmup_steps": STEPS_OF, "num_decay_steps": STEPS_OF, "num_training_steps": SPANS},
        optional={"warmup_type": SHAPES, "decay_type": SHAPES, "min_lr_ratio": SHARES, "num_cycles": CYCLES},
    ),
}

RUN_OF_20: Final = {"num_warmup_steps": 4, "num_training_steps": 20}

REFUSED: Final[Sequence[tuple[str, Arguments, str]]] = [
    ("constant_with_warmup", {}, "num_warmup_steps"),
    ("linear", {"num_training_steps": 20}, "num_warmup_steps"),
    ("linear", {"num_warmup_steps": 4}, "num_training_steps"),
    ("linear", {**RUN_OF_20, "num_cycles": 1}, "num_cycles"),
    ("inverse_sqrt", {"num_warmup_steps": 4, "timescale": 0}, "timescale"),
    ("polynomial", {**RUN_OF_20, "lr_end": 0.5, "lr_init": 0.3}, "lr_end"),
    ("polynomial", {"num_warmup_steps": 20, "num_training_steps": 20}, "num_warmup_steps"),
    ("cosine_with_min_lr", RUN_OF_20, "min_lr"),
    ("cosine_with_min_lr", {**RUN_OF_20, "min_lr": 0.1, "min_lr_rate": 0.1}, "min_lr"),
    ("cosine_warmup_with_min_lr", RUN_OF_20, "min_lr"),
    ("warmup_stable_decay", {"num_warmup_steps": 4, "num_decay_steps": 6}, "num_training_steps"),
    ("warmup_stable_decay", {**RUN_OF_20, "num_decay_steps": 6, "warmup_type": "root"}, "warmup_type"),
    ("warmup_stable_decay", {**RUN_OF_20, "num_decay_steps": 6, "decay_type": "exp"}, "decay_type"),
    ("greedy", {"factor": 1.0}, "factor"),
    ("greedy", {"mode": "low"}, "mode"),
    ("greedy", {"threshold_mode": "half"}, "threshold_mode"),
    ("reduce_lr_on_plateau", {"factor": 1.0}, "factor"),
    ("reduce_lr_on_plateau", {"mode": "low"}, "mode"),
]
"""What both sides refuse, and the field that we name."""

DECIDED: Final[Sequence[tuple[str, Arguments, str]]] = [
    ("linear", {"num_warmup_steps": -4, "num_training_steps": 20}, "num_warmup_steps"),
    ("cosine", {**RUN_OF_20, "num_cycles": -1}, "num_cycles"),
    ("cosine_with_restarts", {**RUN_OF_20, "num_cycles": 10_001}, "num_cycles"),
    ("polynomial", {**RUN_OF_20, "power": 0}, "power"),
    ("polynomial", {**RUN_OF_20, "lr_end": -0.1}, "lr_end"),
    ("cosine_with_min_lr", {**RUN_OF_20, "min_lr": -0.1}, "min_lr"),
    ("warmup_stable_decay", {**RUN_OF_20, "num_decay_steps": 6, "min_lr_ratio": -0.1}, "min_lr_ratio"),
    ("warmup_stable_decay", {"num_warmup_steps": 4, "num_decay_steps": 6, "num_stable_steps": -1}, "num_stable_steps"),
    ("greedy", {"factor": -0.5}, "factor"),
    ("greedy", {"min_lr": 2.0}, "min_lr"),
]
"""What the library takes without a word, and we refuse: the field that we name."""
