"""The conformance kit bites: backends that are wrong on purpose are caught, each by the check meant for it."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import sabotage
from sabotage import HONEST, acme, claiming

from unisched import registry
from unisched.backend import Backend, Capabilities, Form, Replay, check_program
from unisched.errors import PluginError, UnsupportedError
from unisched.testing import BackendConformance, Case, checks, conduct, load_corpus, shape

CORPUS = load_corpus()
CASES = {case.name: case for case in CORPUS}
HONEST_FORMS = {"float64": HONEST, "float32": sabotage.honest_float32, "with a base": sabotage.knows_its_base}
RATE_ONLY = replace(HONEST, capabilities=Capabilities())

AGREES, RESUMES, HANDS_ON = (
    checks.agrees_or_is_refused,
    checks.continues_from_its_own_state,
    checks.passes_states_to_and_from_numpy,
)

# The only cases that look the same a step late or early, and those whose values half precision holds.
STILL = {"constant_number", "constant_zero"}
SHORT_NUMBERS = {"constant_zero", "linear_one_step", "sequence_quarters_of_ten"}
JUMPS = {"piecewise_previous_points", "piecewise_previous_values", "sequence_jumps"}

# What is wrong, the check that must see it, the case that shows it, and what the failure says.
IN_A_CASE = [
    ("late", AGREES, "linear_to_zero", "step 1: got"),
    ("early", AGREES, "linear_to_zero", "step 0: got"),
    ("inclusive", AGREES, "piecewise_previous_values", "step 33: got"),
    ("late", AGREES, "linear_to_zero", "This is the value of step 0: one step late."),
    ("early", AGREES, "linear_to_zero", "This is the value of step 1: one step early."),
    ("half", AGREES, "linear_to_zero", "ulp of float64, more than 8"),
    ("false_float64", AGREES, "linear_to_zero", "ulp of float64, more than 8"),
    ("false_float32", AGREES, "linear_to_zero", "ulp of float32, where no bit may differ"),
    ("false_float64", AGREES, "linear_to_zero", "This is the value rounded to float32"),
    ("false_float32", AGREES, "linear_to_zero", "This is the float64 value"),
    ("truncates", AGREES, "linear_to_zero", "This is float32 arithmetic"),
    ("truncates", AGREES, "linear_to_zero", "1 ulp of float32, where no bit may differ"),
    ("ends_below_zero", HANDS_ON, "linear_to_zero", "step 1000: got -1e-12, due 0.0"),
    ("ends_above_zero", HANDS_ON, "linear_to_zero", "step 1000: got 5e-324, due 0.0"),
    ("ends_at_minus_zero", HANDS_ON, "linear_to_zero", "step 1000: got -0.0, due 0.0"),
    ("not_a_number", AGREES, "linear_to_zero", "got nan"),
    ("drops_a_value", AGREES, "linear_to_zero", "values of ('learning_rate', None)"),
    ("forgets_to_say", AGREES, "linear_to_zero", "stands at step 0"),
    ("counts_once_too_often", AGREES, "linear_to_zero", "the state after a replay to step 2 stands at step 3"),
    ("counts_once_too_often", checks.ends_with_the_program, "after_error", "to step 150 stands at step 151"),
    ("gives_another_state", AGREES, "linear_to_zero", "of another program"),
    ("forgets", RESUMES, "linear_to_zero", "continued from its own state at step 2"),
    ("forgets", HANDS_ON, "linear_to_zero", "continued from the state of numpy at step 9"),
    ("forgets", HANDS_ON, "linear_to_zero", "the run began at 0, and its state stands at step 9"),
    ("repeats_a_step_on_resume", RESUMES, "linear_to_zero", "continued from its own state"),
    ("repeats_a_step_on_resume", HANDS_ON, "linear_to_zero", "continued from the state of numpy"),
    ("forgets_births", AGREES, "groups_from_birth", "learning_rate of group 'encoder', step 1: got"),
    ("loses_births", RESUMES, "groups_from_birth", "continued from its own state"),
    ("leaks", AGREES, "groups_scaled", "learning_rate, step 0"),
    ("gives_all_the_default", AGREES, "groups_scaled", "learning_rate of group 'backbone', step 0"),
    ("leaves_groups_out", AGREES, "groups_scaled", "replay gave values of"),
    ("swaps_hyperparameters", AGREES, "weight_decay_and_momentum", "weight_decay, step 0"),
    ("ignores_its_base", AGREES, "base_optimizer", "learning_rate of group 'backbone', step 1"),
    ("takes_the_rate_for_every_base", AGREES, "base_optimizer_of_two", "weight_decay of group 'body'"),
    ("goes_on", checks.ends_with_the_program, "after_error", "no StepError"),
    ("ignores_metrics", AGREES, "plateau_over_a_warmup", "step 12: got"),
    ("delays_metrics", AGREES, "plateau_over_a_warmup", "step 12: got"),
    ("repeats_metrics", AGREES, "plateau_over_a_warmup", "learning_rate, step"),
    ("observes_always", AGREES, "plateau_after_a_warmup", "step 20: got"),
    ("observes_always", RESUMES, "plateau_that_ends", "learning_rate, step"),
    ("takes_nan_for_the_best", AGREES, "plateau_of_odd_metrics", "learning_rate, step"),
    ("drops_what_is_no_number", AGREES, "plateau_of_odd_metrics", "learning_rate, step"),
    ("tells_all_the_same", AGREES, "plateau_of_two_metrics", "learning_rate, step"),
    ("shares_one_memory", AGREES, "plateau_of_plateaus", "learning_rate, step"),
    ("shares_one_memory", AGREES, "plateau_of_groups", "learning_rate of group 'head', step"),
    ("forgets_its_metrics", RESUMES, "plateau_over_a_warmup", "continued from its own state"),
    ("forgets_its_metrics", HANDS_ON, "plateau_over_a_warmup", "continued from the state of numpy"),
    ("says_nothing_of_its_metrics", RESUMES, "plateau_over_a_warmup", "continued from its own state"),
    ("says_nothing_of_its_metrics", HANDS_ON, "plateau_over_a_warmup", "continued by numpy from its state"),
    ("loses_its_drops", HANDS_ON, "plateau_rule_keras", "continued by numpy from its state"),
    ("loses_its_best", HANDS_ON, "plateau_of_two_metrics", "continued by numpy from its state"),
    ("loses_its_stall", RESUMES, "plateau_of_two_metrics", "continued from its own state"),
    ("loses_its_pause", RESUMES, "plateau_with_pauses", "continued from its own state"),
    ("loses_its_pause", HANDS_ON, "plateau_with_pauses", "continued by numpy from its state"),
]


@pytest.mark.parametrize(("wrong", "check", "case", "said"), IN_A_CASE)
def test_a_wrong_form_is_caught_by_the_check_meant_for_it(wrong: str, check: Any, case: str, said: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check("acme", acme(getattr(sabotage, wrong)), "only", CASES[case])
    message = str(caught.value)
    assert message.startswith(f"backend 'acme', form 'only', case {case!r} ({CASES[case].why})")
    assert said in message


def test_a_value_below_the_normal_range_must_be_zero_in_float32() -> None:
    curve = {"kind": "exponential", "start": 1e-30, "rate": 0.1}
    sinking = replace(CASES["linear_to_zero"], name="sinking", spec=curve, expected=(_powers_of_ten(30, 30),))
    AGREES("acme", acme(sabotage.honest_float32), "only", sinking)
    with pytest.raises(AssertionError, match=r"step 8: got 9.99\d*e-39, due 0.0"):
        AGREES("acme", acme(sabotage.keeps_subnormals), "only", sinking)


@pytest.mark.parametrize(
    ("form", "blind"),
    [(sabotage.late, STILL), (sabotage.early, STILL), (sabotage.half, SHORT_NUMBERS)],
    ids=["late by one", "early by one", "half precision"],
)
def test_every_case_sees_it_that_can(form: Form, blind: set[str]) -> None:
    assert {case.name for case in CORPUS if checks.carried(form, case) and _passes(form, case)} == blind


@pytest.mark.parametrize("case", sorted(JUMPS))
def test_an_inclusive_boundary_is_seen_where_there_is_a_jump(case: str) -> None:
    assert not _passes(sabotage.inclusive, CASES[case])


APART, UNTOUCHED, PROVEN, SAME = (
    conduct.keeps_emissions_apart,
    conduct.leaves_the_program_alone,
    conduct.proves_what_it_claims,
    conduct.emits_what_it_replays,
)
A_BASE_ALONE = claiming(optimizer_base=True, groups=False, hyperparameters=frozenset())

# What is wrong, the check that must see it, and what the failure says.
IN_CONDUCT = {
    "counts on across replays": (sabotage.counts_on(), APART, "gives other values after another"),
    "shares what it emits": (sabotage.shares_what_it_emits(), APART, "gives other values after another"),
    "emits one list": (sabotage.emits_one_list(), APART, "emit gave one object twice"),
    "emits one value for all": (replace(HONEST, emit=lambda program, state, /: "rate"), APART, "for two programs"),
    "emits another function": (sabotage.emits_another_function, SAME, "called with step 0: got 0.5, due"),
    "emits a factory of another function": (
        sabotage.emits_a_factory_of_another_function,
        SAME,
        "called with step 0: got 0.5, due",
    ),
    "replay changes the program": (sabotage.changes_the_program, UNTOUCHED, "replay changed the program"),
    "emit changes the program": (sabotage.poisons_the_program, UNTOUCHED, "emit changed the program"),
    "claims feedback, ignores metrics": (sabotage.ignores_metrics, PROVEN, "claims feedback:"),
    "hands its memory on": (sabotage.hands_its_memory_on(), APART, "after it was replayed with metrics"),
    "claims a name of its own": (
        claiming(hyperparameters=frozenset({"learning_rate", "dropout"})),
        PROVEN,
        "claims the hyperparameter 'dropout', which no case",
    ),
    "claims a base and nothing else": (A_BASE_ALONE, PROVEN, "claims optimizer_base, which no case"),
    "claims groups, ignores them": (sabotage.gives_all_the_default, PROVEN, "claims groups"),
    "claims a base, ignores it": (sabotage.ignores_its_base, PROVEN, "claims optimizer_base"),
    "claims a base, keeps none": (sabotage.keeps_no_base, PROVEN, "the state after a replay has no base of"),
}


@pytest.mark.parametrize("check", [APART, UNTOUCHED, conduct.leaves_the_interpreter_alone])
def test_a_state_that_stands_elsewhere_is_told_with_its_case(check: Any) -> None:
    with pytest.raises(AssertionError, match=r"^backend 'acme', form 'only', case '\w+' \(.*stands at step 7$"):
        check("acme", acme(sabotage.counts_once_too_often), "only", CORPUS)


def test_a_form_that_knows_its_base_and_keeps_it_proves_what_it_claims() -> None:
    PROVEN("acme", acme(sabotage.knows_its_base), "only", CORPUS)


@pytest.mark.parametrize("wrong", ["ignores_metrics", "delays_metrics", "says_nothing_of_its_metrics"])
def test_a_lost_metric_is_not_taken_for_a_count_that_is_off(wrong: str) -> None:
    form, said = getattr(sabotage, wrong), []
    for case in (case for case in CORPUS if case.metrics and checks.carried(form, case)):
        for check in (AGREES, RESUMES):
            try:
                check("acme", acme(form), "only", case)
            except AssertionError as error:
                said.append(str(error))
    assert said
    assert [text for text in said if "This is the value of step" in text] == []


SAID_BY_THE_CLASS = {
    "import_changes": ("test_leaves_the_interpreter_alone_when_imported", "changed the interpreter when imported: odd"),
    "differing": ("test_gives_the_digests_on_a_lesser_processor", "another digest on a lesser processor in odd"),
}


@pytest.mark.parametrize("asked", SAID_BY_THE_CLASS)
def test_what_another_interpreter_found_is_said(asked: str, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stranger(BackendConformance):
        backend = "numpy"

    test, said = SAID_BY_THE_CLASS[asked]
    monkeypatch.setattr(f"unisched.testing.conformance.{asked}", lambda *_: ["odd"])
    with pytest.raises(AssertionError, match=f"^backend 'numpy' .*{said}$"):
        getattr(Stranger(), test)()


@pytest.mark.parametrize(("form", "check", "said"), IN_CONDUCT.values(), ids=IN_CONDUCT)
def test_wrong_conduct_is_caught_by_the_check_meant_for_it(form: Form, check: Any, said: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check("acme", acme(form), "only", CORPUS)
    assert str(caught.value).startswith("backend 'acme', form 'only'")
    assert said in str(caught.value)


def test_a_plain_case_may_not_be_refused() -> None:
    weights_only = replace(HONEST, capabilities=Capabilities(hyperparameters=frozenset({"weight_decay"})))
    with pytest.raises(AssertionError, match=r"plain case would be refused, for backend\.hyperparameter"):
        AGREES("acme", acme(weights_only), "only", CASES["linear_to_zero"])


@pytest.mark.parametrize("form", registry.backend("numpy").forms)
def test_honest_emissions_are_apart_and_are_what_is_replayed(form: str) -> None:
    APART("numpy", registry.backend("numpy"), form, CORPUS)
    SAME("numpy", registry.backend("numpy"), form, CORPUS)


def test_what_is_no_function_of_the_step_is_judged_by_its_replay_alone() -> None:
    SAME("acme", acme(replace(HONEST, emit=lambda program, state, /: [])), "only", CORPUS)


UNCLAIMED = [
    "groups_scaled", "weight_decay_and_momentum", "base_optimizer", "dinov2", "betas_of_adam", "plateau_of_two_metrics",
]  # fmt: skip


@pytest.mark.parametrize("case", UNCLAIMED)
def test_what_is_not_claimed_is_refused(case: str) -> None:
    AGREES("acme", acme(RATE_ONLY), "only", CASES[case])


@pytest.mark.parametrize("case", UNCLAIMED)
def test_a_core_that_lets_through_what_is_not_claimed_is_caught(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unisched.verbs.check_program", lambda *_: None)
    with pytest.raises(AssertionError, match="not refused before emit was called"):
        AGREES("acme", acme(RATE_ONLY), "only", CASES[case])


def test_a_core_that_names_one_reason_of_two_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unisched.backend.obstacles", lambda *_: [("backend.groups", "has no groups", "")])
    with pytest.raises(AssertionError, match=r"refused for backend\.groups, due are backend\.groups, backend\.hyper"):
        AGREES("acme", acme(RATE_ONLY), "only", CASES["dinov2"])


def test_a_core_that_refuses_what_is_claimed_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("unisched.backend.obstacles", lambda *_: [("backend.groups", "has no groups", "")])
    with pytest.raises(AssertionError, match="refused, though its capabilities carry it"):
        AGREES("acme", acme(HONEST), "only", CASES["linear_to_zero"])


def test_a_core_that_does_not_name_the_form_that_can_is_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    two = Backend(contract=1, forms={"only": RATE_ONLY, "other": HONEST})
    AGREES("acme", two, "only", CASES["plateau_of_two_metrics"])

    def unhelpful(*given: Any) -> None:
        try:
            check_program(*given)
        except UnsupportedError as error:
            raise UnsupportedError(*(replace(problem, remedy="") for problem in error.problems)) from None

    monkeypatch.setattr("unisched.verbs.check_program", unhelpful)
    with pytest.raises(AssertionError, match="the refusal does not name the form 'other'"):
        AGREES("acme", two, "only", CASES["plateau_of_two_metrics"])


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
        AGREES("acme", acme(sabotage.wrong(replay)), "only", CASES["linear_to_zero"])
    assert caught.value.__notes__[0].startswith("backend 'acme', form 'only', case 'linear_to_zero'")


@pytest.mark.parametrize(
    "form",
    [HONEST, sabotage.honest_float32, sabotage.knows_its_base, sabotage.observes_honestly],
    ids=["float64", "float32", "with a base", "piece by piece"],
)
@pytest.mark.parametrize("check", [AGREES, RESUMES, HANDS_ON])
def test_an_honest_form_passes_every_case_it_carries(form: Form, check: Any) -> None:
    for case in (case for case in CORPUS if checks.carried(form, case)):
        check("acme", acme(form), "only", case)


def test_an_unknown_backend_is_no_empty_test_run(pytester: pytest.Pytester) -> None:
    result = _stranger(pytester, "nowhere")
    assert result.ret != 0
    result.stdout.fnmatch_lines([f"*{PluginError.__name__}: backend 'nowhere' is not installed*", "*pip install -e .*"])
    assert "_pytest" not in result.stdout.str()


def test_what_emit_raises_comes_out_as_it_was_raised() -> None:
    broken = replace(HONEST, emit=lambda program, state, /: {}["rate"])
    with pytest.raises(KeyError, match="rate") as caught:
        conduct.emits_what_it_replays("acme", acme(broken), "only", CORPUS)
    assert "backend 'acme', form 'only' failed: KeyError: 'rate'" in caught.value.__notes__[0]


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
