"""The rules for a dialect, as plain functions: documented, drawn arguments agree with the library, text and back.

The library's own values are the author's to bring; nothing here knows one.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from unisched.duration import Clock
from unisched.errors import SpecError
from unisched.spec import Spec
from unisched.spec.dialect import Dialect, DialectCurve
from unisched.spec.kinds import kind_of
from unisched.testing.faults import fail, require
from unisched.verbs import compile, load

__all__ = ["accepted", "agrees", "is_documented", "refuses_unknown_arguments", "survives_text"]

__tracebackhide__ = True

_FEWEST: Final = 3
_ROUNDING: Final = 1e-12
_OWN_ROUNDING: Final = (
    "This is rounding, not meaning: within 1e-12 of the largest value. Where the library itself rounds so far, say how "
    "far in `ulps`, by kind."
)


def is_documented(dialect: Dialect) -> None:
    """Every kind says what it is, every argument what it means."""
    for model in dialect.kinds:
        kind = kind_of(model)
        require(bool((vars(model).get("__doc__") or "").strip()), f"kind {kind!r} has no docstring")
        silent = [name for name, field in model.model_fields.items() if name != "kind" and not field.description]
        require(not silent, f"kind {kind!r} says nothing of {silent}")


def refuses_unknown_arguments(curve: DialectCurve) -> None:
    """A misspelt argument is an error."""
    model = type(curve)
    try:
        load(json.loads(_text(curve))["schedules"][curve.drives()[0]] | {"no_such_argument": 1})
    except SpecError as error:
        require(error.code == "field.unknown", f"kind {kind_of(model)!r}: an unknown argument gives {error.code!r}")
        return
    fail(f"kind {kind_of(model)!r} takes an argument it does not have")


def accepted(model: type[DialectCurve], sets: Iterator[dict[str, Any]], clock: Mapping[str, Any]) -> list[DialectCurve]:
    """Give the curves of the argument sets that the kind takes; too few are a fault of the examples."""
    curves: list[DialectCurve] = []
    refusals: list[SpecError] = []
    for arguments in sets:
        try:
            curve = model(**arguments)
            curve.expand(Clock(**clock))
        except SpecError as error:
            refusals.append(error)
            continue
        curves.append(curve)
    why = f" (the first was refused: {refusals[0]})" if refusals else ""
    few = f"only {len(curves)} argument sets were taken{why}"
    require(len(curves) >= _FEWEST, f"kind {kind_of(model)!r}: {few}; give examples")
    return curves


def survives_text(curve: DialectCurve) -> None:
    """The document of a curve comes back equal from its own text."""
    spec = Spec(schedules=dict.fromkeys(curve.drives(), curve))
    back = load(spec.to_json())
    require(back == spec and hash(back) == hash(spec), f"{spec.to_json()} does not come back equal from its text")
    require(json.loads(back.to_json()) == json.loads(spec.to_json()), f"{spec.to_json()} changes from text to text")


def agrees(
    curve: DialectCurve, peer: Mapping[str, Sequence[float]], base: float, clock: Mapping[str, Any], ulps: float
) -> None:
    """The curve gives the library's own values, for every hyperparameter that it schedules."""
    expected = set(curve.expand(Clock(**clock)))
    drives = curve.drives()
    require(expected == set(drives), f"{_text(curve)} drives {drives} and expands to {sorted(expected)}")
    require(set(peer) == expected, f"{_text(curve)} schedules {sorted(expected)}, the peer gave {sorted(peer)}")
    spec = Spec(schedules=dict.fromkeys(curve.drives(), curve))
    program = compile(spec, base=base if curve.gives == "factor" else None, **clock)
    for hyperparameter, values in peer.items():
        largest = max(map(abs, values), default=0.0)
        for step, value in enumerate(values):
            got = program(step, hyperparameter)
            far = abs(got - value) / math.ulp(value)
            what = f"{_text(curve)}: {hyperparameter} at step {step} is {got!r}, the library's {value!r}"
            is_rounding = abs(got - value) <= _ROUNDING * largest
            hint = f"\n  {_OWN_ROUNDING}" if is_rounding else ""
            require(far <= ulps, f"{what}: {far:.3g} ulp, more than {ulps:g}{hint}")


def _text(curve: DialectCurve) -> str:
    return Spec(schedules=dict.fromkeys(curve.drives(), curve)).to_json()
