"""The curves of a document with their places, from the outside in. No remark is made here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeAlias

from unisched import targets
from unisched.ir import Target
from unisched.spec import Spec
from unisched.spec.curve import CurveModel
from unisched.spec.document import BasedEntry, Dated, Scale

__all__ = ["Placed", "curves", "entries", "inside"]

Placed: TypeAlias = tuple[str, CurveModel]
"""The JSON path of a curve, and the curve."""


def entries(spec: Spec) -> Iterator[tuple[Target, str, CurveModel]]:
    """Give the curve of every entry of a document, with its target and its path."""
    for target, entry in targets.scheduled(spec).items():
        path = targets.place(target)
        match entry:
            case BasedEntry(curve=curve) | Dated(curve=curve):
                yield target, f"{path}.curve", curve
            case Scale(scale=curve):
                yield target, f"{path}.scale", curve
            case curve:
                yield target, path, curve


def curves(spec: Spec) -> Iterator[Placed]:
    """Give every curve that a document writes, however deep."""
    for _, path, curve in entries(spec):
        yield from inside(path, curve)


def inside(path: str, curve: CurveModel) -> Iterator[Placed]:
    """Give a curve and every curve in it."""
    yield path, curve
    for name, field in curve.__dict__.items():
        if isinstance(field, CurveModel):
            yield from inside(f"{path}.{name}", field)
        elif isinstance(field, tuple):
            for index, item in enumerate(field):
                if isinstance(item, CurveModel):
                    yield from inside(f"{path}.{name}[{index}]", item)
