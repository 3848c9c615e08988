"""The dialect kit is a judge: an honest dialect passes every rule, each sabotaged one fails the rule it breaks."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar, Literal

import pytest
from pydantic import Field

from unisched.errors import SpecError
from unisched.plugin import Clock, Curve, Dialect, DialectCurve, curve
from unisched.spec import dialects
from unisched.spec.dialects import Installed
from unisched.spec.kinds import bind_dialects
from unisched.testing import DialectConformance, dialect_checks
from unisched.testing.arguments import argument_sets


class Ramp(DialectCurve):
    """lr · min(1, (step + 1) / warm)."""

    kind: Literal["acme.Ramp"] = "acme.Ramp"
    lr: float = Field(default=0.1, gt=0, description="The value once warm.")
    warm: int = Field(default=10, ge=2, description="Updates until then.")

    def expand(self, clock: Clock) -> Mapping[str, Curve]:
        return {"learning_rate": curve({"kind": "linear", "start": self.lr / self.warm, "end": self.lr,
                                        "duration": self.warm - 1})}  # fmt: skip


class OneStepLate(Ramp):
    """The same, a step too long."""

    def expand(self, clock: Clock) -> Mapping[str, Curve]:
        return {"learning_rate": curve({"kind": "linear", "start": self.lr / self.warm, "end": self.lr,
                                        "duration": self.warm})}  # fmt: skip


class FewUlpOff(Ramp):
    """The same, a few last bits away."""

    def expand(self, clock: Clock) -> Mapping[str, Curve]:
        honest = super().expand(clock)["learning_rate"]
        return {"learning_rate": curve({"kind": "product", "curves": [1 + 2.0**-49, honest]})}


class ForgetsAHyperparameter(Ramp):
    """Says that it schedules two, and gives one."""

    def drives(self) -> tuple[str, ...]:
        return ("learning_rate", "momentum")


class Undocumented(Ramp):
    """An argument without a word."""

    extra: int = 3


class TakesAnything(Ramp, extra="allow"):
    """Any argument at all."""


class RefusesNearlyAll(Ramp):
    """No argument set of the kit is good enough."""

    lr: float = Field(default=0.1, gt=100, description="The value once warm.")
    needed: int = Field(ge=12345, description="A field that cannot be drawn.")


def peer(model: DialectCurve, steps: int = 40) -> Sequence[float]:
    arguments: dict[str, Any] = model.model_dump()
    return [arguments["lr"] * min(1.0, (step + 1) / arguments["warm"]) for step in range(steps)]


class Known(Installed):
    """One model in the place of all installed kinds."""

    model: ClassVar[type[DialectCurve]] = Ramp

    def model_of(self, kind: str) -> type[DialectCurve]:
        return self.model

    def models(self) -> Iterable[type[DialectCurve]]:  # type: ignore[override]
        return [self.model]


@pytest.fixture
def installed() -> Iterable[type[Known]]:
    bind_dialects(Known())
    yield Known
    bind_dialects(Installed())
    Known.model = Ramp


def every_rule(model: type[DialectCurve]) -> None:
    dialect_checks.is_documented(Dialect(contract=1, kinds=(model,)))
    curves = dialect_checks.accepted(model, argument_sets(model, (), 30), {})
    dialect_checks.refuses_unknown_arguments(curves[0])
    for drawn in curves:
        dialect_checks.survives_text(drawn)
        dialect_checks.agrees(drawn, {"learning_rate": peer(drawn)}, 0.1, {}, 4.0)


def test_an_honest_dialect_passes(installed: type[Known]) -> None:
    every_rule(Ramp)


SABOTAGED: dict[type[DialectCurve], str] = {
    OneStepLate: "at step 0|at step 1",
    FewUlpOff: "ulp, more than 4",
    ForgetsAHyperparameter: "drives",
    Undocumented: "says nothing of ..extra",
    TakesAnything: "takes an argument it does not have",
}


@pytest.mark.parametrize("model", SABOTAGED, ids=lambda model: model.__name__)
def test_a_sabotaged_dialect_fails(installed: type[Known], model: type[DialectCurve]) -> None:
    Known.model = model
    with pytest.raises(AssertionError, match=SABOTAGED[model]):
        every_rule(model)


def test_a_kind_that_takes_too_few_arguments_is_found_out() -> None:
    sets = iter([{"lr": 1.0}, {"lr": 2.0}])
    with pytest.raises(AssertionError, match="only 0 argument sets were taken"):
        dialect_checks.accepted(RefusesNearlyAll, sets, {})


def test_a_required_field_that_cannot_be_drawn_needs_an_example() -> None:
    with pytest.raises(LookupError, match="needed cannot be drawn"):
        list(argument_sets(RefusesNearlyAll, (), 1))


def test_the_same_arguments_are_drawn_every_time() -> None:
    assert list(argument_sets(Ramp, (), 10)) == list(argument_sets(Ramp, (), 10))


def test_drawn_arguments_keep_the_limits() -> None:
    drawn = list(argument_sets(Ramp, (), 200))
    assert all(arguments.get("warm", 2) >= 2 and arguments.get("lr", 1.0) > 0 for arguments in drawn)
    assert {arguments.get("warm") for arguments in drawn} > {2, 3, None}


NO_DIALECT = ("unknown.Kind", "torhc.StepLR", "torch.StepLRs", ".", "torch.", ".StepLR", "torch..StepLR")


@pytest.mark.parametrize("kind", NO_DIALECT)
def test_an_unknown_kind_is_an_error_at_kind(kind: str) -> None:
    with pytest.raises(SpecError) as caught:
        dialects.Installed().model_of(kind)
    assert caught.value.path == "kind"


class RoundsFar(DialectConformance):
    dialect = "acme"
    clock: ClassVar[Mapping[str, Any]] = {}

    def peer(self, curve: DialectCurve, steps: int) -> Sequence[float]:
        return [value * (1 + 2.0**-46) for value in peer(curve)]


class RoundsFarAndSaysSo(RoundsFar):
    ulps: ClassVar[Mapping[str, float]] = {"acme.Ramp": 256}


class SaysSoOfAnotherKind(RoundsFar):
    ulps: ClassVar[Mapping[str, float]] = {"acme.Fall": 256}


def test_the_rounding_of_a_library_is_borne_for_the_kind_of_which_it_is_said(installed: type[Known]) -> None:
    Known.model = Ramp
    RoundsFarAndSaysSo().test_agrees_with_the_library(Ramp)


@pytest.mark.parametrize("judge", [RoundsFar, SaysSoOfAnotherKind])
def test_the_rounding_of_a_library_is_told_from_another_meaning(judge: type[RoundsFar], installed: type[Known]) -> None:
    Known.model = Ramp
    with pytest.raises(AssertionError, match=r"more than 4\n.*rounding, not meaning"):
        judge().test_agrees_with_the_library(Ramp)
