"""emit, build and parity: what does not fit is refused before the plugin is called, with what would fit."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import unisched
from unisched import Program, State, UnischedError, backends, build, compile, emit, parity, registry
from unisched.backend import CONTRACT, Backend, Capabilities, Form, Replay
from unisched.errors import BindingError, PluginError, Problem, SpecError, StateError, UnsupportedError
from unisched.ir import Target

LINE = {"kind": "linear", "start": 1, "end": 0}
LR = Target("learning_rate")
PROGRAM = compile(LINE, total=10)
GROUPED = compile({"total": 10, "schedules": {"learning_rate": LINE, "weight_decay": 0.1},
                   "groups": {"head": {"learning_rate": 0.5}}})  # fmt: skip
BASED = compile({"schedules": {"learning_rate": {"base": "optimizer", "curve": LINE}}}, total=10)
ENDING = compile({"total": 10, "after": "error", "schedules": {"learning_rate": LINE}})

calls: list[tuple[Program, State]] = []


def made(program: Program, state: State, /, *, optimizer: object, strict: bool = True) -> Any:
    calls.append((program, state))
    return program, state, optimizer


def narrow(program: Program, state: State, /) -> Any:
    calls.append((program, state))
    return program, state


def one_group(program: Program, state: State, /, *, group: str | None = None) -> Any:
    calls.append((program, state))
    return program, group


def nothing(program: Program, state: State, /) -> None:
    pass


def failing(program: Program, state: State, /) -> None:
    raise KeyError("missing")


def interrupted(program: Program, state: State, /) -> None:
    raise KeyboardInterrupt


def refusing(program: Program, state: State, /) -> None:
    raise UnsupportedError(Problem("acme.no", "", "this optimizer has no rate", "Give another."))


def replayed(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    values = {t: [program(k, *t, exact=True) for k in range(state.step, stop)] for t in program.targets}
    return Replay(values, state.at(stop))


def late(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    values = {t: [program(max(k - 1, 0), *t) for k in range(state.step, stop)] for t in program.targets}
    return Replay(values, state.at(stop))


ABLE = Capabilities(hyperparameters=None, groups=True, optimizer_base=True)
ACME = Backend(contract=CONTRACT, forms={
    "narrow": Form(narrow, late, Capabilities(host=False, last_step=1000, precision="float32")),
    "able": Form(made, replayed, ABLE),
    "one": Form(one_group, replayed, Capabilities(hyperparameters=None)),
    "nothing": Form(nothing, replayed, ABLE),
    "failing": Form(failing, replayed, ABLE),
    "interrupted": Form(interrupted, replayed, ABLE),
    "refusing": Form(refusing, replayed, ABLE),
})  # fmt: skip


registry_backend = registry.backend


@pytest.fixture(autouse=True)
def acme(monkeypatch: pytest.MonkeyPatch) -> None:
    """A plugin called acme, beside whatever is installed."""
    real = registry.backend
    monkeypatch.setattr(registry, "backend", lambda name: ACME if name == "acme" else real(name))
    calls.clear()


def refusal(kind: type[UnischedError], *arguments: Any, **keywords: Any) -> UnischedError:
    """The error of `emit`, which must come before the plugin is called."""
    calls.clear()
    with pytest.raises(kind) as raised:
        emit(*arguments, **keywords)
    assert calls == []
    assert len(str(raised.value)) < 2000
    return raised.value


def test_emit_hands_over_program_state_and_binding() -> None:
    marker = object()
    program, state, optimizer = emit(PROGRAM, "acme", form="able", optimizer=marker)
    assert program is PROGRAM
    assert state == PROGRAM.start()
    assert optimizer is marker


def test_the_first_form_is_the_default() -> None:
    assert emit(PROGRAM, "acme") == (PROGRAM, PROGRAM.start())


def test_an_unknown_backend_is_named_with_the_nearest() -> None:
    error = refusal(PluginError, PROGRAM, "nunpy")
    assert error.code == "plugin.unknown"
    assert "Did you mean 'numpy'?" in str(error)


def test_an_unknown_form_is_named_with_the_nearest() -> None:
    error = refusal(BindingError, PROGRAM, "acme", form="narow")
    assert error.code == "form.unknown"
    assert "Forms are narrow, able, one" in str(error)
    assert "Did you mean 'narrow'?" in str(error)


def test_an_unknown_binding_is_named_with_the_nearest() -> None:
    error = refusal(BindingError, PROGRAM, "acme", form="able", optimzer=1)
    assert [p.code for p in error.problems] == ["binding.unknown", "binding.missing"]
    assert "takes no 'optimzer'. It takes optimizer, strict. Did you mean 'optimizer'?" in str(error)


def test_a_binding_where_there_is_none_is_told_to_be_left_out_or_given_to_another_backend() -> None:
    assert str(refusal(BindingError, PROGRAM, "acme", optimizer=1)).endswith(
        "takes no 'optimizer'. Leave it out, or name the backend that takes it."
    )


def test_only_a_program_is_emitted() -> None:
    error = refusal(BindingError, LINE, "acme")
    assert error.code == "binding.type"
    assert "Compile first, or call build" in str(error)


def test_every_reason_against_a_form_comes_at_once_with_the_form_that_can() -> None:
    error = refusal(UnsupportedError, GROUPED, "acme")
    assert [p.code for p in error.problems] == ["backend.hyperparameter", "backend.groups"]
    assert "schedules.weight_decay" in str(error)
    assert 'Use form="able".' in str(error)


@pytest.mark.parametrize(("program", "form", "code"), [
    (BASED, "narrow", "backend.optimizer_base"),
    (ENDING, "narrow", "backend.after"),
    (compile(LINE, total=1001), "narrow", "backend.step_range"),
    (compile({"kind": "constant", "value": 1e-46}), "narrow", "backend.underflows"),
    (compile({"kind": "constant", "value": 1e39}), "narrow", "backend.overflows"),
    (compile({"schedules": {"learning_rate": {"kind": "linear", "start": 0, "end": 3.41e38}}}, total=9), "narrow",
     "backend.overflows"),
    (GROUPED, "one", "backend.groups"),
], ids=lambda value: value if isinstance(value, str) else "")  # fmt: skip
def test_a_form_that_cannot_carry_the_program_refuses_it(program: Program, form: str, code: str) -> None:
    assert refusal(UnsupportedError, program, "acme", form=form).code == code


def test_the_largest_float32_is_carried() -> None:
    largest = float(np.finfo(np.float32).max)
    assert emit(compile({"kind": "constant", "value": largest}), "acme")


def test_a_form_of_one_group_takes_the_group_it_is_asked_for() -> None:
    assert emit(GROUPED, "acme", form="one", group="head") == (GROUPED, "head")
    assert emit(GROUPED, "acme", form="one", group=None) == (GROUPED, None)
    error = refusal(UnsupportedError, GROUPED, "acme", form="one", group="haed")
    assert error.code == "backend.groups"
    assert "'haed'" in str(error)


def test_a_plugin_that_gives_nothing_is_at_fault() -> None:
    error = refusal(PluginError, PROGRAM, "acme", form="nothing")
    assert error.code == "plugin.emit_failed"
    assert "backend 'acme', form 'nothing' failed: it gave None" in str(error)
    assert "attached" not in str(error)


def test_a_plugin_that_raises_is_named_and_its_error_is_kept() -> None:
    error = refusal(PluginError, PROGRAM, "acme", form="failing")
    assert "KeyError: 'missing'" in str(error)
    assert isinstance(error.__cause__, KeyError)


def test_an_interrupt_inside_a_plugin_is_not_swallowed() -> None:
    with pytest.raises(KeyboardInterrupt):
        emit(PROGRAM, "acme", form="interrupted")


def test_an_error_of_ours_passes_through_a_plugin_unchanged() -> None:
    assert refusal(UnsupportedError, PROGRAM, "acme", form="refusing").code == "acme.no"


def test_build_is_emit_of_compile() -> None:
    assert build(LINE, "acme", total=10) == emit(PROGRAM, "acme")
    assert build(PROGRAM, "acme") == emit(PROGRAM, "acme")


@pytest.mark.parametrize("argument", ["total", "steps_per_epoch", "samples_per_step", "tokens_per_step", "base"])
def test_a_compiled_program_takes_no_clock(argument: str) -> None:
    with pytest.raises(BindingError, match=argument) as raised:
        build(PROGRAM, "acme", **{argument: 5})  # type: ignore[arg-type]
    assert raised.value.code == "binding.compiled"


@pytest.mark.parametrize(("given", "meant"), [
    ("totl", "total"), ("step_per_epoch", "steps_per_epoch"), ("sample_per_step", "samples_per_step"),
    ("token_per_step", "tokens_per_step"), ("bas", "base"), ("frm", "form"), ("stat", "state"),
])  # fmt: skip
@pytest.mark.parametrize("form", ["narrow", "able"])
def test_a_misspelt_argument_of_build_is_named_before_the_clock_is_missed(given: str, meant: str, form: str) -> None:
    binding: Any = {given: 3} | ({"optimizer": 1} if form == "able" else {})
    with pytest.raises(BindingError) as raised:
        build({"kind": "linear", "start": 1, "end": 0}, "acme", **{"form": form, **binding})
    assert raised.value.code == "binding.unknown"
    assert f"Did you mean {meant!r}?" in str(raised.value)


def test_a_misspelt_argument_of_emit_is_named_with_the_nearest() -> None:
    assert "Did you mean 'state'?" in str(refusal(BindingError, PROGRAM, "acme", stat=PROGRAM.start()))


def test_a_faulty_document_is_refused_before_its_arguments() -> None:
    with pytest.raises(SpecError):
        build({"kind": "linaer"}, "acme", totl=10)


@pytest.mark.parametrize("name", [None, 3, [], {}, b"numpy"], ids=repr)
def test_a_backend_is_asked_for_by_name(name: Any) -> None:
    with pytest.raises(BindingError) as raised:
        registry_backend(name)
    assert raised.value.code == "binding.type"


@pytest.mark.parametrize("form", [3, [], {}, b"narrow", ""], ids=repr)
def test_a_form_is_asked_for_by_name(form: Any) -> None:
    assert refusal(BindingError, PROGRAM, "acme", form=form).code == "form.unknown"


def test_whole_numbers_and_floats_of_numpy_are_arguments() -> None:
    document = {"base": "optimizer", "curve": LINE}
    plain = compile(document, total=20, steps_per_epoch=10, samples_per_step=32, tokens_per_step=4096, base=2)
    of_numpy = compile(document, total=np.int64(20), steps_per_epoch=np.int64(10),  # type: ignore[arg-type]
                       samples_per_step=np.uint8(32), tokens_per_step=np.int16(4096),  # type: ignore[arg-type]
                       base=np.int64(2))  # type: ignore[arg-type]  # fmt: skip
    assert plain == of_numpy
    assert {type(number) for number in (of_numpy.clock.total, of_numpy.clock.steps_per_epoch)} == {int}
    assert compile(document, total=20, base=np.float64(0.1)) == compile(document, total=20, base=0.1)


@pytest.mark.parametrize("base", [np.float32(0.1), np.float16(0.5), np.array(0.5)], ids=lambda x: str(x.dtype))
def test_another_float_is_no_base_until_its_float64_is_meant(base: Any) -> None:
    with pytest.raises(BindingError, match=r"neither an int nor a float64\. Pass float\(x\)") as raised:
        compile({"base": "optimizer", "curve": LINE}, total=20, base=base)
    assert raised.value.code == "base.type"
    with pytest.raises(SpecError, match=r"neither an int nor a float64\. Pass float\(x\)"):
        compile({"kind": "constant", "value": base})


def test_a_faulty_document_is_refused_before_the_backend_is_looked_for() -> None:
    with pytest.raises(SpecError):
        build({"kind": "linaer"}, "no such backend", total=10)


STATES = ["state", "text", "object", "file", "path"]


@pytest.mark.parametrize("way", STATES)
def test_a_state_continues_where_it_stands(way: str, tmp_path: Path) -> None:
    state = PROGRAM.start().at(7)
    file = tmp_path / "state.json"
    file.write_text(state.to_json(), encoding="utf-8")
    given = dict(zip(STATES, [state, state.to_json(), json.loads(state.to_json()), str(file), file], strict=True))[way]
    assert emit(PROGRAM, "acme", state=given) == (PROGRAM, state)


@pytest.mark.parametrize("kind", ["pipe", "folder", "nothing"])
def test_a_state_that_is_no_file_is_refused_at_once(kind: str, tmp_path: Path) -> None:
    path = tmp_path / "state.json"
    {"pipe": os.mkfifo, "folder": Path.mkdir, "nothing": str}[kind](path)  # type: ignore[operator]
    for read in (lambda: emit(PROGRAM, "acme", state=path), lambda: unisched.replan(path, at=3, total=5)):
        with pytest.raises(UnischedError, match="cannot be read") as caught:
            read()
        assert caught.value.code == "file.unreadable"


def test_another_runs_state_is_refused_with_each_difference() -> None:
    other = compile({"kind": "linear", "start": 1, "end": 0.5}, total=20).start()
    error = refusal(StateError, PROGRAM, "acme", state=other)
    assert error.code == "state.spec_mismatch"
    assert "total was 20, is 10" in str(error)
    assert "schedules.learning_rate.end was 0.5, is 0.0" in str(error)


def test_without_strict_the_step_is_kept_and_the_new_curve_followed() -> None:
    other = compile(LINE, total=20).start().at(7)
    _, state, _ = emit(PROGRAM, "acme", form="able", state=other, optimizer=1, strict=False)
    assert state == PROGRAM.start().at(7)


@pytest.mark.parametrize(
    ("changed", "keeps"),
    [({"monitor": "accuracy"}, False), ({"mode": "max"}, False), ({"mode": "min"}, True), ({"patience": 3}, True)],
    ids=str,
)
def test_without_strict_what_is_known_of_one_metric_is_nothing_of_another(changed: dict[str, Any], keeps: bool) -> None:
    stall = {"kind": "plateau", "monitor": "loss", "patience": 0}
    old = compile({"kind": "product", "curves": [0.1, stall]})
    state = old.start().observe(old, 1.0).observe(old, 1.0)
    new = compile({"kind": "product", "curves": [0.1, {**stall, **changed}]})
    with nullcontext() if keeps else pytest.warns(UserWarning, match=r"curves\[1\] is forgotten"):
        scheduler = build(new, form="scheduler", state=state, strict=False)
    assert scheduler.state().feedback == (state.feedback if keeps else {})


def test_without_strict_a_plateau_that_stands_where_it_stood_keeps_its_memory() -> None:
    stall = {"kind": "plateau", "monitor": "loss", "patience": 0}

    def moved(*curves: Any) -> Program:
        return compile({"kind": "product", "curves": [0.1, *curves]})

    old = moved(stall, {**stall, "monitor": "accuracy"})
    state = old.start().observe(old, {"loss": 1, "accuracy": 1}).observe(old, {"loss": 1})
    new = moved({**stall, "factor": 0.5}, {"kind": "cosine", "start": 1, "end": 0, "duration": 9})
    with pytest.warns(UserWarning, match=r"curves\[2\] is forgotten"):
        scheduler = build(new, form="scheduler", state=state.at(3), strict=False)
    (kept,) = (controller.place for controller in new.controllers)
    assert scheduler.state().feedback == {kept: state.feedback[kept]}
    assert scheduler.state() == build(new, form="scheduler", state=scheduler.state().to_json()).state()
    assert scheduler.value() == new.observed({0: 1, 1: 1})(3) < new.observed({})(3)


@pytest.mark.parametrize(("given", "code"), [
    ("/no/such/file", "file.unreadable"), ("\0", "file.unreadable"), (".", "file.unreadable"),
    ("{", "state.damaged"), ("{}", "state.damaged"), ({}, "state.damaged"),
    (PROGRAM.start().to_json().replace('"step": 0', '"step": 1'), "state.checksum"),
    (PROGRAM.start().to_json()[:-20], "state.damaged"),
], ids=lambda value: str(value)[:20])  # fmt: skip
def test_a_damaged_state_is_refused(given: Any, code: str) -> None:
    assert refusal(StateError, PROGRAM, "acme", state=given).code == code


@pytest.mark.parametrize("given", [7, 7.0, True, [1], b"{}", object()], ids=lambda value: type(value).__name__)
def test_what_is_no_state_is_refused(given: Any) -> None:
    refusal(StateError, PROGRAM, "acme", state=given)


def test_parity_lists_each_form_and_target() -> None:
    report = parity(GROUPED, ["numpy"])
    assert {(row.backend, row.form) for row in report.rows} == {("numpy", "function"), ("numpy", "scheduler")}
    assert len(report.rows) == 2 * len(GROUPED.targets)
    assert report.worst["numpy"] <= 8
    assert str(report).splitlines()[-2:] == ["steps [0, 15): 15 in all", "every promise is kept: float64 within 8 ulp"]
    assert str(report).count("\n") == len(report.rows) + 1


def test_parity_lists_what_is_refused_and_finds_what_is_wrong() -> None:
    rows = {row.form: row for row in parity(ENDING, ["acme"], steps=range(10)).rows}
    assert "cannot raise inside a compiled step" in rows["narrow"].refusal
    assert rows["able"].refusal == ""
    assert rows["able"].ulp == 0
    wrong = {row.form: row for row in parity(PROGRAM, ["acme"]).rows}["narrow"]
    assert wrong.ulp > 1000
    assert (wrong.target, wrong.reference, wrong.value) == (
        LR,
        PROGRAM(wrong.step, exact=True),
        PROGRAM(wrong.step - 1),
    )
    assert f"at step {wrong.step}" in str(wrong)


def test_parity_of_a_refusal_alone_has_no_worst() -> None:
    report = parity(BASED, ["numpy"])
    assert all(row.refusal for row in report.rows)
    assert report.worst == {}
    assert "refused: " in str(report)


def test_parity_runs_a_program_that_ends_in_an_error_up_to_its_end() -> None:
    assert parity(ENDING, ["numpy"]).worst["numpy"] <= 8


@pytest.mark.parametrize("argument", ["total", "steps_per_epoch", "samples_per_step", "tokens_per_step", "base"])
def test_parity_of_a_compiled_program_takes_no_clock(argument: str) -> None:
    with pytest.raises(BindingError, match=argument) as raised:
        parity(PROGRAM, ["numpy"], **{argument: 5})
    assert raised.value.code == "binding.compiled"


@pytest.mark.parametrize("spec", [LINE, PROGRAM], ids=["document", "program"])
def test_parity_names_a_misspelt_argument(spec: Any) -> None:
    with pytest.raises(BindingError, match=r"compile takes no 'totl'\..*Did you mean 'total'\?") as raised:
        parity(spec, ["numpy"], totl=5)
    assert raised.value.code == "binding.unknown"


@pytest.mark.parametrize("steps", [range(0), range(5, 3), range(0, 9, 2), range(9, 0, -1), range(-1, 3), (0, 5), 5],
                         ids=repr)  # fmt: skip
def test_parity_runs_steps_in_a_row(steps: Any) -> None:
    with pytest.raises(BindingError) as raised:
        parity(PROGRAM, ["numpy"], steps=steps)
    assert raised.value.code == "binding.steps"


@pytest.mark.parametrize("names", ["numpy", 3, {"numpy": 1}], ids=repr)
def test_parity_takes_a_list_of_backends(names: Any) -> None:
    with pytest.raises(BindingError, match="not a list of names"):
        parity(PROGRAM, names)


def raises(*_: object) -> Replay:
    raise KeyError("deep")


WRONG_REPLAYS: dict[str, tuple[Any, str]] = {
    "raises": (raises, "KeyError: 'deep'"),
    "is no function": (3, "TypeError"),
    "gives nothing": (lambda *_: None, "replay gave None"),
    "leaves a target out": (lambda *_: Replay({}, PROGRAM.start()), "no values of ('learning_rate', None)"),
    "gives no numbers": (lambda *_: Replay({LR: ["x"]}, PROGRAM.start()), "no values of ('learning_rate', None)"),  # type: ignore[list-item]
    "gives too few": (lambda *_: Replay({LR: [1.0]}, PROGRAM.start()), "1 values of ('learning_rate', None)"),
}


@pytest.mark.parametrize(("replay", "said"), WRONG_REPLAYS.values(), ids=WRONG_REPLAYS)
def test_a_replay_that_fails_is_named_by_its_plugin(replay: Any, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Backend(contract=CONTRACT, forms={"only": Form(narrow, replay)})
    monkeypatch.setattr(registry, "backend", lambda _: wrong)
    with pytest.raises(PluginError) as raised:
        parity(PROGRAM, ["acme"])
    assert raised.value.code == "plugin.replay_failed"
    assert str(raised.value).startswith("backend 'acme', form 'only' failed: ")
    assert said in str(raised.value)


def test_an_error_of_ours_passes_through_a_replay_unchanged(monkeypatch: pytest.MonkeyPatch) -> None:
    def replay(*_: object) -> Replay:
        raise UnsupportedError(Problem("acme.no", "", "this optimizer has no rate", "Give another."))

    wrong = Backend(contract=CONTRACT, forms={"only": Form(narrow, replay)})
    monkeypatch.setattr(registry, "backend", lambda _: wrong)
    with pytest.raises(UnsupportedError) as raised:
        parity(PROGRAM, ["acme"])
    assert raised.value.code == "acme.no"


def test_parity_takes_a_document_and_its_clock() -> None:
    assert parity(LINE, ["numpy"], total=10, steps=range(3, 6)).worst["numpy"] <= 8


def test_the_names_of_backends_are_sorted_and_hold_numpy() -> None:
    assert "numpy" in backends()
    assert list(backends()) == sorted(backends())
