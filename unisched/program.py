"""A compiled program: frozen values over whole steps, and the views of it that people and backends read.

Programs come from `unisched.compile`; nothing here parses, emits or knows a framework.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any, Final, overload

import numpy as np
import numpy.typing as npt

from unisched import (
    births,
    drawing,
    evaluate,
    explanation,
    ir,
    ir_json,
    key_values,
    lint,
    program_json,
    render,
    signals,
    targets,
    watching,
)
from unisched.duration import Clock
from unisched.errors import BindingError, Problem, StepError, shorten
from unisched.evaluators import Evaluators
from unisched.explanation.unfolded import Unfolded
from unisched.ir import Assignment, Body, Controller, Target
from unisched.lint import Note
from unisched.logged import logged
from unisched.metric import Metric
from unisched.sampling import samples
from unisched.spec import Spec
from unisched.state import State
from unisched.steps import checked_step
from unisched.watching import Window

if TYPE_CHECKING:
    from unisched.drawing import Chart
    from unisched.key_values import KeyValues

__all__ = ["Program", "Target"]

_LONGEST_SPEC: Final = 64 * 1024
_NOTEBOOK: Final = 600


@dataclass(frozen=True, kw_only=True, repr=False)
class Program:
    """A schedule ready to run: call it with a step, print it, hand it to a backend.

    `spec` is what it was compiled from, `clock` the clock in effect, `body` the values, `notes` what compiling
    noticed, `base` what it was told that the optimizer gives, `unfolded` gives the document in plain curves. Equal
    programs are equal objects.

    >>> import unisched
    >>> program = unisched.compile({"kind": "warmup_cosine", "peak": 0.1, "warmup": 10}, total=100)
    >>> program(5), program(100), program.total
    (0.05, 0.0, 100)
    >>> [tuple(target) for target in program.targets], program.hyperparameters, program.groups
    ([('learning_rate', None)], ('learning_rate',), ())
    >>> program.fingerprint[:7], len(program.fingerprint)
    ('sha256:', 71)
    """

    spec: Spec
    clock: Clock
    body: Body
    notes: tuple[Note, ...] = field(default=(), compare=False)
    base: Mapping[str, float] = field(default_factory=dict, compare=False)
    unfolded: Callable[[], Unfolded | None] | None = field(default=None, compare=False, repr=False)

    checked_step = staticmethod(checked_step)

    @property
    def total(self) -> int | None:
        """The planned number of steps; `None` where the program is open-ended."""
        return self.body.horizon

    @cached_property
    def targets(self) -> tuple[Target, ...]:
        """What is scheduled, `Target(hyperparameter, group)`: the document's schedules by name, then its groups."""
        return tuple(assignment.target for assignment in self.body.assignments)

    @cached_property
    def hyperparameters(self) -> tuple[str, ...]:
        """The names scheduled anywhere, each once."""
        return tuple(dict.fromkeys(target.hyperparameter for target in self.targets))

    @cached_property
    def groups(self) -> tuple[str, ...]:
        """The param groups, names and globs, that have a schedule of their own."""
        return tuple(dict.fromkeys(target.group for target in self.targets if target.group is not None))

    @property
    def controllers(self) -> tuple[Controller, ...]:
        """What watches a metric, in the order in which `factors` gives what they have reached."""
        return self.body.controllers

    @property
    def monitors(self) -> tuple[str, ...]:
        """The names of the metrics that are watched, each once."""
        return watching.monitors(self.body)

    @cached_property
    def windows(self) -> tuple[tuple[Window, ...], ...]:
        """By controller, the steps in which it observes: from the first up to the second, which may be `None`."""
        return watching.windows(self.body)

    @property
    def fingerprint(self) -> str:
        """SHA-256 over all that decides the values, in the form "sha256:…"."""
        return self._fingerprint

    @overload
    def __call__(self, step: int, target: str = ..., group: str | None = ..., exact: bool = ...) -> float: ...
    @overload
    def __call__(
        self, step: npt.NDArray[np.integer[Any]], target: str = ..., group: str | None = ..., exact: bool = ...
    ) -> npt.NDArray[np.float64]: ...
    def __call__(
        self,
        step: int | npt.NDArray[np.integer[Any]],
        target: str = "learning_rate",
        group: str | None = None,
        exact: bool = False,
    ) -> float | npt.NDArray[np.float64]:
        """Give the value at one step (a float) or at an integer array of steps (float64, same shape).

        `exact` asks for the correctly rounded value, at 6 to 70 µs each. Raises `StepError` for a negative or
        fractional step, `BindingError` for an unknown target.

        >>> import unisched
        >>> program = unisched.compile({"kind": "linear", "start": 1, "end": 0}, total=4)
        >>> program(1), program(np.arange(3))
        (0.75, array([1.  , 0.75, 0.5 ]))
        """
        if isinstance(step, np.ndarray) and step.ndim:
            return self._evaluators.array(step, target, group, is_exact=exact)
        index = checked_step(step)
        found = self._evaluators.exactly(target, group) if exact else self._evaluators.function(target, group)
        return found(index)

    def at(self, step: int) -> dict[Target, float]:
        """Give every target's value at `step`.

        >>> import unisched
        >>> unisched.compile({"schedules": {"learning_rate": 0.1}}).at(0)
        {Target(hyperparameter='learning_rate', group=None): 0.1}
        """
        return {t: self(step, t.hyperparameter, t.group) for t in self.targets}

    def values(
        self, start: int, stop: int, target: str = "learning_rate", group: str | None = None
    ) -> npt.NDArray[np.float64]:
        """Give the values of steps `start` to `stop` - 1 as float64.

        >>> import unisched
        >>> unisched.compile({"kind": "linear", "start": 1, "end": 0}, total=4).values(1, 3)
        array([0.75, 0.5 ])
        """
        return self(np.arange(checked_step(start), max(checked_step(stop), start)), target, group)

    def function(
        self,
        target: str = "learning_rate",
        group: str | None = None,
        *,
        base: float | None = None,
        factors: Sequence[float] | None = None,
    ) -> Callable[[int], float]:
        """Give a fast function of one step, a Python int from 0, for loops on the host.

        `base` is the value that the optimizer gave, where the schedule is a factor of it; `factors` what the
        controllers have reached, read anew at each call, where it depends on a metric. The same bits on
        every backend that evaluates in Python. Steps are not checked. `"after": "error"` raises `StepError`.

        >>> import unisched
        >>> spec = {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}}
        >>> rate = unisched.compile(spec, total=4).function(base=0.2)
        >>> rate(0), rate(2)
        (0.2, 0.1)
        """
        return self._evaluators.function(target, group, base, factors)

    def spread(
        self,
        targets: Sequence[Target],
        bases: Sequence[float] | None = None,
        factors: Sequence[float] | None = None,
    ) -> Callable[[int], list[float]]:
        """Give one fast function of the step for several targets, with the bits of `function` for each.

        What targets of one value share is evaluated once a step. `bases` are what the optimizer gave, one for each
        target, where values are factors of it; a target may stand there several times.

        >>> import unisched
        >>> spec = {"base": "optimizer", "curve": {"kind": "linear", "start": 1, "end": 0}}
        >>> program = unisched.compile(spec, total=4)
        >>> program.spread(program.targets * 2, [0.2, 0.4])(2)
        [0.1, 0.2]
        """
        return self._evaluators.spread(targets, bases, factors)

    def traced(
        self, xp: evaluate.Namespace, target: str = "learning_rate", group: str | None = None
    ) -> Callable[..., Any]:
        """Give a branch-free function of an integer tensor, float64 inside, over the array namespace `xp`.

        Where the value depends on a metric, its second argument are the `factors`, a float64 vector.

        >>> import unisched
        >>> program = unisched.compile({"kind": "linear", "start": 1, "end": 0}, total=4)
        >>> program.traced(evaluate.numpy_namespace)(np.arange(3))
        array([1.  , 0.75, 0.5 ])
        """
        return self._evaluators.traced(xp, target, group)

    def resolve(self, hyperparameter: str, group: str | None) -> Target | None:
        """Give the target that the param group named `group` follows, or `None` where nothing is scheduled for it.

        A name beats a glob, a glob beats the rest; two globs that both fit raise `BindingError`.

        >>> import unisched
        >>> spec = {"schedules": {"learning_rate": 0.1}, "groups": {"head*": {"learning_rate": 0.2}}}
        >>> unisched.compile(spec).resolve("learning_rate", "head.bias")
        Target(hyperparameter='learning_rate', group='head*')
        """
        return self._evaluators.directory.resolve(hyperparameter, group)

    def follows(self, group: str) -> bool:
        """Tell whether some entry of the program is meant for the param group named `group`."""
        return self._evaluators.directory.follows(group)

    def entries(self, group: str) -> set[str]:
        """Give those of `groups`, names and globs, that are meant for the param group named `group`."""
        return self._evaluators.directory.entries(group)

    def needs_base(self, target: Target) -> bool:
        """Tell whether the target's value is a factor of what the optimizer gave."""
        return self._evaluators.assignments[target].value in self._evaluators.based

    def needs_metric(self, target: Target) -> bool:
        """Tell whether the target's value depends on metrics."""
        return self._evaluators.assignments[target].value in self._evaluators.watching

    def moved_by(self, target: Target) -> tuple[int, ...]:
        """Give the places in `controllers` of those that the target's value reads.

        >>> import unisched
        >>> program = unisched.compile({"kind": "plateau", "monitor": "loss"})
        >>> program.moved_by(program.targets[0])
        (0,)
        """
        return signals.moved_by(self.body.values[self._evaluators.assignments[target].value])

    def needs_python(self, target: Target) -> bool:
        """Tell whether a Python function takes part in the target's value."""
        return bool(ir.externals(self.body.values[self._evaluators.assignments[target].value]))

    def peak(self, target: Target) -> float:
        """Give the largest magnitude among the target's values at its boundaries."""
        assignment = self._evaluators.assignments[target]
        return max(abs(v * assignment.scale) for _, v in samples(self.body.values[assignment.value], self.total))

    def owner(self, controller: Controller) -> str | None:
        """Give the hyperparameter in whose entry a controller stands; `None` where a selection has left that out.

        >>> import unisched
        >>> program = unisched.compile({"kind": "plateau", "monitor": "loss"})
        >>> program.owner(program.controllers[0])
        'learning_rate'
        """
        return watching.owner(self.body, controller)

    def factors(self, state: State, bases: Sequence[float | None] | None = None) -> list[float]:
        """Give what each controller has reached by `state`; raise `StateError` where its memory is not of this program.

        `bases` are what the controllers multiply, where neither the program nor the state says it.

        >>> import unisched
        >>> program = unisched.compile({"kind": "plateau", "monitor": "loss"})
        >>> program.factors(program.start())
        [1.0]
        """
        known = watching.bases(self.body, state.base) if bases is None else bases
        return watching.factors(self.body, state.feedback, known)

    def observed(self, metrics: Mapping[int, Metric]) -> Program:
        """Give the program as it runs under a log of metrics: a function of the step alone, which backends all take.

        `metrics[k]` is what is observed before update k: a number, or several by name. Raises `StepError` for what is
        no metric that the program watches, `BindingError` where a bound needs the base.

        >>> import unisched
        >>> halved = {"kind": "plateau", "monitor": "loss", "factor": 0.5, "patience": 0}
        >>> program = unisched.compile(halved).observed({2: 0.3, 4: 0.4})
        >>> [program(step) for step in range(6)]
        [1.0, 1.0, 1.0, 1.0, 0.5, 0.5]
        """
        if not isinstance(metrics, Mapping):
            raise StepError(Problem("metric.type", "", f"{shorten(repr(metrics))} is no log of metrics",
                                    "Give them by step, as in {120: 0.5}."))  # fmt: skip
        return replace(self, body=logged(self.body, {checked_step(step): metric for step, metric in metrics.items()}))

    def place(self, target: Target) -> str:
        """Give the JSON path of the target's entry in the document."""
        return targets.place(target)

    def born(self, groups: Mapping[str, int]) -> Program:
        """Give what a backend evaluates where the param groups, by name, appeared at these steps (`State.births`).

        Entries that count from a group's birth are laid there. States stay those of this program. Raises `StepError`
        for a birth that is no step.

        >>> import unisched
        >>> ramp = {"from": "birth", "curve": {"kind": "linear", "start": 1, "end": 0}}
        >>> spec = {"schedules": {"learning_rate": 1}, "groups": {"late*": {"learning_rate": ramp}}, "total": 4}
        >>> program = unisched.compile(spec)
        >>> [program.born({"late.0": 2})(step, group="late.0") for step in range(5)]
        [1.0, 1.0, 1.0, 0.75, 0.5]
        """
        body = births.settled(self.body, {group: checked_step(birth) for group, birth in groups.items()})
        return self if body is self.body else replace(self, body=body)

    def select(self, *hyperparameters: str) -> Program:
        """Give the program of these hyperparameters only; raise `BindingError` for one that is not scheduled.

        >>> import unisched
        >>> program = unisched.compile({"schedules": {"learning_rate": 0.1, "momentum": 0.9}})
        >>> program.select("momentum").hyperparameters
        ('momentum',)
        """
        if not hyperparameters:
            raise BindingError(Problem("binding.missing", "", "select was given no hyperparameter",
                                       f"Choose among {', '.join(self.hyperparameters)}."))  # fmt: skip
        for name in hyperparameters:
            targets.check_names(name, None)
            if name not in self.hyperparameters:
                raise self._evaluators.unscheduled(name, None)
        return replace(self, body=targets.narrowed(self.body, hyperparameters))

    def start(self) -> State:
        """Give the state of a run that has not begun.

        >>> import unisched
        >>> unisched.compile({"kind": "constant", "value": 0.1}).start().step
        0
        """
        return State(step=0, clock=self.clock, fingerprint=self.fingerprint, base=dict(self.base), spec=self._text)

    def lint(self) -> tuple[Note, ...]:
        """Give what a careful reader would ask about: each `Note` has a code, a path, a text, and the rule it is of.

        >>> import unisched
        >>> program = unisched.compile({"kind": "warmup_linear", "peak": 0.1, "warmup": 10}, total=100)
        >>> [(note.rule.number, note.code) for note in program.lint()]
        [('U101', 'value.zero_start')]
        """
        return lint.told_once([*self.notes, *lint.remarks(self.spec, self.clock, self.body)])

    def chart(
        self, by: str = "step", *, start: int | str = 0, stop: int | str | None = None, columns: int | None = None
    ) -> Chart:
        """Give what is to be drawn from `start` to `stop`, to the end unless given, over an axis of `by`.

        `by` is "step", "epoch", "sample" or "token"; `start` and `stop` are steps or durations, such as "2 epochs" or
        "50%". Nothing wider than one part in `columns`, 1000 unless given, is lost. A factor of the optimizer's value
        is drawn for a value of 1, one that metrics move as if none were observed; the lines say so. Raises `SpecError`
        where the clock does not know the unit, `BindingError` for what is none, and where nothing lies between start
        and stop.

        >>> import unisched
        >>> program = unisched.compile({"kind": "linear", "start": 1, "end": 0}, total=4)
        >>> [(line.label, line.values.tolist()) for line in program.chart().lines]
        [('learning_rate', [1.0, 0.75, 0.5, 0.25, 0.0])]
        """
        return drawing.charted(self.body, self.clock, by=by, start=start, stop=stop, columns=columns,
                               title=self.spec.name or "")  # fmt: skip

    def plot(self, ax: Any = None, *, by: str = "step", log: bool = False, marks: bool = True, **style: Any) -> Any:
        """Draw all targets with matplotlib (extra `plot`); give the Axes, an array of them for several hyperparameters.

        On `ax`, or on a new figure of pyplot's; nothing is shown. `marks` are the beginnings of phases, `style` goes
        to `Axes.plot`. Raises `SpecError` where the clock does not know the unit `by`, `BindingError` where matplotlib
        is not installed.

        >>> import unisched
        >>> from matplotlib.figure import Figure
        >>> program = unisched.compile({"kind": "cosine", "start": 0.1, "end": 0}, total=100)
        >>> program.plot(Figure().subplots(), color="black").get_ylabel()
        'learning_rate'
        """
        return drawing.plotted(self.chart(by), ax, log=log, marks=marks, **style)

    def explain(self) -> explanation.Explanation:
        """Give what the program means: `str` of it is sentences and formulas, `to_data()` the same as JSON data.

        What recipes and dialects stand for is among it where the program was compiled here, not read from JSON.

        >>> import unisched
        >>> program = unisched.compile({"kind": "cosine", "start": 0.1, "end": 0}, total=900)
        >>> print(program.explain().targets[0].phases[0].formula)
        0.1 · (1 + cos(π · k / 900)) / 2
        """
        plain = None if self.unfolded is None else self.unfolded()
        return explanation.explained(self.spec, self.clock, self.body, self.lint(), plain, self._title)

    def key_values(self) -> tuple[KeyValues, ...]:
        """Give first, peak, boundaries, last, average and sum of every target, in the order of `targets`.

        >>> import unisched
        >>> program = unisched.compile({"kind": "linear", "start": 1, "end": 0}, total=4)
        >>> [(found.peak.value, found.area.value) for found in program.key_values()]
        [(1.0, 2.5)]
        """
        return tuple(key_values.key_values(self.body, self.clock, assignment) for assignment in self.body.assignments)

    def to_json(self) -> str:
        """Give the program as JSON: the document, the clock, the body and its fingerprint.

        >>> import unisched
        >>> program = unisched.compile({"kind": "constant", "value": 0.1})
        >>> Program.from_json(program.to_json()) == program
        True
        """
        return program_json.write(self.spec, self.clock, self.body, self.fingerprint, self.base)

    @classmethod
    def from_json(cls, text: str) -> Program:
        """Read what `to_json` wrote; raise `SpecError` for anything else.

        >>> Program.from_json("{}")
        Traceback (most recent call last):
        unisched.errors.SpecError: this is no program ('unisched_program'). Compile the document again.
        """
        spec, clock, body, base = program_json.read(text)
        return cls(spec=spec, clock=clock, body=body, base=base)

    def __repr__(self) -> str:
        """Give on one line what is scheduled, for how long, and the beginning of the fingerprint."""
        length = "open-ended" if self.total is None else f"{self.total} steps"
        return f"Program({shorten(', '.join(self.hyperparameters))}; {length}; {self.fingerprint[:13]}…)"

    def __str__(self) -> str:
        """Give the phase table."""
        sections = [(self._title(a), self.body.values[a.value]) for a in self.body.assignments]
        return render.table(self.clock, self.body.after, sections, self.body.controllers)

    def _repr_html_(self) -> str:
        """Give what notebooks show: a picture where matplotlib is installed, the phases, the notes."""
        chart = partial(self.chart, columns=_NOTEBOOK)
        return drawing.shown(chart, self.spec.name or "", self.spec.description or "", str(self), map(str, self.lint()))

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Give what notebooks show, and the phases for what shows text only."""
        return {"text/plain": str(self), "text/html": self._repr_html_()}

    def __hash__(self) -> int:
        return hash(self.fingerprint)

    def __reduce__(self) -> tuple[Callable[..., Program], tuple[Any, ...]]:
        if self.spec.functions:
            return _rebuilt, (self.spec, self.clock, self.body, self.notes, dict(self.base))
        return _restored, (self.to_json(), self.notes)

    @cached_property
    def _text(self) -> str | None:
        """The document as states hold it; `None` where it has no text, or one that is too long for that."""
        text = None if self.spec.functions else self.spec.to_json()
        return text if text is None or len(text) <= _LONGEST_SPEC else None

    @cached_property
    def _fingerprint(self) -> str:
        return ir_json.fingerprint(self.body)

    @cached_property
    def _evaluators(self) -> Evaluators:
        return Evaluators(self.body, self.clock)

    def _title(self, assignment: Assignment) -> str:
        title = targets.titled(assignment.target) + (", from its birth on" if assignment.born else "")
        return title if assignment.scale == 1.0 else f"{title}, times {assignment.scale!r}"


def _rebuilt(spec: Spec, clock: Clock, body: Body, notes: tuple[Note, ...], base: Mapping[str, float]) -> Program:
    return Program(spec=spec, clock=clock, body=body, notes=notes, base=base)


def _restored(text: str, notes: tuple[Note, ...]) -> Program:
    return replace(Program.from_json(text), notes=notes)
