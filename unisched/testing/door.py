"""The public door, for a backend that is a value in hand: `unisched.emit` finds it without being installed."""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import replace
from inspect import Parameter, signature
from typing import Any, Final

import pytest

from unisched import registry, verbs
from unisched.backend import Backend, Form
from unisched.errors import PluginError
from unisched.program import Program

__all__ = ["NUMPY", "emitted", "numpy", "required", "scheduler", "watched"]

__tracebackhide__ = True

NUMPY: Final = "numpy"


def emitted(name: str, backend: Backend, form: str, program: Program, **binding: Any) -> Any:
    """Give what `unisched.emit` gives where `backend` is installed under `name`; raise what the plugin raised."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "backend", lambda _: backend)
        try:
            return verbs.emit(program, name, form=form, **binding)
        except PluginError as error:
            if error.__cause__ is None:
                raise
            error.__cause__.add_note(str(error))
            raise error.__cause__ from None


def scheduler(program: Program, state: str) -> Any:
    """Give numpy's scheduler, the reference for handing states on."""
    return emitted(NUMPY, numpy(), "scheduler", program, state=state)


@functools.cache
def numpy() -> Backend:
    """Give numpy's backend."""
    return registry.backend(NUMPY)


def required(form: Form) -> tuple[str, ...]:
    """Give the bindings that the form cannot do without."""
    return tuple(p.name for p in signature(form.emit).parameters.values()
                 if p.kind is Parameter.KEYWORD_ONLY and p.default is Parameter.empty)  # fmt: skip


def watched(backend: Backend, form: str, seen: Callable[[], None]) -> Backend:
    """Give the backend with `seen` called in the place of one form's `emit`."""

    @functools.wraps(backend.forms[form].emit)
    def emit(*_: object, **__: object) -> object:
        seen()
        return object()

    return replace(backend, forms={**backend.forms, form: replace(backend.forms[form], emit=emit)})
