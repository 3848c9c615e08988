"""`unisched parity` with the frameworks themselves: long runs in stretches, refusals, and nothing on stdout but it."""

from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner
from coexisting import BACKENDS, only_where_all_are_installed

from unisched.cli import main

pytestmark = only_where_all_are_installed

NAMES = ",".join(["numpy", *BACKENDS])
LONG = {"total": 30_000, "schedules": {"learning_rate": {"kind": "cosine", "start": 3e-4, "end": 0}}}
TWO = {"total": 60, "schedules": {"learning_rate": {"kind": "linear", "start": 1, "end": 0}, "weight_decay": 0.1}}


def ran(document: dict[str, Any], *arguments: str) -> tuple[int, dict[str, Any]]:
    result = CliRunner().invoke(main, ["parity", "-", "--json", "--backends", NAMES, *arguments],
                                input=json.dumps(document))  # fmt: skip
    return result.exit_code, json.loads(result.stdout)


def test_every_framework_keeps_its_promise_over_a_long_run(capfd: pytest.CaptureFixture[str]) -> None:
    code, data = ran(LONG)
    assert (code, data["kept"]) == (0, True), data
    assert data["steps"] == [[0, 500], [29_505, 30_005]]
    measured = {row["backend"] for row in data["rows"] if row["outcome"] == "measured"}
    assert measured == {"numpy", *BACKENDS}
    assert {row["values"] for row in data["rows"] if row["outcome"] == "measured"} == {1000}
    assert capfd.readouterr().out == ""


def test_what_a_form_cannot_carry_is_refused_and_the_others_run() -> None:
    code, data = ran(TWO, "--steps", "0:20")
    assert code == 0, data
    outcomes = {(row["backend"], row["form"]): row["outcome"] for row in data["rows"]}
    assert outcomes["keras", "schedule"] == "refused"
    assert outcomes["torch", "scheduler"] == outcomes["optax", "schedules"] == "measured"
