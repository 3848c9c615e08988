"""A whole document as a program: its clock, entries, bases and groups, and the checks on finished values."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from itertools import islice
from typing import Final

from unisched import ir, normalise, signals
from unisched.errors import BindingError, Problem, SpecError, nearest, shorten
from unisched.ir import Assignment, Body, Controller, Curve, Table, Target, Value
from unisched.lint import Note
from unisched.lowering.budget import Budget
from unisched.lowering.clock import Timing, timing
from unisched.lowering.compose import lower_curve
from unisched.lowering.dialects import Lower, gives, shown_of
from unisched.lowering.expansions import Expansions
from unisched.lowering.place import Place, changed, fault, placed
from unisched.lowering.ranges import out_of_range
from unisched.program import Program
from unisched.spec import Spec
from unisched.spec.curve import CurveModel
from unisched.spec.dialect import DialectCurve
from unisched.spec.document import BasedEntry, Dated, Scale
from unisched.spec.grammar import AnyCurve
from unisched.spec.model import DEEPEST
from unisched.spec.number import shown
from unisched.spec.values import Absolute
from unisched.steps import index_of
from unisched.targets import scheduled

__all__ = ["lower"]

Entry = AnyCurve | BasedEntry
Bases = float | Mapping[str, float] | None

_LARGEST: Final = int(sys.float_info.max)
_MOST_COMBINED: Final = 256
"""The most timelines of one value: each step evaluates them all."""


@dataclass(slots=True)
class _Values:
    """The values met so far, each once."""

    spec: Spec
    timing: Timing
    after_hold: bool
    bases: Bases = None
    notes: list[Note] = field(default_factory=list)
    budget: Budget = field(default_factory=Budget)
    index: dict[Value, int] = field(default_factory=dict)
    curves: dict[str, Value] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    controllers: dict[tuple[str, Controller], tuple[int, Controller]] = field(default_factory=dict)
    expansions: Expansions | None = None
    deep: int = 0
    below: dict[str, int] = field(default_factory=dict)

    def add(self, value: Value, path: str) -> int:
        total = self.timing.clock.total
        if any(True for _ in islice(ir.tracks(value), _MOST_COMBINED, None)):
            raise fault("program.too_large", path, f"more than {_MOST_COMBINED} curves are combined at once",
                        "Combine fewer; a sequence may have more parts.")  # fmt: skip
        with placed(path):
            ended = normalise.hold(value, total) if self.after_hold and total is not None else value
        return self.index.setdefault(ended, len(self.index))

    def place(self, path: str, hyperparameter: str) -> Place:
        clock, unit, paces = self.timing
        # A batch ramp is a property of the clock: a run may end before it does.
        length = None if hyperparameter in paces and path == f"schedules.{hyperparameter}" else clock.total
        return Place(path=path, clock=clock, notes=self.notes, length=length, unit=unit, of=clock.total,
                     of_unit=unit, hyperparameter=hyperparameter, follow=self.followed, controllers=self.controllers,
                     budget=self.budget, expansions=self.expansions)  # fmt: skip

    def curve(self, name: str, curve: AnyCurve, place: Place) -> Value:
        """Give the curve of a schedule before its base: once, however many follow it."""
        if name not in self.curves:
            self.begun.append(name)
            self.curves[name] = lower_curve(curve, place)
            self.begun.remove(name)
        return self.curves[name]

    def followed(self, name: str, path: str) -> Value:
        """Give the curve of the schedule that is followed at `path`; raise `SpecError` where there is none."""
        depth = _depth(path)
        self._must_be_shallow(depth, path)
        self.deep += depth
        value = self.curves[name] if name in self.curves else self._first_followed(name, path)
        self.deep -= depth
        depth += self.below.get(name, 0)
        self._must_be_shallow(depth, path)
        if self.begun:
            self.below[self.begun[-1]] = max(depth, self.below.get(self.begun[-1], 0))
        self.budget.follow(sum(_cost(curve) for _, curve in ir.rows(value)), path)
        return value

    def _must_be_shallow(self, depth: int, path: str) -> None:
        if self.deep + depth > DEEPEST:
            raise fault("ref.too_deep", path, f"schedules that follow each other stand more than {DEEPEST} deep, each "
                        "counted as deep as it follows the next", "Follow fewer of them.")  # fmt: skip

    def _first_followed(self, name: str, path: str) -> Value:
        schedules = self.spec.schedules
        if name not in schedules:
            raise fault("ref.undefined", path, f"there is no schedule {shown(name)}",
                        nearest(name, schedules).strip() or f"Schedules are {', '.join(schedules)}.")  # fmt: skip
        if name in self.begun:
            loop = " -> ".join([*self.begun[self.begun.index(name) :], name])
            raise fault("ref.cycle", path, f"the schedules follow each other in a circle: {loop}",
                        "Give one of them a curve of its own.")  # fmt: skip
        entry, place = schedules[name], self.place(f"schedules.{name}", name)
        curve, inside = (entry.curve, place.inside("curve")) if isinstance(entry, BasedEntry) else (entry, place)
        if not isinstance(entry, BasedEntry) and "factor" not in _givers(entry, place):
            return self.curve(name, curve, inside)
        if _absolutes(curve, inside):
            raise fault("follow.absolute", path, f"{name!r} has a base and absolute values, so its curve is no factor",
                        "Write this curve out.")  # fmt: skip
        return self.curve(name, curve, changed(inside, base=_known(entry, _base(self.bases, name))))


def lower(
    spec: Spec,
    *,
    total: int | str | None = None,
    steps_per_epoch: int | None = None,
    samples_per_step: int | str | None = None,
    tokens_per_step: int | str | None = None,
    base: Bases = None,
    expansions: Expansions | None = None,
) -> Program:
    """Give the program of a validated document; arguments override the clock it carries.

    `expansions` is told what recipes and dialects stand for.
    """
    timed = timing(spec, total, steps_per_epoch, {"samples": samples_per_step, "tokens": tokens_per_step})
    clock = timed.clock
    if spec.after is not None and clock.total is None:
        raise fault("length.missing", "after", f"after is {spec.after!r}, and there is no total", "Add a total.")
    bases = _bases(base, spec)
    values = _Values(spec=spec, timing=timed, after_hold=spec.after == "hold", bases=bases, expansions=expansions)
    assignments = tuple(_assignments(spec, values, bases))
    if not assignments:
        raise fault("seq.empty", "schedules", "no schedule is left beside the clock's",
                    'Add one, such as "learning_rate".')  # fmt: skip
    read, controllers = signals.numbered(
        list(values.index), [controller for _, controller in values.controllers.values()]
    )
    with placed("schedules"):
        body = Body(values=tuple(read), assignments=assignments, horizon=clock.total,
                    after="error" if spec.after == "error" else "continue", controllers=tuple(controllers))  # fmt: skip
    program = Program(spec=spec, clock=clock, body=body, notes=tuple(dict.fromkeys(values.notes)),
                      base=_taken(bases, spec))  # fmt: skip
    problems: list[Problem] = []
    for assignment in assignments:
        with placed(program.place(assignment.target)):
            problems += out_of_range(program, assignment)
    if problems:
        raise SpecError(*problems)
    return program


def _assignments(spec: Spec, values: _Values, bases: Bases) -> Iterator[Assignment]:
    defaults: dict[str, Value] = {}
    for name, entry in spec.schedules.items():
        place = values.place(f"schedules.{name}", name)
        defaults[name] = _entry(entry, place, _base(bases, name), partial(values.curve, name))
        if name not in values.timing.schedules:
            yield Assignment(target=Target(name), value=values.add(defaults[name], place.path))
    for group, entries in spec.groups.items():
        for name, given in entries.items():
            target = Target(name, group)
            place = values.place(f"groups[{_quoted(group)}].{name}", name)
            scale = 1.0
            match given:
                case Scale():
                    value, scale = _scaled(given, defaults.get(name), place)
                case Dated(base=None, curve=curve):
                    value = _entry(curve, place.inside("curve"), _base(bases, name), lower_curve)
                case Dated():
                    value = _entry(given.entry, place, _base(bases, name), lower_curve)
                case _:
                    value = _entry(given, place, _base(bases, name), lower_curve)
            is_born = isinstance(given, Scale | Dated) and given.from_ == "birth"
            if is_born and signals.needs_metric(value):
                raise fault("feedback.birth", place.path, "depends on a metric and counts from the birth of its group",
                            'Leave "from" out: what watches a metric stands on the clock of the run.')  # fmt: skip
            yield Assignment(target=target, value=values.add(value, place.path), scale=scale, born=is_born)


def _scaled(given: Scale, default: Value | None, place: Place) -> tuple[Value, float]:
    """Give what a scaled entry reads, and the number that it is multiplied by."""
    if default is None:
        name = place.hyperparameter
        raise fault("groups.scale", place.path, f"scales {name!r}, which has no schedule", f"Add schedules.{name}.")
    match lower_curve(given.scale, place.inside("scale")):
        case ir.Track(curves=(ir.Constant(value=number),)):
            return default, number
        case factor:
            return normalise.combine("product", [default, factor]), 1.0


def _entry(entry: Entry, place: Place, base: float | None, lower_factor: Lower) -> Value:
    given = _givers(entry, place)
    if isinstance(entry, BasedEntry):
        curve, inside = entry.curve, place.inside("curve")
    elif "factor" in given:
        curve, inside = entry, place
        if not isinstance(entry, DialectCurve):
            place.note("dialect.base", f"{given['factor']} is a factor of the optimizer's value, and so is every "
                       'number of this entry; write {"absolute": x} for a value')  # fmt: skip
    else:
        return lower_factor(entry, place)
    known = _known(entry, base)
    inside = changed(inside, base=known)
    if _absolutes(curve, inside):
        value = lower_curve(curve, changed(inside, units="based"))
    else:
        value = normalise.combine("product", [normalise.base(), lower_factor(curve, inside)])
    with placed(place.path):
        return value if known is None else normalise.bound(value, known)


def _known(entry: Entry, base: float | None) -> float | None:
    """Give what the curve of an entry multiplies, if it is a factor and that is known."""
    own = entry.base if isinstance(entry, BasedEntry) else "optimizer"
    known = base if own == "optimizer" else own
    return None if known is None else float(known)


def _givers(entry: Entry, place: Place) -> dict[str, str]:
    """Give what the dialects' curves of an entry give, and which; raise `SpecError` where they do not go together."""
    found = {what: kind for kind, what in gives(entry.curve if isinstance(entry, BasedEntry) else entry)}
    if "value" in found and isinstance(entry, BasedEntry):
        raise fault("dialect.base", place.path_of("base"), f"{found['value']} gives values, which no base multiplies",
                    "Leave the base out.")  # fmt: skip
    if len(found) > 1:
        raise fault("dialect.base", place.path, f"{found['value']} gives values, and {found['factor']} factors of the "
                    "optimizer's", "Write one of them with plain kinds.")  # fmt: skip
    return found


def _cost(curve: Curve) -> int:
    """Give what another copy of a curve costs, in rows: the values of a table are compared and hashed."""
    return 1 + len(curve.values) // 1000 if isinstance(curve, Table) else 1


def _depth(path: str) -> int:
    """Give about how many objects and lists stand around a place of the document."""
    return path.count(".") + path.count("[")


def _absolutes(value: object, place: Place) -> bool:
    """Tell whether any value in a curve is absolute."""
    match value:
        case Absolute():
            return True
        case DialectCurve():
            return _absolutes(shown_of(value, place), place)
        case CurveModel():
            return any(_absolutes(field, place) for field in value.__dict__.values())
        case tuple():
            return any(_absolutes(item, place) for item in value)
        case _:
            return False


def _bases(base: Bases, spec: Spec) -> Bases:
    if base is None:
        return None
    known = {target.hyperparameter for target in scheduled(spec)}
    for name in base if isinstance(base, Mapping) else ():
        if name not in known:
            way_out = f"Choose among {', '.join(sorted(known))}.{nearest(str(name), known)}"
            raise BindingError(Problem("base.name", "base", f"{shorten(repr(name))} is not scheduled", way_out))
    given: list[object] = list(base.values()) if isinstance(base, Mapping) else [base]
    for given_number in given:
        number = given_number if isinstance(given_number, float) else index_of(given_number)
        if number is None and not isinstance(given_number, bool) and hasattr(given_number, "__float__"):
            raise BindingError(Problem("base.type", "base", f"{shown(given_number)} is neither an int nor a float64",
                                       "Pass float(x) to take its float64 value."))  # fmt: skip
        if number is None or not abs(number) <= _LARGEST:
            raise BindingError(Problem("base.type", "base", f"{shorten(repr(given_number))} is not a finite number",
                                       "Pass the value that the optimizer would have."))  # fmt: skip
    return base


def _taken(bases: Bases, spec: Spec) -> dict[str, float]:
    """Give the bases that stand for what an optimizer would give, by hyperparameter."""
    if bases is None:
        return {}
    known = ((target.hyperparameter, _base(bases, target.hyperparameter))
             for target, entry in scheduled(spec).items() if _is_factor(entry))  # fmt: skip
    return {name: float(base) for name, base in known if base is not None}


def _is_factor(entry: Entry | Scale | Dated) -> bool:
    """Tell whether an entry is a factor of what the optimizer gives."""
    match entry:
        case Scale():
            return False
        case BasedEntry(base=base) | Dated(base=float() | "optimizer" as base):
            return base == "optimizer"
        case Dated(curve=curve) | curve:
            return "factor" in (what for _, what in gives(curve))


def _base(bases: Bases, hyperparameter: str) -> float | None:
    return bases.get(hyperparameter) if isinstance(bases, Mapping) else bases


def _quoted(group: str) -> str:
    return '"' + group.replace("\\", "\\\\").replace('"', '\\"') + '"'
