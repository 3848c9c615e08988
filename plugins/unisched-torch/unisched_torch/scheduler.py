"""The native scheduler: a torch `LRScheduler` that holds an optimizer's param groups at the values of its step.

Every value is a pure function of `last_epoch`, the only counter, so that the order of building and loading does
not matter. What is written where is decided in `binding`.
"""

from __future__ import annotations

import threading
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from torch import Tensor
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from unisched.errors import shorten
from unisched.plugin import (
    BindingError,
    Metric,
    Problem,
    Program,
    Source,
    State,
    StateSource,
    StepError,
    UnischedError,
    UnsupportedError,
    memory,
    program_of,
    resume,
    watching,
)
from unisched_torch import fit, rates
from unisched_torch.arguments import Driver, driver_of, names_given, state_of
from unisched_torch.binding import Binding, Record, bind, copied, names_of
from unisched_torch.births import late
from unisched_torch.pace import Pace
from unisched_torch.port import MetricPort
from unisched_torch.pulse import call_after_updates, call_before_updates, check_step
from unisched_torch.saved import Saved
from unisched_torch.silence import deadline, warn_of_silence
from unisched_torch.slot import Filled, number
from unisched_torch.stride import Stride, stride_of
from unisched_torch.updates import Parts, is_captured, only_makes_room, refuse_capture, refuse_part

__all__ = ["UnischedLR"]

# One for all schedulers: a lock of its own could be neither copied nor pickled.
_MOVING: Final = threading.RLock()


class UnischedLR(LRScheduler):
    """A schedule of learning rate and other hyperparameters for the param groups of one optimizer.

    `spec` is a document, a path of one, or a compiled `Program`; the clock arguments are those of
    `unisched.compile`. `state` continues a run (`last_epoch` does so in torch's own way: the last step made).
    A group's name is its own `group["name"]`, else its entry in `group_names`, else its index as text.
    With `driver="optimizer"` each update of the optimizer moves the schedule, and `step` does nothing. Without
    `strict` the state of another document is accepted: the step is kept and this document followed.

    Values are Python floats, or stay in the tensors that the optimizer was given. Raises `BindingError` for
    arguments, groups or hyperparameters that do not fit, before anything is written; `SpecError` for the
    document; `StateError` for a state of another run, or of one whose optimizer was given other values.

    >>> import torch
    >>> optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)
    >>> scheduler = UnischedLR(optimizer, {"kind": "linear", "start": 1, "end": 0}, total=4)
    >>> optimizer.step(); scheduler.step()
    >>> scheduler.get_last_lr(), scheduler.last_used()
    ([0.75], {'lr': 1.0})
    """

    def __init__(
        self,
        optimizer: Optimizer,
        spec: Mapping[str, Any] | Source | Program,  # mappings first: jsonargparse would turn them into text
        *,
        total: int | str | None = None,
        steps_per_epoch: int | None = None,
        samples_per_step: int | str | None = None,
        tokens_per_step: int | str | None = None,
        state: StateSource | None = None,
        group_names: Sequence[str] | None = None,
        driver: Driver = "step",
        strict: bool = True,
        last_epoch: int = -1,
    ) -> None:
        if not isinstance(optimizer, Optimizer):
            raise BindingError(Problem("binding.optimizer", "", f"{shorten(repr(optimizer))} is no torch optimizer",
                                       "Pass an instance of torch.optim.Optimizer."))  # fmt: skip
        check_step(optimizer)
        self._program = program_of(spec, total=total, steps_per_epoch=steps_per_epoch,
                                   samples_per_step=samples_per_step, tokens_per_step=tokens_per_step)  # fmt: skip
        self._state = state_of(self._program, state, last_epoch, strict=strict)
        self._strict, self._driver = strict, driver_of(driver)
        self._names = names_of(optimizer.param_groups, names_given(group_names))
        self._memories = watching.recalled(self._program.body, self._state.feedback)
        waiting = fit.unmatched(self._program, self._names)
        binding = bind(self._program.born(self._state.births), optimizer, self._names, memories=self._memories,
                       resumed=last_epoch != -1, base=self._state.base if strict else None)  # fmt: skip
        self._end = self._program.total if self._program.body.after == "error" else None
        self._deadline = deadline(self._program)
        binding.values(self._readable(self._state.step))
        self._hold(binding, optimizer)
        self._pace, self._is_built = Pace(), False
        self._in_force: Record = ((), (), ())
        self._used: Record = ((), (), ())
        self._attach(optimizer)
        super().__init__(optimizer, self._state.step - 1)
        self._is_built = True
        if waiting:
            warnings.warn(f"{', '.join(map(repr, waiting))} of the schedule's groups fit no param group yet; there are "
                          f"{', '.join(map(repr, self._names))}.", UserWarning, stacklevel=2)  # fmt: skip

    def get_lr(self) -> list[float | Tensor]:
        """Give the learning rate of each group at the current step; changes nothing."""
        binding = self._bound()
        return binding.rates(binding.values(self._readable(max(self.last_epoch, 0))))

    def step(self, epoch: int | None = None, *, metrics: object = None) -> None:
        """Say that one update was made: move to the next step and write its values.

        With `driver="optimizer"` this does nothing. Raises `StepError` where the program has no value, and for
        metrics, which are for `observe`.
        """
        # All but the first, of which torch may warn, over the groups that were bound: in a third of the time that the
        # other way takes, which is torch's own. What this one does not know, it leaves to that.
        if epoch is None and metrics is None:
            _MOVING.acquire()  # by `with` it takes twice as long
            try:
                # A function is called from a variable sooner than from an attribute, where methods are looked for.
                stride, at, count = self._stride, self.last_epoch + 1, self._step_count + 1
                if stride is not None and count > 2:
                    written = stride(self.optimizer.param_groups, at)
                    if written is not None:
                        self._in_force, self.last_epoch, self._step_count = written, at, count
                        pace = self._pace
                        if not (pace.rests or -2 < count - pace.due < 2):  # is_kept, without the call
                            self._check_pace()
                        return
            finally:
                _MOVING.release()
        self._step_slowly(epoch, metrics)

    def _step_slowly(self, epoch: int | None, metrics: object) -> None:
        if metrics is not None or isinstance(epoch, float | Tensor):
            # DeepSpeed answers the TypeError for an unknown argument by a step to the size of the batch.
            raise StepError(Problem("step.metric", "", "a step takes no metric",
                                    "Call observe(metric), or hand metric_port() to the host."))  # fmt: skip
        with _MOVING:
            count = self._step_count
            begins = count == 0
            if begins and self._is_built and self._driver == "optimizer":
                raise _driven_inside_another()
            if self._driver == "optimizer" and not begins:
                return
            self._check_alone()
            try:
                super().step(epoch)
            except UnischedError:
                self._step_count = count
                raise
            if begins or epoch is not None:
                self._pace.restart(self._step_count)
            else:
                self._check_pace()

    def advance(self, *, tokens: int | None = None, samples: int | None = None, epochs: int | None = None) -> None:
        """Move by whole steps' worth of `tokens`, `samples` or `epochs` (exactly one), and keep the remainder.

        It stands in for `step`; a `step` between two calls counts one update and leaves the remainder. Raises
        `StepError` where the clock does not know the unit's pace, and under `driver="optimizer"`.
        """
        if self._driver == "optimizer":
            raise StepError(Problem("step.advance", "", "the optimizer moves this schedule",
                                    'Build it with driver="step" to move it by tokens or samples.'))  # fmt: skip
        with _MOVING:
            state = self.state().advanced(self._program.clock, tokens=tokens, samples=samples, epochs=epochs)
            self._move_to(state.step)
            self._state = state
            self._step_count += 1
            self._pace.restart(self._step_count)

    def observe(self, metric: Metric) -> None:
        """Take a metric, already reduced over processes; the next update feels it, and the groups hold it at once.

        A bare number where one name is watched, else a mapping by name; a tensor of one number is a number, and what
        is not a number (NaN) a bad observation. Raises `StepError` for anything else, and for a name that nothing
        watches.
        """
        _MOVING.acquire()  # as in `step`
        try:
            binding, at = self._bound(), self.last_epoch
            self._memories = binding.reached.observed(self._memories, max(at, 0), metric)
            has_moved = binding.reached.put(self._memories)
            is_apart = self._driver == "step" and not self._pace.is_kept(self._step_count)
            if (has_moved or is_apart) and at >= 0 and rates.are_own(binding, self._last_lr):
                if is_apart:
                    self._check_pace()
                if has_moved:
                    # A group that has just been added goes on with what it was given until the next step.
                    self._write(at, len(self._in_force[2]))
        finally:
            _MOVING.release()

    def metric_port(self, monitor: str | None = None) -> MetricPort:
        """Give a `ReduceLROnPlateau` over this scheduler, for hosts that feed metrics to that class only.

        Its `step` takes the metric `monitor`, by the document's name, which may be left out where one is watched.
        """
        return MetricPort(self, monitor)

    @property
    def program(self) -> Program:
        """The program that this scheduler follows."""
        return self._program

    @property
    def _last_lr(self) -> list[float | Tensor]:
        # Made when it is asked for: copies of tensors at every step would be work for the device.
        return [rate.copy() if isinstance(rate, Filled) else copied(rate) for rate in self._in_force[2]]

    @_last_lr.setter
    def _last_lr(self, rates: Sequence[float | Tensor]) -> None:
        labels, values, _ = self._in_force
        self._in_force = labels, values, tuple(rates)

    def last_used(self) -> dict[str, float]:
        """Give the values that the update just made has used; empty before the first.

        Keys are `lr`, `weight_decay` and so on, with several groups `lr-<group>`.
        """
        labels, values, _ = self._used
        return {label: values[track] for label, track in labels}

    def state(self) -> State:
        """Give the portable state, which any backend can continue from."""
        with _MOVING:  # of one moment, also where another thread makes the steps
            base = self._bound().base  # notes the births of groups that have just been added
            feedback = watching.written(self._program.body, self._memories)
            return replace(self._state.at(max(self.last_epoch, 0)), base=base, feedback=feedback)

    def state_dict(self) -> dict[str, Any]:
        """Give the state as five keys of plain numbers, lists and texts; the portable state is one of them."""
        with _MOVING:
            state = self.state()  # first, for it notes groups that have just been added
            base_rates = [float(rate) for rate in self.base_lrs]
            shown = rates.in_force(self._bound(), self.get_lr(), self._last_lr)
            return Saved(state, self.last_epoch, self._step_count, base_rates, shown).to_dict()

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Continue from what `state_dict` gave, and write its values into the optimizer at once.

        Raises `StateError` for the state of another document, unless built with `strict=False`, and for anything
        that `state_dict` did not give; nothing is changed then.
        """
        saved = Saved.from_dict(state_dict)
        state = resume(self._program, saved.state, strict=self._strict)
        with _MOVING:
            names = self._current_names()
            births = late(state.births, names, names[: len(saved.base_rates)], state.step)
            memories = watching.recalled(self._program.body, state.feedback)
            binding = self._bind(births, memories)
            self._memories = memories
            if saved.last_epoch >= 0:
                held = [copied(group["lr"]) for group in binding.groups]
                self._move_to(state.step)
                if saved.state.fingerprint == self._program.fingerprint and saved.base_rates == self.base_lrs:
                    rates.leave_to_others(binding, saved, self.get_lr(), held)
            self._state = replace(state, births=births)
            self.last_epoch, self._step_count = saved.last_epoch, saved.step_count
            self._pace.restart(self._step_count)

    def __getstate__(self) -> dict[str, Any]:
        # Closures do not pickle; they are made anew from the program.
        with _MOVING:
            return {**self.__dict__, "_binding": None, "_stride": None}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state)
        # A copied or unpickled optimizer has lost its hooks.
        self._attach(self.optimizer)

    def __repr__(self) -> str:
        return f"UnischedLR({', '.join(self._program.hyperparameters)}, at step {max(self.last_epoch, 0)})"

    def _update_lr(self, epoch: int | None = None) -> None:
        # SequentialLR calls this, and not step(), at its milestones.
        self._move_to(self.last_epoch + 1 if epoch is None else self._program.checked_step(epoch))
        if epoch is not None:
            self._pace.restart(self._step_count)

    def _check_pace(self) -> None:
        # The updates that a CUDA graph replays are not seen, so there may be more steps than updates, but not less.
        is_ahead = self._step_count > self._pace.due
        if is_ahead and any(group.get("capturable") for group in self.optimizer.param_groups):
            self._pace.rest()
        else:
            self._pace.check(self._step_count)

    def _check_alone(self) -> None:
        # Before the first step only: later, a look at each number would be half of what a step costs.
        binding, (labels, values, _) = self._binding, self._in_force
        if self._step_count == 1 and binding is not None and labels is binding.labels:
            rates.warn_of_others(binding, values)

    def _move_to(self, step: int) -> None:
        self._write(step, len(self._bound().groups))
        self.last_epoch = step
        if step == self._deadline:
            warn_of_silence(self._program, self._memories, step)

    def _write(self, step: int, known: int) -> None:
        binding = self._bound()
        values = binding.values(self._readable(step))
        if known == len(binding.groups):
            self._in_force = binding.labels, values, binding.write(values)
            return
        # Groups are only ever added, so the first labels are theirs; a lone group's do not bear its name.
        labels = tuple((own, track) for (own, _), (_, track) in zip(self._in_force[0], binding.labels, strict=False))
        self._in_force = labels, values, binding.write_first(values, known)

    def _readable(self, step: int) -> int:
        # A run of exactly `total` updates ends at the step `total`, where "after": "error" has no value: the last one
        # stays in force, and the next update or step raises.
        return step - 1 if step == self._end else step

    def _bound(self) -> Binding:
        if self._binding is not None and self._binding.fits(self.optimizer.param_groups):
            return self._binding
        return self._bind(late(self._state.births, self._current_names(), self._names, self.last_epoch + 1),
                          self._memories)  # fmt: skip

    def _bind(self, births: Mapping[str, int], memories: Sequence[memory.Memory]) -> Binding:
        names = self._current_names()
        try:
            binding = bind(self._program.born(births), self.optimizer, names, memories=memories)
        except BindingError as error:
            # It is a TypeError, which DeepSpeed swallows around step().
            raise StepError(*error.problems) from error
        fit.warn_of_strangers(self._program, self._names, names)
        self._names = names
        self._hold(binding, self.optimizer)
        self._state = replace(self._state, births=births)
        self.base_lrs = [number(group["initial_lr"]) for group in binding.groups]
        return binding

    def _hold(self, binding: Binding, optimizer: Optimizer) -> None:
        cls = type(self)
        is_plain = self._driver == "step" and cls._update_lr is UnischedLR._update_lr
        special = [step for step in (self._end, self._deadline) if step is not None]
        self._binding: Binding | None = binding
        self._listed, self._parts = optimizer.param_groups, Parts(binding.groups)
        self._stride: Stride | None = stride_of(binding, optimizer.param_groups, special) if is_plain else None

    def _current_names(self) -> tuple[str, ...]:
        return names_of(self.optimizer.param_groups, self._names, self._binding)

    def _attach(self, optimizer: Optimizer) -> None:
        call_after_updates(optimizer, self._after_update, self._count_update)
        if self._program.body.after == "error":
            call_before_updates(optimizer, self._before_update)

    def _before_update(self, given: Mapping[str, Any]) -> None:
        binding = self._binding or self._bound()
        if not only_makes_room(given, binding.groups, self._in_force[1]):
            binding.values(max(self.last_epoch, 0))

    def _count_update(self) -> bool:
        binding = self._binding
        shown = self.optimizer.param_groups
        if self._stride is None or binding is None or len(shown) != len(binding.groups):
            return False
        if not self._parts.is_whole(shown):
            return False
        self._used = self._in_force
        self._pace.due += 1
        return True

    def _after_update(self, given: Mapping[str, Any]) -> None:
        bound, shown = self._binding.groups if self._binding is not None else (), self.optimizer.param_groups
        if only_makes_room(given, bound, self._in_force[1]):
            return
        self._used = self._in_force
        if shown is self._listed and len(shown) < len(bound):
            self._bound()  # groups were taken out of the optimizer's own list; an engine shows another one
        begins = self._parts.begins(shown, self._step_count if self._driver == "step" else 0)
        if self._driver == "step":
            self._pace.due += begins
            return
        if self._parts.is_some(shown) or not begins:
            raise refuse_part()
        if is_captured():
            raise refuse_capture()
        if self.last_epoch < 0:
            raise _driven_inside_another()
        with _MOVING:
            self._check_alone()
            self._move_to(self.last_epoch + 1)
            self._step_count += 1


def _driven_inside_another() -> UnsupportedError:
    return UnsupportedError(Problem("torch.sequential", "", 'a schedule with driver="optimizer" cannot wait its turn',
                                    'Build it with driver="step" to put it into a SequentialLR.'))  # fmt: skip
