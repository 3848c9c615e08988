"""What a plugin must leave as it found it: the interpreter's settings that everybody shares.

Imports are watched in a fresh interpreter, after everything else the plugin imports, so that a framework's own
doings are not laid at the plugin's door. Run as a module, this file is that interpreter's program.
"""

from __future__ import annotations

import contextlib
import importlib
import io
import json
import locale
import logging
import os
import signal
import sys
import warnings
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import Any, Final

import numpy as np

from unisched import registry
from unisched.errors import shorten
from unisched.testing.interpreter import answer, asked

__all__ = ["SETTLING", "answered", "changed_by", "import_changes", "settling", "snapshot"]

__tracebackhide__ = True

SETTLING: Final = ("os.environ", "warnings.filters")
"""What frameworks change once, at their first loop, on their own account."""


_PATIENCE: Final = 300
_LONGEST: Final = 200


def snapshot() -> dict[str, str]:
    """Give the shared settings as text, by name."""
    return {
        "warnings.filters": repr(warnings.filters),
        "warnings.showwarning": repr(warnings.showwarning),
        "the recursion limit": repr(sys.getrecursionlimit()),
        "the locale": locale.setlocale(locale.LC_ALL),
        "signal handlers": repr([(int(s), signal.getsignal(s)) for s in sorted(signal.valid_signals())]),
        "sys.path": repr(sys.path),
        "sys.excepthook": repr(sys.excepthook),
        "os.environ": repr(dict(os.environ)),
        "the working directory": os.getcwd(),
        "the root logger": repr((logging.root.level, logging.root.handlers)),
        "numpy's error handling": repr((np.geterr(), np.geterrcall())),
        "numpy's print options": repr(np.get_printoptions()),
        **dict(_default_dtypes()),
    }


def changed_by(act: Callable[[], object], *settled: str) -> list[str]:
    """Give, in words, what `act` changes or prints; settings named in `settled` are left out."""
    before, printed = snapshot(), io.StringIO()
    with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
        act()
    after, said = snapshot(), printed.getvalue()
    # A library that was loaded meanwhile brings settings of its own, which only the later snapshot has.
    differing = [name for name in before if name in after and name not in settled and before[name] != after[name]]
    changes = [f"{n} was {_around(before[n], after[n])}, is {_around(after[n], before[n])}" for n in differing]
    return changes + ([f"it printed {shorten(repr(said))}"] if said else [])


@contextlib.contextmanager
def settling() -> Iterator[None]:
    """Put back, at the end, the settings of `SETTLING`: whoever changes them again is no framework waking up."""
    environ = dict(os.environ)
    with warnings.catch_warnings():
        yield
    for name in os.environ.keys() - environ.keys():
        del os.environ[name]
    os.environ.update(environ)


def import_changes(name: str) -> list[str]:
    """Give, in words, what importing the backend called `name` changes in a fresh interpreter."""
    foreign = _asked("modules", name)
    return _asked("changes", name, json.dumps(foreign))


def _default_dtypes() -> Iterator[tuple[str, str]]:
    # Whatever library is loaded: these names are what libraries call their default, none is named here.
    for name, module in sorted(sys.modules.items()):
        members = vars(module) if type(module) is ModuleType else {}
        for attribute in ("get_default_dtype", "floatx", "__array_namespace_info__"):
            known = members.get(attribute)
            if callable(known) and not isinstance(known, type):
                yield f"{name}.{attribute}", _default(known)


def _default(known: Any) -> str:
    try:
        given = known()
        return repr(given.default_dtypes() if hasattr(given, "default_dtypes") else given)
    except Exception as error:  # a namesake that means something else, which is nobody's default
        return type(error).__name__


def _around(text: str, other: str) -> str:
    """Give the part of `text` where it begins to differ from `other`."""
    differs = (place for place, (a, b) in enumerate(zip(text, other, strict=False)) if a != b)
    start = max(next(differs, min(len(text), len(other))) - 20, 0)
    cut = text[start : start + _LONGEST]
    return ("..." if start else "") + cut + ("..." if start + _LONGEST < len(text) else "")


def _asked(question: str, name: str, text: str = "") -> list[str]:
    fails = f"backend {name!r} does not load in a fresh interpreter"
    return asked(__name__, question, name, fails=fails, patience=_PATIENCE, given=text)


def answered() -> None:
    """Answer in a fresh interpreter."""
    question, name = sys.argv[1:]
    answer(_foreign_modules(name) if question == "modules" else _changes_of(name, json.loads(sys.stdin.read())))


def _foreign_modules(name: str) -> list[str]:
    known = set(sys.modules)
    registry.backend(name)
    own = {claim.entry_point.module.partition(".")[0] for claim in registry.claims() if claim.name == name}
    return [module for module in sys.modules if module not in known and module.partition(".")[0] not in own]


def _changes_of(name: str, foreign: list[str]) -> list[str]:
    for module in foreign:
        try:
            importlib.import_module(module)
        except Exception:  # a module that only its own package can make
            continue
    return changed_by(lambda: registry.backend(name))
