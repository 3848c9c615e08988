"""The schedules of docs/recipes in every framework's own loop: right where they are carried, refused as the table says.

Values come from the sources' own formulas, not from the library. Runs where all plugins are installed: the nox
session of this folder sees to that, and there a missing one is a failure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from coexisting import MISSING, only_where_all_are_installed
from recipe_values import RECIPES
from recipe_values.recipe import Recipe, Target
from recipe_values.textbook import nearest

import unisched
from unisched import Program, registry
from unisched.backend import Form, check_program, obstacles
from unisched.errors import UnsupportedError
from unisched.single import float32

ROOT = Path(__file__).parents[2]
DOCUMENTS = ROOT / "docs" / "recipes"
FORMS = ("keras, schedule", "keras, callback", "keras, optimizer", "numpy, function", "numpy, scheduler",
         "optax, schedules", "optax, stateful", "torch, scheduler")  # fmt: skip
OPENING = 6

pytestmark = only_where_all_are_installed


def form_of(key: str) -> Form:
    backend, form = key.split(", ")
    return registry.backend(backend).forms[form]


def compiled(name: str, *, base: float | None = None) -> Program:
    return unisched.compile(DOCUMENTS / f"{name}.json", base=base)


def windows(recipe: Recipe) -> Iterator[range]:
    """The first steps, those around the last boundary, and those around the end."""
    yield range(OPENING)
    inner = [mark for mark in recipe.marks if mark > OPENING + 2]
    ends = [recipe.total] if recipe.total is not None and recipe.beyond else []
    for place in {*inner[-1:], *ends}:
        yield range(max(place - 2, 0), place + 2)


def wrong(form: Form, program: Program, recipe: Recipe, base: dict[str, float]) -> Iterator[str]:
    """What a form's own loop gets wrong, a line for each value."""
    due = [(target, program.resolve(target.hyperparameter, target.group)) for target in recipe.targets]
    for window in windows(recipe):
        state = replace(program.start(), base=base).at(window.start)
        found = form.replay(program, state, window.stop, {}).values
        for target, answering in due:
            if answering in program.targets:
                assert answering is not None
                yield from _wrong(
                    target, recipe.ulps, form.capabilities.precision, dict(zip(window, found[answering], strict=True))
                )


def _wrong(target: Target, ulps: float, precision: str, used: dict[int, float]) -> Iterator[str]:
    for step, got in used.items():
        exact = nearest(target.worth(step))
        low, high = exact - ulps * math.ulp(exact), exact + ulps * math.ulp(exact)
        if precision == "float32":
            low, high = float32(low), float32(high)
        if not (low <= got <= high if exact else got == 0):
            yield f"{target}, step {step}: got {got!r}, due {exact!r}"


def reasons(form: Form, program: Program) -> set[str]:
    return {code for code, _, _ in obstacles(form, program, {})}


def carried(form: Form, name: str) -> Program | None:
    """The document as the form carries it: whole, with a base as argument, or its learning rate alone."""
    recipe = RECIPES[name]
    whole = compiled(name)
    if not reasons(form, whole):
        return whole
    if recipe.base is not None and not reasons(form, bound := compiled(name, base=recipe.base)):
        return bound
    if any(target.hyperparameter == "learning_rate" for target in whole.targets):
        alone = whole.select("learning_rate")
        return None if reasons(form, alone) else alone
    return None


def test_every_form_of_every_plugin_is_tried() -> None:
    assert MISSING == []
    ours = {form.partition(",")[0] for form in FORMS}
    assert ours <= set(registry.names())
    assert {f"{name}, {form}" for name in ours for form in registry.backend(name).forms} == {*FORMS}


@pytest.mark.parametrize("key", FORMS)
@pytest.mark.parametrize("name", RECIPES)
def test_a_document_is_refused_for_the_reasons_in_the_table_and_no_other(name: str, key: str) -> None:
    backend, form = key.split(", ")
    program, due = compiled(name), RECIPES[name].refusals.get(key, frozenset())
    if not due:
        check_program(backend, registry.backend(backend), form, program, {})
        return
    with pytest.raises(UnsupportedError) as caught:
        check_program(backend, registry.backend(backend), form, program, {})
    assert {problem.code for problem in caught.value.problems} == due


@pytest.mark.parametrize("key", FORMS)
@pytest.mark.parametrize("name", [name for name, recipe in RECIPES.items() if recipe.targets])
def test_a_document_is_worth_what_its_source_says_in_the_frameworks_own_loop(name: str, key: str) -> None:
    form, recipe = form_of(key), RECIPES[name]
    program = carried(form, name)
    if program is None:
        # No part of it has a learning rate for all: the refusal, tested above, is all there is.
        assert {"backend.hyperparameter", "backend.groups"} & recipe.refusals[key]
        return
    based = {"learning_rate": recipe.base} if recipe.base is not None and program.needs_base(program.targets[0]) else {}
    assert list(wrong(form, program, recipe, based)) == []


@pytest.mark.parametrize("key", FORMS)
def test_a_value_that_is_a_step_late_is_seen(key: str) -> None:
    recipe = RECIPES["flax_warmup_cosine"]
    (target,) = recipe.targets
    late = replace(recipe, targets=[replace(target, worth=lambda step: target.worth(max(step - 1, 0)))])
    assert len(list(wrong(form_of(key), compiled("flax_warmup_cosine"), late, {}))) >= OPENING - 1
