"""The rules of lint on whole documents: what each finds, and what is near to that and meant."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import unisched
from unisched.lint import FAMILIES, RULES, Note, rule_of

ROOT = Path(__file__).parents[1]
FALL = {"kind": "cosine", "start": 0.1, "end": 0.001}
PLATEAU = {"kind": "plateau", "monitor": "loss"}
HELD = {"after": "hold"}
EPOCHS = {"steps_per_epoch": 1000, "total": "90 epochs"}


def of(curve: Any, total: int | str = 1000, **more: Any) -> dict[str, Any]:
    return {"total": total, "schedules": {"learning_rate": curve}, **more}


def sequence(*parts: Any, **more: Any) -> dict[str, Any]:
    return {"kind": "sequence", "parts": list(parts), **more}


def line(start: float, end: float, **more: Any) -> dict[str, Any]:
    return {"kind": "linear", "start": start, "end": end, **more}


def product(*curves: Any) -> dict[str, Any]:
    return {"kind": "product", "curves": list(curves)}


def pair(rate: Any, decay: Any) -> dict[str, Any]:
    return {"total": 1000, "schedules": {"learning_rate": rate, "weight_decay": decay}}


def noisy(**noise: Any) -> dict[str, Any]:
    return product(FALL, {"kind": "noise", "seed": 0, **noise})


def clip(**bounds: Any) -> dict[str, Any]:
    return {"kind": "clip", "curve": FALL, **bounds}


def repeat(**more: Any) -> dict[str, Any]:
    return {"kind": "repeat", "curve": FALL, **more}


def keras_cycles(total: int, **more: Any) -> dict[str, Any]:
    cycles = {"kind": "keras.CosineDecayRestarts", "initial_learning_rate": 0.1, "first_decay_steps": 500, "t_mul": 1}
    return of(cycles, total, **more)


def torch_cosine(length: int, lowest: float) -> dict[str, Any]:
    return {"base": 3e-4, "curve": {"kind": "torch.CosineAnnealingLR", "T_max": length, "eta_min": lowest}}


def in_sequence(lowest: float) -> dict[str, Any]:
    """A warm-up and a cosine, as torch's own pages put them together."""
    return {"base": 3e-4, "curve": {"kind": "torch.SequentialLR", "milestones": [100], "schedulers": [
        {"kind": "torch.LinearLR", "start_factor": 0.1, "total_iters": 100},
        {"kind": "torch.CosineAnnealingLR", "T_max": 900, "eta_min": lowest}]}}  # fmt: skip


def total_of(*curves: Any) -> dict[str, Any]:
    return {"kind": "sum", "curves": list(curves)}


def cut(start: float) -> dict[str, Any]:
    return sequence({**FALL, "start": start, "end": 0, "duration": 900}, {"kind": "constant"}, boundaries=[500])


def optax_cosine(steps: int) -> dict[str, Any]:
    return {"kind": "optax.cosine_decay_schedule", "init_value": 0.1, "decay_steps": steps}


FOUND: list[tuple[str, str, dict[str, Any], str]] = [
    ("U101", "value.zero_start", of(sequence(line(0, 0.1, duration=10), FALL)), "step 0 is 0"),
    ("U101", "value.zero_start", of(sequence({"kind": "stair", "every": 50, "curve": line(0, 0.1, duration=100)},
     FALL)), "the first 50 updates"),
    ("U101", "value.zero_start", of(total_of(line(0, 0.1), sequence({"kind": "constant", "value": 0, "duration": 100},
     line(0, 0.01)))), "a start above 0"),
    ("U102", "value.zero_end", of(line(0.1, 0, duration=800)), "the last 200 updates"),
    ("U102", "value.zero_end", of({"kind": "piecewise", "interpolation": "previous", "points": [[0, 0.1], [999, 0]]}),
     "the last update"),
    ("U103", "value.subnormal", of({"kind": "exponential", "start": 0.1, "end": 1e-39}), "which is 0 in float32"),
    ("U104", "value.dies_out", of({"kind": "exponential", "start": 0.1, "rate": 0.8}, **HELD), "from step 382 on"),
    ("U105", "value.implausible", of({**FALL, "start": 101}), "at step 0 the value is 101.0"),
    ("U105", "value.implausible", of({**FALL, "start": 9e-11, "end": 1e-12}), "never goes above 9e-11"),
    ("U105", "value.implausible", of(FALL, groups={"head": {"learning_rate": {"scale": 1e4}}}), "value is 1000.0"),
    ("U105", "value.implausible", {"schedules": {"epsilon": 2}}, "above 1"),
    ("U105", "value.implausible", {"schedules": {"weight_decay": 200}}, "above 100"),
    ("U106", "factor.tiny", of({"base": "optimizer", "curve": {**FALL, "start": 3e-4, "end": 0}}), "above 0.0003"),
    ("U107", "decay.overshoots", pair(FALL, 20), "at step 0"),
    ("U107", "decay.overshoots", pair(line(0.5, 0.4), line(0, 3)), "at step 999"),
    ("U108", "noise.negative", of(noisy(std=0.26), 12_000, **HELD), "once in 1.67e+04 draws"),
    ("U108", "noise.negative", of(noisy(std=0.3, every=10), 10**12, **HELD), "once in 2.33e+03 draws"),
    ("U109", "curve.rises", of({"kind": "cosine", "start": 0.001, "end": 0.1}), "rises"),
    ("U109", "curve.rises", of({"base": 0.1, "curve": {"kind": "cosine", "start": 0.01, "end": 1}}),
     "from 0.001 to 0.1"),
    ("U110", "formula.cancels", of({"kind": "formula", "expression": "0.1 * (1 + cos(pi * progress))"}), "digits"),
    ("U111", "formula.constant", of({"kind": "formula", "expression": "0.1 / 2"}), "write a number"),
    ("U201", "boundary.jump", of(sequence(line(0.01, 0.1, duration=100), {**FALL, "start": 0.2})), "from 0.1 to 0.2"),
    ("U201", "boundary.jump", of(sequence(line(0.01, 0.1, duration=100), {**FALL, "start": 0.05})), "from 0.1 to 0.05"),
    ("U201", "boundary.jump", of(sequence(line(0.1, 0.05, duration=250), {**FALL, "start": 0.02})), "at step 250"),
    ("U202", "length.holds", of(sequence(line(0.01, 0.1, duration=10), {**FALL, "duration": 900})), "ends at step 910"),
    ("U203", "bound.idle", of(clip(minimum=1e-4)), "minimum of 0.0001"),
    ("U203", "bound.idle", of(clip(maximum=0.2)), "maximum of 0.2"),
    ("U203", "bound.idle", of(sequence(clip(minimum=1e-4, duration=500), line(0.001, 0.0005))), "minimum of 0.0001"),
    ("U204", "phase.empty", of({"kind": "wsd", "peak": 1, "start": 0.5, "warmup": "0%", "decay": 100}), "'0%'"),
    ("U205", "part.cut", of(sequence({**FALL, "duration": 900}, {"kind": "constant"}, boundaries=[500])),
     "at step 500"),
    ("U205", "part.cut", of(total_of(0.01, cut(0.1))), "at step 500, where"),
    ("U206", "curve.idle", of({"kind": "shift", "by": 0, "curve": FALL}), "a shift by nothing"),
    ("U206", "curve.idle", of({"kind": "stair", "every": 1, "curve": FALL}), "a stair of 1 step"),
    ("U206", "curve.idle", of(repeat(times=1)), "a repeat of one cycle"),
    ("U206", "curve.idle", of(noisy(std=0)), "noise without a deviation"),
    ("U206", "curve.idle", of(product(FALL)), "a product of one curve"),
    ("U206", "curve.idle", of(FALL, groups={"head": {"learning_rate": {"scale": 1}}}), "a scale of 1"),
    ("U301", "total.goes_on", of({"kind": "exponential", "start": 0.1, "rate": 0.99}), "past the total of 1000"),
    ("U302", "total.rebound", keras_cycles(1000), "past the total of 1000"),
    ("U302", "total.rebound", of(torch_cosine(1000, 1e-6)), "rises again"),
    ("U303", "decay.cut", of(optax_cosine(1500)), "at the total of 1000"),
    ("U303", "decay.cut", of(product(0.5, optax_cosine(1500))), "still at 0.0249"),
    ("U303", "decay.cut", of(repeat(period=300, stretch=2)), "at the total of 1000"),
    ("U304", "warmup.cut", of({"kind": "optax.warmup_constant_schedule", "init_value": 0.01, "peak_value": 0.1,
     "warmup_steps": 2000}), "rises towards 0.1"),
    ("U304", "warmup.cut", of(product(0.5, {"kind": "optax.warmup_constant_schedule", "init_value": 0.01,
     "peak_value": 0.1, "warmup_steps": 2000})), "rises towards 0.05"),
    ("U305", "cycle.cut", of(product(0.5, repeat(period=300))), "at 0.0378487"),
    ("U305", "cycle.cut", of(torch_cosine(2000, 1e-6), **HELD), "a cycle falls to 1.0"),
    ("U305", "cycle.cut", of(repeat(period=300)), "inside a cycle of 300 steps"),
    ("U305", "cycle.cut", keras_cycles(1100, **HELD), "inside a cycle of 500 steps"),
    ("U306", "part.unreached", of({"base": 0.1, "curve": {"kind": "torch.MultiStepLR", "milestones": [500, 1500]}}),
     "at step 1500"),
    ("U306", "part.unreached", of({"base": 0.1, "curve": product(line(1, 0.5), {"kind": "torch.MultiStepLR",
     "milestones": [500, 1500]})}), "change to 0.0005"),
    ("U401", "feedback.bare", of(PLATEAU), "from step 0"),
    ("U402", "feedback.patience", of(product(0.1, PLATEAU), 11), "never moves"),
    ("U402", "feedback.patience", of(product(0.1, PLATEAU), "11 epochs", steps_per_epoch=50), "11 epochs"),
    ("U403", "feedback.unseen", of(product(0.1, {"kind": "window", "length": 3000, "curve": sequence(
        1, PLATEAU, boundaries=[1000])})), "at the total of 1000"),
    ("U404", "feedback.threshold", of(product(0.1, {**PLATEAU, "threshold": 1})), "threshold of 1.0 times the best"),
    ("U501", "duration.rounded", of(sequence(line(0.01, 0.1, duration="1.5 epochs"), FALL), steps_per_epoch=7),
     "10.5 steps"),
    ("U501", "duration.rounded", of(sequence(line(0.01, 0.1), FALL, boundaries=["1.5 epochs"]), steps_per_epoch=7),
     "boundaries[0] '1.5 epochs' is 10.5 steps"),
    ("U501", "duration.rounded", of({"kind": "piecewise", "interpolation": "linear", "points": [
        [0, 0.1], ["2.5 epochs", 0.05], [1000, 0.01]]}, steps_per_epoch=7), "points[1][0] '2.5 epochs'"),
    ("U501", "duration.rounded", of({"kind": "warmup_cosine", "peak": 1, "start": 0.1, "warmup": "3%"}, 50),
     "1.5 steps"),
    ("U502", "duration.epochs", {**of(sequence(line(0.01, 0.1, duration=5), FALL)), **EPOCHS}, "write '5 epochs'"),
    ("U502", "duration.epochs", {**of({"kind": "piecewise", "interpolation": "previous", "points": [
        [0, 0.1], [30, 0.01], [60, 0.001]]}), **EPOCHS}, "60 steps"),
    ("U502", "duration.epochs", of(FALL, 90, steps_per_epoch=1000), "'90 epochs'"),
    ("U601", "keras.alpha_fraction", of({"kind": "keras.CosineDecay", "initial_learning_rate": 0.1, "decay_steps": 1000,
     "alpha": 0.1}), "alpha 0.1 is a fraction"),
    ("U602", "dialect.base", of(sequence(line(0.1, 1, duration=100), {"kind": "torch.StepLR", "step_size": 300}),
     **HELD), "factor"),
]  # fmt: skip


def found(document: dict[str, Any]) -> tuple[Note, ...]:
    return unisched.compile(document).lint()


@pytest.mark.parametrize(("number", "code", "document", "words"), FOUND, ids=[f"{row[0]}-{row[3]}" for row in FOUND])
def test_a_rule_finds_this_and_no_other_finds_anything(
    number: str, code: str, document: dict[str, Any], words: str
) -> None:
    notes = found(document)
    assert {note.rule.number for note in notes} == {number}
    assert {note.code for note in notes} == {code}
    assert any(words in note.text for note in notes)


def test_every_rule_finds_something() -> None:
    assert sorted({row[0] for row in FOUND}) == [rule.number for rule in RULES]


MEANT: list[tuple[str, str, dict[str, Any]]] = [
    ("U101", "a group that is frozen at first", of({"kind": "piecewise", "interpolation": "previous",
     "points": [[0, 0], [100, 0.1]]})),
    ("U101", "another hyperparameter", {"total": 10, "schedules": {"momentum": line(0, 0.9)}}),
    ("U102", "a decay to 0 at the total", of(line(0.1, 0))),
    ("U102", "a decay to a floor", of(line(0.1, 1e-9, duration=800))),
    ("U102", "0 throughout", of(0)),
    ("U102", "a group that is frozen at last", of(FALL, groups={"stem": {"learning_rate": {"kind": "piecewise",
     "interpolation": "previous", "points": [[0, 0.1], [500, 0]]}}})),
    ("U103", "a smallest normal number", of({"kind": "exponential", "start": 0.1, "end": 2.0**-126})),
    ("U104", "a decay that ends in time", of({"kind": "exponential", "start": 0.1, "rate": 0.95}, **HELD)),
    ("U105", "LARS", of({**FALL, "start": 31.2})),
    ("U105", "a factor of what the optimizer has", of({"base": "optimizer", "curve": {**FALL, "start": 1000}})),
    ("U105", "another hyperparameter", {"schedules": {"kl_weight": 1e6}}),
    ("U106", "a factor of 1", of({"base": "optimizer", "curve": {**FALL, "start": 1}})),
    ("U106", "a known base", of({"base": 0.1, "curve": {**FALL, "start": 0.001, "end": 0}})),
    ("U106", "a group far below", of(FALL, groups={"stem": {"learning_rate": {"base": "optimizer", "curve": 0.001}}})),
    ("U107", "a strong decay at a small rate", pair({**FALL, "start": 3e-4, "end": 0}, 10)),
    ("U107", "both high, at different times", pair(line(0.5, 0), line(0, 3))),
    ("U108", "a limit", of(noisy(std=0.5, limit=0.9), 12_000, **HELD)),
    ("U108", "small noise", of(noisy(std=0.05), 12_000, **HELD)),
    ("U108", "no draw of the run is low", of(noisy(std=0.2), 12_000, **HELD)),
    ("U109", "one cycle", of({"kind": "one_cycle", "peak": 0.1})),
    ("U109", "a rise after a fall", of(sequence({**FALL, "duration": 700}, {"kind": "cosine", "end": 0.02,
     "duration": 200}, {"kind": "constant"}))),
    ("U110", "a sum with another number", of({"kind": "formula", "expression": "2 + cos(pi * progress)"})),
    ("U111", "a formula of the step", of({"kind": "formula", "expression": "0.1 / (1 + progress)"})),
    ("U201", "a restart", of(sequence({**FALL, "duration": 500}, FALL))),
    ("U201", "a second warm-up", of(sequence({**FALL, "duration": 500, "end": 0.05}, line(0.001, 0.05, duration=50),
     {**FALL, "start": 0.05}))),
    ("U201", "drops", of({"kind": "piecewise", "interpolation": "previous", "points": [[0, 1], [500, 0.1]]})),
    ("U201", "a drop after a warm-up has long ended", of(sequence(line(0.01, 0.1, duration=100), {"kind": "constant",
     "duration": 400}, 0.01))),
    ("U201", "a constant warm-up", of(sequence({"kind": "constant", "value": 0.001, "duration": 100}, FALL))),
    ("U201", "a part that is frozen at first", of(sequence({"kind": "constant", "value": 0, "duration": 100}, FALL))),
    ("U201", "a small step", of(sequence(line(0.01, 0.1, duration=100), {**FALL, "start": 0.101}))),
    ("U201", "a jump that another factor takes back", of(product(
        sequence(line(0.1, 1, duration=500), line(2, 1)), sequence({"kind": "constant", "value": 1, "duration": 500},
        line(0.5, 0.4))))),
    ("U202", "a last part that holds", of(sequence(line(0.01, 0.1, duration=10), {**FALL, "duration": 900},
     {"kind": "constant"}))),
    ("U203", "a floor that is met", of(clip(minimum=0.01))),
    ("U203", "a floor that is met at the end", of(clip(minimum=0.001))),
    ("U203", "a floor below a formula", of({"kind": "clip", "minimum": 1e-5, "curve": {"kind": "formula",
     "expression": "0.1 / (1 + progress)"}})),
    ("U203", "a floor below a plateau", of({"kind": "clip", "minimum": 1e-5, "curve": product(0.1, PLATEAU)})),
    ("U204", "no start", of({"kind": "warmup_cosine", "peak": 0.1})),
    ("U204", "a start that the end is a part of", of({"kind": "one_cycle", "peak": 0.1, "warmup": 0, "start": 0.01})),
    ("U205", "a part that fills its place", of(sequence(FALL, {"kind": "constant"}, boundaries=[500]))),
    ("U205", "a part that is nearly over", of(sequence({**FALL, "duration": 510}, {"kind": "constant"},
     boundaries=[500]))),
    ("U205", "a past that is frozen", of(sequence({"kind": "window", "curve": FALL, "length": 2000, "duration": 500},
     {"kind": "linear", "end": 0}))),
    ("U205", "a batch that grows", {"total": "1M samples", "samples_per_step": "batch", "schedules": {
        "batch": {"kind": "piecewise", "interpolation": "previous", "points": [[0, 100], ["300k samples", 400]]},
        "learning_rate": FALL}}),
    ("U205", "a small term that is cut", of(total_of(FALL, cut(1e-6)))),
    ("U205", "what a floor hides", of({"kind": "clip", "minimum": 0.09, "curve": cut(0.1)})),
    ("U206", "a scale of 1 that keeps a glob off", of(FALL, groups={
        "head": {"learning_rate": {"scale": 1}}, "h*": {"learning_rate": {"scale": 0.1}}})),
    ("U206", "cycles", of(repeat(times=4))),
    ("U206", "a cycle that is shorter than its place", of(repeat(times=1, period=100))),
    ("U301", "what is held", of({"kind": "exponential", "start": 0.1, "rate": 0.99}, **HELD)),
    ("U302", "what is held", keras_cycles(1000, **HELD)),
    ("U302", "a repeat that ends with its place", of(repeat(period=500))),
    ("U303", "a curve of the length of the run", of(optax_cosine(1000))),
    ("U303", "a curve that is nearly over", of(optax_cosine(1050))),
    ("U303", "a small term that is cut", of(total_of(line(0.1, 0.01), {**optax_cosine(1500), "init_value": 1e-6}))),
    ("U304", "a warm-up within the run", of({"kind": "optax.warmup_constant_schedule", "init_value": 0.01,
     "peak_value": 0.1, "warmup_steps": 999})),
    ("U305", "whole cycles", of(repeat(period=250))),
    ("U305", "a cosine down to a floor that ends with the run", of(torch_cosine(1000, 1e-6))),
    ("U305", "such a cosine after a warm-up", of(in_sequence(1e-6))),
    ("U305", "a cycle under a floor", of({"kind": "clip", "minimum": 0.08, "curve": repeat(period=300)})),
    ("U305", "a cycle that ends high", of({"kind": "repeat", "period": 300, "curve": line(0.01, 0.1)})),
    ("U306", "a drop at the last update", of({"base": 0.1, "curve": {"kind": "torch.MultiStepLR",
     "milestones": [500, 999]}})),
    ("U306", "a drop that a floor hides", of({"base": 0.1, "curve": {"kind": "clip", "minimum": 0.5, "curve": {
        "kind": "torch.MultiStepLR", "milestones": [500, 1500]}}})),
    ("U401", "a plateau under a base", of({"base": 0.1, "curve": PLATEAU})),
    ("U402", "room for one stall", of(product(0.1, PLATEAU), 12)),
    ("U402", "no end in sight", {"schedules": {"learning_rate": product(0.1, PLATEAU)}}),
    ("U403", "a plateau within the run", of(product(0.1, sequence(1, PLATEAU, boundaries=[500])))),
    ("U404", "nearly all of the best", of(product(0.1, {**PLATEAU, "threshold": 0.999}))),
    ("U404", "an absolute threshold", of(product(0.1, {**PLATEAU, "threshold": 5, "threshold_mode": "abs"}))),
    ("U404", "a metric that is to rise", of(product(0.1, {**PLATEAU, "threshold": 5, "mode": "max"}))),
    ("U501", "whole epochs", of(sequence(line(0.01, 0.1, duration="2 epochs"), FALL), steps_per_epoch=7)),
    ("U501", "tokens, to the step", of(sequence(line(0.01, 0.1, duration="12.5M tokens"), FALL),
     tokens_per_step=99_991)),
    ("U502", "a warm-up of an epoch", {**of(sequence(line(0.01, 0.1, duration=1000), FALL)), **EPOCHS}),
    ("U502", "more steps than the run has epochs", {**of(sequence(line(0.01, 0.1, duration=99), FALL)), **EPOCHS}),
    ("U502", "epochs", {**of(sequence(line(0.01, 0.1, duration="5 epochs"), FALL)), **EPOCHS}),
    ("U601", "the same curve in plain words", of(FALL)),
    ("U602", "a base that is written down", of({"base": "optimizer", "curve": sequence(line(0.1, 1, duration=100), {
        "kind": "torch.StepLR", "step_size": 300})}, **HELD)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("number", "document"), [(row[0], row[2]) for row in MEANT], ids=[f"{r[0]}-{r[1]}" for r in MEANT]
)
def test_nothing_is_said_of_what_is_meant(number: str, document: dict[str, Any]) -> None:
    assert [str(note) for note in found(document) if note.rule.number == number] == []


def test_every_rule_leaves_something_alone() -> None:
    assert sorted({row[0] for row in MEANT}) == [rule.number for rule in RULES]


def test_numbers_and_codes_are_given_once_and_in_order() -> None:
    numbers, codes = [rule.number for rule in RULES], [rule.code for rule in RULES]
    assert numbers == sorted(set(numbers))
    assert len(set(codes)) == len(codes)
    assert {number[:2] for number in numbers} == set(FAMILIES)


def test_a_code_that_is_not_of_the_table_is_a_quirk_with_its_own_code() -> None:
    note = Note("acme.flat", "schedules.learning_rate", "it is flat")
    assert str(note) == "schedules.learning_rate: it is flat [U601 acme.flat]"
    assert rule_of("value.zero_start").number == "U101"


def test_a_note_is_told_once_however_many_read_the_value() -> None:
    notes = found(
        of(line(0, 0.1), groups={"a": {"learning_rate": {"scale": 0.5}}, "b": {"learning_rate": {"scale": 2}}})
    )
    assert len(notes) == len(set(notes))
    assert [note.code for note in notes if note.code == "value.zero_start"] == ["value.zero_start"]


@pytest.mark.parametrize("lowest", [0.0, 1e-6])
def test_what_a_quirk_says_no_general_rule_says_again(lowest: float) -> None:
    assert [note.code for note in found(of(in_sequence(lowest)))] == ["torch.rebound", "torch.anew"]


def test_a_quirk_silences_no_other_entry() -> None:
    notes = found(of(in_sequence(0.0), groups={"head": {"learning_rate": torch_cosine(1000, 0.0)}}))
    assert [note.path for note in notes if note.code == "total.rebound"] == ['groups["head"].learning_rate']


RECIPES = {
    "fine_tuning": {"duration.rounded"},
    "keras_cosine_decay_restarts": {"decay.cut"},
    "torch_sequential_lr": {"part.cut"},
    "torch_swa_lr": {"part.cut"},
}
"""What is found in the recipes beside warm-ups from 0 and curves that go on: each is true, and as its source has it."""


@pytest.mark.parametrize("path", sorted((ROOT / "docs" / "recipes").glob("*.json")), ids=lambda path: path.stem)
def test_in_real_schedules_only_this_is_found(path: Path) -> None:
    notes = unisched.compile(path).lint()
    codes = {note.code for note in notes} - {"value.zero_start", "total.goes_on"}
    assert codes == RECIPES.get(path.stem, set())
