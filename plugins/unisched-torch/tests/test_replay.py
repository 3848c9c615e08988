"""What a replay reads back from its throw-away optimizer."""

from __future__ import annotations

import dataclasses

from unisched_torch import backend

import unisched

DOWN = {"kind": "linear", "start": 1, "end": 0}
FORM = backend.forms["scheduler"]


def test_a_replay_reads_what_the_updates_used_in_groups_of_their_own() -> None:
    spec = {
        "total": 8,
        "schedules": {"learning_rate": DOWN, "momentum": 0.9},
        "groups": {"a*": {"learning_rate": {"scale": 0.5}}, "a1": {"momentum": 0.1}, "[!x]?z": {"learning_rate": 3}},
    }
    program = unisched.compile(spec)
    replay = FORM.replay(program, program.start().at(2), 6, {})
    assert set(replay.values) == set(program.targets)
    for target, used in replay.values.items():
        assert list(used) == [program(step, *target) for step in range(2, 6)]
    assert replay.state == program.start().at(6)


def test_a_replay_gives_its_groups_the_base_of_the_state() -> None:
    program = unisched.compile({"base": "optimizer", "curve": DOWN}, total=4)
    based = unisched.compile({"base": "optimizer", "curve": DOWN}, total=4, base=0.3)
    replay = FORM.replay(program, dataclasses.replace(program.start(), base={"learning_rate": 0.3}), 4, {})
    ((_, used),) = replay.values.items()
    assert list(used) == [based(step) for step in range(4)]
    assert replay.state.base == {"learning_rate": 0.3}


def test_a_replay_finds_a_name_also_for_a_pattern_inside_another() -> None:
    spec = {"schedules": {"learning_rate": 1}, "groups": {"?": {"learning_rate": 2}, "[a-z]": {"learning_rate": 3}}}
    program = unisched.compile(spec)
    replay = FORM.replay(program, program.start(), 1, {})
    assert {target.group: list(used) for target, used in replay.values.items()} == {None: [1], "?": [2], "[a-z]": [3]}
