"""The JSON form of a program's body, and its fingerprint.

Fields at their default are left out. The fingerprint covers what can change a value and nothing else: no
names, no descriptions, and the horizon only where the program ends there. Text comes back as nodes through
their own constructors, so a damaged document is refused by the same invariants as a wrong program.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, replace
from functools import cache
from typing import Any, Final, Literal, TypeVar, assert_never, cast, get_args, get_origin, get_type_hints

from unisched.errors import Problem, SpecError, shorten
from unisched.formulas import tree
from unisched.ir import (
    Assignment,
    Base,
    Body,
    Combine,
    Constant,
    Controller,
    Curve,
    Exponential,
    External,
    Fold,
    Formula,
    Greedy,
    Noise,
    Phase,
    Plateau,
    Power,
    Ramp,
    Signal,
    Table,
    Target,
    Track,
    Value,
    externals,
)

__all__ = ["decode", "encode", "fingerprint", "from_json", "to_json"]

Json = Any
Node = TypeVar("Node")

_CURVES: Final[dict[str, type[Curve]]] = {
    "constant": Constant, "base": Base, "ramp": Ramp, "exponential": Exponential, "power": Power, "table": Table,
    "formula": Formula, "noise": Noise, "signal": Signal, "fold": Fold,
}  # fmt: skip
_NAMES: Final = {curve: name for name, curve in _CURVES.items()}
_CONTROLLERS: Final[dict[str, type[Controller]]] = {"plateau": Plateau, "greedy": Greedy}
_RULES: Final = {controller: name for name, controller in _CONTROLLERS.items()}
_DEEPEST: Final = 64


def to_json(body: Body) -> str:
    """Give the body as one JSON object.

    >>> from unisched.ir import Assignment, Body, Target, constant
    >>> to_json(Body(values=(constant(0.5),), assignments=(Assignment(target=Target("momentum"), value=0),)))
    '{"unisched_ir": 1, "values": [{"track": [[0, {"curve": "constant", "value": 0.5}]]}], \
"targets": [{"hyperparameter": "momentum", "value": 0}]}'
    """
    return json.dumps(encode(body), allow_nan=False)


def from_json(text: str) -> Body:
    """Give the body that `to_json` wrote; raise `SpecError` for anything else."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise _damaged(f"not JSON ({error})") from None
    return decode(data)


def fingerprint(body: Body) -> str:
    """Give "sha256:…" over all that decides the values; equal fingerprints mean equal bits.

    Floats enter as `float.hex`, since their decimal text differs between languages.
    """
    kept = body.horizon if body.after == "error" else None
    data = _plain(replace(body, horizon=kept))
    text = json.dumps(_hex(data), sort_keys=True, separators=(",", ":"))
    return "sha256:" + hashlib.sha256(b"unisched-ir-1\n" + text.encode()).hexdigest()


def encode(body: Body) -> dict[str, Json]:
    """Give the body as plain JSON data; raise `SpecError` where a Python function takes part."""
    for name in (name for value in body.values for name in externals(value)):
        raise SpecError(Problem("spec.callable", "", f"{shorten(name)} is a Python function, which no JSON holds",
                                "Write it as a formula."))  # fmt: skip
    return _plain(body)


def _plain(body: Body) -> dict[str, Json]:
    data: dict[str, Json] = {"unisched_ir": 1}
    if body.horizon is not None:
        data["horizon"] = body.horizon
    if body.after != "continue":
        data["after"] = body.after
    data["values"] = [_encode_value(value) for value in body.values]
    data["targets"] = [_encode_assignment(assignment) for assignment in body.assignments]
    if body.controllers:
        data["controllers"] = [{"controller": _RULES[type(one)], **_given(one)} for one in body.controllers]
    return data


def decode(data: Json) -> Body:
    """Give the body that plain JSON data describes; raise `SpecError` for anything else."""
    given = _object(data, {"unisched_ir", "horizon", "after", "values", "targets", "controllers"})
    if _integer(given.get("unisched_ir")) != 1:
        raise _damaged(f"format {shorten(repr(given.get('unisched_ir')))} is not 1")
    values = tuple(_decode_value(value, 0) for value in _list(given.get("values")))
    assignments = tuple(_decode_assignment(target) for target in _list(given.get("targets")))
    rest: dict[str, Json] = {key: given[key] for key in ("horizon", "after") if key in given}
    if "controllers" in given:
        rest["controllers"] = tuple(_decode_controller(one) for one in _list(given["controllers"]))
    return _build(Body, {"values": values, "assignments": assignments, **rest})


def _encode_value(value: Value) -> dict[str, Json]:
    match value:
        case Track():
            return {"track": _encode_track(value)}
        case Combine(op=op, parts=parts):
            return {op: [_encode_value(part) for part in parts]}
        case _:
            assert_never(value)


def _encode_track(track: Track) -> list[Json]:
    return [[start, _encode_curve(curve)] for start, curve in zip(track.starts, track.curves, strict=True)]


def _encode_curve(curve: Curve) -> dict[str, Json]:
    if isinstance(curve, External):
        return {"curve": "external", "name": curve.name, "offset": curve.offset}
    data = {"curve": _NAMES[type(curve)], **_given(curve)}
    if "tree" in data:
        data["tree"] = tree.encode(data["tree"])
    if "values" in data:
        data["values"] = list(data["values"])
    if "phase" in data:
        data["phase"] = _given(data["phase"])
    if "track" in data:
        data["track"] = _encode_track(data["track"])
    return data


def _encode_assignment(assignment: Assignment) -> dict[str, Json]:
    data: dict[str, Json] = {"hyperparameter": assignment.target.hyperparameter}
    if assignment.target.group is not None:
        data["group"] = assignment.target.group
    data["value"] = assignment.value
    if assignment.scale != 1.0:
        data["scale"] = assignment.scale
    if assignment.born:
        data["born"] = True
    return data


def _given(node: Any) -> dict[str, Json]:
    pairs = ((field, getattr(node, field.name)) for field in fields(node))
    return {field.name: value for field, value in pairs if field.default is MISSING or value != field.default}


def _decode_value(data: Json, depth: int) -> Value:
    given = _object(data, {"track", "product", "sum", "minimum", "maximum"})
    if len(given) != 1 or depth > _DEEPEST:
        raise _damaged("a value is one track or one operator, nested at most 64 deep")
    ((kind, content),) = given.items()
    if kind == "track":
        return _decode_track(content, depth)
    parts = tuple(_decode_value(part, depth + 1) for part in _list(content))
    return _build(Combine, {"op": kind, "parts": parts})


def _decode_track(data: Json, depth: int) -> Track:
    pairs = [_list(row) for row in _list(data)]
    if any(len(pair) != 2 for pair in pairs):
        raise _damaged("a row is a start and a curve")
    curves = tuple(_decode_curve(curve, depth) for _, curve in pairs)
    return _build(Track, {"starts": tuple(_integer(start) for start, _ in pairs), "curves": curves})


def _decode_curve(data: Json, depth: int) -> Curve:
    given = dict(data) if isinstance(data, Mapping) else {}
    kind = given.pop("curve", None)
    if not isinstance(kind, str) or kind not in _CURVES or depth > _DEEPEST:
        raise _damaged(f"{shorten(repr(kind))} is no curve")
    node = _CURVES[kind]
    if "phase" in given:
        given["phase"] = _decode_phase(given["phase"])
    if "track" in given:
        given["track"] = _decode_track(given["track"], depth + 1)
    if "tree" in given:
        given["tree"] = tree.decode(given["tree"])
    if "values" in given:
        given["values"] = tuple(_list(given["values"]))
    return cast(Curve, _build(node, given))


def _decode_phase(data: Json) -> Phase:
    given = _object(data, {field.name for field in fields(Phase)})
    return _build(Phase, given)


def _decode_controller(data: Json) -> Controller:
    given = dict(data) if isinstance(data, Mapping) else {}
    rule = given.pop("controller", None)
    if not isinstance(rule, str) or rule not in _CONTROLLERS:
        raise _damaged(f"{shorten(repr(rule))} is no controller")
    return cast(Controller, _build(_CONTROLLERS[rule], given))


def _decode_assignment(data: Json) -> Assignment:
    given = _object(data, {"hyperparameter", "group", "value", "scale", "born"})
    target = Target(_text(given.pop("hyperparameter", None)), _text(given.pop("group")) if "group" in given else None)
    return _build(Assignment, {"target": target, **given})


def _build(node: Callable[..., Node], arguments: Mapping[str, Json]) -> Node:
    known = _types(node)
    for name, value in arguments.items():
        if not _fits(value, known.get(name)):
            raise _damaged(f"{shorten(name)} is not {shorten(repr(value))}")
    try:
        return node(**arguments)
    except TypeError as error:
        raise _damaged(str(error)) from None


@cache
def _types(node: Callable[..., Any]) -> Mapping[str, Any]:
    return get_type_hints(node)


def _fits(value: Json, expected: Any) -> bool:
    """Tell whether a plain value is exactly of its field's type; nodes were built before and always are."""
    if get_origin(expected) is Literal:
        return isinstance(value, str) and value in get_args(expected)
    if expected in (int | None, float | None):
        return type(value) is get_args(expected)[0]
    return expected not in (int, float, bool, str) or type(value) is expected


def _hex(data: Json) -> Json:
    match data:
        case float():
            return data.hex()
        case list():
            return [_hex(item) for item in data]
        case dict():
            return {key: _hex(item) for key, item in data.items()}
        case _:
            return data


def _object(data: Json, known: set[str]) -> dict[str, Json]:
    if not isinstance(data, dict) or not data.keys() <= known:
        raise _damaged(f"expected an object of {', '.join(sorted(known))}")
    return dict(data)


def _list(data: Json) -> list[Json]:
    if not isinstance(data, list):
        raise _damaged(f"{shorten(repr(data))} is not a list")
    return data


def _integer(data: Json) -> int:
    if not isinstance(data, int) or isinstance(data, bool):
        raise _damaged(f"{shorten(repr(data))} is not a whole number")
    return data


def _text(data: Json) -> str:
    if not isinstance(data, str):
        raise _damaged(f"{shorten(repr(data))} is no name")
    return data


def _damaged(reason: str) -> SpecError:
    return SpecError(Problem("ir.damaged", "", f"this is no program: {reason}", "Compile the document again."))
