"""A document with its recipes and dialects written out in plain curves, and a program that can say so.

What is written out is compiled again and must give the same values; a dialect's kind that no document can write, as
it counts epochs or has a curve of its own, is told apart. Nothing here lays out a curve.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any

from unisched.duration import Duration
from unisched.errors import UnischedError
from unisched.explanation.unfolded import Unfolded
from unisched.ir import Body
from unisched.lowering import document
from unisched.lowering.dialects import gives
from unisched.lowering.expansions import Expansions
from unisched.program import Program
from unisched.spec import Spec, load
from unisched.spec.canonical import document_data
from unisched.spec.combinators import SequenceCurve, WindowCurve
from unisched.spec.curve import CurveModel
from unisched.spec.curves import CosineCurve, LinearCurve, PolynomialCurve
from unisched.spec.dialect import DialectCurve, WaveCurve
from unisched.spec.document import BasedEntry, Dated, Scale
from unisched.spec.grammar import KINDS
from unisched.spec.mapping import FrozenMapping
from unisched.spec.model import Model

__all__ = ["lower", "unfolded"]


def lower(spec: Spec, **arguments: Any) -> Program:
    """Give the program of a validated document, which can say what its recipes and dialects stand for."""
    return replace(document.lower(spec, **arguments), unfolded=partial(unfolded, spec, arguments))


def unfolded(spec: Spec, arguments: Mapping[str, Any]) -> Unfolded | None:
    """Give the document without recipes and dialects; `None` where there are none, or a Python function has no text."""
    expansions = Expansions()
    program = document.lower(spec, expansions=expansions, **arguments)
    if not expansions.met or spec.functions:
        return None
    for writing in _writings(expansions):
        shown = writing.document(spec)
        if _compiles_to(program.body, shown, arguments):
            return _told(shown, program.body, arguments, writing)
    raise AssertionError("recipes do not compile to what they stand for")


def _writings(expansions: Expansions) -> Iterator[_Writing]:
    """Give the ways of writing curves out, the plainest first."""
    for in_windows in (False, True):
        yield _Writing(expansions, in_windows=in_windows)
        yield _Writing(expansions, in_windows=in_windows, from_one=True)
    yield _Writing(expansions, dialects=False)


@dataclass(frozen=True, slots=True)
class _Writing:
    """A way of writing curves out.

    A dialect's are laid out without the length around them, as in a window, and continue from the optimizer's own value
    where no part stands before them: from a factor of one.
    """

    expansions: Expansions
    in_windows: bool = False
    from_one: bool = False
    dialects: bool = True

    def document(self, spec: Spec) -> Spec:
        schedules = {name: self.entry(entry) for name, entry in spec.schedules.items()}
        groups = {group: FrozenMapping({name: self.entry(entry) for name, entry in given.items()})
                  for group, given in spec.groups.items()}  # fmt: skip
        return spec.model_copy(update={"schedules": FrozenMapping(schedules), "groups": FrozenMapping(groups)})

    def entry(self, entry: Any) -> Any:
        """Give an entry; what a dialect gives as a factor of the optimizer's value has a base once it is plain."""
        written = self.written(entry)
        if isinstance(entry, BasedEntry | Scale) or "factor" not in self._givers(entry):
            return written
        if isinstance(entry, Dated):
            return written if entry.base is not None else written.model_copy(update={"base": "optimizer"})
        return BasedEntry.model_construct(base="optimizer", curve=written)

    def written(self, value: Any) -> Any:
        """Give a model with all that stands for others in it written out."""
        if isinstance(value, tuple):
            return tuple(self.written(item) for item in value)
        if not isinstance(value, Model):
            return value
        if isinstance(value, WaveCurve):
            return _ramp(value)
        if isinstance(value, CurveModel) and self.opens(value):
            return self._opened(value)
        changed = {name: self.written(item) for name, item in value.__dict__.items()}
        update = {name: item for name, item in changed.items() if item is not value.__dict__[name]}
        return value.model_copy(update=update) if any(_holds_curves(item) for item in update.values()) else value

    def opens(self, curve: CurveModel) -> bool:
        """Tell whether a curve stands for another that is written in its place."""
        found = self.expansions.of(curve)
        return found is not None and found.epoch is None and (self.dialects or not isinstance(curve, DialectCurve))

    def _opened(self, curve: CurveModel) -> CurveModel:
        found = self.expansions.of(curve)
        assert found is not None
        plain: CurveModel = self.written(found.into)
        if self.from_one and isinstance(curve, DialectCurve) and getattr(plain, "start", 1.0) is None:
            plain = plain.model_copy(update={"start": 1.0})
        if self.in_windows and isinstance(curve, DialectCurve):
            plain = WindowCurve.model_construct(curve=plain)
        if curve.duration is None:
            return plain
        if plain.duration is not None:
            plain = SequenceCurve.model_construct(parts=(plain,))
        return plain.model_copy(update={"duration": curve.duration})

    def _givers(self, entry: Any) -> set[str]:
        curve = entry.curve if isinstance(entry, Dated) else entry
        kept = set(_kinds(self.written(curve)))
        return {what for kind, what in gives(curve) if kind not in kept}


def _ramp(wave: WaveCurve) -> CurveModel:
    """Give the kind that a document has for a wave, if there is one."""
    is_plain = wave.wrap == "hold" and wave.offset == 0 and wave.span.denominator == 1 and not wave.mirror
    length = Duration(wave.span, "steps")
    if not is_plain or wave.duration not in (None, length):
        return wave
    ends: dict[str, Any] = {"start": wave.start, "end": wave.end, "warp": wave.warp, "duration": length}
    if wave.shape == "cosine":
        return CosineCurve.model_construct(power=wave.power, **ends)
    return LinearCurve.model_construct(**ends) if wave.power == 1 else PolynomialCurve.model_construct(
        power=wave.power, **ends)  # fmt: skip


def _told(shown: Spec, body: Body, arguments: Mapping[str, Any], writing: _Writing) -> Unfolded:
    data = _plain(document_data(shown))
    met = list(writing.expansions.met.values())
    opened = tuple(dict.fromkeys(found.curve.kind for found in met if writing.opens(found.curve)))
    left = {found.curve.kind: found for found in met if not writing.opens(found.curve)}
    apart = tuple((kind, _plain(_data(writing.written(found.into)))) for kind, found in left.items())
    remarks = [_apart(kind, found.epoch) for kind, found in left.items()]
    strange = sorted({kind for kind in _kinds_in(shown) if kind not in KINDS and "." not in kind})
    if strange:
        kinds = f"the kind {strange[0]}" if len(strange) == 1 else f"the kinds {', '.join(strange)}"
        remarks.append(f"No document writes {kinds}: only dialects do.")
    is_readable = not strange and _reads_back(data, body, arguments)
    if not (strange or is_readable):
        remarks.append("It has fields that no document writes: only dialects do.")
    return Unfolded(document=data, is_readable=is_readable, kinds=opened, apart=apart, remarks=tuple(remarks))


def _apart(kind: str, epoch: int | None) -> str:
    if epoch is None:
        return f"{kind} is laid out on a clock of its own, which no document writes."
    return f"{kind} counts epochs: its curve stands on a clock whose steps are epochs of {epoch} steps, read once each."


def _compiles_to(body: Body, shown: Spec, arguments: Mapping[str, Any]) -> bool:
    try:
        return _values(document.lower(shown, **arguments).body) == _values(body)
    except UnischedError:
        return False


def _values(body: Body) -> Body:
    """Give a body wherever its controllers stand in the document."""
    return replace(body, controllers=tuple(replace(controller, place="") for controller in body.controllers))


def _reads_back(data: Mapping[str, Any], body: Body, arguments: Mapping[str, Any]) -> bool:
    try:
        return _compiles_to(body, load(json.loads(json.dumps(data))), arguments)
    except UnischedError:
        return False


def _kinds_in(spec: Spec) -> Iterator[str]:
    for entry in (*spec.schedules.values(), *(entry for given in spec.groups.values() for entry in given.values())):
        yield from _kinds(entry)


def _kinds(value: Any) -> Iterator[str]:
    if isinstance(value, CurveModel):
        yield value.kind
    for item in value.__dict__.values() if isinstance(value, Model) else value if isinstance(value, tuple) else ():
        yield from _kinds(item)


def _holds_curves(value: Any) -> bool:
    return any(True for _ in _kinds(value))


def _data(curve: CurveModel) -> Any:
    return document_data(Spec.model_construct(schedules=FrozenMapping({"x": curve})))["schedules"]["x"]


def _plain(data: Any) -> Any:
    """Give JSON data: a ratio of whole numbers as one where it is whole, else as text."""
    match data:
        case Mapping():
            return {key: _plain(item) for key, item in data.items()}
        case list() | tuple():
            return [_plain(item) for item in data]
        case Fraction():
            return data.numerator if data.denominator == 1 else str(data)
        case _:
            return data
