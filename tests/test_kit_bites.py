"""The conformance kit bites: backends that are wrong on purpose are caught, each by the check meant for it.

Each is numpy's own backend, as the kit found it innocent, with one thing done wrong in about three lines.
"""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from unisched import State, registry
from unisched.backend import Backend, Capabilities, Form, Replay
from unisched.errors import PluginError
from unisched.ir import Target, tracks
from unisched.program import Program
from unisched.testing import Case, checks, conduct, load_corpus, shape
from unisched.testing.environment import import_changes
from unisched.testing.tolerance import float32

Values = Mapping[Target, Any]

CORPUS = load_corpus()
CASES = {case.name: case for case in CORPUS}
HONEST = registry.backend("numpy").forms["scheduler"]

RATE_ONLY = Capabilities()
SINGLE = replace(HONEST.capabilities, precision="float32")
BASED = replace(HONEST.capabilities, optimizer_base=True)


def acme(form: Form) -> Backend:
    return Backend(contract=1, forms={"only": form})


def wrong(replay: Callable[..., Replay], capabilities: Capabilities = HONEST.capabilities) -> Form:
    return replace(HONEST, replay=replay, capabilities=capabilities)


def changed(change: Callable[[Any], Any], capabilities: Capabilities = HONEST.capabilities) -> Form:
    """numpy's form with each row of values changed."""

    def replay(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
        honest = HONEST.replay(program, state, stop, metrics)
        return Replay({target: change(used) for target, used in honest.values.items()}, honest.state)

    return wrong(replay, capabilities)


def read_at(step_of: Callable[[Program, int], int]) -> Form:
    """A form that reads, at step k, the value at another step."""

    def replay(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
        steps = [step_of(program, step) for step in range(state.step, stop)]
        return Replay({t: [program(step, *t) for step in steps] for t in program.targets}, state.at(stop))

    return wrong(replay)


def boundaries(program: Program) -> set[int]:
    return {start for value in program.body.values for track in tracks(value) for start in track.starts}


late = read_at(lambda _, step: max(step - 1, 0))
early = read_at(lambda _, step: step + 1)
inclusive = read_at(lambda program, step: step - 1 if step in boundaries(program) - {0} else step)
half = changed(lambda used: [float(np.float16(value)) for value in used])
false_float64 = changed(lambda used: [float(np.float32(value)) for value in used])
honest_float32 = changed(lambda used: [float32(value) for value in used], SINGLE)
false_float32 = changed(list, SINGLE)
ends_below_zero = changed(lambda used: [value or -1e-12 for value in used])
ends_above_zero = changed(lambda used: [value or 5e-324 for value in used])
ends_at_minus_zero = changed(lambda used: [value or -0.0 for value in used])
truncates = changed(lambda used: [float(_toward_zero(np.float32(value), value)) for value in used], SINGLE)
keeps_subnormals = changed(lambda used: [float(np.float32(value)) for value in used], SINGLE)
not_a_number = changed(lambda used: [float("nan") for _ in used])
drops_a_value = changed(lambda used: used[:-1])


def _toward_zero(single: Any, value: float) -> Any:
    return np.nextafter(single, np.float32(0.0)) if abs(float(single)) > abs(value) else single


def _forgets(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    honest = HONEST.replay(program, state.at(0), stop - state.step, metrics)
    return Replay(honest.values, state.at(stop))


def _forgets_to_say(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    return HONEST.replay(program, state, stop, metrics)._replace(state=state)


def _gives_another_state(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    return honest._replace(state=replace(honest.state, fingerprint="sha256:0"))


def _cannot_hand_on(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    first = state.carry == 0 and state.step > 0
    honest = HONEST.replay(program, state.at(state.step - 1) if first else state, stop - first, metrics)
    return honest._replace(state=state.at(stop))


def _leaks(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    rates = [target for target in program.targets if target.hyperparameter == "learning_rate"]
    return honest._replace(values={**honest.values, **{target: honest.values[rates[-1]] for target in rates}})


def _gives_all_the_default(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    default = {target: honest.values.get(target._replace(group=None), used) for target, used in honest.values.items()}
    return honest._replace(values=default)


def _leaves_groups_out(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    return honest._replace(values={target: used for target, used in honest.values.items() if target.group is None})


def _swaps_hyperparameters(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    return honest._replace(values=dict(zip(honest.values, [*honest.values.values()][::-1], strict=True)))


def _with_base(program: Program, state: State, stop: int, base: Callable[[str], float]) -> Replay:
    functions = {t: program.function(*t, base=base(t.hyperparameter)) for t in program.targets}
    return Replay({t: [f(step) for step in range(state.step, stop)] for t, f in functions.items()}, state.at(stop))


def _knows_its_base(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    return _with_base(program, state, stop, lambda name: state.base.get(name, 1.0))


def _ignores_its_base(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    return _with_base(program, state, stop, lambda name: 1.0)


def _takes_the_rate_for_every_base(program: Program, state: State, stop: int, _: Mapping[int, float], /) -> Replay:
    return _with_base(program, state, stop, lambda name: state.base.get("learning_rate", 1.0))


def _goes_on(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    held = (program.total or stop) - 1
    return Replay({t: [program(min(k, held), *t) for k in range(state.step, stop)] for t in program.targets}, state.at(stop))


def _shares() -> Form:
    begun: list[int] = []

    def replay(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
        begun.append(len(begun))
        honest = HONEST.replay(program, state.at(state.step + begun[-1]), stop + begun[-1], metrics)
        return honest._replace(state=state.at(stop))

    return wrong(replay)


def _shares_through_emit() -> Form:
    emitted: list[State] = []

    def emit(program: Program, state: State, /) -> object:
        emitted.append(state)
        return HONEST.emit(program, state)

    def replay(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
        by = emitted[-1].step if emitted else 0
        return HONEST.replay(program, state.at(state.step + by), stop + by, metrics)._replace(state=state.at(stop))

    return Form(emit, replay, HONEST.capabilities)


def _changes_the_program(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    object.__setattr__(program, "clock", replace(program.clock, total=1))
    return honest


def _poisons_the_program(program: Program, state: State, /) -> object:
    for target in program.targets:
        program.function(*target)
        program._functions[target] = lambda step: 0.5
    return HONEST.emit(program, state)


def emitting(act: Callable[[], object]) -> Form:
    def emit(program: Program, state: State, /) -> object:
        act()
        return HONEST.emit(program, state)

    return replace(HONEST, emit=emit)


def replaying(act: Callable[[], object]) -> Form:
    def replay(program: Program, state: State, stop: int, metrics: Mapping[int, float], /) -> Replay:
        act()
        return HONEST.replay(program, state, stop, metrics)

    return replace(HONEST, replay=replay)


def claiming(**claims: Any) -> Form:
    return replace(HONEST, capabilities=replace(HONEST.capabilities, **claims))


forgets, forgets_to_say = wrong(_forgets), wrong(_forgets_to_say)
starts_one_early_when_resumed, gives_another_state = wrong(_cannot_hand_on), wrong(_gives_another_state)
leaks, gives_all_the_default, leaves_groups_out = wrong(_leaks), wrong(_gives_all_the_default), wrong(_leaves_groups_out)
swaps_hyperparameters, goes_on = wrong(_swaps_hyperparameters), wrong(_goes_on)
knows_its_base, ignores_its_base = wrong(_knows_its_base, BASED), wrong(_ignores_its_base, BASED)
takes_the_rate_for_every_base = wrong(_takes_the_rate_for_every_base, BASED)

AGREES, RESUMES, HANDS_ON = (
    checks.agrees_or_is_refused,
    checks.continues_from_its_own_state,
    checks.passes_states_to_and_from_numpy,
)

# The only cases that look the same a step late or early, and those whose values half precision holds.
STILL = {"constant_number", "constant_zero"}
SHORT_NUMBERS = {"constant_zero", "linear_one_step", "sequence_quarters_of_ten"}
JUMPS = {"piecewise_previous_points", "piecewise_previous_values", "sequence_jumps", "detectron2_multistep"}

# What is wrong, the check that must see it, the case that shows it, and what the failure says.
IN_A_CASE = [
    pytest.param(late, AGREES, "linear_to_zero", "step 1: got", id="late by one"),
    pytest.param(early, AGREES, "linear_to_zero", "step 0: got", id="early by one"),
    pytest.param(inclusive, AGREES, "piecewise_previous_values", "step 33: got", id="keeps the old value at a boundary"),
    pytest.param(half, AGREES, "linear_to_zero", "ulp of float64, more than 8", id="half precision"),
    pytest.param(false_float64, AGREES, "linear_to_zero", "ulp of float64, more than 8", id="claims float64, has float32"),
    pytest.param(false_float32, AGREES, "linear_to_zero", "where no bit may differ", id="claims float32, has float64"),
    pytest.param(truncates, AGREES, "linear_to_zero", "where no bit may differ", id="rounds to float32 toward zero"),
    pytest.param(ends_below_zero, HANDS_ON, "linear_to_zero", "step 1000: got -1e-12, due 0.0", id="ends below zero"),
    pytest.param(ends_above_zero, HANDS_ON, "linear_to_zero", "step 1000: got 5e-324, due 0.0", id="ends just above zero"),
    pytest.param(ends_at_minus_zero, HANDS_ON, "linear_to_zero", "step 1000: got -0.0, due 0.0", id="ends at minus zero"),
    pytest.param(not_a_number, AGREES, "linear_to_zero", "got nan", id="gives no number"),
    pytest.param(drops_a_value, AGREES, "linear_to_zero", "values of ('learning_rate', None)", id="drops a value"),
    pytest.param(forgets_to_say, AGREES, "linear_to_zero", "stands at step 0", id="hands on a state that stood still"),
    pytest.param(gives_another_state, AGREES, "linear_to_zero", "of another program", id="hands on another's state"),
    pytest.param(forgets, RESUMES, "linear_to_zero", "continued from its own state", id="forgets on resume"),
    pytest.param(forgets, HANDS_ON, "linear_to_zero", "continued from the state of numpy", id="forgets another's state"),
    pytest.param(starts_one_early_when_resumed, RESUMES, "linear_to_zero", "its own state", id="repeats a step on resume"),
    pytest.param(leaks, AGREES, "groups_scaled", "learning_rate, step", id="leaks across groups"),
    pytest.param(gives_all_the_default, AGREES, "groups_scaled", "of group 'backbone', step 0", id="ignores groups"),
    pytest.param(leaves_groups_out, AGREES, "groups_scaled", "replay gave values of", id="leaves groups out"),
    pytest.param(swaps_hyperparameters, AGREES, "weight_decay_and_momentum", "weight_decay, step 0", id="swaps hyperparameters"),
    pytest.param(ignores_its_base, AGREES, "base_optimizer", "of group 'backbone', step 1", id="ignores its base"),
    pytest.param(takes_the_rate_for_every_base, AGREES, "base_optimizer_of_two", "weight_decay of group 'body'",
                 id="takes the rate for every base"),
    pytest.param(goes_on, checks.ends_with_the_program, "after_error", "no StepError", id="goes on past the end"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "check", "case", "said"), IN_A_CASE)
def test_a_wrong_form_is_caught_by_the_check_meant_for_it(form: Form, check: Any, case: str, said: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check("acme", acme(form), "only", CASES[case])
    message = str(caught.value)
    assert message.startswith(f"backend 'acme', form 'only', case {case!r} ({CASES[case].why})")
    assert said in message


def test_a_value_below_the_normal_range_must_be_zero_in_float32() -> None:
    sinking = replace(CASES["linear_to_zero"], name="sinking", spec={"kind": "exponential", "start": 1e-30, "rate": 0.1},
                      clock={}, expected=(_powers_of_ten(30, 30),))  # fmt: skip
    AGREES("acme", acme(honest_float32), "only", sinking)
    with pytest.raises(AssertionError, match=r"step 8: got 9.99\d*e-39, due 0.0"):
        AGREES("acme", acme(keeps_subnormals), "only", sinking)


@pytest.mark.parametrize(
    ("form", "blind"),
    [(late, STILL), (early, STILL), (half, SHORT_NUMBERS)],
    ids=["late by one", "early by one", "half precision"],
)
def test_every_case_sees_it_that_can(form: Form, blind: set[str]) -> None:
    assert {case.name for case in CORPUS if checks.carried(form, case) and _passes(form, case)} == blind


@pytest.mark.parametrize("case", sorted(JUMPS))
def test_an_inclusive_boundary_is_seen_where_there_is_a_jump(case: str) -> None:
    assert not _passes(inclusive, CASES[case])




# What is wrong, the check that must see it, and what the failure says.
IN_CONDUCT = [
    pytest.param(_shares(), conduct.keeps_emissions_apart, "other values after another", id="counts on across replays"),
    pytest.param(_shares_through_emit(), conduct.keeps_emissions_apart, "after another", id="shares what was emitted"),
    pytest.param(wrong(_changes_the_program), conduct.leaves_the_program_alone, "replay changed the program",
                 id="replay changes the program"),
    pytest.param(replace(HONEST, emit=_poisons_the_program), conduct.leaves_the_program_alone, "emit changed the program",
                 id="emit changes what the program gives"),
    pytest.param(claiming(feedback=True), conduct.proves_what_it_claims, "claims feedback, which no case",
                 id="claims feedback"),
    pytest.param(claiming(hyperparameters=frozenset({"learning_rate", "dropout"})), conduct.proves_what_it_claims,
                 "claims the hyperparameter 'dropout', which no case", id="claims a name that nothing schedules"),
    pytest.param(claiming(optimizer_base=True, groups=False, hyperparameters=frozenset()), conduct.proves_what_it_claims,
                 "claims optimizer_base, which no case", id="claims a base it cannot use"),
    pytest.param(gives_all_the_default, conduct.proves_what_it_claims, "claims groups", id="claims groups, ignores them"),
    pytest.param(ignores_its_base, conduct.proves_what_it_claims, "claims optimizer_base", id="claims a base, ignores it"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "check", "said"), IN_CONDUCT)
def test_wrong_conduct_is_caught_by_the_check_meant_for_it(form: Form, check: Any, said: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check("acme", acme(form), "only", CORPUS)
    assert str(caught.value).startswith("backend 'acme', form 'only'")
    assert said in str(caught.value)


DOINGS = {
    "warnings.filters": lambda: warnings.simplefilter("ignore", BytesWarning),
    "the recursion limit": lambda: sys.setrecursionlimit(sys.getrecursionlimit() + 1),
    "sys.path": lambda: sys.path.append("elsewhere"),
    "numpy's error handling": lambda: np.seterr(under="raise"),
    "numpy's print options": lambda: np.set_printoptions(precision=3),
    "sys.excepthook": lambda: setattr(sys, "excepthook", lambda *_: None),
}


@pytest.fixture
def _restored(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    limit = sys.getrecursionlimit()
    with warnings.catch_warnings(), np.errstate(), np.printoptions():
        yield
    sys.setrecursionlimit(limit)


@pytest.mark.usefixtures("_restored")
@pytest.mark.parametrize("setting", DOINGS)
@pytest.mark.parametrize("doing", [emitting, replaying], ids=["emit", "replay"])
def test_a_setting_that_everybody_shares_is_watched(setting: str, doing: Callable[..., Form]) -> None:
    with pytest.raises(AssertionError, match=r"changed the interpreter") as caught:
        conduct.leaves_the_interpreter_alone("acme", acme(doing(DOINGS[setting])), "only", CORPUS)
    assert f"{setting} was " in str(caught.value)


def test_a_default_dtype_is_watched_in_whatever_library_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    library = type(sys)("some_library")
    library.__dict__["get_default_dtype"] = lambda: library.__dict__["default"]
    library.__dict__["default"] = "float32"
    monkeypatch.setitem(sys.modules, "some_library", library)
    form = emitting(lambda: library.__dict__.update(default="float64"))
    with pytest.raises(AssertionError, match=r"some_library.get_default_dtype was 'float32', is 'float64'"):
        conduct.leaves_the_interpreter_alone("acme", acme(form), "only", CORPUS)


def test_a_change_on_import_is_seen(installed: Callable[[str], None]) -> None:
    installed("import sys\nsys.setrecursionlimit(12345)\nfrom unisched.numpy_backend import backend\n")
    assert import_changes("acme") == ["the recursion limit was 1000, is 12345"]


def test_what_a_framework_changes_on_import_is_not_laid_at_the_plugins_door(
    installed: Callable[[str], None], tmp_path: Path
) -> None:
    (tmp_path / "framework.py").write_text("import sys\nsys.setrecursionlimit(12345)\n")
    installed("import framework\nfrom unisched.numpy_backend import backend\n")
    assert import_changes("acme") == []


def test_a_plugin_that_does_not_load_alone_is_shown_with_its_cause(installed: Callable[[str], None]) -> None:
    installed("raise RuntimeError('only with luck')\n")
    with pytest.raises(AssertionError, match="only with luck"):
        import_changes("acme")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Install a distribution with the backend acme for interpreters started from here."""

    def install(source: str) -> None:
        (tmp_path / "acme_plugin.py").write_text(source)
        about = tmp_path / "acme_plugin-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-plugin\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text("[unisched.backends]\nacme = acme_plugin:backend\n")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return install


def test_a_plain_case_may_not_be_refused() -> None:
    weights_only = replace(HONEST, capabilities=Capabilities(hyperparameters=frozenset({"weight_decay"})))
    with pytest.raises(AssertionError, match=r"plain case would be refused, for backend\.hyperparameter"):
        AGREES("acme", acme(weights_only), "only", CASES["linear_to_zero"])


UNCLAIMED = ["groups_scaled", "weight_decay_and_momentum", "base_optimizer", "dinov2", "betas_of_adam"]


@pytest.mark.parametrize("case", UNCLAIMED)
def test_what_is_not_claimed_is_refused(case: str) -> None:
    AGREES("acme", acme(replace(HONEST, capabilities=RATE_ONLY)), "only", CASES[case])


@pytest.mark.parametrize("case", UNCLAIMED)
def test_a_core_that_lets_through_what_is_not_claimed_is_caught(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unisched.verbs.check_program", lambda *_: None)
    with pytest.raises(AssertionError, match="not refused before emit was called"):
        AGREES("acme", acme(replace(HONEST, capabilities=RATE_ONLY)), "only", CASES[case])


def test_a_core_that_names_one_reason_of_two_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unisched.backend.obstacles", lambda *_: [("backend.groups", "has no groups", "")])
    with pytest.raises(AssertionError, match=r"refused for backend\.groups, due are backend\.groups, backend\.hyper"):
        AGREES("acme", acme(replace(HONEST, capabilities=RATE_ONLY)), "only", CASES["dinov2"])


def test_a_core_that_refuses_what_is_claimed_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unisched.backend.obstacles", lambda *_: [("backend.groups", "has no groups", "")])
    with pytest.raises(AssertionError, match="refused, though its capabilities carry it"):
        AGREES("acme", acme(HONEST), "only", CASES["linear_to_zero"])


MISSHAPEN = {
    "contract": (Backend(contract=2, forms={"only": HONEST}), "speaks contract 2"),
    "no forms": (Backend(contract=1, forms={}), "has no forms"),
    "a form that is none": (Backend(contract=1, forms={"only": HONEST.emit}), "not a Form"),  # type: ignore[dict-item]
    "emit of another signature": (acme(replace(HONEST, emit=lambda program: program)), "another signature"),
    "positional bindings": (acme(replace(HONEST, emit=lambda program, state, optimizer=None: 0)), "keyword-only"),
    "replay of another signature": (acme(replace(HONEST, replay=lambda program: program)), "another signature"),
    "precision": (acme(claiming(precision="half")), "precision is 'half'"),
    "a short counter": (acme(claiming(last_step=255)), "last_step is 255"),
    "names as text": (acme(claiming(hyperparameters=frozenset({1}))), "frozenset of names"),
}


@pytest.mark.parametrize("wrong", MISSHAPEN)
def test_a_misshapen_backend_is_caught(wrong: str) -> None:
    backend, said = MISSHAPEN[wrong]
    with pytest.raises(AssertionError, match=said):
        shape.is_well_formed("acme", backend)


def test_an_error_of_the_framework_is_kept_and_says_where_it_happened() -> None:
    def replay(*_: object) -> Replay:
        raise ZeroDivisionError("deep in the framework")

    with pytest.raises(ZeroDivisionError) as caught:
        AGREES("acme", acme(wrong(replay)), "only", CASES["linear_to_zero"])
    assert caught.value.__notes__[0].startswith("backend 'acme', form 'only', case 'linear_to_zero'")


@pytest.mark.parametrize("form", [HONEST, honest_float32, knows_its_base], ids=["float64", "float32", "with a base"])
@pytest.mark.parametrize("check", [AGREES, RESUMES, HANDS_ON])
def test_an_honest_form_passes_every_case_it_carries(form: Form, check: Any) -> None:
    for case in (case for case in CORPUS if checks.carried(form, case)):
        check("acme", acme(form), "only", case)


def test_an_unknown_backend_is_no_empty_test_run(pytester: pytest.Pytester) -> None:
    result = _stranger(pytester, "nowhere")
    assert result.ret != 0
    result.stdout.fnmatch_lines([f"*{PluginError.__name__}: backend 'nowhere' is not installed*"])


def test_a_strangers_test_file_is_one_class(pytester: pytest.Pytester) -> None:
    result = _stranger(pytester, "numpy", "-k", "warmup_cosine or well_formed")
    result.assert_outcomes(passed=result.parseoutcomes()["passed"], deselected=result.parseoutcomes()["deselected"])
    assert result.parseoutcomes()["passed"] > 20


def _stranger(pytester: pytest.Pytester, name: str, *arguments: str) -> pytest.RunResult:
    pytester.makepyfile(f"""
        from unisched.testing import BackendConformance

        class TestAcme(BackendConformance):
            backend = {name!r}
    """)
    return pytester.runpytest_inprocess(*arguments)


def _passes(form: Form, case: Case) -> bool:
    try:
        for check in (AGREES, RESUMES, HANDS_ON):
            check("acme", acme(form), "only", case)
    except AssertionError:
        return False
    return True


def _powers_of_ten(first: int, count: int) -> Any:
    values = {step: float(f"1e-{first + step}") for step in range(count)}
    return replace(CASES["linear_to_zero"].expected[0], values=values)
