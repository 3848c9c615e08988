"""Digests of the corpus: the same on every backend, every Python and every processor, or the case is named.

A case's digest is SHA-256 over the values of its targets in the order of its file, at the steps that `windows.shown`
gives, each as a big-endian float32 (or float64); that of many cases is SHA-256 over theirs, by name. The due ones
lie beside the corpus, written by its generator. Nothing is compared with values this package computed itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

import numpy as np

from unisched import registry
from unisched.backend import Backend, Form
from unisched.program import Program
from unisched.single import SMALLEST_FLOAT32
from unisched.testing import legs
from unisched.testing.checks import carried
from unisched.testing.corpus import Case, Run, load_corpus
from unisched.testing.faults import about, fail
from unisched.testing.tolerance import Precision
from unisched.testing.windows import COUNTED, shown

__all__ = [
    "Digest", "common", "counted", "digest", "due", "evaluated", "gives_the_digests", "published", "replayed",
]  # fmt: skip

__tracebackhide__ = True


@dataclass(frozen=True, slots=True)
class Digest:
    """The digests of some cases, by name.

    >>> due(load_corpus()).total == published()["all", "float32"]
    True
    """

    cases: Mapping[str, str]

    @property
    def total(self) -> str:
        """SHA-256 over the digests of all its cases, by name."""
        return hashlib.sha256(b"".join(bytes.fromhex(self.cases[name]) for name in sorted(self.cases))).hexdigest()

    @property
    def common(self) -> str:
        """The same over those of its cases that every backend carries."""
        return self.of(common()).total

    def of(self, names: Iterable[str]) -> Digest:
        """Give the digest of those of its cases that have these names."""
        return Digest({name: self.cases[name] for name in names if name in self.cases})

    def differing(self, precision: Precision = "float32") -> list[str]:
        """Give the names of its cases that have another digest than the exact values."""
        return sorted(name for name, found in self.cases.items() if found != published()[name, precision])


def digest(backend: str, form: str | None = None, cases: Sequence[Case] | None = None) -> Digest:
    """Give the float32 digest of a backend's own loop over all cases that the form (its first) carries, or over some.

    Raises `PluginError` where there is no such backend.

    >>> digest("numpy", cases=load_corpus()[:3]).differing()
    []
    """
    forms = registry.backend(backend).forms
    chosen = forms[form or next(iter(forms))]
    held = [case for case in load_corpus() if counted(chosen, case)] if cases is None else cases
    return Digest({case.name: replayed(chosen, case) for case in held})


def gives_the_digests(name: str, backend: Backend, form_name: str, corpus: Iterable[Case]) -> None:
    """Every case that the form carries, to the last of its steps that are shown, has the digest of its exact values."""
    form = backend.forms[form_name]
    held = [case for case in corpus if counted(form, case)]
    wrong = [case.name for case in held if replayed(form, case) != published()[case.name, "float32"]]
    if wrong:
        fail(f"{about(name, form_name)}: another digest in {len(wrong)} of {len(held)} cases: {', '.join(wrong)}")


def evaluated(cases: Iterable[Case], precision: Precision = "float32", *, exact: bool) -> Digest:
    """Give the digest of what programs themselves give: correctly rounded, or by the fast function of the host."""
    return Digest({case.name: _digest(_computed(case, exact=exact), precision) for case in cases})


def due(cases: Iterable[Case], precision: Precision = "float32") -> Digest:
    """Give the digest of the exact values of some cases."""
    return Digest({case.name: _digest(_exact(case), precision) for case in cases})


def replayed(form: Form, case: Case) -> str:
    """Give the float32 digest of what a form's replays of one case used."""
    return _digest(_used(form, case), "float32")


def counted(form: Form, case: Case) -> bool:
    """Tell whether a form carries a case, and counts to the last of its steps that are shown."""
    last = max(max(shown(run.values)) for run in case.runs)
    return last < form.capabilities.last_step and carried(form, case)


@cache
def common() -> tuple[str, ...]:
    """Give the names of the cases that every backend carries: plain ones, no longer than 32 bits count."""
    return tuple(case.name for case in load_corpus() if case.plain and (case.program.total or 0) <= COUNTED)


@cache
def published() -> Mapping[tuple[str, Precision], str]:
    """Give the due digests by name (a case, `common` or `all`) and precision.

    >>> due(load_corpus()).total == published()["all", "float32"]
    True
    """
    lines = (resources.files("unisched.testing") / "corpus" / "DIGESTS").read_text(encoding="utf-8").splitlines()
    rows = (line.split() for line in lines if not line.startswith("#"))
    found: dict[tuple[str, Precision], str] = {}
    for name, precision, value in rows:
        found[name, "float64" if precision == "float64" else "float32"] = value
    return MappingProxyType(found)


def _exact(case: Case) -> Iterator[Sequence[float]]:
    for run in case.runs:
        steps = shown(run.values)
        yield from ([expected.values[step] for step in steps] for expected in run.expected)


def _used(form: Form, case: Case) -> Iterator[Sequence[float]]:
    for run in case.runs:
        used = legs.used(form, run, shown(run.values))
        yield from (used[run.target(expected)] for expected in run.expected)


def _computed(case: Case, *, exact: bool) -> Iterator[Sequence[float]]:
    for run in case.runs:
        program, steps = _alone(case, run), shown(run.values)
        yield from ([program(step, e.hyperparameter, e.group, exact=exact) for step in steps] for e in run.expected)


def _alone(case: Case, run: Run) -> Program:
    """Give the program of a run as a function of the step alone."""
    program = (case.compiled(base=run.base) if run.base else run.program).born(run.births)
    return program.observed(run.metrics) if program.controllers else program


def _digest(targets: Iterable[Sequence[float]], precision: Precision) -> str:
    found = hashlib.sha256()
    for used in targets:
        found.update(_packed(used, precision))
    return found.hexdigest()


def _packed(values: Sequence[float], precision: Precision) -> bytes:
    doubles = np.asarray(values, dtype=">f8")
    if precision == "float64":
        return doubles.tobytes()
    with np.errstate(over="ignore"):
        return np.where(np.abs(doubles) < SMALLEST_FLOAT32, 0.0, doubles).astype(">f4").tobytes()
