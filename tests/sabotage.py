"""Backends that are wrong on purpose: numpy's own form with one thing done wrong, in about three lines each."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from unisched import State, registry, watching
from unisched.backend import Backend, Capabilities, Form, Replay
from unisched.ir import tracks
from unisched.metric import Metric
from unisched.program import Program
from unisched.single import float32

Metrics = Mapping[int, Metric]

HONEST = registry.backend("numpy").forms["scheduler"]
SINGLE = replace(HONEST.capabilities, precision="float32")
BASED = replace(HONEST.capabilities, optimizer_base=True)
BLIND = replace(HONEST.capabilities, feedback=False)


def acme(form: Form) -> Backend:
    return Backend(contract=1, forms={"only": form})


def wrong(replay: Callable[..., Replay], capabilities: Capabilities = HONEST.capabilities) -> Form:
    return replace(HONEST, replay=replay, capabilities=capabilities)


def changed(change: Callable[[Any], Any], capabilities: Capabilities = HONEST.capabilities) -> Form:
    """numpy's form with each row of values changed."""

    def replay(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
        honest = HONEST.replay(program, state, stop, metrics)
        return Replay({target: change(used) for target, used in honest.values.items()}, honest.state)

    return wrong(replay, capabilities)


def read_at(step_of: Callable[[Program, int], int]) -> Form:
    """A form that reads, at step k, the value at another step."""

    def replay(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
        steps = [step_of(program, step) for step in range(state.step, stop)]
        return Replay({t: [program(step, *t) for step in steps] for t in program.targets}, state.at(stop))

    return wrong(replay, BLIND)


def boundaries(program: Program) -> set[int]:
    return {start for value in program.body.values for track in tracks(value) for start in track.starts}


late = read_at(lambda _, step: max(step - 1, 0))
early = read_at(lambda _, step: step + 1)
inclusive = read_at(lambda program, step: step - 1 if step in boundaries(program) - {0} else step)
half = changed(lambda used: [float(np.float16(value)) for value in used])
false_float64 = changed(lambda used: [float(np.float32(value)) for value in used])
honest_float32 = changed(lambda used: [float32(value) for value in used], SINGLE)
false_float32 = changed(list, SINGLE)
ends_below_zero = changed(lambda used: [value or -1e-12 for value in used])
ends_above_zero = changed(lambda used: [value or 5e-324 for value in used])
ends_at_minus_zero = changed(lambda used: [value or -0.0 for value in used])
truncates = changed(lambda used: [float(_toward_zero(np.float32(value), value)) for value in used], SINGLE)
keeps_subnormals = changed(lambda used: [float(np.float32(value)) for value in used], SINGLE)
not_a_number = changed(lambda used: [float("nan") for _ in used])
drops_a_value = changed(lambda used: used[:-1])


def _toward_zero(single: Any, value: float) -> Any:
    return np.nextafter(single, np.float32(0.0)) if abs(float(single)) > abs(value) else single


def _forgets(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    honest = HONEST.replay(program, state.at(0), stop - state.step, metrics)
    return Replay(honest.values, state.at(stop))


def _forgets_to_say(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    return HONEST.replay(program, state, stop, metrics)._replace(state=state)


def _counts_once_too_often(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    return honest._replace(state=state.at(stop + 1))


def _gives_another_state(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    return honest._replace(state=replace(honest.state, fingerprint="sha256:0"))


def _repeats_a_step_on_resume(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    first = state.step > 0
    honest = HONEST.replay(program, state.at(state.step - 1) if first else state, stop - first, metrics)
    return honest._replace(state=state.at(stop))


def _forgets_births(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    honest = HONEST.replay(program, replace(state, births={}), stop, metrics)
    return honest._replace(state=state.at(stop))


def _loses_births(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    return honest._replace(state=replace(honest.state, births={}))


def _leaks(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    rates = [target for target in program.targets if target.hyperparameter == "learning_rate"]
    return honest._replace(values={**honest.values, **dict.fromkeys(rates, honest.values[rates[-1]])})


def _gives_all_the_default(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    default = {target: honest.values.get(target._replace(group=None), used) for target, used in honest.values.items()}
    return honest._replace(values=default)


def _leaves_groups_out(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    return honest._replace(values={target: used for target, used in honest.values.items() if target.group is None})


def _swaps_hyperparameters(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    return honest._replace(values=dict(zip(honest.values, [*honest.values.values()][::-1], strict=True)))


Observe = Callable[[Program, State, Metric], State]


def _driven(
    program: Program, state: State, stop: int, metrics: Metrics, base: Callable[[str], float] | None, observe: Observe
) -> Replay:
    """What numpy's own loop does, piece by piece."""
    born, factors = program.born(state.births), program.factors(state)
    functions = {
        t: born.function(*t, base=None if base is None else base(t.hyperparameter), factors=factors)
        for t in program.targets
    }
    values: dict[Any, list[float]] = {target: [] for target in functions}
    for step in range(state.step, stop):
        state = state.at(step)
        if step in metrics:
            state = observe(program, state, metrics[step])
            factors[:] = program.factors(state)
        for target, function in functions.items():
            values[target].append(function(step))
    return Replay(values, state.at(stop))


def _observe(program: Program, state: State, metric: Metric) -> State:
    return state.observe(program, metric)


def _with_base(program: Program, state: State, stop: int, metrics: Metrics, base: Callable[[str], float]) -> Replay:
    return _driven(program, state, stop, metrics, base, _observe)


def _knows_its_base(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    given = {target.hyperparameter: 1.0 for target in program.targets if program.needs_base(target)}
    state = replace(state, base={**given, **state.base})
    return _with_base(program, state, stop, metrics, lambda name: state.base.get(name, 1.0))


def _keeps_no_base(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    return _with_base(program, state, stop, metrics, lambda name: state.base.get(name, 1.0))


def _ignores_its_base(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    return _with_base(program, state, stop, metrics, lambda name: 1.0)


def _takes_the_rate_for_every_base(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    return _with_base(program, state, stop, metrics, lambda name: state.base.get("learning_rate", 1.0))


def _goes_on(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    held = (program.total or stop) - 1
    steps = [min(step, held) for step in range(state.step, stop)]
    return Replay({t: [program(step, *t) for step in steps] for t in program.targets}, state.at(stop))


def fed(change: Callable[[Metrics], Metrics]) -> Form:
    """numpy's form with another log in the place of the one it is given."""

    def replay(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
        return HONEST.replay(program, state, stop, change(metrics))

    return wrong(replay)


def each(change: Callable[[float], float]) -> Form:
    """numpy's form with every metric changed."""

    def changed_one(metric: Metric) -> Metric:
        return {n: change(v) for n, v in metric.items()} if isinstance(metric, Mapping) else change(metric)

    return fed(lambda metrics: {step: changed_one(metric) for step, metric in metrics.items()})


def watching_with(observe: Observe) -> Form:
    """numpy's form with another way of taking a metric."""

    def replay(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
        return _driven(program, state, stop, metrics, None, observe)

    return wrong(replay)


def _observes_always(program: Program, state: State, metric: Metric) -> State:
    known = watching.bases(program.body, state.base)
    always = [[(0, None)] for _ in program.controllers]
    return replace(state, feedback=watching.observed(program.body, always, state.feedback, state.step, metric, known))


def _tells_all_the_same(program: Program, state: State, metric: Metric) -> State:
    if isinstance(metric, Mapping):
        return state.observe(program, dict.fromkeys(program.monitors, next(iter(metric.values()))))
    return state.observe(program, metric)


def _shares_one_memory(program: Program, state: State, metric: Metric) -> State:
    seen = state.observe(program, metric)
    first = program.controllers[0]
    alike = [c.place for c in program.controllers if type(c) is type(first) and first.place in seen.feedback]
    return replace(seen, feedback={**seen.feedback, **dict.fromkeys(alike, seen.feedback.get(first.place))})


def _forgets_its_metrics(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    return HONEST.replay(program, replace(state, feedback={}) if state.step else state, stop, metrics)


def _says_nothing_of_its_metrics(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    return honest._replace(state=replace(honest.state, feedback=state.feedback))


def losing(field: str, empty: Any) -> Form:
    """numpy's form with one field of its memories left out of the state it gives."""

    def replay(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
        honest = HONEST.replay(program, state, stop, metrics)
        feedback = {
            place: {**memory, field: empty} if field in memory else memory
            for place, memory in honest.state.feedback.items()
        }
        return honest._replace(state=replace(honest.state, feedback=feedback))

    return wrong(replay)


def _feeds_the_last_metric_at_every_step(metrics: Metrics) -> Metrics:
    last: Metric | None = None
    every: dict[int, Metric] = {}
    for step in range(max(metrics, default=-1) + 1):
        last = metrics.get(step, last)
        if last is not None:
            every[step] = last
    return every


def _best_of_all(metric: float) -> float:
    return -math.inf if math.isnan(metric) else metric


def hands_its_memory_on() -> Form:
    known: dict[str, Any] = {}

    def replay(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
        places = {controller.place for controller in program.controllers}
        kept = {place: memory for place, memory in known.items() if place in places}
        honest = HONEST.replay(program, replace(state, feedback={**kept, **state.feedback}), stop, metrics)
        known.update(honest.state.feedback)
        return honest

    return wrong(replay)


def counts_on() -> Form:
    begun: list[int] = []

    def replay(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
        begun.append(len(begun))
        honest = HONEST.replay(program, state.at(state.step + begun[-1]), stop + begun[-1], metrics)
        return honest._replace(state=state.at(stop))

    return wrong(replay)


def shares_what_it_emits() -> Form:
    emitted: list[State] = []

    def emit(program: Program, state: State, /) -> object:
        emitted.append(state)
        return HONEST.emit(program, state)

    def replay(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
        by = emitted[-1].step if emitted else 0
        return HONEST.replay(program, state.at(state.step + by), stop + by, metrics)._replace(state=state.at(stop))

    return Form(emit, replay, HONEST.capabilities)


def emits_one_list() -> Form:
    everything: list[object] = []

    def emit(program: Program, state: State, /) -> object:
        everything.append(state)
        return everything

    return replace(HONEST, emit=emit)


def _emits_another_function(program: Program, state: State, /) -> object:
    return lambda step: 0.5


def _emits_a_factory_of_another_function(program: Program, state: State, /) -> object:
    return lambda: lambda step: 0.5


def _changes_the_program(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
    honest = HONEST.replay(program, state, stop, metrics)
    object.__setattr__(program, "clock", replace(program.clock, total=1))
    return honest


def _poisons_the_program(program: Program, state: State, /) -> object:
    for target in program.targets:
        program.function(*target)
        program._evaluators.functions[target] = lambda step: 0.5
    return HONEST.emit(program, state)


def emitting(act: Callable[[], object]) -> Form:
    def emit(program: Program, state: State, /) -> object:
        act()
        return HONEST.emit(program, state)

    return replace(HONEST, emit=emit)


def replaying(act: Callable[[], object]) -> Form:
    def replay(program: Program, state: State, stop: int, metrics: Metrics, /) -> Replay:
        act()
        return HONEST.replay(program, state, stop, metrics)

    return replace(HONEST, replay=replay)


def claiming(**claims: Any) -> Form:
    return replace(HONEST, capabilities=replace(HONEST.capabilities, **claims))


forgets = wrong(_forgets)
forgets_to_say = wrong(_forgets_to_say)
counts_once_too_often = wrong(_counts_once_too_often)
repeats_a_step_on_resume = wrong(_repeats_a_step_on_resume)
gives_another_state = wrong(_gives_another_state)
leaks = wrong(_leaks)
forgets_births = wrong(_forgets_births)
loses_births = wrong(_loses_births)
gives_all_the_default = wrong(_gives_all_the_default)
leaves_groups_out = wrong(_leaves_groups_out)
swaps_hyperparameters = wrong(_swaps_hyperparameters)
goes_on = wrong(_goes_on, BLIND)
ignores_metrics = fed(lambda metrics: {})
delays_metrics = fed(lambda metrics: {step + 1: metric for step, metric in metrics.items()})
repeats_metrics = fed(_feeds_the_last_metric_at_every_step)
takes_nan_for_the_best = each(_best_of_all)
drops_what_is_no_number = fed(
    lambda metrics: {step: m for step, m in metrics.items() if isinstance(m, Mapping) or not math.isnan(m)}
)
observes_always = watching_with(_observes_always)
observes_honestly = watching_with(_observe)
tells_all_the_same = watching_with(_tells_all_the_same)
shares_one_memory = watching_with(_shares_one_memory)
forgets_its_metrics = wrong(_forgets_its_metrics)
says_nothing_of_its_metrics = wrong(_says_nothing_of_its_metrics)
loses_its_drops = losing("drops", 0)
loses_its_best = losing("best", None)
loses_its_stall = losing("bad", 0)
loses_its_pause = losing("cooldown", 0)
knows_its_base = wrong(_knows_its_base, BASED)
keeps_no_base = wrong(_keeps_no_base, BASED)
ignores_its_base = wrong(_ignores_its_base, BASED)
takes_the_rate_for_every_base = wrong(_takes_the_rate_for_every_base, BASED)
changes_the_program = wrong(_changes_the_program)
poisons_the_program = replace(HONEST, emit=_poisons_the_program)
emits_another_function = replace(HONEST, emit=_emits_another_function)
emits_a_factory_of_another_function = replace(HONEST, emit=_emits_a_factory_of_another_function)
