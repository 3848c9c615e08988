"""A run whose horizon changes: a new document, with the past as it was and another future.

What is kept is shown through windows, laid out over the total that it was laid out over. Nothing is taken on trust:
the new document is compiled, and compared with what was running up to the step of the change.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property, partial
from typing import Final, Literal

from unisched.compilation import Compilation
from unisched.duration import LAST_STEP, whole
from unisched.errors import BindingError, Problem, SpecError
from unisched.ir import Target
from unisched.lowering import lower
from unisched.lowering.clock import timing
from unisched.lowering.lengths import length_of
from unisched.lowering.place import Exact, Place
from unisched.past import departures
from unisched.replanning.asked import as_asked_for, step_of
from unisched.replanning.entries import (
    curve_of,
    entries,
    field_of,
    followed,
    gives_factors,
    is_born,
    rewritten,
    takes_values,
)
from unisched.replanning.handover import predecessors
from unisched.replanning.joining import begun, in_proportion
from unisched.replanning.layouts import Layout, Plan, joined, plan_of
from unisched.replanning.levels import Levels, levels
from unisched.replanning.meeting import met
from unisched.replanning.tails import Tail, TailSource, read_tails
from unisched.replanning.told import told
from unisched.running import Run, Running
from unisched.spec import Spec, paths
from unisched.spec.document import GroupEntry, Scale
from unisched.spec.grammar import AnyCurve
from unisched.spec.number import fault, shown
from unisched.spec.values import read_total
from unisched.targets import place

__all__ = ["replan"]

_WAYS: Final = ({"flat": True, "live": True}, {"flat": True, "live": False}, {"flat": False, "live": False})
"""How a curve that was re-planned before is taken apart: as far as it goes, for the past only, not at all."""

_BASE: Final = "Pass base= with the optimizer's value; of param groups that were given several, with that of one."


def replan(
    run: Run,
    *,
    at: int | None = None,
    total: int | str | None = None,
    tail: TailSource | None = None,
    join: Literal["value", "jump"] = "value",
    steps_per_epoch: int | None = None,
    samples_per_step: int | str | None = None,
    tokens_per_step: int | str | None = None,
    base: float | Mapping[str, float] | None = None,
) -> Spec:
    """Give the document of a run that goes on otherwise from step `at` on; until then every value is as it was.

    `run` is a state (also its JSON text, object or file), a document or a program; `at` is the state's step unless
    given. `tail` is a curve for the learning rate, `{hyperparameter: curve}`, or `{"schedules": …, "groups": …}`;
    "current" stands in it for the value at `at`, in the units of the entry. The new total is `at` plus the length of
    the tail, or `total`. Without `tail` the document is laid out for the new total: "value" moves and stretches what
    comes, so that it begins at the current value and ends where it would, "jump" takes it as it is. The paces and
    `base` are as for `compile`, for a run that does not know them of itself.

    Raises `SpecError` with the path of each fault, `StateError` for a state that holds no document.

    >>> spec = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 100, "duration": 1000}
    >>> cooldown = {"kind": "linear", "start": "current", "end": 0, "duration": 50}
    >>> program = lower(replan(spec, at=550, tail=cooldown))
    >>> program.total, program(600), program(575) == program(550) / 2
    (600, 0.0, True)
    """
    if join not in ("value", "jump"):
        raise fault("replan.join", f"{shown(join)} is no way to join", 'Give "value" or "jump".', "join")
    if tail is not None and join == "jump":
        raise fault("replan.join", "a tail says itself where it begins", "Leave join out.", "join")
    if tail is None and total is None:
        raise fault("replan.total", "neither total nor tail says what changes", "Give one of them.", "total")
    what = told(run, base=base, steps_per_epoch=steps_per_epoch, samples_per_step=samples_per_step,
                tokens_per_step=tokens_per_step)  # fmt: skip
    step = step_of(at, what)
    change = _Change(what=what, at=step, total=total, join=join,
                     tails=None if tail is None else read_tails(tail, what.spec))  # fmt: skip
    errors: list[SpecError] = []
    for way in _WAYS:
        try:
            return change.spec(way)
        except SpecError as error:
            if error.code == "replan.flat":  # another way would lay out something else than was asked for
                raise
            errors.append(error)
    raise next((error for error in errors if error.code not in ("joint.missing", "replan.past")), errors[0])


@dataclass(frozen=True)
class _Change:
    """What is asked for, and what follows from it whichever way curves are taken apart."""

    what: Running
    at: int
    total: int | str | None
    join: str
    tails: dict[Target, Tail] | None

    @cached_property
    def entries(self) -> dict[Target, GroupEntry]:
        """The entries that may change: all but the batch ramps, which belong to the clock."""
        ramps = [self.what.program.clock.ramp(unit) for unit in ("samples", "tokens")]
        paced = [Target(ramp.schedule) for ramp in ramps if ramp is not None]
        return {target: entry for target, entry in entries(self.what.spec).items() if target not in paced}

    @cached_property
    def old(self) -> Layout:
        """The length of the run as it was."""
        clock = self.what.program.clock
        return Layout(clock=clock, total=clock.total, unit=self.what.unit)

    @cached_property
    def new(self) -> Layout:
        """The length that the run has now; raises `SpecError` where it does not reach beyond `at`."""
        arguments = self.what.compiled.arguments
        asked = self._total_of_tails() if self.total is None else self.total
        pace = {"samples": arguments.get("samples_per_step"), "tokens": arguments.get("tokens_per_step")}
        timed = timing(self.what.spec, asked, arguments.get("steps_per_epoch"), pace)  # type: ignore[arg-type]
        if (timed.clock.total or 0) <= self.at:
            raise fault("replan.total", f"a total of {timed.clock.total} steps leaves nothing after step {self.at}",
                        "Give a later total, or an earlier at.", "total")  # fmt: skip
        return Layout(clock=timed.clock, total=timed.clock.total, unit=timed.unit)

    @cached_property
    def levels(self) -> Levels:
        """What the curves were worth."""
        what = self.what
        return levels(what.compiled, what.spec, what.base, self.reached)

    @cached_property
    def reached(self) -> dict[str, float]:
        """What each controller has reached, by place; nothing where no state says it."""
        program, state = self.what.program, self.what.state
        if state is None or not program.controllers:
            return {}
        try:
            factors = program.factors(state)
        except BindingError as error:
            raise BindingError(*(replace(problem, remedy=_BASE) for problem in error.problems)) from None
        return {c.place: factor for c, factor in zip(program.controllers, factors, strict=True)}

    @cached_property
    def tail_curves(self) -> dict[Target, AnyCurve]:
        """The tails with the current values in them; a group that has its own entry comes along in proportion."""
        tails = self.tails or {}
        found = {target: tail.curve(partial(self.levels.at, target, self.at)) for target, tail in tails.items()}
        for target, curve in found.items():
            if takes_values(self.entries[target]) and gives_factors(curve):
                raise fault("replan.tail", "gives factors of the optimizer's value, and the schedule has values",
                            "Write the tail with plain kinds.", tails[target].path)  # fmt: skip
        for target, entry in self.entries.items():
            overall = Target(target.hyperparameter)
            if target not in found and overall in found and not isinstance(entry, Scale) and not is_born(entry):
                current, of = self.levels.at(target, self.at), self.levels.at(overall, self.at)
                found[target] = in_proportion(found[overall], current, of, place(target))
        return found

    def spec(self, way: Mapping[str, bool]) -> Spec:
        """Give the new document; raise `SpecError` where it means nothing, or changes the past."""
        _ = self.new  # a total that leaves nothing is refused before anything is laid out over it
        plans = {target: plan_of(curve_of(entry), self.old, **way) for target, entry in self.entries.items()}
        curves = {target: self._curve(target, plan) for target, plan in plans.items()}
        with as_asked_for(self._asked(plans, curves)):
            spec = self._checked(curves)
            if self.tails is not None or self.join == "jump":
                return spec
            return self._fitted(spec, plans, curves)

    def _curve(self, target: Target, plan: Plan) -> AnyCurve:
        holds, at = self.what.spec.after == "hold", self.at
        if target in self.tail_curves:
            tail = self.tail_curves[target]
            # Written out, for what the part before reached is not always what the run has come to; nor can a curve be
            # shown alone, when the run is re-planned again, that has no start.
            if at in plan.bounds or self.levels.is_known(target, at):
                tail = begun(tail, lambda: self.levels.at(target, at))
            return joined([*plan.until(at, holds=holds), tail])
        if self.tails is not None and self.new == self.old:
            return curve_of(self.entries[target])
        if self.tails is not None or is_born(self.entries[target]):
            return plan.steady(self.new.total or 0, holds=holds)
        if plan.goes_on(at):
            return curve_of(self.entries[target])
        return joined([*plan.until(at, holds=holds), plan.anew(self.new, at)])

    def _fitted(self, spec: Spec, plans: Mapping[Target, Plan], curves: dict[Target, AnyCurve]) -> Spec:
        """Give the document with what comes moved and stretched to begin at the current values.

        Those that others follow come first. Only a follower has to see what became of the ones before it: to compile
        for each of many groups would take the square of their number.
        """
        now: Levels | None = None
        moved = False
        for target, plan in plans.items():
            if curves[target] == curve_of(self.entries[target]) or is_born(self.entries[target]):
                continue
            if moved and next(followed(curves[target]), None) is not None:
                spec, now, moved = self._checked(curves), None, False
            now = self._worth(spec) if now is None else now
            if not self.levels.meets(now, target, self.at):
                comes = met(plan, self.new, self.at, target, self.levels, now)
                curves[target] = joined([*plan.until(self.at, holds=self.what.spec.after == "hold"), *comes])
                moved = True
        return self._checked(curves) if moved else spec

    def _worth(self, spec: Spec) -> Levels:
        """Give what the curves of a new document are worth, where the controllers go on from what they reached."""
        handed = predecessors(self.what.program, lower(spec), self.at)
        reached = {after: self.reached[before] for after, before in handed.items() if before in self.reached}
        return levels(Compilation(spec=spec, arguments={}, unit=self.new.unit), spec, self.what.base, reached)

    def _checked(self, curves: Mapping[Target, AnyCurve]) -> Spec:
        """Give the document with these curves; raise `SpecError` where it would change the past."""
        total = self.new.total if self.total is None else read_total(self.total)
        spec = rewritten(self.what.spec, curves, {**self.what.program.clock.paces(), "total": total})
        program = lower(spec, base=dict(self.what.program.base))
        problems = [
            Problem("replan.past", place(departure.target), f"the past would change: it {departure}",
                    "Write what depends on the total with a length of its own.")
            for departure in departures(self.what.program, program, self.at, self.what.base)
        ]  # fmt: skip
        if problems:
            raise SpecError(*problems)
        return spec

    def _total_of_tails(self) -> int:
        lengths = [self._length(target, curve) for target, curve in self.tail_curves.items()]
        known = [length for length in lengths if length is not None]
        if not known:
            way_out = "Give it a duration, or pass total="
            raise fault("replan.length", "the tail has no length, and no total is given",
                        f"{way_out}{self.old.total}." if self.old.total else f"{way_out} its end.", "tail")  # fmt: skip
        end = whole(self.at + max(known))
        if end > LAST_STEP:
            raise fault("duration.range", f"ends at step {end}, beyond 2^53", "No run gets there; give a shorter tail.",
                        "tail")  # fmt: skip
        return end

    def _length(self, target: Target, curve: AnyCurve) -> Exact | None:
        tail = (self.tails or {}).get(target) or (self.tails or {})[Target(target.hyperparameter)]
        there = Place(path=tail.path, clock=replace(self.old.clock, total=None), notes=[], origin=self.at,
                      hyperparameter=target.hyperparameter)  # fmt: skip
        return length_of(curve, there)

    def _asked(self, plans: Mapping[Target, Plan], curves: Mapping[Target, AnyCurve]) -> dict[str, str]:
        """Give, by its path in the new document, where what comes was written: in the tail, or in the old document."""
        found: dict[str, str] = {}
        for target, entry in self.entries.items():
            written = paths.join(place(target), field_of(entry))
            before = len(plans[target].until(self.at, holds=self.what.spec.after == "hold"))
            last = f"{written}.parts[{before}]" if before else written
            if self.tails is not None and target in self.tails:
                found[last] = self.tails[target].path
            elif self.tails is None and curves[target] != curve_of(entry):
                found[f"{last}.curve"] = written
        return found
