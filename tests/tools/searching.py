"""A search of Optuna over what a schedule says, with pruning; the winner is a document."""

from __future__ import annotations

from typing import Any

import optuna
import torch

import unisched

TOTAL = 20


def suggested(trial: optuna.Trial) -> dict[str, Any]:
    peak = trial.suggest_float("peak", 1e-3, 1.0, log=True)
    warmup = trial.suggest_int("warmup", 1, 10)
    kind = trial.suggest_categorical("kind", ["warmup_cosine", "warmup_linear"])
    return {"kind": kind, "peak": peak, "warmup": warmup}


def objective(trial: optuna.Trial) -> float:
    spec = suggested(trial)
    trial.set_user_attr("schedule", unisched.load(spec).to_json())
    weight = torch.nn.Parameter(torch.tensor(4.0, dtype=torch.float64))
    optimizer = torch.optim.SGD([weight])
    scheduler = unisched.build(spec, "torch", optimizer=optimizer, total=TOTAL)
    for step in range(TOTAL):
        loss = weight.square()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        scheduler.step()
        trial.report(loss.item(), step)
        if trial.should_prune():
            raise optuna.TrialPruned
    return weight.item() ** 2


def search(trials: int) -> optuna.Study:
    sampler = optuna.samplers.TPESampler(seed=0)
    study = optuna.create_study(sampler=sampler, pruner=optuna.pruners.MedianPruner(n_startup_trials=3))
    study.optimize(objective, n_trials=trials)
    return study
