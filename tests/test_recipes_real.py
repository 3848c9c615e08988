"""The schedules of docs/recipes: each loads, compiles, and is worth what its source's own formula says."""

from __future__ import annotations

import json
import math
from pathlib import Path

import jsonschema  # type: ignore[import-untyped, unused-ignore]
import numpy as np
import pytest
from recipe_values import RECIPES
from recipe_values.recipe import Recipe, Target
from recipe_values.textbook import nearest

import unisched
from unisched import Program
from unisched.batch_ramp import BatchRamp
from unisched.errors import UnsupportedError

FOLDER = Path(__file__).parents[1] / "docs" / "recipes"
DOCUMENTS = {path.stem: path for path in sorted(FOLDER.glob("*.json"))}
EVALUATED = [name for name, recipe in RECIPES.items() if recipe.targets]
ULPS_OF_ARRAYS = 2
FEEDBACK = sorted({*RECIPES} - {*EVALUATED})


def compiled(name: str) -> Program:
    return unisched.compile(DOCUMENTS[name], base=RECIPES[name].base)


def due(target: Target, recipe: Recipe, name: str) -> dict[int, float]:
    return {step: nearest(target.worth(step)) for step in recipe.steps(name)}


def off(got: float, exact: float) -> float:
    """How many ulp a value is off; any value but 0 is far from 0."""
    return abs(got - exact) / math.ulp(exact) if exact else (0.0 if got == 0 else math.inf)


def test_every_document_has_its_values_and_all_values_a_document() -> None:
    assert {*RECIPES} == {*DOCUMENTS}
    assert len(DOCUMENTS) == 58
    assert FEEDBACK == ["plateau_after_warmup", "torch_reduce_lr_on_plateau"]


@pytest.mark.parametrize("name", RECIPES)
def test_a_document_is_named_and_described_and_says_how_long_it_is(name: str) -> None:
    spec = unisched.load(DOCUMENTS[name])
    assert spec.name == name
    assert spec.description
    assert unisched.compile(spec).total == RECIPES[name].total


def test_the_json_schema_accepts_every_document() -> None:
    validator = jsonschema.Draft202012Validator(unisched.Spec.json_schema())
    texts = {name: path.read_text(encoding="utf-8") for name, path in DOCUMENTS.items()}
    assert [name for name, text in texts.items() if not validator.is_valid(json.loads(text))] == []
    assert not validator.is_valid(json.loads(texts["noam"].replace("512", "0")))


@pytest.mark.parametrize("name", RECIPES)
def test_a_batch_grows_where_the_report_says(name: str) -> None:
    clock = compiled(name).clock
    ramps = [pace for pace in (clock.samples_per_step, clock.tokens_per_step) if isinstance(pace, BatchRamp)]
    written = [list(zip(ramp.starts, ramp.counts, strict=True)) for ramp in ramps]
    assert written == ([list(RECIPES[name].batches)] if RECIPES[name].batches else [])


@pytest.mark.parametrize("name", EVALUATED)
def test_every_target_of_a_document_has_values(name: str) -> None:
    program = compiled(name)
    answering = {program.resolve(target.hyperparameter, target.group) for target in RECIPES[name].targets}
    assert answering == set(program.targets)


@pytest.mark.parametrize(
    ("name", "index"), [(name, i) for name in EVALUATED for i in range(len(RECIPES[name].targets))]
)
def test_the_values_are_those_of_the_source(name: str, index: int) -> None:
    recipe, program = RECIPES[name], compiled(name)
    target = recipe.targets[index]
    for exactly in (False, True):
        wrong = {
            step: (got, value)
            for step, value in due(target, recipe, name).items()
            if off(got := program(step, target.hyperparameter, target.group, exact=exactly), value) > recipe.ulps
        }
        assert not wrong, f"exact={exactly}"


@pytest.mark.parametrize("name", EVALUATED)
def test_the_numpy_function_agrees_over_an_array_of_steps(name: str) -> None:
    recipe = RECIPES[name]
    function = unisched.build(DOCUMENTS[name], "numpy", base=recipe.base)
    for target in recipe.targets:
        values = due(target, recipe, name)
        got = function(np.array(list(values)), target.hyperparameter, target.group)
        assert got.dtype == np.float64
        far = [off(float(value), exact) for value, exact in zip(got, values.values(), strict=True)]
        assert max(far) <= recipe.ulps + ULPS_OF_ARRAYS


def test_a_value_that_is_a_step_late_is_seen() -> None:
    recipe, program = RECIPES["flax_warmup_cosine"], compiled("flax_warmup_cosine")
    values = due(recipe.targets[0], recipe, "flax_warmup_cosine")
    assert sum(off(program(max(step - 1, 0)), value) > recipe.ulps for step, value in values.items()) > len(values) / 2


@pytest.mark.parametrize("name", FEEDBACK)
def test_a_plateau_is_a_phase_of_the_table_and_waits_for_a_metric(name: str) -> None:
    program = compiled(name)
    assert "val_loss" in str(program)
    with pytest.raises(UnsupportedError, match="depends on a metric"):
        program(5000)
