"""The curves of a document by target, and the document with other curves in their places."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from unisched.ir import Target
from unisched.lowering.dialects import gives
from unisched.spec import Spec
from unisched.spec.curve import CurveModel
from unisched.spec.document import BasedEntry, Dated, GroupEntry, Scale
from unisched.spec.grammar import AnyCurve
from unisched.spec.references import FollowCurve
from unisched.targets import scheduled

__all__ = ["curve_of", "entries", "field_of", "followed", "gives_factors", "is_born", "rewritten", "takes_values"]


def entries(spec: Spec) -> dict[Target, GroupEntry]:
    """Give each entry by its target: the schedules, those that others follow first, then the groups."""
    found: dict[Target, GroupEntry] = {}

    def add(name: str) -> None:
        entry = spec.schedules[name]
        for other in followed(curve_of(entry)):
            if other in spec.schedules and Target(other) not in found:
                add(other)
        found[Target(name)] = entry

    for name in spec.schedules:
        add(name)
    return found | scheduled(spec)


def curve_of(entry: GroupEntry) -> AnyCurve:
    """Give the curve of an entry, in whose units its numbers are."""
    match entry:
        case Scale(scale=curve) | BasedEntry(curve=curve) | Dated(curve=curve):
            return curve
        case _:
            return entry


def field_of(entry: GroupEntry) -> str:
    """Give the field in which an entry has its curve; none, "", where it is the curve itself."""
    match entry:
        case Scale():
            return "scale"
        case BasedEntry() | Dated():
            return "curve"
        case _:
            return ""


def is_born(entry: GroupEntry) -> bool:
    """Tell whether an entry counts from the birth of its param group."""
    return isinstance(entry, Scale | Dated) and entry.from_ == "birth"


def gives_factors(curve: CurveModel) -> bool:
    """Tell whether another library's kind in a curve is a factor of what the optimizer gives."""
    return "factor" in (what for _, what in gives(curve))


def takes_values(entry: GroupEntry) -> bool:
    """Tell whether the numbers of an entry are values: it has no base, and no kind that brings one."""
    return isinstance(entry, CurveModel) and not gives_factors(entry)


def followed(curve: CurveModel) -> Iterator[str]:
    """Give the names of the schedules that a curve follows."""
    if isinstance(curve, FollowCurve):
        yield curve.schedule
    for value in curve.__dict__.values():
        for inner in value if isinstance(value, tuple) else (value,):
            if isinstance(inner, CurveModel):
                yield from followed(inner)


def rewritten(spec: Spec, curves: Mapping[Target, AnyCurve], fields: Mapping[str, Any]) -> Spec:
    """Give the document with these curves in their entries, and with these fields; raise `SpecError` for faults."""
    kept = {field.alias or name: getattr(spec, name) for name, field in Spec.model_fields.items()}
    kept = {name: value for name, value in kept.items() if value is not None} | dict(fields)
    kept["schedules"] = {
        name: _with(entry, curves[Target(name)]) if Target(name) in curves else entry
        for name, entry in spec.schedules.items()
    }
    kept["groups"] = {
        group: {name: _with(entry, curves[Target(name, group)]) if Target(name, group) in curves else entry
                for name, entry in given.items()}
        for group, given in spec.groups.items()
    }  # fmt: skip
    return Spec(**kept)


def _with(entry: GroupEntry, curve: AnyCurve) -> GroupEntry:
    match entry:
        case Scale() | BasedEntry() | Dated():
            given = {f.alias or name: getattr(entry, name) for name, f in type(entry).model_fields.items()}
            kept = {name: value for name, value in given.items() if value is not None}
            return type(entry)(**kept | {field_of(entry): curve})
        case _:
            # What is a factor by its kind alone stays one beside curves of other kinds.
            return BasedEntry(base="optimizer", curve=curve) if curve is not entry and gives_factors(entry) else curve
