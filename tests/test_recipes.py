"""Recipes: the curves they stand for, which of their fields each place comes from, and what is wrong with them."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from math import sqrt
from typing import Any

import pytest

from unisched import Program, compile
from unisched.duration import Duration
from unisched.errors import SpecError
from unisched.spec import load
from unisched.spec.canonical import document_data
from unisched.spec.expansion import Expansion, RecipeCurve
from unisched.spec.grammar import KINDS

Document = Mapping[str, Any]

LR = "schedules.learning_rate"
THOUSAND = {"total": 1000}


def linear(start: float, end: float, duration: Any = None, **more: Any) -> dict[str, Any]:
    return {
        "kind": "linear",
        "start": start,
        "end": end,
        **({} if duration is None else {"duration": duration}),
        **more,
    }


def cosine(start: float, end: Any, duration: Any = None) -> dict[str, Any]:
    return {**linear(start, end, duration), "kind": "cosine"}


def seq(*parts: Any) -> dict[str, Any]:
    return {"kind": "sequence", "parts": list(parts)}


def repeat(curve: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "repeat", "curve": curve, **more}


def above(floor: float, curve: Any) -> dict[str, Any]:
    return {"kind": "sum", "curves": [floor, curve]}


def triangle(low: float, high: float) -> dict[str, Any]:
    return seq(linear(low, high, "50%"), linear(high, low))


def decay(start: float, timescale: Any) -> dict[str, Any]:
    return {"kind": "power_decay", "start": start, "timescale": timescale}


REX = {"kind": "product", "curves": [linear(1, 0), {"kind": "formula", "expression": "1 / (1 - progress/2)"}]}

# Each row: a recipe, what it stands for, and the fields by the places of the expansion.
EXPANSIONS: list[tuple[Document, Document, dict[str, str]]] = [
    ({"kind": "warmup_cosine", "peak": 1}, seq(cosine(1, 0)), {}),
    ({"kind": "warmup_cosine", "peak": 1, "start": 0.1, "warmup": 2, "end": 0.2},
     seq(linear(0.1, 1, 2), cosine(1, 0.2)), {"parts[0]": "warmup"}),
    ({"kind": "warmup_linear", "peak": 1, "start": 0.1, "warmup": "1 epoch"},
     seq(linear(0.1, 1, "1 epoch"), linear(1, 0)), {"parts[0]": "warmup"}),
    ({"kind": "wsd", "peak": 1, "decay": 2}, seq(1, linear(1, 0, 2, warp=0.5)), {"parts[1]": "decay"}),
    ({"kind": "wsd", "peak": 1, "start": 0.1, "warmup": 2, "decay": 3, "shape": "linear"},
     seq(linear(0.1, 1, 2), 1, linear(1, 0, 3)), {"parts[0]": "warmup", "parts[2]": "decay"}),
    ({"kind": "wsd", "peak": 1, "decay": 2, "shape": "cosine", "end": {"absolute": 2}},
     seq(1, cosine(1, {"absolute": 2}, 2)), {"parts[1]": "decay"}),
    ({"kind": "wsd", "peak": 1, "decay": 2, "shape": "exponential", "end": 0.5},
     seq(1, {"kind": "exponential", "start": 1, "end": 0.5, "duration": 2}), {"parts[1]": "decay"}),
    ({"kind": "inverse_sqrt", "peak": 1, "warmup": 10, "start": 0.5}, seq(linear(0.5, 1, 10), decay(1, 10)),
     {"parts[0]": "warmup", "parts[1].timescale": "warmup"}),
    ({"kind": "noam", "model_size": 512, "warmup": "1 epoch", "factor": 2},
     {"kind": "shift", "by": 1, "curve": seq(linear(0, 2 / sqrt(512 * 40), "1 epoch"),
                                             decay(2 / sqrt(512 * 40), 40))},
     {"curve.parts[0]": "warmup", "curve.parts[1].timescale": "warmup"}),
    ({"kind": "one_cycle", "peak": 1}, seq(cosine(0.04, 1, "30%"), cosine(1, 4e-6)), {"parts[0]": "warmup"}),
    ({"kind": "one_cycle", "peak": 1, "start": {"absolute": 2}, "warmup": 5},
     seq({"kind": "cosine", "start": {"absolute": 2}, "end": 1, "duration": 5}, cosine(1, {"absolute": 2e-4})),
     {"parts[0]": "warmup"}),
    ({"kind": "one_cycle", "peak": 1, "start": 0.5, "end": 0.25, "warmup": 0}, cosine(1, 0.25), {}),
    ({"kind": "triangular", "start": 0.5, "peak": 1, "period": 10}, repeat(triangle(0.5, 1), period=10),
     {"period": "period", "curve": "period"}),
    ({"kind": "triangular", "start": 0.5, "peak": 1, "period": 10, "scale": 0.5},
     above(0.5, repeat(triangle(0, 0.5), period=10, scale=0.5)),
     {"curves[1].period": "period", "curves[1].curve": "period"}),
    ({"kind": "sgdr", "peak": 1, "period": 10, "stretch": 2, "end": 0.25},
     repeat(seq(cosine(1, 0.25)), period=10, stretch=2), {"period": "period"}),
    ({"kind": "sgdr", "peak": 1, "period": 10, "scale": 0.5, "end": 0.25, "warmup": "5%"},
     above(0.25, repeat(seq(linear(0, 0.75, "5%"), cosine(0.75, 0)), period=10, scale=0.5)),
     {"curves[1].period": "period", "curves[1].curve.parts[0]": "warmup"}),
    ({"kind": "rex", "peak": 1, "start": 0.5, "warmup": 10}, seq(linear(0.5, 1, 10), REX), {"parts[0]": "warmup"}),
]  # fmt: skip

RECIPES = [kind for kind, model in KINDS.items() if issubclass(model, RecipeCurve)]

FAULTS: list[tuple[Document, str, str, str]] = [
    ({"kind": "inverse_sqrt", "peak": 1, "warmup": 10, "start": 2}, "range.order", "start", "above the peak"),
    ({"kind": "rex", "peak": 1, "warmup": 10, "start": 2}, "range.order", "start", "above the peak"),
    ({"kind": "inverse_sqrt", "peak": 1, "warmup": 0}, "number.range", "warmup", "no length"),
    ({"kind": "inverse_sqrt", "peak": 1}, "field.missing", "warmup", "warmup"),
    ({"kind": "noam", "model_size": 0, "warmup": 10}, "number.range", "model_size", "not from 1"),
    ({"kind": "noam", "model_size": -512, "warmup": 10}, "number.range", "model_size", "not from 1"),
    ({"kind": "noam", "model_size": 512.0, "warmup": 10}, "type.float_for_int", "model_size", "Write 512"),
    ({"kind": "noam", "model_size": 512, "warmup": 10, "factor": 0}, "number.range", "factor", "not above 0"),
    ({"kind": "noam", "model_size": 512, "warmup": 0}, "number.range", "warmup", "no length"),
    ({"kind": "one_cycle", "peak": 0}, "number.range", "peak", "not above 0"),
    ({"kind": "one_cycle", "peak": 1, "start": 2}, "range.order", "start", "above the peak"),
    ({"kind": "one_cycle", "peak": 1, "end": 2}, "range.order", "end", "above the peak"),
    ({"kind": "triangular", "start": 2, "peak": 1, "period": 5}, "range.order", "start", "above the peak"),
    ({"kind": "triangular", "start": 0, "peak": 1, "period": 0}, "number.range", "period", "no length"),
    ({"kind": "triangular", "start": 0, "peak": 1, "period": 5, "scale": 0}, "number.range", "scale", "not above 0"),
    ({"kind": "triangular", "start": -1e308, "peak": 1e308, "period": 5}, "number.not_finite", "peak", "beyond"),
    ({"kind": "sgdr", "peak": 1, "period": 5, "end": 2}, "range.order", "end", "above the peak"),
    ({"kind": "sgdr", "peak": 1, "period": 5, "stretch": 0}, "number.range", "stretch", "not above 0"),
    ({"kind": "sgdr", "peak": 1, "period": 5, "warmup": "rest"}, "duration.rest", "warmup", "rest"),
]  # fmt: skip

# Faults that only a clock shows: the document, the clock, the code, the field, words of the message.
MISFITS: list[tuple[Document, dict[str, Any], str, str, str]] = [
    ({"kind": "inverse_sqrt", "peak": 1, "warmup": 1001}, THOUSAND, "duration.too_long", ".warmup", "1001"),
    ({"kind": "inverse_sqrt", "peak": 1, "warmup": "0.1 steps"}, THOUSAND, "duration.vanishes", ".warmup", "none"),
    ({"kind": "noam", "model_size": 512, "warmup": "2.5 steps"}, THOUSAND, "duration.whole", ".warmup", "2.5 steps"),
    ({"kind": "noam", "model_size": 512, "warmup": "1 epoch"}, THOUSAND, "units.missing", ".warmup", "steps_per_epoch"),
    ({"kind": "one_cycle", "peak": 1}, {}, "units.missing", ".warmup", "total"),
    ({"kind": "one_cycle", "peak": 1, "warmup": 2000}, THOUSAND, "duration.too_long", ".warmup", "2000"),
    ({"kind": "one_cycle", "peak": 1, "warmup": 0}, {}, "length.missing", "", "needs a length"),
    ({"kind": "triangular", "start": 0, "peak": 1, "period": 1}, THOUSAND, "duration.vanishes", ".period", "none"),
    ({"kind": "triangular", "start": 0.5, "peak": 1, "period": "1 epoch", "scale": 0.5}, THOUSAND, "units.missing",
     ".period", "steps_per_epoch"),
    ({"kind": "sgdr", "peak": 1, "period": "1 epoch"}, THOUSAND, "units.missing", ".period", "steps_per_epoch"),
    ({"kind": "sgdr", "peak": 1, "period": 10, "stretch": 2}, {}, "repeat.endless", "", "end"),
    ({"kind": "sgdr", "peak": 1, "period": 10, "warmup": 11}, THOUSAND, "duration.too_long", ".warmup", "the cycle"),
    ({"kind": "sgdr", "peak": 1, "period": 10, "warmup": 10}, THOUSAND, "sequence.full", "", "leave nothing"),
    ({"kind": "sgdr", "peak": 1, "period": 10, "warmup": 11, "end": 0.5, "scale": 0.5}, THOUSAND, "duration.too_long",
     ".warmup", "the cycle"),
]  # fmt: skip


def of(document: Document) -> Any:
    return load(document).schedules["learning_rate"]


def steps(duration: Duration, field: str, *, whole: bool = False) -> Fraction:
    assert field == "warmup"
    return Fraction(40) if duration.unit == "epochs" else duration.amount


def expansion(document: Document) -> Expansion:
    expanded: Expansion = of(document).expand(steps)
    return expanded


def rate(document: Document, **clock: Any) -> Program:
    return compile(document, **(clock or THOUSAND))


def test_every_recipe_is_expanded_here() -> None:
    assert {recipe["kind"] for recipe, _, _ in EXPANSIONS} == {*RECIPES}


@pytest.mark.parametrize(("recipe", "written", "fields"), EXPANSIONS)
def test_a_recipe_stands_for_a_curve(recipe: Document, written: Document, fields: dict[str, str]) -> None:
    assert expansion(recipe) == Expansion(of(written), fields)


@pytest.mark.parametrize(("recipe", "written", "fields"), EXPANSIONS)
def test_a_recipe_compiles_to_what_it_stands_for(recipe: Document, written: Document, fields: dict[str, str]) -> None:
    clock = {"total": 1000, "steps_per_epoch": 40}
    based = [{"base": 0.5, "curve": document} for document in (recipe, written)]
    assert rate(recipe, **clock).fingerprint == rate(written, **clock).fingerprint
    assert rate(based[0], **clock).fingerprint == rate(based[1], **clock).fingerprint


@pytest.mark.parametrize(("recipe", "written", "fields"), EXPANSIONS)
def test_a_recipe_with_a_duration_is_its_expansion_of_that_length(
    recipe: Document, written: Document, fields: dict[str, str]
) -> None:
    clock = {"total": 1000, "steps_per_epoch": 40}
    lasting = [{**document, "duration": 200} for document in (recipe, written)]
    assert rate(lasting[0], **clock).fingerprint == rate(lasting[1], **clock).fingerprint


@pytest.mark.parametrize(("recipe", "written", "fields"), EXPANSIONS)
def test_a_recipe_is_written_as_it_was_read(recipe: Document, written: Document, fields: dict[str, str]) -> None:
    spec = load(recipe)
    assert load(spec.to_json()) == spec
    assert document_data(spec)["schedules"]["learning_rate"].keys() <= recipe.keys()


@pytest.mark.parametrize(("recipe", "code", "field", "words"), FAULTS)
def test_a_wrong_field_is_named_at_load(recipe: Document, code: str, field: str, words: str) -> None:
    with pytest.raises(SpecError, match=words) as caught:
        load({"schedules": {"learning_rate": recipe}})
    assert (caught.value.code, caught.value.path) == (code, f"{LR}.{field}")


@pytest.mark.parametrize(("recipe", "clock", "code", "field", "words"), MISFITS)
def test_what_does_not_fit_is_said_of_the_recipes_own_field(
    recipe: Document, clock: dict[str, Any], code: str, field: str, words: str
) -> None:
    for document, place in ((recipe, LR), ({"base": 2, "curve": {"kind": "product", "curves": [1, recipe]}},
                                           f"{LR}.curve.curves[1]")):  # fmt: skip
        with pytest.raises(SpecError, match=words) as caught:
            compile(document, **clock)
        assert (caught.value.code, caught.value.path) == (code, place + field)
        assert not any(word in str(caught.value) for word in ("parts[", "curves[1].curve", "curves[1].curves"))


def test_a_note_is_of_the_recipes_own_field() -> None:
    notes = rate({"kind": "inverse_sqrt", "peak": 1, "warmup": "1.2 epochs"}, total=1000, steps_per_epoch=12).lint()
    assert {note.path for note in notes if note.code == "duration.rounded"} == {f"{LR}.warmup"}


def test_inverse_sqrt_is_half_the_peak_at_four_warmups() -> None:
    program = rate({"kind": "inverse_sqrt", "peak": 0.3, "warmup": 100, "start": 0.1})
    assert [program(step) for step in (0, 50, 100, 400)] == [0.1, 0.2, 0.3, 0.15]


def test_noam_counts_updates_from_1() -> None:
    program = rate({"kind": "noam", "model_size": 256, "warmup": 4}, total=100)
    assert [program(step) for step in (0, 1, 3, 15)] == [1 / 128, 2 / 128, 4 / 128, 1 / 64]


@pytest.mark.parametrize("warmup", ["10%", "2.5 epochs", "960 tokens"])
def test_the_warmup_is_the_timescale_in_any_unit(warmup: str) -> None:
    clock = {"total": 100, "steps_per_epoch": 4, "tokens_per_step": 96}
    program = rate({"kind": "inverse_sqrt", "peak": 0.5, "warmup": warmup}, **clock)
    assert program.body == rate({"kind": "inverse_sqrt", "peak": 0.5, "warmup": 10}, **clock).body


def test_a_timescale_may_be_a_third_of_a_step() -> None:
    program = rate({"kind": "inverse_sqrt", "peak": 0.5, "warmup": "100 samples"}, total=100, samples_per_step=3)
    assert program(33 + 100) == 0.25


def test_noam_takes_a_warmup_in_any_unit_that_makes_whole_steps() -> None:
    in_epochs = rate({"kind": "noam", "model_size": 256, "warmup": "2.5 epochs"}, total=100, steps_per_epoch=4)
    in_percent = rate({"kind": "noam", "model_size": 256, "warmup": "10%"}, total=100)
    in_steps = rate({"kind": "noam", "model_size": 256, "warmup": 10}, total=100)
    assert in_epochs.body == in_percent.body == in_steps.body


def test_rex_falls_late_and_ends_at_zero() -> None:
    program = rate({"kind": "rex", "peak": 0.75, "warmup": 200})
    assert [program(step) for step in (0, 100, 200, 600, 1000, 1001)] == [0, 0.375, 0.75, 0.5, 0, 0]


def test_one_cycle_is_at_its_peak_where_the_warmup_ends() -> None:
    program = rate({"kind": "one_cycle", "peak": 0.5})
    assert [program(step) for step in (0, 300, 1000, 1001)] == [0.02, 0.5, 2e-6, 2e-6]
    assert program(150) == pytest.approx(0.26)


def test_triangular_meets_start_and_peak_exactly_where_cycles_are_alike() -> None:
    program = rate({"kind": "triangular", "start": 0.1, "peak": 0.3, "period": 100})
    assert [program(step) for step in (0, 50, 100, 150, 1000)] == [0.1, 0.3, 0.1, 0.3, 0.1]


def test_triangular_loses_height_above_its_start() -> None:
    program = rate({"kind": "triangular", "start": 0.25, "peak": 1.25, "period": 100, "scale": 0.5})
    assert [program(step) for step in (0, 50, 100, 150, 250)] == [0.25, 1.25, 0.25, 0.75, 0.5]


def test_sgdr_keeps_its_floor_while_its_peaks_fall() -> None:
    program = rate(
        {"kind": "sgdr", "peak": 1.25, "period": 100, "end": 0.25, "scale": 0.5, "stretch": 2, "warmup": "10%"},
        total=700,
    )
    assert [program(step) for step in (0, 10, 100, 120, 300, 340, 700)] == [0.25, 1.25, 0.25, 0.75, 0.25, 0.5, 0.25]


def test_an_absolute_end_is_not_divided_by_the_base() -> None:
    program = rate({"base": 10, "curve": {"kind": "one_cycle", "peak": 1, "end": {"absolute": 0.5}}})
    assert [program(step) for step in (0, 300, 1000)] == [0.4, 10, 0.5]
