"""Which arguments of timm's schedulers are tried, drawn, refused, and decided otherwise. All count updates."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

from hypothesis import strategies as st
from peers.transformers_cases import crossed

__all__ = ["DECIDED", "GRID", "REFUSED", "STRATEGIES"]

Arguments = Mapping[str, Any]

WARMUPS: Final[Sequence[Arguments]] = [
    {},
    {"warmup_t": 5, "warmup_lr_init": 0.01},
    {"warmup_t": 5, "warmup_prefix": True},
    {"warmup_t": 5, "warmup_lr_init": 0.01, "warmup_prefix": False},
    {"warmup_t": 25, "warmup_prefix": False},
]
NOISES: Final[Sequence[Arguments]] = [
    {"noise_range_t": [0, 40], "noise_pct": 0.4, "noise_std": 0.3, "noise_seed": 7},
    {"noise_range_t": [3, 12]},
    {"noise_range_t": 8, "noise_pct": 0.05},
]
CYCLES: Final[Sequence[Arguments]] = [
    {},
    {"cycle_limit": 3},
    {"cycle_limit": 3, "cycle_decay": 0.5},
    {"cycle_limit": 3, "cycle_mul": 2.0},
    {"cycle_limit": 4, "cycle_mul": 1.5, "cycle_decay": 0.5},
    {"cycle_limit": 5, "cycle_mul": 3.0},
    {"cycle_limit": 3, "cycle_mul": 10.0, "cycle_decay": 0.7},
    {"cycle_limit": 3, "cycle_mul": 0.5},
]


def joined(*several: Sequence[Arguments]) -> list[dict[str, Any]]:
    """Every choice of one from each, in one dictionary."""
    found: list[dict[str, Any]] = [{}]
    for some in several:
        found = [{**one, **other} for one in found for other in some]
    return found


def without_prefix(some: Sequence[Arguments]) -> list[dict[str, Any]]:
    return [{name: value for name, value in one.items() if name != "warmup_prefix"} for one in some]


FALLS: Final = joined([{"t_initial": 10}], CYCLES, crossed(lr_min=(None, 0.05)), WARMUPS)
STABLE: Final = crossed(
    t_initial=(20,), decay_t=(6, 20), lr_min=(None, 0.05), stable_fn=("constant", "rsqrt", "power"),
    stable_timescale=(7.5,), stable_power=(0.8,), decay_fn=("linear", "1-sqrt", "cosine", "power", "exp"),
    decay_power=(2.0,), decay_ratio=(0.02,),
)  # fmt: skip

GRID: Final[Mapping[str, Sequence[Arguments]]] = {
    "CosineLRScheduler": [*FALLS, *joined(FALLS[::3], crossed(k_decay=(0.7, 2.0))), *joined(FALLS[::16], NOISES)],
    "PolyLRScheduler": [
        *joined(FALLS[::3], crossed(k_decay=(None, 2.0), power=(None, 2.0))), *joined(FALLS[::16], NOISES),
    ],
    "TanhLRScheduler": [
        *(one for one in joined(FALLS, crossed(lb=(None, -2.5)))
          if not (one.get("cycle_mul") == 0.5 and one.get("warmup_t") == 25)),
        *joined(FALLS[:60:16], NOISES),
    ],
    "StepLRScheduler": joined(crossed(decay_t=(3, 2.4, 2.6, 1.1, 7.3), decay_rate=(None, 0.5, 0.97, 0.0)), WARMUPS),
    "MultiStepLRScheduler": joined(
        [{"decay_t": found, "decay_rate": 0.3} for found in ([3, 6], [1, 6], [0, 1, 5, 5, 9], [30])], WARMUPS
    ),
    "WSDLRScheduler": joined(STABLE, without_prefix(WARMUPS[:2])),
}  # fmt: skip

LENGTHS = st.integers(1, 40)
RATES = st.floats(1e-6, 0.25)
WARM = {"warmup_t": st.integers(0, 30), "warmup_lr_init": RATES, "warmup_prefix": st.booleans()}
NOISE = {
    "noise_range_t": st.integers(0, 30).flatmap(lambda a: st.integers(a + 1, 60).map(lambda b: [a, b])),
    "noise_pct": st.floats(0.05, 0.9), "noise_std": st.floats(0.0, 1.0), "noise_seed": st.integers(0, 2**40),
}  # fmt: skip
CYCLED = {
    **WARM, **NOISE, "lr_min": RATES, "cycle_decay": st.floats(0.1, 1.5),
    "cycle_mul": st.one_of(st.sampled_from([1.0, 2.0, 3.0, 5.0, 10.0]), st.integers(11, 40).map(lambda n: n / 10)),
    "cycle_limit": st.integers(1, 8),
}  # fmt: skip
POWERS = st.floats(0.2, 2.0)

STRATEGIES: Final[Mapping[str, st.SearchStrategy[Arguments]]] = {
    "CosineLRScheduler": st.fixed_dictionaries({"t_initial": LENGTHS}, optional={**CYCLED, "k_decay": POWERS}),
    "PolyLRScheduler": st.fixed_dictionaries(
        {"t_initial": LENGTHS}, optional={**CYCLED, "k_decay": POWERS, "power": POWERS}
    ),
    "TanhLRScheduler": st.fixed_dictionaries(
        {"t_initial": LENGTHS}, optional={**CYCLED, "lb": st.integers(-90, -1).map(lambda tenths: tenths / 10)}
    ),
    "StepLRScheduler": st.fixed_dictionaries(
        {"decay_t": st.one_of(LENGTHS, st.floats(1, 40))}, optional={**WARM, **NOISE, "decay_rate": st.floats(0.1, 1.2)}
    ),
    "MultiStepLRScheduler": st.fixed_dictionaries(
        {"decay_t": st.lists(st.integers(0, 60), min_size=1, max_size=6).map(sorted)},
        optional={**WARM, **NOISE, "decay_rate": st.floats(0.1, 1.2)},
    ),
    "WSDLRScheduler": st.fixed_dictionaries(
        {"t_initial": st.integers(20, 60), "decay_t": st.integers(1, 20), "stable_timescale": st.floats(1, 50)},
        optional={
            **NOISE, "warmup_t": WARM["warmup_t"], "warmup_lr_init": RATES, "lr_min": RATES,
            "stable_fn": st.sampled_from(["constant", "rsqrt", "power"]), "stable_power": POWERS,
            "decay_fn": st.sampled_from(["linear", "1-sqrt", "cosine", "power", "exp"]), "decay_power": POWERS,
            "decay_ratio": st.floats(0.001, 0.9),
        },
    ),
}  # fmt: skip

REFUSED: Final[Sequence[tuple[str, Arguments, str]]] = [
    ("CosineLRScheduler", {}, "t_initial"),
    ("CosineLRScheduler", {"t_initial": 0}, "t_initial"),
    ("CosineLRScheduler", {"t_initial": 10, "lr_min": -0.1}, "lr_min"),
    ("CosineLRScheduler", {"t_initial": 10, "power": 2.0}, "power"),
    ("PolyLRScheduler", {"t_initial": 0}, "t_initial"),
    ("PolyLRScheduler", {"t_initial": 10, "lr_min": -0.1}, "lr_min"),
    ("TanhLRScheduler", {"t_initial": 10, "lb": 3.0, "ub": -7.0}, "lb"),
    ("TanhLRScheduler", {"t_initial": 10, "cycle_limit": -1}, "cycle_limit"),
    ("TanhLRScheduler", {"t_initial": 10, "warmup_t": -1}, "warmup_t"),
    ("TanhLRScheduler", {"t_initial": 10, "warmup_lr_init": -1.0}, "warmup_lr_init"),
    ("TanhLRScheduler", {"t_initial": 10, "cycle_mul": 0.5, "warmup_t": 25}, "warmup_t"),
    ("StepLRScheduler", {}, "decay_t"),
    ("StepLRScheduler", {"decay_t": 0}, "decay_t"),
    ("MultiStepLRScheduler", {"decay_t": 30}, "decay_t"),
    ("WSDLRScheduler", {"t_initial": 0, "decay_t": 1}, "t_initial"),
    ("WSDLRScheduler", {"t_initial": 10, "decay_t": 11}, "decay_t"),
    ("WSDLRScheduler", {"t_initial": 10, "decay_t": 0}, "decay_t"),
    ("WSDLRScheduler", {"t_initial": 10, "decay_t": 5, "lr_min": -0.1}, "lr_min"),
    ("WSDLRScheduler", {"t_initial": 10, "decay_t": 5, "stable_fn": "log"}, "stable_fn"),
    ("WSDLRScheduler", {"t_initial": 10, "decay_t": 5, "decay_fn": "log"}, "decay_fn"),
    ("WSDLRScheduler", {"t_initial": 10, "decay_t": 5, "decay_ratio": 1.0}, "decay_ratio"),
    ("WSDLRScheduler", {"t_initial": 10, "decay_t": 5, "decay_power": 0.0}, "decay_power"),
    ("WSDLRScheduler", {"t_initial": 10, "decay_t": 5, "stable_power": 0.0}, "stable_power"),
    ("WSDLRScheduler", {"t_initial": 10, "decay_t": 5, "stable_fn": "rsqrt"}, "stable_timescale"),
]
"""What both sides refuse, and the field that we name."""

DECIDED: Final[Sequence[tuple[str, Arguments, str]]] = [
    ("CosineLRScheduler", {"t_initial": 10, "cycle_limit": 0}, "cycle_limit"),
    ("CosineLRScheduler", {"t_initial": 10, "warmup_lr_init": -0.1}, "warmup_lr_init"),
    ("CosineLRScheduler", {"t_initial": 10, "cycle_decay": -0.5}, "cycle_decay"),
    ("CosineLRScheduler", {"t_initial": 10, "cycle_mul": -2.0}, "cycle_mul"),
    ("CosineLRScheduler", {"t_initial": 10, "cycle_mul": 1.0001}, "cycle_mul"),
    ("CosineLRScheduler", {"t_initial": 10, "k_decay": 0.0}, "k_decay"),
    ("CosineLRScheduler", {"t_initial": 10, "noise_range_t": [9, 3]}, "noise_range_t"),
    ("CosineLRScheduler", {"t_initial": 10, "noise_std": 100.0, "noise_pct": 0.1}, "noise_std"),
    ("CosineLRScheduler", {"t_initial": 10, "noise_pct": 0.0}, "noise_pct"),
    ("CosineLRScheduler", {"t_initial": 10, "noise_seed": -1}, "noise_seed"),
    ("CosineLRScheduler", {"t_initial": 10, "initialize": True}, "initialize"),
    ("PolyLRScheduler", {"t_initial": 10, "power": 0.0}, "power"),
    ("TanhLRScheduler", {"t_initial": 10, "ub": 1000.0}, "ub"),
    ("StepLRScheduler", {"decay_t": 10, "decay_rate": -0.5}, "decay_rate"),
    ("StepLRScheduler", {"decay_t": 0.5, "decay_rate": 0.5}, "decay_t"),
    ("MultiStepLRScheduler", {"decay_t": []}, "decay_t"),
    ("MultiStepLRScheduler", {"decay_t": [30, 10]}, "decay_t[1]"),
    ("PlateauLRScheduler", {"decay_rate": 0.0}, "decay_rate"),
]
"""What timm takes without a word, and we refuse: the field that we name."""
