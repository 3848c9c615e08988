"""The native object: writes a program's values into the tensors of tinygrad's optimizers, in place.

A captured step reads the same buffers at each replay, so it sees each new value and nothing is compiled again. Knows
neither which optimizers there are nor how their numbers are held.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tinygrad import Tensor
from tinygrad.nn.optim import Optimizer

from unisched.plugin import Metric, Program, State, StepError, float32, resume
from unisched_tinygrad.capture import refuse_capture
from unisched_tinygrad.groups import check_groups, named
from unisched_tinygrad.record import put, room, taken
from unisched_tinygrad.slots import Slot, found, given, remember

__all__ = ["UnischedLR"]


class UnischedLR:
    """Writes into an optimizer, or the optimizers of an `OptimizerGroup`, before the first update and after each.

    Call `step()` after each update, outside of `TinyJit`. `portable_state` holds the state, in as many bytes for every
    state of a program: tinygrad's `get_state_dict` finds it, and nothing else here, and `load_state_dict` moves it.
    With `strict=False` it may be of another document.

    >>> import unisched
    >>> from tinygrad import Tensor, nn
    >>> optimizer = nn.optim.SGD([Tensor([0.0])])
    >>> spec = {"kind": "linear", "start": 1.0, "end": 0.0}
    >>> scheduler = unisched.build(spec, "tinygrad", total=4, optimizer=optimizer)
    >>> [optimizer.lr.item(), scheduler.step(), optimizer.lr.item()]
    [1.0, None, 0.75]
    """

    # What nn.state looks through is __dict__: slots keep all but the state from it.
    __slots__ = (
        "__dict__", "_ended", "_factors", "_members", "_names", "_optimizer", "_program", "_put", "_state", "_strict",
        "_writers",
    )  # fmt: skip
    portable_state: Tensor

    def __init__(
        self,
        optimizer: Optimizer,
        program: Program,
        state: State,
        *,
        group_names: Sequence[str] | None = None,
        strict: bool = True,
    ) -> None:
        refuse_capture("build")
        self._members = named(optimizer, group_names)
        check_groups(program, [name for name, _ in self._members])
        self._optimizer, self._program, self._names, self._strict = optimizer, program, group_names, strict
        self._ended: StepError | None = None
        self._bind(state)
        rate = self._members[0][1].lr
        self.portable_state = Tensor(bytes(room(program, len(self._members))), device=rate.device)
        self._write()

    def step(self) -> None:
        """Say that an update was made; write the values of the next one.

        Raises `BindingError` inside of a capture, and `StepError` after the update past the end of a document that
        ends in an error.
        """
        state = self.state()
        self._move_to(state.at(state.step + 1))

    def advance(self, *, tokens: int | None = None, samples: int | None = None, epochs: int | None = None) -> None:
        """Move by tokens, samples or epochs at the pace of the program's clock; what is left over is carried."""
        self._move_to(self.state().advanced(self._program.clock, tokens=tokens, samples=samples, epochs=epochs))

    def observe(self, metric: Metric | Tensor | Mapping[str, Any]) -> None:
        """Take a metric, or several by name; the next update feels it. Raises `StepError` for what is none."""
        refuse_capture("observe()")
        self._state = self.state().observe(self._program, metric)
        self._factors[:] = self._program.factors(self._state)
        self._write()

    def state(self) -> State:
        """Give the portable state: any other backend goes on from here."""
        if self.portable_state.uop is not self._put:
            self._follow()
        return self._state

    def __reduce__(self) -> tuple[Any, ...]:
        # Functions do not pickle: copies bind the copy of the optimizer.
        return _bound, (self._optimizer, self._program, self.state(), self._names, self._strict)

    def _bind(self, state: State) -> None:
        running = self._program.born(state.births)
        slots = found(running, self._members)
        state = replace(state, base={**_common(slots), **state.base})
        factors = self._program.factors(state)
        self._writers = [
            (slot.tensor(), running.function(*slot.target, base=_base(state, slot), factors=factors)) for slot in slots
        ]
        self._state, self._factors, self._ended = state, factors, None

    def _follow(self) -> None:
        """Go where `load_state_dict` has been told to go, and write what is in force there."""
        refuse_capture("state()")
        loaded, known = taken(self.portable_state)
        state = resume(self._program, loaded, strict=self._strict)
        remember(self._members, known)
        self._bind(state)
        self._write()

    def _move_to(self, state: State) -> None:
        refuse_capture("step()")
        if self._ended is not None:
            raise self._ended.with_traceback(None)
        self._state = state
        self._write()

    def _write(self) -> None:
        values = self._values()
        for (tensor, _), value in zip(self._writers, values, strict=True):
            _assign(tensor, float32(value))
        put(self.portable_state, self._state, given(self._members))
        Tensor.realize(*(tensor for tensor, _ in self._writers), self.portable_state)
        self._put = self.portable_state.uop

    def _values(self) -> list[float]:
        self._ended = None
        try:
            return [function(self._state.step) for _, function in self._writers]
        except StepError as error:  # no update need follow: the step after one is told
            self._ended = error
            return [function((self._program.total or 1) - 1) for _, function in self._writers]


def _bound(
    optimizer: Optimizer, program: Program, state: State, names: Sequence[str] | None, strict: bool
) -> UnischedLR:
    return UnischedLR(optimizer, program, state, group_names=names, strict=strict)


def _base(state: State, slot: Slot) -> float:
    return state.base.get(slot.target.hyperparameter, slot.given())


def _assign(tensor: Tensor, value: float) -> None:
    tensor.assign(Tensor([value], dtype=tensor.dtype, device=tensor.device).reshape(tensor.shape))


def _common(slots: Sequence[Slot]) -> dict[str, float]:
    """Give what all optimizers were given alike: a state has one base for each hyperparameter."""
    values: dict[str, set[float]] = {}
    for slot in slots:
        values.setdefault(slot.target.hyperparameter, set()).add(slot.given())
    return {hyperparameter: min(given) for hyperparameter, given in values.items() if len(given) == 1}
