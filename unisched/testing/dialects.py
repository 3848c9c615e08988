"""The class that a dialect's tests inherit: every kind, over drawn arguments, against the library's own values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Final

import pytest

from unisched.spec.dialect import Dialect, DialectCurve
from unisched.spec.dialects import dialect, names
from unisched.spec.kinds import kind_of
from unisched.testing import dialect_checks
from unisched.testing.arguments import argument_sets
from unisched.testing.found import found

__all__ = ["DialectConformance"]


_ULPS: Final = 4.0


class DialectConformance:
    """Tests of the dialect installed under the name `dialect`; inherit them in a class whose name begins with Test.

    `peer` gives the library's own values from step 0 on: a list, or, for a kind that schedules several
    hyperparameters, a list for each by name. A kind that gives a factor is compared under `base`. `examples` are lists
    of arguments by kind, needed where a field's type does not say what to draw; `clock` is what `compile` takes. `ulps`
    is how far the library's own values may be off, in ulp of each value: one number, or one by kind, 4 for the others.

    >>> class TestAcme(DialectConformance):
    ...     dialect = "acme"
    ...     def peer(self, curve, steps):
    ...         return [acme.ramp(step, curve.lr, curve.warm) for step in range(steps)]
    """

    dialect: ClassVar[str]
    examples: ClassVar[Mapping[str, Sequence[Mapping[str, Any]]]] = {}
    clock: ClassVar[Mapping[str, Any]] = {"total": 50}
    base: ClassVar[float] = 0.1
    steps: ClassVar[int] = 60
    draws: ClassVar[int] = 40
    ulps: ClassVar[float | Mapping[str, float]] = _ULPS

    def peer(self, curve: DialectCurve, steps: int) -> Sequence[float] | Mapping[str, Sequence[float]]:
        """Give what the library itself gives for these arguments, at steps 0, 1, …: fewer than asked where it ends."""
        raise NotImplementedError

    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Give every test its kinds; raise `CollectError` where the dialect cannot be loaded."""
        if "model" in metafunc.fixturenames:
            metafunc.parametrize("model", found(self.loaded).kinds, ids=kind_of)

    def loaded(self) -> Dialect:
        """Give the dialect under test, found as a document finds it."""
        return dialect(self.dialect)

    def test_is_found_by_its_name(self) -> None:
        """The entry point names a dialect of this contract, with kinds of its own."""
        assert self.dialect in names()
        assert self.loaded().kinds

    def test_is_documented(self) -> None:
        """Every kind and every argument says what it means."""
        dialect_checks.is_documented(self.loaded())

    def test_refuses_unknown_arguments(self, model: type[DialectCurve]) -> None:
        """A misspelt argument is an error."""
        dialect_checks.refuses_unknown_arguments(self._curves(model)[0])

    def test_survives_text(self, model: type[DialectCurve]) -> None:
        """Documents come back equal from their own text."""
        for curve in self._curves(model):
            dialect_checks.survives_text(curve)

    def test_agrees_with_the_library(self, model: type[DialectCurve]) -> None:
        """Every argument set that the kind takes gives the library's own values."""
        for curve in self._curves(model):
            values = self.peer(curve, self.steps)
            by_name = values if isinstance(values, Mapping) else {curve.drives()[0]: values}
            dialect_checks.agrees(curve, by_name, self.base, self.clock, self._bound(model))

    def _bound(self, model: type[DialectCurve]) -> float:
        return self.ulps.get(kind_of(model), _ULPS) if isinstance(self.ulps, Mapping) else self.ulps

    def _examples(self, model: type[DialectCurve]) -> Sequence[Mapping[str, Any]]:
        return self.examples.get(kind_of(model), ())

    def _curves(self, model: type[DialectCurve]) -> list[DialectCurve]:
        return dialect_checks.accepted(model, argument_sets(model, self._examples(model), self.draws), self.clock)
