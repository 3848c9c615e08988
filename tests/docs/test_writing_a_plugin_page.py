"""The tutorial for plugin authors: walked from its first command to its last, each failure it names provoked."""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib import import_module, util
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import pytest
from docpages.blocks import ROOT, blocks
from docpages.walk import Walk

from unisched import registry
from unisched.plugin import Backend, Capabilities
from unisched.spec import dialects
from unisched.starting import Kind, start
from unisched.testing import Case, Expected, checks, conduct, dialect_checks, digests, load_corpus
from unisched.testing.arguments import argument_sets

PAGE: Final = ROOT / "docs" / "writing-a-plugin.md"
CASES: Final = {case.name: case for case in load_corpus()}
LINE: Final = CASES["linear_to_zero"]


def test_a_reader_who_types_what_the_page_says_sees_what_it_shows(tmp_path: Path) -> None:
    walk = Walk(tmp_path)
    walk.along(blocks(PAGE))
    assert walk.passed > 5


WRONG_PAGES = {
    "a command that prints something else": "```console\n$ unisched new-plugin abacus --json\n{}\n```\n",
    "a command that fails": "```console\n$ unisched new-plugin numpy\n```\n",
    "code that prints something else": "```python\nprint(1)\n```\n```text\n2\n```\n",
    "code that fails": "```python\n1 / 0\n```\n",
    "a folder that is not there": "```console\n$ cd unisched-abacus\n```\n",
    "a language that nobody runs": "```toml\na = 1\n```\n",
    "a change of what is not there": "```console\n$ unisched new-plugin abacus --json\n...\n```\n"
    "<!-- change: unisched-abacus/README.md -->\n```diff\n-nothing of the kind\n+new\n```\n",
}


@pytest.mark.parametrize("page", WRONG_PAGES.values(), ids=WRONG_PAGES)
def test_a_page_on_which_something_is_wrong_is_caught(page: str, tmp_path: Path) -> None:
    path = tmp_path / "page.md"
    path.write_text(page, encoding="utf-8")
    with pytest.raises((AssertionError, FileNotFoundError)):
        Walk(tmp_path).along(blocks(path))


def module_of(kind: Kind, folder: Path, old: str, new: str, text: str | None = None) -> ModuleType:
    """Give the start of a kind, or `text` in its place, with one passage changed, as an imported module."""
    begun = start("abacus", kind, folder)
    path = begun.folder / "unisched_abacus" / "__init__.py"
    source = path.read_text(encoding="utf-8") if text is None else text
    assert source.count(old) == 1
    path.write_text(source.replace(old, new), encoding="utf-8")
    if text is not None:
        path.with_name("stand_in.py").write_text(larger("stand_in.py"), encoding="utf-8")
    spec = util.spec_from_file_location("unisched_abacus", path, submodule_search_locations=[str(path.parent)])
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules["unisched_abacus"] = util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(autouse=True)
def alone() -> Iterator[None]:
    """Forget the modules of one start before the next one is imported."""
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "unisched_abacus"]:
        del sys.modules[name]


def larger(name: str) -> str:
    """Give a file of the page's larger example."""
    (found,) = (
        block.text for block in blocks(PAGE) if block.marker == f"file: ../unisched-abacus/unisched_abacus/{name}"
    )
    return found


Check = Callable[[str, Backend, str, Any], None]
AGREES, CONTINUES, TO_NUMPY, ENDS = (
    checks.agrees_or_is_refused,
    checks.continues_from_its_own_state,
    checks.passes_states_to_and_from_numpy,
    checks.ends_with_the_program,
)
RATE = "self._rate(self.last_epoch)"
USED = "used.append(optimizer.parameter)"
GIVEN = 'return Replay({Target("learning_rate"): used}, scheduler.state())'
EMITTED = "return AbacusLR(program, state)"
FIRST = "class AbacusLR"
SINGLE = '__import__("numpy").float32'
ABLE = "Capabilities()"
TINY = replace(
    LINE,
    spec={"kind": "exponential", "start": 1e-30, "rate": 0.1},
    expected=(Expected(hyperparameter="learning_rate", group=None, values={k: 10.0 ** (-30 - k) for k in range(30)}),),
)
PROVES, SAME = conduct.proves_what_it_claims, conduct.emits_what_it_replays
AFTER, PLATEAU = CASES["after_error"], CASES["plateau_of_two_metrics"]
ALL = tuple(CASES.values())

# By what the page says that the kit says: what is changed in the start, and the check that says so.
PROVOKED: dict[str, tuple[str, str, Check, Any]] = {
    "This is the value of step 1: one step early": (RATE, "self._rate(self.last_epoch + 1)", AGREES, LINE),
    "This is the value of step 0: one step late": (RATE, "self._rate(max(self.last_epoch - 1, 0))", AGREES, LINE),
    "the run began at 0, and its state stands at step": (
        RATE, "self._rate(self.last_epoch - self._state.step)", CONTINUES, LINE,
    ),
    "This is the value rounded to float32": (RATE, f"float({SINGLE}({RATE}))", AGREES, LINE),
    "This is the float64 value: report it as float32": (ABLE, 'Capabilities(precision="float32")', AGREES, LINE),
    "This is float32 arithmetic": (RATE, f"float({SINGLE}({RATE}) / {SINGLE}(3) * {SINGLE}(3.0000001))", AGREES, LINE),
    "Magnitudes below 2**-126 are 0": (
        GIVEN, GIVEN.replace("used}", f"[float({SINGLE}(rate)) for rate in used]}}"), AGREES, TINY,
    ),
    "the state after a replay to step 6 stands at step 7": (
        GIVEN, GIVEN.replace("scheduler.state()", "scheduler.state().at(stop + 1)"), conduct.keeps_emissions_apart, ALL,
    ),
    "stands at step 0": (GIVEN, GIVEN.replace("scheduler.state()", "state"), AGREES, LINE),
    "values of ('learning_rate', None)": (GIVEN, GIVEN.replace("used}", "used[1:]}"), AGREES, LINE),
    "replay gave values of": (GIVEN, GIVEN.replace("learning_rate", "momentum"), AGREES, LINE),
    "no StepError from updates past step": (RATE, "self._rate(min(self.last_epoch, 149))", ENDS, AFTER),
    "step 150 is past the total of 150": (USED, f"{USED}; scheduler._rate(150)", ENDS, AFTER),
    "a plain case would be refused": (ABLE, 'Capabilities(hyperparameters=frozenset({"momentum"}))', AGREES, LINE),
    "which no case of the corpus exercises": (
        ABLE, 'Capabilities(hyperparameters=frozenset({"learning_rate", "dropout"}))', PROVES, ALL,
    ),
    "claims feedback": (ABLE, "Capabilities(feedback=True)", PROVES, ALL),
    "emit gave one object twice": (
        EMITTED, f"return _kept.setdefault(program.fingerprint, {EMITTED[7:]})", conduct.keeps_emissions_apart, ALL,
    ),
    "gives other values after another run was replayed": (
        USED, f"_kept[len(_kept)] = 1; {USED[:-1]} + len(_kept))", conduct.keeps_emissions_apart, ALL,
    ),
    "changed the interpreter": (
        EMITTED, f'__import__("warnings").simplefilter("ignore"); {EMITTED}', conduct.leaves_the_interpreter_alone, ALL,
    ),
    "what emit gave, called with step": (
        "    def get_lr", "    def __call__(self, step): return 0.5\n\n    def get_lr", SAME, ALL,
    ),
    "another digest in": (RATE, f"{RATE} * (1 + 2**-23)", digests.gives_the_digests, ALL),
}  # fmt: skip


def rows(column: str) -> list[str]:
    """Give the messages in the table, of two with the same head, whose rows stand after `column`."""
    _, _, after = PAGE.read_text(encoding="utf-8").partition(column)
    table = after.partition("| the kit says |")[2].partition("\n\n")[0]
    return re.findall(r"^\| `(.*?)` \|", table, re.MULTILINE)


def test_each_message_of_the_kit_on_the_page_is_provoked_here() -> None:
    elsewhere = {
        "backend 'abacus' is not installed", "continued by numpy from its state",
        "the state after a replay has no base of",
    }  # fmt: skip
    assert set(rows("## What the kit says")) == {*PROVOKED, *elsewhere}


@pytest.mark.parametrize("said", PROVOKED)
def test_the_kit_says_so(said: str, tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    old, new, check, cases = PROVOKED[said]
    module = module_of("callable", tmp_path, old, new)
    module.__dict__["_kept"] = {}
    backend = single(module.backend) if cases is TINY else module.backend
    assert said in complaint(check, backend, cases)


def single(backend: Backend) -> Backend:
    """Give the backend as one that claims float32."""
    (form,) = backend.forms.values()
    return replace(backend, forms={"scheduler": replace(form, capabilities=Capabilities(precision="float32"))})


def complaint(check: Check, backend: Backend, cases: Case | Sequence[Case]) -> str:
    try:
        check("abacus", backend, "scheduler", cases)
    except Exception as error:
        return "\n".join([str(error), *getattr(error, "__notes__", [])])
    return "nothing"


def test_the_kit_says_nothing_of_a_start_as_it_is(tmp_path: Path) -> None:
    backend = module_of("callable", tmp_path, RATE, RATE).backend
    assert {complaint(check, backend, cases) for _, _, check, cases in PROVOKED.values() if cases is not TINY} == {
        "nothing"
    }


def test_the_kit_says_so_of_a_state_without_its_metrics(tmp_path: Path) -> None:
    given = "        return self._state\n"
    module = module_of("callable", tmp_path, given, "        return replace(self._state, feedback={})\n",
                       larger("__init__.py"))  # fmt: skip
    assert "continued by numpy from its state" in complaint(TO_NUMPY, module.backend, PLATEAU)


def test_the_kit_says_so_of_what_is_not_installed() -> None:
    with pytest.raises(ImportError, match="backend 'abacus' is not installed"):
        registry.backend("abacus")


def agrees(module: ModuleType) -> None:
    library = import_module("unisched_abacus.stand_in")
    for curve in drawn(module):
        peer = [library.ramp(step, curve.lr, curve.warm) for step in range(20)]
        dialect_checks.agrees(curve, {"learning_rate": peer}, 0.1, {"total": 50}, 4.0)


def drawn(module: ModuleType) -> list[Any]:
    (model,) = module.dialect.kinds
    return list(dialect_checks.accepted(model, argument_sets(model, (), 20), {"total": 50}))


def is_documented(module: ModuleType) -> None:
    dialect_checks.is_documented(module.dialect)


REFUSE = 'from unisched.plugin import Problem, SpecError; raise SpecError(Problem("none", "", "none", "none"))'
WARM = "warm: int = Field(default=10, ge=2, "
PROVOKED_OF_DIALECTS: dict[str, tuple[str, str, Callable[[ModuleType], object]]] = {
    "at step 0 is": ("self.lr / self.warm, ", "0.0, ", agrees),
    "This is rounding, not meaning": ("self.lr / self.warm, ", "self.lr / self.warm * (1 + 2.0**-45), ", agrees),
    "has no docstring": ('    """lr * min(1, (step + 1) / warm)."""\n', "", is_documented),
    "says nothing of": (', description="The rate once warm."', "", is_documented),
    "cannot be drawn": (WARM, "warm: list[int] = Field(", drawn),
    "argument sets were taken": ("start, length = ", f"{REFUSE}; start, length = ", drawn),
    "drives": ('return {"learning_rate"', 'return {"momentum"', agrees),
}


def test_each_message_of_the_dialects_kit_on_the_page_is_provoked_here() -> None:
    assert set(rows("## A dialect")) == {*PROVOKED_OF_DIALECTS, "there is no dialect"}


@pytest.mark.parametrize("said", PROVOKED_OF_DIALECTS)
def test_the_dialects_kit_says_so(said: str, tmp_path: Path) -> None:
    old, new, check = PROVOKED_OF_DIALECTS[said]
    module = module_of("dialect", tmp_path, old, new)
    with pytest.raises((AssertionError, LookupError, TypeError), match=re.escape(said)):
        check(module)


def test_the_dialects_kit_says_nothing_of_a_start_as_it_is(tmp_path: Path) -> None:
    module = module_of("dialect", tmp_path, WARM, WARM)
    for _, _, check in PROVOKED_OF_DIALECTS.values():
        check(module)


def test_the_dialects_kit_says_so_of_what_is_not_installed() -> None:
    with pytest.raises(ValueError, match="there is no dialect"):
        dialects.dialect("abacus")


def test_the_functions_of_the_namespace_all_stand_in_the_table(tmp_path: Path) -> None:
    listed = re.findall(r"^\| `(\w+)\(.*?\)` \|", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    source = (start("abacus", "traced", tmp_path).folder / "unisched_abacus" / "namespace.py").read_text("utf-8")
    assert listed == re.findall(r"    def (\w+)\(self", source)
    assert len(listed) == 15
