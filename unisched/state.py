"""The portable state of a run: one JSON object, the same for every backend.

Everything but `step` is constant for a schedule without feedback, so in substance the state is one integer;
the rest lets a resumed run notice that it is not the same run. No pickles, nothing imported by name.
"""

from __future__ import annotations

import json
import math
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, Final, Literal, Protocol

from unisched import watching
from unisched.batch_ramp import BatchRamp
from unisched.changes import ABSENT, changes
from unisched.duration import Clock
from unisched.errors import Problem, StateError, StepError, shorten
from unisched.ir import Body
from unisched.metric import Metric
from unisched.spec.json_text import without_duplicates
from unisched.steps import index_of
from unisched.watching import Window

__all__ = ["State", "differences", "other_metrics"]

FORMAT: Final = 1
_LARGEST: Final = 2**63 - 1
_CLOCK: Final = frozenset(f.name for f in fields(Clock))


class Watching(Protocol):
    """What of a program an observation needs."""

    @property
    def body(self) -> Body:
        """The values and their controllers."""

    @property
    def windows(self) -> Sequence[Sequence[Window]]:
        """The steps in which each controller observes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """Where a run stands: the next update uses the value at `step`.

    `clock` and `spec` (canonical JSON text, or `None` above 64 kB) say what was running, `fingerprint` what
    decides its values, `base` what param groups were given, by hyperparameter. `feedback`, `births` and
    `carry` belong to schedules that watch a metric, to late groups and to clocks driven by tokens.

    >>> import unisched
    >>> state = unisched.compile({"kind": "constant", "value": 0.1}).start().at(7)
    >>> State.from_json(state.to_json()) == state
    True
    """

    step: int
    clock: Clock
    fingerprint: str
    spec: str | None = None
    base: Mapping[str, float] = field(default_factory=dict)
    feedback: Mapping[str, Any] = field(default_factory=dict)
    births: Mapping[str, int] = field(default_factory=dict)
    driven_by: Literal["steps", "samples", "tokens"] = "steps"
    carry: int = 0

    def __hash__(self) -> int:
        return hash(self.to_json())

    def at(self, step: int) -> State:
        """Give the same run at another step (0 or more); raise `StateError` for anything else.

        >>> import unisched
        >>> unisched.compile({"kind": "constant", "value": 0.1}).start().at(7).step
        7
        """
        return replace(self, step=_count(step, "step"))

    def observe(self, program: Watching, metric: Metric, bases: Sequence[float | None] | None = None) -> State:
        """Give the state after a metric of which the update at `step` is the first to feel something.

        `metric` is one number, already reduced over processes, or a mapping of them by name. `bases` are what the
        controllers of the program multiply, where neither that nor `base` says it. Raises `StepError` for what is no
        metric that the program watches.

        >>> import unisched
        >>> plateau = {"kind": "plateau", "monitor": "loss", "patience": 0}
        >>> program = unisched.compile(plateau)
        >>> state = program.start().observe(program, 0.5).observe(program, 0.7)
        >>> program.factors(state)
        [0.1]
        """
        known = watching.bases(program.body, self.base) if bases is None else bases
        seen = watching.observed(program.body, program.windows, self.feedback, self.step, metric, known)
        return replace(self, feedback=seen)

    def advanced(
        self, clock: Clock, *, tokens: int | None = None, samples: int | None = None, epochs: int | None = None
    ) -> State:
        """Give the state after so many tokens, samples or epochs (exactly one), in whole steps at the pace of `clock`.

        What is left over of tokens or samples is carried. Raises `StepError` for a count that is none, where `clock`
        has no pace, and for samples where tokens are carried or the other way round.

        >>> import unisched
        >>> program = unisched.compile({"kind": "constant", "value": 0.1}, tokens_per_step=4096)
        >>> state = program.start().advanced(program.clock, tokens=10_000)
        >>> state.step, state.carry
        (2, 1808)
        """
        given = [(unit, amount) for unit, amount in (("tokens", tokens), ("samples", samples), ("epochs", epochs))
                 if amount is not None]  # fmt: skip
        if len(given) != 1:
            raise _stray("step.advance", "advance takes tokens, samples or epochs", "Give exactly one.")
        ((unit, amount),) = given
        count = index_of(amount)
        if count is None or count < 0:
            raise _stray("step.advance", f"{shorten(repr(amount))} {unit} are no whole number from 0",
                         "Count them with an int.")  # fmt: skip
        if unit == "epochs":
            return self.at(self.step + count * _pace(clock, "steps_per_epoch", unit))
        return self._counted(count, "samples" if tokens is None else "tokens", clock)

    def _counted(self, count: int, unit: Literal["samples", "tokens"], clock: Clock) -> State:
        pace: Any = _pace(clock, f"{unit}_per_step", unit)
        before = self.driven_by
        if self.carry and before != unit:
            raise _stray("step.advance", f"{self.carry} {before} are carried, and {unit} are no {before}",
                         f"Go on in {before}.")  # fmt: skip
        if isinstance(pace, BatchRamp):
            step, carry = pace.advanced(self.step, self.carry + count)
        else:
            steps, carry = divmod(self.carry + count, pace)
            step = self.step + steps
        return replace(self, step=_count(step, "step"), carry=carry, driven_by=unit)

    def to_json(self) -> str:
        """Give the state as JSON text with a checksum.

        >>> import unisched
        >>> text = unisched.compile({"kind": "constant", "value": 0.1}).start().to_json()
        >>> json.loads(text)["step"], "checksum" in text
        (0, True)
        """
        data = self._data()
        return json.dumps({**data, "checksum": _checksum(data)}, allow_nan=False)

    @classmethod
    def from_json(cls, source: str | bytes | Mapping[str, Any]) -> State:
        """Read what `to_json` wrote, as text or as the parsed object; raise `StateError` for anything else.

        >>> import unisched
        >>> state = unisched.compile({"kind": "constant", "value": 0.1}).start().at(7)
        >>> State.from_json(state.to_json()).step, State.from_json(json.loads(state.to_json())) == state
        (7, True)
        """
        data = dict(source) if isinstance(source, Mapping) else _parse(source)
        checksum = data.pop("checksum", None)
        if "unisched" in data and "last_epoch" in data:
            raise _fault("state.foreign", "this is what the state_dict() of a torch scheduler gave",
                         "Pass its entry 'unisched', or load it into a scheduler.")  # fmt: skip
        if "unisched_state" not in data:
            raise _fault("state.damaged", "this object is no state", "Pass what state.to_json() gave.")
        if type(data["unisched_state"]) is not int or data["unisched_state"] != FORMAT:
            raise _fault("state.version", f"format {shorten(repr(data['unisched_state']))} is not {FORMAT}",
                         "Read it with the release that wrote it.")  # fmt: skip
        if checksum != _checksum(data):
            raise _fault("state.checksum", f"checksum {shorten(repr(checksum))} does not fit the content",
                         "Go back to the last good state.")  # fmt: skip
        return cls._checked(data)

    def checked(self) -> State:
        """Give this state, if it is one that `from_json` could have read; raise `StateError` otherwise.

        For states that were put together by hand.

        >>> import unisched
        >>> state = unisched.compile({"kind": "constant", "value": 0.1}).start()
        >>> state.checked() == state
        True
        """
        try:
            data = self._data()
        except (AttributeError, TypeError, ValueError) as error:
            remedy = "Take one from program.start(), state() of a scheduler, or State.from_json()."
            raise _fault("state.type", f"it has fields that are none of a state ({shorten(str(error))})",
                         remedy) from None  # fmt: skip
        return self._checked(data)

    def _data(self) -> dict[str, Any]:
        spec = None if self.spec is None else json.loads(self.spec)
        return {"unisched_state": FORMAT, "step": self.step, "clock": self.clock.to_data(), "base": dict(self.base),
                "spec": spec, "fingerprint": self.fingerprint, "feedback": dict(self.feedback),
                "births": dict(self.births), "driven_by": self.driven_by, "carry": self.carry}  # fmt: skip

    @classmethod
    def _checked(cls, data: dict[str, Any]) -> State:
        data.pop("unisched_state")
        known = {f.name for f in fields(cls)}
        if data.keys() != known:
            odd = sorted(known ^ data.keys())
            raise _fault("state.field", f"fields {shorten(', '.join(map(str, odd)))} are unknown or missing",
                         "Hand the state on as it was written.")  # fmt: skip
        if not isinstance(data["clock"], Mapping) or data["clock"].keys() != _CLOCK:
            raise _fault("state.field", "clock is not complete", "Hand the state on as it was written.")
        clock = _clock(data["clock"])
        spec = None if data["spec"] is None else json.dumps(data["spec"], allow_nan=False)
        for name in ("base", "feedback", "births"):
            if not isinstance(data[name], Mapping):
                raise _fault("state.field", f"{name} is not an object", "Hand the state on as it was written.")
        if not isinstance(data["spec"], Mapping | None):
            raise _fault("state.field", "spec is no document", "Hand the state on as it was written.")
        for name, value in data["base"].items():
            if not _is_number(value):
                raise _fault("state.type", f"base[{json.dumps(name)}] is {shorten(repr(value))}, not a finite number",
                             "Hand the state on as it was written.")  # fmt: skip
        if not isinstance(data["fingerprint"], str) or data["driven_by"] not in ("steps", "samples", "tokens"):
            raise _fault("state.field", "fingerprint or driven_by is not as it was written",
                         "Hand the state on as it was written.")  # fmt: skip
        step, carry = _count(data["step"], "step"), _count(data["carry"], "carry")
        for group, birth in data["births"].items():
            _count(birth, f"births[{json.dumps(group)}]")
        return cls(**{**data, "clock": clock, "spec": spec, "step": step, "carry": carry})


def differences(old: State, new: State) -> list[str]:
    """Give, in words, each field of the clock and the document in which two states differ."""
    clock = [str(change) for change in changes(old.clock.to_data(), new.clock.to_data())]
    if old.spec is None or new.spec is None:
        return clock
    return clock + [str(change) for change in changes(_deciding(old.spec), _deciding(new.spec))]


def other_metrics(old: State, new: State) -> frozenset[str]:
    """Give the places at which the documents of two states watch another metric, or the same for its other end."""
    if old.spec is None or new.spec is None:
        return frozenset()
    turned = [change.path.rpartition(".") for change in changes(_deciding(old.spec), _deciding(new.spec))
              if (change.old, change.new) not in ((ABSENT, "min"), ("min", ABSENT))]  # fmt: skip
    return frozenset(place for place, _, name in turned if name in ("monitor", "mode"))


def _deciding(spec: str) -> dict[str, Any]:
    """Give what of a document is neither its clock nor for people only."""
    besides = ("name", "description", "$schema", *_CLOCK)
    return {key: value for key, value in json.loads(spec).items() if key not in besides}


def _clock(data: Mapping[str, Any]) -> Clock:
    try:
        return Clock.from_data(data)
    except ValueError as error:
        raise _fault("state.type", f"the clock is not as it was written ({error})",
                     "Hand the state on as it was written.") from None  # fmt: skip


def _parse(source: object) -> dict[str, Any]:
    if not isinstance(source, str | bytes | bytearray):
        raise _fault("state.type", f"{shorten(repr(source))} is no state", "Give the JSON text or object of a state.")
    try:
        data = json.loads(source, object_pairs_hook=without_duplicates)
    except (ValueError, RecursionError) as error:
        raise _fault("state.damaged", f"this is not JSON ({shorten(str(error))})",
                     "Go back to the last good state.") from None  # fmt: skip
    if not isinstance(data, dict):
        raise _fault("state.damaged", f"{shorten(repr(data))} is not an object", "Go back to the last good state.")
    return data


def _checksum(data: Mapping[str, Any]) -> str:
    try:
        text = json.dumps(data, sort_keys=True, separators=(",", ":"), allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise _fault("state.damaged", f"the content is not JSON ({error})", "Go back to the last good state.") from None
    return f"crc32:{zlib.crc32(text.encode()):08x}"


def _is_number(value: object) -> bool:
    try:
        return isinstance(value, int | float) and type(value) is not bool and math.isfinite(value)
    except OverflowError:  # an integer that no float holds
        return False


def _count(value: object, name: str) -> int:
    number = index_of(value)
    if number is None or not 0 <= number <= _LARGEST:
        raise _fault("state.type", f"{name} is {shorten(repr(value))}, not a whole number from 0",
                     "Count optimizer updates.")  # fmt: skip
    return number


def _pace(clock: Clock, name: str, unit: str) -> Any:
    pace = getattr(clock, name)
    if pace is None:
        raise _stray("units.missing", f"{unit} need {name}, which is not known", f"Pass {name}= to compile or build.")
    return pace


def _stray(code: str, fault: str, remedy: str) -> StepError:
    return StepError(Problem(code, "", fault, remedy))


def _fault(code: str, fault: str, remedy: str) -> StateError:
    return StateError(Problem(code, "state", fault, remedy))
