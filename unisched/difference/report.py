"""What differs between two schedules: fields of their documents, and values, where, by how much and in what way."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, get_args

from unisched import ir
from unisched.changes import ABSENT, Change, changes
from unisched.difference.comparison import compared
from unisched.difference.nearness import Likeness, Tolerance
from unisched.difference.rows import DifferenceRow
from unisched.errors import BindingError, Problem, shorten
from unisched.ir import Target
from unisched.markup import preformatted
from unisched.program import Program
from unisched.running import Run, running, state_in
from unisched.spec import Spec
from unisched.spec.paths import join
from unisched.state import State
from unisched.steps import checked_range
from unisched.targets import titled
from unisched.verbs import program_of

__all__ = ["Difference", "diff", "program_behind"]

_LIKENESSES: Final = get_args(Likeness)
_NAMED: Final = ("equal", "float32", "rounding")


@dataclass(frozen=True, slots=True)
class Difference:
    """The fields that changed, and one row for each target that differs; false where nothing does beyond tolerance.

    `equal` are the targets of which every value is equal, `tolerance` what was taken for the same.
    """

    fields: tuple[Change, ...]
    rows: tuple[DifferenceRow, ...]
    equal: tuple[Target, ...] = ()
    tolerance: Tolerance = "equal"

    @property
    def same_values(self) -> bool:
        """Whether no target's values differ beyond the tolerance, whatever the documents say."""
        return not any(row.beyond for row in self.rows)

    @property
    def likeness(self) -> Likeness:
        """How much alike the targets are, as a whole: what is said of the one that differs most."""
        return max((row.likeness for row in self.rows), key=_LIKENESSES.index, default="equal")

    def __bool__(self) -> bool:
        return bool(self.fields) or not self.same_values

    def __str__(self) -> str:
        """Give the report."""
        return "\n".join([*map(str, self.told), *self.verdicts()])

    def _repr_html_(self) -> str:
        """Give what notebooks show: the report."""
        return preformatted(str(self))

    @property
    def told(self) -> tuple[Change, ...]:
        """The fields that changed as a report tells them: long entries of two dialects by their kinds alone."""
        return tuple(map(_told, self.fields))

    def verdicts(self) -> Iterator[str]:
        """Give the lines on values."""
        yield from map(str, self.rows)
        if not self.rows:
            yield "all values are equal"
        elif self.equal:
            yield f"{'; '.join(map(titled, self.equal))}: every value is equal"

    def to_data(self) -> dict[str, Any]:
        """Give all of it as JSON data; a field that is absent has no `old`, or no `new`."""
        return {
            "same": not self, "same_values": self.same_values, "likeness": self.likeness, "tolerance": self.tolerance,
            "fields": [_field(change) for change in self.fields], "values": [row.to_data() for row in self.rows],
            "equal": [target._asdict() for target in self.equal],
        }  # fmt: skip


def diff(
    old: Run,
    new: Run,
    *,
    only: Sequence[str] = (),
    values: bool = False,
    tolerance: Tolerance = "equal",
    steps: range | None = None,
    **clock: Any,
) -> Difference:
    """Give what changed from one document, program or state to another: their fields by path, and their values.

    `clock` is what `compile` takes, for both where they are documents. With `values` fields are left out, and with
    `only`, which names hyperparameters, theirs are all that is compared. `tolerance` is what counts as the same:
    "equal", "float32", "rounding", or the largest difference as a fraction of the largest value. `steps` is the range
    to compare, the whole of both runs if left out; past the end of both nothing counts. A factor of the optimizer's
    value is compared for a value of 1 where none is known, what depends on a metric by what it is made of.

    >>> line = {"kind": "linear", "start": 1, "end": 0, "duration": 4}
    >>> print(diff(line, {**line, "end": 0.5}))
    schedules.learning_rate.end was 0.0, is 0.5
    learning_rate: differs in [1, ...), by up to 0.5 at step 4 (0 -> 0.5), from 0 at step 4
    >>> bool(diff(line, line))
    False
    >>> cosine = {"kind": "optax.cosine_decay_schedule", "init_value": 0.1, "decay_steps": 100}
    >>> diff({"kind": "torch.CosineAnnealingLR", "T_max": 100}, cosine, values=True, base=0.1, total=100).likeness
    'past the end'
    """
    _check(tolerance)
    if steps is not None:
        checked_range(steps)
    before, after = (program_behind(run, **clock) for run in (old, new))
    if only:
        before, after = before.select(*only), after.select(*only)
    targets = list(dict.fromkeys([*before.targets, *after.targets]))
    found = [(target, compared(before, after, target, tolerance, steps)) for target in targets]
    return Difference(
        () if values or only else tuple(_fields(before, after)),
        tuple(row for _, row in found if row is not None),
        tuple(target for target, row in found if row is None),
        tolerance,
    )


def program_behind(run: Run, **clock: Any) -> Program:
    """Give the program of a document under a clock, or that of a state, which has one, over what the optimizer gave."""
    state = _state(run)
    if state is None:
        return program_of(run, **clock)  # type: ignore[arg-type]  # what is no state is a document or a program
    found = running(state)
    return _bound(program_of(found.program, **clock), found.base)


def _state(run: Run) -> State | None:
    if isinstance(run, State):
        return run
    return None if isinstance(run, Program | Spec) or callable(run) else state_in(run)


def _bound(program: Program, base: Mapping[str, float]) -> Program:
    """Give the program with what the optimizer gave in the place of it, where that is known."""
    names = {a.value: a.target.hyperparameter for a in program.body.assignments}
    values = tuple(
        ir.bind(value, base[names[index]]) if names.get(index) in base else value
        for index, value in enumerate(program.body.values)
    )
    return program if values == program.body.values else replace(program, body=replace(program.body, values=values))


def _check(tolerance: object) -> None:
    is_number = isinstance(tolerance, int | float) and not isinstance(tolerance, bool) and 0 <= tolerance < 1
    if not is_number and tolerance not in _NAMED:
        remedy = 'Pass "equal", "float32", "rounding", or a number below 1, such as 1e-6.'
        raise BindingError(Problem("diff.tolerance", "", f"tolerance is {shorten(repr(tolerance))}", remedy))


def _fields(old: Program, new: Program) -> Iterator[Change]:
    found = list(changes(_data(old), _data(new)))
    yield from found
    named = {change.path for change in found}
    for change in changes(old.clock.to_data(), new.clock.to_data()):
        if change.path not in named and change.path.partition(".")[0] not in named:
            yield replace(change, path=f"clock.{change.path}")


def _data(program: Program) -> dict[str, Any]:
    if not program.spec.functions:
        data: dict[str, Any] = json.loads(program.spec.to_json())
        return data
    return {name: str(getattr(program.spec, name)) for name in type(program.spec).model_fields}


def _told(change: Change) -> Change:
    found = Change(change.path, _kind_first(change.old), _kind_first(change.new))
    old, new = (side.get("kind") if isinstance(side, Mapping) else None for side in (change.old, change.new))
    if not old or not new or _dialect(old) == _dialect(new):
        return found
    is_cut = any(shorten(text) != text for text in (json.dumps(change.old), json.dumps(change.new)))
    return Change(join(change.path, "kind"), old, new) if is_cut else found


def _dialect(kind: str) -> str:
    return kind.rpartition(".")[0]


def _kind_first(value: Any) -> Any:
    return {"kind": value["kind"], **value} if isinstance(value, Mapping) and "kind" in value else value


def _field(change: Change) -> dict[str, Any]:
    sides = {"old": change.old, "new": change.new}
    return {"path": change.path, "change": str(change), **{k: v for k, v in sides.items() if v is not ABSENT}}
