"""Documents made from the examples of the kinds, and what becomes of them when one thing in them is changed.

Each begins as a document that loads; most changes break it, and some do not.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator, Mapping
from random import Random
from typing import Any

from hypothesis import strategies as st

from unisched.spec import Spec
from unisched.spec.kinds import dialects, kind_of, kinds, model_of
from unisched.spec.model import Model

__all__ = ["changed", "changed_documents", "documents", "models"]

STRANGE: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3, 1.0, 0.5, -0.5, 2**54, 1e308, "", " ", "x", "0.5", " 1e-3 ", "-1", "10 epochs",
    "1.5k steps", "5%", "5 %", "-5 steps", "rest", "nan", "optimizer", "0.1 * step", [], [1], [[0, 1]], ["1 epoch"], {},
    {"absolute": 1}, {"absolute": "x"}, {"kind": "constant"}, {"kind": "linear", "end": 1}, {"kind": "lin"},
    {"scale": 2}, {"base": 1, "curve": 1}, {"from": "birth", "curve": 1}, {"curve": 1},
    {"module": "keras.optimizers.schedules", "class_name": "CosineDecay",
     "config": {"initial_learning_rate": 0.1, "decay_steps": 9}},
)  # fmt: skip
KEYS = ("$schema", "kind", "duration", "end", "stray", "absolute", "base", "curve", "scale", "from", "lr", "name",
        "total", "momentum", "interval", "class_name")  # fmt: skip


def models() -> dict[str, type[Model]]:
    """Every kind with its model."""
    core: Iterator[Any] = (model_of(kind) for kind in kinds())
    return {kind_of(model): model for model in (*core, *dialects().models())}


def documents() -> st.SearchStrategy[dict[str, Any]]:
    """Documents of any form: whole, with groups, or a curve alone, nested at times."""
    return st.builds(_document, _seeds())


def changed_documents() -> st.SearchStrategy[Any]:
    """Documents with up to three changes."""
    return st.builds(changed, _seeds())


def _seeds() -> st.SearchStrategy[Random]:
    return st.randoms(use_true_random=True)


def _document(random: Random) -> dict[str, Any]:
    form = random.random()
    if form < 0.3:
        return {**_curve(random), **random.choice([{}, {"$schema": "./unisched.schema.json"}])}
    if form < 0.4:
        return {"base": random.choice([0.1, "optimizer"]), "curve": _curve(random)}
    document = copy.deepcopy(dict(random.choice(Spec.examples)))
    document["schedules"]["learning_rate"] = _curve(random)
    document["groups"]["head"] = {"learning_rate": random.choice([0.1, {"scale": _curve(random)}, _curve(random)])}
    return document


def _curve(random: Random, depth: int = 2) -> dict[str, Any]:
    if depth and random.random() < 0.3:
        inside = [_curve(random, depth - 1) for _ in range(2)]
        return random.choice([
            {"kind": "sequence", "parts": inside}, {"kind": "sum", "curves": [0.1, *inside]},
            {"kind": "stair", "curve": inside[0], "every": 3}, {"kind": "clip", "curve": inside[0], "minimum": 0},
        ])  # fmt: skip
    model = random.choice(list(models().values()))
    return copy.deepcopy(dict(random.choice(model.examples)))


def changed(random: Random) -> Any:
    """Give a document with up to three changes."""
    document: Any = _document(random)
    for _ in range(random.randint(1, 3)):
        places = list(_places(document))
        container, key = random.choice(places)
        random.choice(_CHANGES)(random, container, key)
    return document


def _places(value: Any) -> Iterator[tuple[Any, Any]]:
    items = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield value, key
        yield from _places(item)


def _replace(random: Random, container: Any, key: Any) -> None:
    container[key] = copy.deepcopy(random.choice(STRANGE))


def _remove(random: Random, container: Any, key: Any) -> None:
    if len(container) > 1:
        del container[key]


def _add(random: Random, container: Any, key: Any) -> None:
    if isinstance(container, dict):
        container[random.choice(KEYS)] = copy.deepcopy(random.choice(STRANGE))


_CHANGES: tuple[Callable[[Random, Any, Any], None], ...] = (_replace, _replace, _remove, _add)
