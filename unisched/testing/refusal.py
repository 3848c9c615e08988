"""Whether the core lets a program in or refuses it as a form's capabilities imply, before anything is built."""

from __future__ import annotations

from collections.abc import Iterable

from unisched.backend import Backend
from unisched.errors import UnsupportedError
from unisched.program import Program
from unisched.testing.door import emitted, required, watched
from unisched.testing.faults import fail, require
from unisched.testing.reasons import Reason, reasons

__all__ = ["codes", "is_let_in", "is_refused"]

__tracebackhide__ = True


def is_let_in(about: str, name: str, backend: Backend, form: str, program: Program) -> None:
    """The program reaches the form's `emit`."""
    try:
        reached, _ = _knocked(name, backend, form, program)
    except UnsupportedError as error:
        fail(f"{about}: refused, though its capabilities carry it: {error}")
    require(reached, f"{about}: accepted, but emit was not called")


def is_refused(about: str, name: str, backend: Backend, form: str, program: Program) -> None:
    """The program is refused for each reason there is, by place and with the form that can; `emit` is not called."""
    due = reasons(backend.forms[form].capabilities, program)
    reached, given = _knocked(name, backend, form, program, refused=True)
    require(not reached, f"{about}: not refused before emit was called, though due for {codes(due)}")
    found = {problem.code for problem in given.problems} if given else set()
    if found != {reason.code for reason in due}:
        fail(f"{about}: refused for {', '.join(sorted(found)) or 'nothing'}, due are {codes(due)}")
    unsaid = [reason.place for reason in due if reason.place not in str(given)]
    require(not unsaid, f"{about}: the refusal does not name {', '.join(unsaid)}: {given}")
    able = next((n for n, other in backend.forms.items() if not reasons(other.capabilities, program)), None)
    if able is not None:
        require(f'Use form="{able}".' in str(given), f"{about}: the refusal does not name the form {able!r}: {given}")


def codes(due: Iterable[Reason]) -> str:
    """Give the codes of reasons, each once, in words."""
    return ", ".join(sorted({reason.code for reason in due}))


def _knocked(
    name: str, backend: Backend, form: str, program: Program, *, refused: bool = False
) -> tuple[bool, UnsupportedError | None]:
    reached: list[bool] = []
    spied = watched(backend, form, lambda: reached.append(True))
    bindings = dict.fromkeys(required(backend.forms[form]), object())
    try:
        emitted(name, spied, form, program, **bindings)
    except UnsupportedError as error:
        if not refused:
            raise
        return bool(reached), error
    return bool(reached), None
