"""What the core costs against sizes, up to its limits: rows, files, formulas, horizons, what is told, states."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import cache, partial
from typing import Any, Final

import numpy as np

import unisched
from benchmarks.documents import PEAK, groups, points, rational, segments, three_phases, warmup_cosine
from benchmarks.growth import Points, costs, sizes, warm
from benchmarks.pairs import Call, Effort

__all__ = ["GROWTHS", "LARGEST"]

_MOST_ROWS: Final = 10_000
_MOST_GROUPS: Final = 45_000
_MOST_TERMS: Final = 100
_MOST_PLATEAUS: Final = 1000
_MOST_TOLD: Final = 1000
"""Groups that are explained or compared one by one, at milliseconds each."""
_FURTHEST: Final = 10**12

LARGEST: Final[Mapping[str, Callable[[], object]]] = {
    "segments": lambda: segments(_MOST_ROWS),
    "points": lambda: points(_MOST_ROWS - 1),
    "groups": lambda: groups(_MOST_GROUPS),
    "formula": lambda: {"kind": "formula", "expression": rational(_MOST_TERMS), "duration": 1000},
}
"""The largest documents that are measured; the limits refuse little more."""


def _compiling(texts: Mapping[int, str], total: int | None = None) -> Callable[[int], Call]:
    return lambda size: lambda: unisched.compile(texts[size], total=total)


def _segments(effort: Effort) -> dict[str, Points]:
    at = sizes(_MOST_ROWS, effort)
    texts = {count: json.dumps(segments(count)) for count in at}
    return {"unisched": costs(at, _compiling(texts), effort)}


@cache
def _of_segments(count: int) -> unisched.Program:
    return unisched.compile(segments(count))


def _at(program: unisched.Program, middle: int) -> Call:
    value = program.function()
    return warm(lambda: value(middle))


def _host_step(effort: Effort) -> dict[str, Points]:
    at = sizes(_MOST_ROWS, effort)
    return {"unisched": costs(at, lambda count: _at(_of_segments(count), 5 * count), effort)}


def _array_value(effort: Effort) -> dict[str, Points]:
    length = 100_000

    def made(count: int) -> Call:
        program = _of_segments(count)
        steps = np.arange(length) * (10 * count) // length
        return warm(lambda: program(steps))

    found = costs(sizes(_MOST_ROWS, effort), made, effort)
    return {"unisched": [[count, seconds / length] for count, seconds in found]}


def _files(texts: list[str], effort: Effort) -> dict[str, Points]:
    by_size = {len(text): text for text in texts}
    return {"unisched": costs(list(by_size), _compiling(by_size), effort)}


def _file_of_segments(effort: Effort) -> dict[str, Points]:
    return _files([json.dumps(segments(count), indent=1) for count in sizes(_MOST_ROWS, effort)], effort)


def _file_of_points(effort: Effort) -> dict[str, Points]:
    return _files([json.dumps(points(count)) for count in sizes(_MOST_ROWS - 1, effort, smallest=2)], effort)


def _file_of_groups(effort: Effort) -> dict[str, Points]:
    return _files([json.dumps(groups(count)) for count in sizes(_MOST_GROUPS, effort)], effort)


def _formulas(effort: Effort) -> dict[int, str]:
    texts = [rational(count) for count in sizes(_MOST_TERMS, effort)]
    return {len(text): text for text in texts}


def _formula(effort: Effort) -> dict[str, Points]:
    texts = {size: json.dumps({"kind": "formula", "expression": text}) for size, text in _formulas(effort).items()}
    return {"unisched": costs(list(texts), _compiling(texts, total=1000), effort)}


def _formula_step(effort: Effort) -> dict[str, Points]:
    texts = _formulas(effort)

    def made(size: int) -> Call:
        return _at(unisched.compile({"kind": "formula", "expression": texts[size]}, total=1000), 500)

    return {"unisched": costs(list(texts), made, effort)}


def _horizons(effort: Effort) -> list[int]:
    return sizes(_FURTHEST, effort, smallest=1000)


def _planned(effort: Effort) -> dict[str, Points]:
    def made(total: int) -> Call:
        return lambda: unisched.compile(three_phases(PEAK), total=total)

    return {"unisched": costs(_horizons(effort), made, effort)}


def _planned_step(effort: Effort) -> dict[str, Points]:
    def made(total: int) -> Call:
        return _at(unisched.compile(three_phases(PEAK), total=total), total // 2)

    return {"unisched": costs(_horizons(effort), made, effort)}


def _told(
    documents: Callable[[int], dict[str, Any]],
    tell: Callable[[dict[str, Any]], Call],
    effort: Effort,
    most: int = _MOST_ROWS,
) -> dict[str, Points]:
    return {"unisched": costs(sizes(most, effort), lambda count: tell(documents(count)), effort)}


def _linted(document: dict[str, Any]) -> Call:
    return _anew(document, lambda program: program.lint())


def _explained(document: dict[str, Any]) -> Call:
    return _anew(document, lambda program: list(program.explain().lines()))


def _differing(document: dict[str, Any]) -> Call:
    other = unisched.compile(_altered(document))
    return _anew(document, lambda program: str(unisched.diff(program, other)))


def _anew(document: dict[str, Any], tell: Callable[[unisched.Program], object]) -> Call:
    """Give what is told of a program that was never asked before: the compiling is measured with it."""
    text = json.dumps(document)
    return lambda: tell(unisched.compile(text))


def _altered(document: dict[str, Any]) -> dict[str, Any]:
    """Give the document with another number in each segment, or in each group."""
    if "groups" in document:
        scales = {name: {"learning_rate": {"scale": 0.1}} for name in document["groups"]}
        return document | {"groups": scales}
    if "parts" in document:
        return document | {"parts": [part | {"end": 0.25} for part in document["parts"]]}
    return document | {"end": 0.25}


def _state(program: unisched.Program) -> float:
    return float(len(program.start().at(program.total or _FURTHEST).to_json()))


def _state_of_segments(effort: Effort) -> dict[str, Points]:
    return {"unisched": [[count, _state(_of_segments(count))] for count in sizes(_MOST_ROWS, effort)]}


def _grouped(count: int, entry: Callable[[int], object]) -> unisched.Program:
    entries = {f"group {index}": {"learning_rate": entry(index)} for index in range(count)}
    return unisched.compile({"schedules": {"learning_rate": warmup_cosine()}, "groups": entries}, total=_FURTHEST)


def _state_of_groups(effort: Effort) -> dict[str, Points]:
    def scaled(index: int) -> object:
        return {"scale": 1 / (index + 2)}

    return {"unisched": [[count, _state(_grouped(count, scaled))] for count in sizes(_MOST_ROWS, effort)]}


def _state_of_plateaus(effort: Effort) -> dict[str, Points]:
    def watching(index: int) -> object:
        return {"kind": "plateau", "monitor": "loss", "patience": index}

    def observed(count: int) -> float:
        program = _grouped(count, watching)
        return float(len(program.start().observe(program, 1.0).to_json()))

    return {"unisched": [[count, observed(count)] for count in sizes(_MOST_PLATEAUS, effort)]}


GROWTHS: Final[Mapping[str, Callable[[Effort], dict[str, Points]]]] = {
    "load and compile": _segments,
    "a host step": _host_step,
    "a value of an array": _array_value,
    "load and compile a file of segments": _file_of_segments,
    "load and compile a file of points": _file_of_points,
    "load and compile a file of groups": _file_of_groups,
    "load and compile a formula": _formula,
    "a host step of a formula": _formula_step,
    "compile": _planned,
    "a host step in the middle": _planned_step,
    "lint": partial(_told, segments, _linted),
    "lint of groups": partial(_told, groups, _linted),
    "explain": partial(_told, segments, _explained),
    "explain groups": partial(_told, groups, _explained, most=_MOST_TOLD),
    "diff": partial(_told, segments, _differing),
    "diff of groups": partial(_told, groups, _differing, most=_MOST_TOLD),
    "state of a schedule of segments": _state_of_segments,
    "state of a schedule of groups": _state_of_groups,
    "state of plateaus": _state_of_plateaus,
}
