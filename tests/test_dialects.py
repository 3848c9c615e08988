"""Dialects: found like backends, checked on use, and laid out as the entry and the clock say.

The kinds are those of a make-believe library, so that nothing here depends on a real one.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import unisched
from unisched import discovery
from unisched.errors import PluginError, SpecError, UnischedError
from unisched.spec import dialects

SOURCE = '''
from typing import ClassVar, Literal
from pydantic import Field
from unisched.plugin import Dialect, DialectCurve, IntervalCurve, Reading, Quirk, SpanField, WaveCurve, curve

class Step(IntervalCurve):
    """gamma^floor(t / size)."""
    kind: Literal["acme.Step"] = "acme.Step"
    gives: ClassVar = "factor"
    size: SpanField = Field(description="The length of a stair.")
    gamma: float = Field(default=0.5, gt=0, le=1, description="The factor.")

    def expand(self, clock):
        return {"learning_rate": curve({"kind": "exponential", "start": 1, "rate": self.gamma, "every": self.size,
                                        "staircase": True})}

    def quirks(self, clock):
        if self.gamma == 1:
            yield Quirk("acme.flat", "nothing ever changes")


class Floor(DialectCurve):
    """Linear down to a floor that is no factor."""
    kind: Literal["acme.Floor"] = "acme.Floor"
    gives: ClassVar = "factor"
    steps_: SpanField = Field(alias="steps", description="The length.")
    floor: float = Field(default=0.001, ge=0, description="The absolute floor.")

    def expand(self, clock):
        return {"learning_rate": curve({"kind": "linear", "start": 1, "end": {"absolute": self.floor},
                                        "duration": self.steps_})}


class Cycle(DialectCurve):
    """A wave up and down for ever, and the momentum against it."""
    kind: Literal["acme.Cycle"] = "acme.Cycle"
    low: float = Field(default=0.1, description="The lowest.")
    high: float = Field(default=1.0, description="The highest.")
    half: float = Field(default=4.0, gt=0, description="Steps up.")

    def drives(self):
        return ("learning_rate", "momentum")

    def expand(self, clock):
        if self.high < self.low:
            raise discoverable("high")
        return {"learning_rate": WaveCurve(start=self.low, end=self.high, span=self.half, wrap="bounce"),
                "momentum": WaveCurve(start=0.95, end=0.85, span=self.half, wrap="bounce")}


def discoverable(path):
    from unisched.plugin import Problem, SpecError
    return SpecError(Problem("range.order", path, "is below low", "Swap them."))


def lift(obj):
    if isinstance(obj, dict):
        return Reading({"kind": "acme." + obj["class_name"], **obj["config"]}, 0)
    return Reading({"kind": "acme.Step", "size": obj.size}, obj.count) if hasattr(obj, "size") else None


class Live:
    size, count = 3, 7

dialect = Dialect(contract=1, kinds=(Step, Floor, Cycle), lift=lift)
'''
Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a distribution of one module, with a dialect, in a folder of its own."""
    before = set(sys.modules)

    def installed(distribution: str = "acme-plugin", source: str = SOURCE, *, name: str = "acme") -> Path:
        folder = tmp_path / f"{distribution}-{len(list(tmp_path.iterdir()))}"
        module = distribution.replace("-", "_")
        about = folder / f"{module}-1.0.dist-info"
        about.mkdir(parents=True)
        (folder / f"{module}.py").write_text(source)
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text(f"[{dialects.DIALECTS}]\n{name} = {module}:dialect\n")
        monkeypatch.syspath_prepend(str(folder))
        return folder

    yield installed
    for module in set(sys.modules) - before:
        if module.startswith("acme"):
            del sys.modules[module]


@pytest.fixture
def acme(install: Install) -> None:
    install()


def values(document: Any, steps: int, hyperparameter: str = "learning_rate", **clock: Any) -> list[float]:
    program = unisched.compile(document, **clock)
    return [program(step, hyperparameter) for step in range(steps)]


def refusal(document: Any, **clock: Any) -> UnischedError:
    with pytest.raises(UnischedError) as caught:
        unisched.compile(document, **clock)
    return caught.value


# found, loaded, checked


def test_the_core_brings_seven() -> None:
    assert {"torch", "optax", "keras", "transformers", "timm", "ignite", "fvcore"} <= set(dialects.names())


@pytest.mark.usefixtures("acme")
def test_a_strangers_kind_is_as_good_as_any() -> None:
    assert values({"kind": "acme.Step", "size": 2}, 5, base=1.0) == [1, 1, 0.5, 0.5, 0.25]


@pytest.mark.usefixtures("acme")
def test_documents_come_back_equal_from_their_text() -> None:
    spec = unisched.load({"kind": "acme.Floor", "steps": "2 epochs"})
    assert unisched.load(spec.to_json()) == spec
    assert '"steps": "2 epochs"' in spec.to_json()


@pytest.mark.usefixtures("acme")
def test_the_schema_knows_installed_kinds() -> None:
    definitions = unisched.Spec.json_schema()["$defs"]
    assert {"acme.Step", "acme.Floor", "acme.Cycle"} <= set(definitions) & set(definitions["Kind"]["enum"])


def test_an_unknown_library_is_named_with_the_nearest() -> None:
    error = refusal({"kind": "torhc.StepLR"})
    assert (error.code, error.path) == ("dialect.unknown", "kind")
    assert "Did you mean 'torch'?" in str(error)


@pytest.mark.usefixtures("acme")
def test_an_unknown_kind_is_named_with_the_nearest() -> None:
    error = refusal({"kind": "acme.Stepp"})
    assert (error.code, error.path) == ("kind.unknown", "kind")
    assert "Did you mean 'acme.Step'?" in str(error)


def test_two_claimants_are_an_error_on_use(install: Install) -> None:
    install("acme-one")
    install("acme-two")
    error = refusal({"kind": "acme.Step", "size": 2})
    assert error.code == "plugin.conflict"
    assert "acme-one 1.0" in str(error)
    assert "acme-two 1.0" in str(error)


BROKEN = {
    "raise RuntimeError('no')": "plugin.broken",
    "import sys; sys.exit(3)": "plugin.broken",
    "import no_such_module": "dialect.not_installed",
    "dialect = 3": "plugin.not_a_dialect",
    SOURCE.replace("contract=1", "contract=2"): "plugin.contract",
    SOURCE.replace('"acme.Step"', '"other.Step"'): "plugin.not_a_dialect",
    SOURCE.replace("kinds=(Step,", "kinds=(3,"): "plugin.not_a_dialect",
    SOURCE.replace("kinds=(Step,", "kinds=(IntervalCurve,"): "plugin.not_a_dialect",
}


@pytest.mark.parametrize("source", BROKEN, ids=range(len(BROKEN)))
def test_a_dialect_that_is_no_good_is_an_error_on_use(install: Install, source: str) -> None:
    install(source=source)
    with pytest.raises(PluginError) as caught:
        unisched.load({"kind": "acme.Step", "size": 2})
    assert caught.value.code == BROKEN[source]
    assert unisched.load({"kind": "linear", "start": 1, "end": 0})


@pytest.mark.usefixtures("acme")
def test_strangers_can_be_switched_off(monkeypatch: pytest.MonkeyPatch) -> None:
    assert unisched.load({"kind": "acme.Step", "size": 2})
    monkeypatch.setenv(discovery.SWITCH, "off")
    assert refusal({"kind": "acme.Step", "size": 2}).code == "dialect.unknown"
    assert "torch" in dialects.names()


# arguments


ARGUMENTS = {
    "gamma": (0, "number.range", "0 is not above 0.0. Give a number above 0.0."),
    "size": (-1, "number.range", "negative"),
    "interval": ("epochs", "choice.unknown", "Did you mean 'epoch'?"),
    "gama": (0.5, "field.unknown", "Did you mean 'gamma'?"),
}


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("name", ARGUMENTS)
def test_a_wrong_argument_is_named(name: str) -> None:
    value, code, words = ARGUMENTS[name]
    parts = [{"kind": "acme.Step", "size": 2, "duration": 5, name: value}, 1]
    error = refusal({"schedules": {"learning_rate": {"kind": "sequence", "parts": parts}}})
    assert (error.code, error.path) == (code, f"schedules.learning_rate.parts[0].{name}")
    assert words in str(error)


@pytest.mark.usefixtures("acme")
def test_what_goes_wrong_in_an_expansion_stands_at_the_argument() -> None:
    error = refusal({"kind": "acme.Cycle", "low": 2.0})
    assert (error.code, error.path) == ("range.order", "schedules.learning_rate.high")


@pytest.mark.usefixtures("acme")
def test_what_goes_wrong_below_an_expansion_stands_at_the_kind() -> None:
    error = refusal({"kind": "acme.Step", "size": "3 epochs"}, base=1.0)
    assert (error.code, error.path) == ("units.missing", "schedules.learning_rate")


MEANT = {
    "StepLR": "'torch.StepLR'",
    "get_cosine_schedule_with_warmup": "'transformers.cosine'",
    "transformers.get_cosine_schedule_with_warmup": "'transformers.cosine'",
    "optax.cosine_decay": "'optax.cosine_decay_schedule' or 'optax.warmup_cosine_decay_schedule'",
    "CosineDecay": "'keras.CosineDecay'",
}


@pytest.mark.parametrize("kind", MEANT)
def test_a_librarys_own_name_is_understood(kind: str) -> None:
    assert f"Did you mean {MEANT[kind]}?" in str(refusal({"kind": kind}))


@pytest.mark.usefixtures("install")
def test_a_broken_dialect_does_not_spoil_a_hint(install: Install) -> None:
    install(source="raise RuntimeError('no')")
    assert "'torch.StepLR'" in str(refusal({"kind": "StepLR"}))


def test_a_fault_of_the_dialect_is_said_to_be_one(install: Install) -> None:
    install(source=SOURCE.replace("if self.high < self.low:", "if self.missing:"))
    error = refusal({"kind": "acme.Cycle"})
    assert isinstance(error, PluginError)
    assert (error.code, error.path) == ("dialect.failed", "schedules.learning_rate")
    assert isinstance(error.__cause__, AttributeError)


# base


@pytest.mark.usefixtures("acme")
def test_an_entry_of_plain_numbers_that_become_factors_is_noted() -> None:
    parts = [{"kind": "linear", "start": 0, "end": 1e-3, "duration": 2}, {"kind": "acme.Step", "size": 1}]
    codes = [note.code for note in unisched.compile({"kind": "sequence", "parts": parts}).lint()]
    assert "dialect.base" in codes
    alone = [note.code for note in unisched.compile({"kind": "acme.Step", "size": 1}).lint()]
    assert "dialect.base" not in alone


@pytest.mark.usefixtures("acme")
def test_a_factor_has_the_optimizers_base() -> None:
    program = unisched.compile({"kind": "acme.Step", "size": 2})
    assert program.needs_base(program.targets[0])


@pytest.mark.usefixtures("acme")
def test_a_factor_takes_the_base_its_entry_gives() -> None:
    entry = {"base": 0.5, "curve": {"kind": "acme.Step", "size": 2}}
    assert values({"schedules": {"learning_rate": entry}}, 3) == [0.5, 0.5, 0.25]


@pytest.mark.usefixtures("acme")
def test_a_factor_deep_in_an_entry_gives_the_whole_entry_the_base() -> None:
    parts = [{"kind": "linear", "start": 0, "end": 1, "duration": 2}, {"kind": "acme.Step", "size": 1}]
    assert values({"kind": "sequence", "parts": parts}, 4, base=8.0) == [0, 4, 8, 4]


@pytest.mark.usefixtures("acme")
def test_an_absolute_floor_stays_where_it_is_under_any_base() -> None:
    for base in (1.0, 0.25):
        assert values({"kind": "acme.Floor", "steps": 4}, 6, base=base)[4:] == [0.001, 0.001]


@pytest.mark.usefixtures("acme")
def test_a_value_refuses_a_base() -> None:
    entry = {"base": 0.5, "curve": {"kind": "acme.Cycle"}}
    error = refusal({"schedules": {"learning_rate": entry}})
    assert (error.code, error.path) == ("dialect.base", "schedules.learning_rate.base")


@pytest.mark.usefixtures("acme")
def test_values_and_factors_do_not_mix() -> None:
    parts = [{"kind": "acme.Cycle", "duration": 3}, {"kind": "acme.Step", "size": 2}]
    assert refusal({"kind": "sequence", "parts": parts}).code == "dialect.base"


# hyperparameters


@pytest.mark.usefixtures("acme")
def test_a_document_of_one_kind_schedules_all_that_the_kind_drives() -> None:
    document = {"kind": "acme.Cycle", "low": 0.0, "high": 1.0, "half": 2}
    assert values(document, 5) == [0.0, 0.5, 1.0, 0.5, 0.0]
    assert values(document, 3, "momentum") == pytest.approx([0.95, 0.9, 0.85], rel=1e-15)


@pytest.mark.usefixtures("acme")
def test_below_a_name_the_curve_of_that_name_is_taken() -> None:
    document = {"schedules": {"momentum": {"kind": "acme.Cycle", "half": 1}}}
    assert values(document, 2, "momentum") == [0.95, 0.85]


@pytest.mark.usefixtures("acme")
def test_the_only_curve_may_drive_any_name() -> None:
    document = {"schedules": {"weight_decay": {"base": 1.0, "curve": {"kind": "acme.Step", "size": 1}}}}
    assert values(document, 3, "weight_decay") == [1.0, 0.5, 0.25]


@pytest.mark.usefixtures("acme")
def test_a_name_that_the_kind_does_not_drive_is_an_error() -> None:
    error = refusal({"schedules": {"weight_decay": {"kind": "acme.Cycle"}}})
    assert (error.code, error.path) == ("dialect.hyperparameter", "schedules.weight_decay")
    assert "learning_rate, momentum" in str(error)


# clocks


@pytest.mark.usefixtures("acme")
def test_the_clock_of_a_part_starts_with_the_part() -> None:
    parts = [{"kind": "constant", "value": 1, "duration": 3}, {"kind": "acme.Step", "size": 2}]
    assert values({"kind": "sequence", "parts": parts}, 7, base=1.0) == [1, 1, 1, 1, 1, 0.5, 0.5]


@pytest.mark.usefixtures("acme")
def test_its_place_cuts_what_is_longer() -> None:
    document = {"total": 2, "schedules": {"learning_rate": {"kind": "acme.Floor", "steps": 4, "floor": 0}}}
    assert values(document, 5, base=4.0) == [4, 3, 2, 1, 0]


@pytest.mark.usefixtures("acme")
def test_its_own_duration_holds_it() -> None:
    document = {"kind": "acme.Step", "size": 1, "duration": 2}
    assert values(document, 5, base=1.0) == [1, 0.5, 0.25, 0.25, 0.25]


@pytest.mark.usefixtures("acme")
def test_numbers_may_count_epochs() -> None:
    document = {"steps_per_epoch": 3, "schedules": {"learning_rate": {
        "kind": "acme.Step", "size": 2, "interval": "epoch"}}}  # fmt: skip
    assert values(document, 13, base=1.0) == [1] * 6 + [0.5] * 6 + [0.25]


@pytest.mark.usefixtures("acme")
def test_epochs_need_a_length() -> None:
    error = refusal({"kind": "acme.Step", "size": 2, "interval": "epoch"})
    assert (error.code, error.path) == ("units.missing", "schedules.learning_rate.interval")


@pytest.mark.usefixtures("acme")
def test_tokens_count_from_where_the_curve_begins() -> None:
    # 4 tokens an update up to step 5, 8 from there: a floor after 32 tokens from step 3 is 2 + 3 steps away.
    parts = [{"kind": "constant", "value": 1, "duration": 3}, {"kind": "acme.Floor", "steps": "32 tokens", "floor": 0}]
    document = {"tokens_per_step": "batch", "schedules": {
        "batch": {"kind": "piecewise", "interpolation": "previous", "points": [[0, 4], [5, 8]]},
        "learning_rate": {"kind": "sequence", "parts": parts}}}  # fmt: skip
    exact = [1 - tokens / 32 for tokens in (0, 4, 8, 16, 24, 32, 40)]
    assert values(document, 10, base=1.0) == [1, 1, 1, *(max(0, value) for value in exact)]


# quirks


@pytest.mark.usefixtures("acme")
def test_a_quirk_is_a_note_at_the_kind() -> None:
    parts = [{"kind": "acme.Step", "size": 2, "gamma": 1}]
    program = unisched.compile({"kind": "sequence", "parts": parts})
    assert [note.path for note in program.lint() if note.code == "acme.flat"] == ["schedules.learning_rate.parts[0]"]
    program = unisched.compile({"kind": "acme.Step", "size": 2})
    assert [note for note in program.lint() if note.code == "acme.flat"] == []


# lift


@pytest.mark.usefixtures("acme")
def test_a_live_object_is_lifted_with_its_step() -> None:
    live = type("Live", (), {"size": 3, "count": 7, "__module__": "acme.schedulers"})()
    lifted = unisched.lift(live)
    assert lifted.spec == unisched.load({"kind": "acme.Step", "size": 3})
    assert lifted.state.step == 7


@pytest.mark.usefixtures("acme")
def test_a_state_with_its_base_goes_on_where_that_base_is_given() -> None:
    document = {"kind": "acme.Step", "size": 3}
    state = replace(unisched.compile(document).start().at(7), base={"learning_rate": 0.4})
    assert unisched.build(document, form="scheduler", state=state, base=0.4).value() == 0.1
    with pytest.raises(UnischedError, match=r"it was a factor of a learning_rate of 0\.4, and is one of another base"):
        unisched.build(document, form="scheduler", state=state, base=0.5)
    with pytest.raises(UnischedError):
        unisched.build({"kind": "acme.Step", "size": 4}, form="scheduler", state=state, base=0.4)


@pytest.mark.usefixtures("acme")
def test_a_serialized_form_is_a_curve() -> None:
    form = {"module": "acme.schedules", "class_name": "Step", "config": {"size": 2}}
    assert unisched.load(form) == unisched.load({"kind": "acme.Step", "size": 2})
    parts = [{"kind": "linear", "start": 0, "end": 1, "duration": 2}, form]
    assert values({"kind": "sequence", "parts": parts}, 5, base=1.0) == [0, 0.5, 1, 1, 0.5]


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize("form", [
    {"module": "acme", "class_name": "Stepp", "config": {}},
    {"module": "nowhere", "class_name": "Step", "config": {}},
    {"module": None, "class_name": "Step", "config": {}},
    {"class_name": "Step"},
])  # fmt: skip
def test_a_form_that_no_dialect_reads_is_refused(form: dict[str, Any]) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.load(form)
    assert caught.value.code in ("kind.missing", "kind.unknown")


@pytest.mark.parametrize("thing", [3, None, "StepLR", object(), [], len])
def test_what_no_dialect_knows_cannot_be_lifted(thing: object) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.lift(thing)
    assert caught.value.code == "lift.unknown"
