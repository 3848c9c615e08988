"""A program as JSON text: what it was compiled from, its clock, its values and the fingerprint of these.

What is read must belong together: values and fingerprint, and the document to both. This file knows nothing of
what a program can be asked.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Final

from unisched import ir_json
from unisched.duration import Clock
from unisched.errors import Problem, SpecError, shorten
from unisched.ir import Body
from unisched.spec import Spec, load
from unisched.targets import Directory, scheduled

__all__ = ["read", "write"]

FORMAT: Final = 1


def write(spec: Spec, clock: Clock, body: Body, fingerprint: str, base: Mapping[str, float]) -> str:
    """Give the program as one JSON object."""
    return json.dumps({"unisched_program": FORMAT, "spec": json.loads(spec.to_json()), "clock": clock.to_data(),
                       "base": dict(base), "fingerprint": fingerprint, "body": ir_json.encode(body)})  # fmt: skip


def read(text: str | bytes) -> tuple[Spec, Clock, Body, dict[str, float]]:
    """Give document, clock, values and base of what `write` wrote; raise `SpecError` for anything else."""
    try:
        data = json.loads(text)
        if data["unisched_program"] != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        clock = Clock.from_data(data["clock"])
        given, body, fingerprint = data["spec"], data["body"], data["fingerprint"]
        base = {str(name): _number(value) for name, value in dict(data["base"]).items()}
        if not isinstance(given, Mapping):
            raise ValueError("its spec is no object")
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise _damaged(shorten(str(error))) from None
    spec, values = load(given), ir_json.decode(body)
    if fingerprint != ir_json.fingerprint(values):
        raise _damaged(f"fingerprint {shorten(repr(fingerprint))} is not that of its values")
    if not _belong_together(spec, clock, values):
        raise _damaged("its values are those of another document")
    return spec, clock, values, base


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        raise ValueError("its base holds no number")
    return float(value)


def _belong_together(spec: Spec, clock: Clock, body: Body) -> bool:
    """Tell whether the document schedules all targets of the body, to the same end; the body may hold fewer."""
    known = Directory(scheduled(spec))
    ends = "error" if spec.after == "error" else "continue"
    fit = all(known.covers(a.target) for a in body.assignments)
    return fit and body.horizon == clock.total and body.after == ends


def _damaged(reason: str) -> SpecError:
    return SpecError(Problem("program.damaged", "", f"this is no program ({reason})", "Compile the document again."))
