"""Recipes and dialects written out in plain curves compile to the very same program."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from dialect_documents import DOCUMENTS as DIALECTS

from unisched import Program, compile
from unisched.ir import Body
from unisched.lowering import unfolding
from unisched.spec import load
from unisched.spec.expansion import RecipeCurve
from unisched.spec.grammar import KINDS

ROOT = Path(__file__).parents[1]
CLOCK: Mapping[str, Any] = {"total": 60, "steps_per_epoch": 5}
FILES = sorted([*(ROOT / "docs/recipes").glob("*.json"), *(ROOT / "docs/examples").glob("*.json")])

RECIPES: dict[str, dict[str, Any]] = {
    "warmup_cosine": {"peak": 0.1, "warmup": "10%", "end": 0.01},
    "warmup_linear": {"peak": 0.1},
    "wsd": {"peak": 0.1, "decay": "2 epochs", "warmup": 3},
    "inverse_sqrt": {"peak": 0.1, "warmup": "10%"},
    "noam": {"model_size": 64, "warmup": "1 epoch"},
    "rex": {"peak": 0.1, "warmup": 4},
    "one_cycle": {"peak": 0.1},
    "triangular": {"start": 0.01, "peak": 0.1, "period": 10, "scale": 0.5},
    "sgdr": {"peak": 0.1, "period": 10, "warmup": "20%", "stretch": 2, "end": 0.01, "scale": 0.5},
}  # fmt: skip


def placed(curve: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """A curve wherever one may stand."""
    short = {**curve, "duration": "60%"}
    yield {"schedules": {"learning_rate": curve}}
    yield {"schedules": {"learning_rate": {"base": 0.5, "curve": curve}}}
    yield {"schedules": {"learning_rate": {"base": "optimizer", "curve": curve}}}
    yield {"schedules": {"learning_rate": {"kind": "sequence", "parts": [short, 0.1]}}}
    yield {"schedules": {"learning_rate": {"kind": "stair", "every": 3, "curve": curve}}, "after": "hold"}
    yield {"schedules": {"learning_rate": {"kind": "repeat", "curve": short, "period": 50}}}
    yield {"schedules": {"learning_rate": 0.1}, "groups": {"head": {"learning_rate": {"scale": curve}}}}
    yield {
        "schedules": {"learning_rate": 0.1},
        "groups": {"late": {"learning_rate": {"from": "birth", "curve": curve}}},
    }


def written_out(program: Program) -> Mapping[str, Any]:
    assert program.unfolded is not None
    found = program.unfolded()
    assert found is not None
    assert found.is_readable
    return found.document


def kinds_in(data: Any) -> set[str]:
    match data:
        case dict():
            own = {data["kind"]} if isinstance(data.get("kind"), str) else set()
            return own.union(*map(kinds_in, data.values()))
        case list():
            return set().union(*map(kinds_in, data))
        case _:
            return set()


@pytest.mark.parametrize("kind", RECIPES)
def test_a_recipe_written_out_is_the_same_program_wherever_it_stands(kind: str) -> None:
    for document in placed({"kind": kind, **RECIPES[kind]}):
        program = compile(document, **CLOCK)
        data = written_out(program)
        assert kind not in kinds_in(data)
        assert compile(json.loads(json.dumps(data)), **CLOCK).fingerprint == program.fingerprint


def test_no_recipe_is_left_out() -> None:
    assert set(RECIPES) == {kind for kind, model in KINDS.items() if issubclass(model, RecipeCurve)}


def blanked(body: Body) -> Body:
    return replace(body, controllers=tuple(replace(controller, place="") for controller in body.controllers))


@pytest.mark.parametrize("document", DIALECTS, ids=lambda document: str(document["kind"]))
def test_a_dialects_kind_is_written_out_or_told_apart(document: Mapping[str, Any]) -> None:
    program = compile(document, **CLOCK)
    assert program.unfolded is not None
    found = program.unfolded()
    assert found is not None
    kind = document["kind"]
    if not found.is_readable:
        assert found.remarks
        return
    again = compile(json.loads(json.dumps(found.document)), **CLOCK)
    assert blanked(again.body) == blanked(program.body)
    assert (kind in kinds_in(found.document)) == (kind in [name for name, _ in found.apart])


def test_nearly_every_kind_of_a_library_is_written_in_plain_curves() -> None:
    plain = {document["kind"] for document in DIALECTS if _is_plain(document)}
    every = {document["kind"] for document in DIALECTS}
    assert len(plain) > len(every) / 2
    assert {"torch.StepLR", "torch.CosineAnnealingLR", "transformers.cosine", "optax.cosine_decay_schedule"} <= every
    assert {"torch.StepLR", "torch.LinearLR", "torch.SWALR", "transformers.linear"} <= plain


def _is_plain(document: Mapping[str, Any]) -> bool:
    program = compile(document, **CLOCK)
    found = program.unfolded() if program.unfolded is not None else None
    return found is not None and found.is_readable and not found.apart


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_a_real_schedule_written_out_is_the_same_program(path: Path) -> None:
    document = json.loads(path.read_text(encoding="utf-8"))
    known = {"steps_per_epoch": 100} | ({"total": 12_000} if path.parent.name == "examples" else {})
    clock = {name: value for name, value in known.items() if name not in document}
    program = compile(document, **clock)
    assert program.unfolded is not None
    found = program.unfolded()
    if found is None:
        assert not kinds_in(document) & set(RECIPES)
        return
    assert compile(json.loads(json.dumps(found.document)), **clock).fingerprint == program.fingerprint


def test_a_dialects_kind_in_epochs_is_told_apart() -> None:
    program = compile({"kind": "torch.StepLR", "step_size": 3, "interval": "epoch"}, **CLOCK)
    assert program.unfolded is not None
    found = program.unfolded()
    assert found is not None
    assert found.apart == (("torch.StepLR", {"kind": "exponential", "start": 1.0, "rate": 0.1, "every": 3,
                                             "staircase": True}),)  # fmt: skip


def test_a_document_in_plain_curves_has_nothing_to_write_out() -> None:
    program = compile({"kind": "linear", "start": 1, "end": 0}, total=10)
    assert program.unfolded is not None
    assert program.unfolded() is None


def test_a_wrong_expansion_is_not_told(monkeypatch: pytest.MonkeyPatch) -> None:
    spec = load({"schedules": {"learning_rate": {"kind": "rex", "peak": 0.1}}, "total": 10})
    monkeypatch.setattr(unfolding, "_values", lambda body: object())
    with pytest.raises(AssertionError, match="do not compile"):
        unfolding.unfolded(spec, {})
