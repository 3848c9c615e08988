"""Optuna: a search over the numbers and words of a document."""

from __future__ import annotations

from pathlib import Path

import optuna
import pytest
from optuna.trial import TrialState
from searching import TOTAL, objective, search, suggested

import unisched


@pytest.fixture(scope="module")
def study() -> optuna.Study:
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    return search(12)


def test_every_trial_keeps_the_document_that_it_ran(study: optuna.Study) -> None:
    for trial in study.trials:
        kept = unisched.load(trial.user_attrs["schedule"])
        assert kept == unisched.load({**suggested(optuna.trial.FixedTrial(trial.params))})


def test_some_trials_are_pruned_and_some_are_not(study: optuna.Study) -> None:
    assert {trial.state for trial in study.trials} == {TrialState.COMPLETE, TrialState.PRUNED}


def test_the_best_document_trains_as_well_again(study: optuna.Study, tmp_path: Path) -> None:
    path = tmp_path / "best.json"
    path.write_text(study.best_trial.user_attrs["schedule"])
    rate = unisched.build(path, total=TOTAL)
    weight = 4.0
    for step in range(TOTAL):
        weight -= rate(step) * 2 * weight
    assert study.best_value == pytest.approx(weight**2, rel=1e-9, abs=1e-300)
    assert objective(optuna.trial.FixedTrial(study.best_params)) == study.best_value


def test_a_study_in_a_file_keeps_the_documents(tmp_path: Path) -> None:
    storage = f"sqlite:///{tmp_path / 'study.db'}"
    optuna.create_study(study_name="schedules", storage=storage).optimize(objective, n_trials=1)
    (trial,) = optuna.load_study(study_name="schedules", storage=storage).trials
    drawn = suggested(optuna.trial.FixedTrial(trial.params))
    assert unisched.load(trial.user_attrs["schedule"]) == unisched.load(drawn)


def test_a_document_that_is_wrong_for_some_draws_fails_those_trials_alone() -> None:
    def wrong_at_times(trial: optuna.Trial) -> float:
        warmup = trial.suggest_int("warmup", 1, 2 * TOTAL)
        return unisched.build({"kind": "warmup_linear", "peak": 0.1, "warmup": warmup}, total=TOTAL)(0)

    search_space = {"warmup": [TOTAL // 2, 2 * TOTAL]}
    study = optuna.create_study(sampler=optuna.samplers.GridSampler(search_space))
    study.optimize(wrong_at_times, n_trials=2, catch=(unisched.UnischedError,))
    assert {trial.params["warmup"]: trial.state for trial in study.trials} == {
        TOTAL // 2: TrialState.COMPLETE, 2 * TOTAL: TrialState.FAIL,
    }  # fmt: skip
