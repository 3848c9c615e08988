"""The start of a plugin: it passes the kit before anything is changed, and takes nothing that is taken."""

from __future__ import annotations

import ast
import json
import keyword
import os
import subprocess
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest
from click.testing import CliRunner

from unisched import registry
from unisched.cli import main
from unisched.errors import PluginError
from unisched.spec import dialects
from unisched.starting import KINDS, Kind, start

NAMES = ("abacus", "a", "two_words", "x" * 30)
FEW = "well_formed or linear or after_error or documented or survives"
"""Tests of the kit that show, in a second, that a start is found, driven and judged."""


def written(folder: Path) -> Mapping[str, str]:
    return {path.relative_to(folder).as_posix(): path.read_text(encoding="utf-8")
            for path in sorted(folder.rglob("*")) if path.is_file()}  # fmt: skip


def installed(folder: Path) -> Path:
    """Put beside a distribution what an installer leaves of it."""
    project = tomllib.loads((folder / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    about = folder / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
    about.mkdir()
    (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n")
    points = (f"[{group}]\n{name} = {value}\n" for group, named in project["entry-points"].items()
              for name, value in named.items())  # fmt: skip
    (about / "entry_points.txt").write_text("".join(points))
    return folder


def judged(folder: Path, *arguments: str) -> str:
    """Run a distribution's own tests in a fresh interpreter, which sees it as installed; give what pytest says."""
    environment = os.environ | {"PYTHONPATH": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *arguments], cwd=folder,
                          env=environment, capture_output=True, text=True, timeout=300, check=False)  # fmt: skip
    return done.stdout + done.stderr


@pytest.mark.parametrize("kind", KINDS)
def test_a_start_passes_its_tests_before_anything_is_changed(kind: Kind, tmp_path: Path) -> None:
    folder = installed(start("abacus", kind, tmp_path).folder)
    assert " passed" in judged(folder, "-k", FEW).splitlines()[-1]


BROKEN: Mapping[Kind, tuple[str, str, str, str]] = {
    "callable": ("__init__.py", "self._rate(self.last_epoch)", "self._rate(self.last_epoch + 1)", "one step early"),
    "bound": ("__init__.py", "self._rate(self._state.step)", "self._rate(self._state.step + 1)", "one step early"),
    "traced": ("__init__.py", "+ self._state.step\n", "\n", "the run began at 0"),
    "dialect": ("stand_in.py", "(step + 1) / warm", "step / warm", "abacus.Ramp"),
}


@pytest.mark.parametrize("kind", BROKEN)
def test_the_tests_of_a_start_see_a_mistake_in_it(kind: Kind, tmp_path: Path) -> None:
    name, right, wrong, said = BROKEN[kind]
    folder = installed(start("abacus", kind, tmp_path).folder)
    path = folder / "unisched_abacus" / name
    assert path.read_text().count(right) == 1
    path.write_text(path.read_text().replace(right, wrong))
    printed = judged(folder, "-k", "linear or agrees_with_the_library")
    assert " failed" in printed.splitlines()[-1]
    assert said in printed


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NAMES)
def test_every_file_of_a_start_is_filled_in_and_can_be_read(name: str, kind: Kind, tmp_path: Path) -> None:
    begun = start(name, kind, tmp_path)
    files = written(begun.folder)
    assert begun.files == tuple(files)
    assert "$" not in "".join(text for path, text in files.items() if path != "README.md")
    for path, text in files.items():
        assert text == "" or text.endswith("\n")
        if path.endswith(".py"):
            assert ast.parse(text).body


@pytest.mark.parametrize("kind", KINDS)
def test_a_start_marks_three_places_to_change(kind: Kind, tmp_path: Path) -> None:
    marks = [line.strip().partition(":")[0] for text in written(start("abacus", kind, tmp_path).folder).values()
             for line in text.splitlines() if "# CHANGE " in line]  # fmt: skip
    assert sorted(marks) == [f"# CHANGE {number} of 3" for number in (1, 2, 3)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_start_claims_its_name_and_depends_on_this_series_of_the_core(kind: Kind, tmp_path: Path) -> None:
    noun = "dialect" if kind == "dialect" else "backend"
    project = tomllib.loads((start("two_words", kind, tmp_path).folder / "pyproject.toml").read_text())["project"]
    assert project["name"] == "unisched-two-words"
    assert project["entry-points"] == {f"unisched.{noun}s": {"two_words": f"unisched_two_words:{noun}"}}
    assert project["dependencies"] == ["unisched-core>=0.1,<0.2"]


NO_NAMES = {
    "": "plugin.name",
    "Abacus": "plugin.name",
    "aba-cus": "plugin.name",
    "aba cus": "plugin.name",
    "../abacus": "plugin.name",
    "3abacus": "plugin.name",
    "_abacus": "plugin.name",
    "aba__cus": "plugin.name",
    "äbacus": "plugin.name",
    "abacus\n": "plugin.name",
    "x" * 31: "plugin.name",
    "lambda": "plugin.name",
    "numpy": "plugin.reserved",
    "core": "plugin.reserved",
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", NO_NAMES)
def test_a_name_that_no_plugin_can_have_is_refused_and_nothing_is_written(
    name: str, kind: Kind, tmp_path: Path
) -> None:
    with pytest.raises(PluginError) as caught:
        start(name, kind, tmp_path / "new")
    assert (caught.value.code, caught.value.path) == (NO_NAMES[name], "name")
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize("name", ["Abacus", "aba-cus", "aba cus", "3abacus", "_abacus", "aba__cus", "lambda", "numpy"])
def test_the_name_that_an_error_proposes_can_be_had(name: str, tmp_path: Path) -> None:
    with pytest.raises(PluginError) as caught:
        start(name, output=tmp_path)
    proposed = caught.value.problems[0].remedy.split("'")[1]
    assert not keyword.iskeyword(proposed)
    assert start(proposed, output=tmp_path).files


def test_a_name_that_an_installed_plugin_claims_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(installed(start("abacus", output=tmp_path).folder))
    assert "abacus" in registry.names()
    with pytest.raises(PluginError, match=r"'abacus' is claimed by unisched-abacus 0\.1\.0") as caught:
        start("abacus", "traced", tmp_path / "more")
    assert caught.value.code == "plugin.claimed"
    assert start("abacus", "dialect", tmp_path / "more").files


def test_a_dialect_of_the_core_is_claimed(tmp_path: Path) -> None:
    assert "torch" in dialects.names()
    with pytest.raises(PluginError, match="the dialect name 'torch' is claimed by unisched-core"):
        start("torch", "dialect", tmp_path)


@pytest.mark.parametrize("there", ["a folder", "a file", "a link that leads nowhere"])
def test_nothing_is_overwritten(there: str, tmp_path: Path) -> None:
    taken = tmp_path / "unisched-abacus"
    if there == "a folder":
        taken.mkdir()
    elif there == "a file":
        taken.write_text("mine")
    else:
        taken.symlink_to(tmp_path / "gone")
    with pytest.raises(PluginError) as caught:
        start("abacus", output=tmp_path)
    assert (caught.value.code, caught.value.path) == ("plugin.folder", "output")
    assert list(tmp_path.iterdir()) == [taken]
    assert not taken.is_dir() or not list(taken.iterdir())


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_command_writes_here_and_says_what_comes_next(elsewhere: Path) -> None:
    done = CliRunner().invoke(main, ["new-plugin", "abacus"])
    assert done.exit_code == 0
    assert '  cd unisched-abacus\n  python -m pip install -e ".[test]"\n  python -m pytest\n' in done.output
    assert [line for line in done.output.splitlines() if line.startswith("unisched-abacus/")] == [
        f"unisched-abacus/{file}" for file in written(elsewhere / "unisched-abacus")
    ]


def test_the_command_writes_into_another_folder_and_for_machines(tmp_path: Path) -> None:
    output = tmp_path / "two words"
    done = CliRunner().invoke(main, ["new-plugin", "abacus", "--kind", "traced", "--output", str(output), "--json"])
    told = json.loads(done.output)
    assert told["folder"] == str(output / "unisched-abacus")
    assert told["files"] == list(written(output / "unisched-abacus"))
    assert told["commands"][0] == f"cd '{output / 'unisched-abacus'}'"


@pytest.mark.parametrize(("arguments", "code"), [(["numpy"], 1), (["abacus", "--dialect", "--kind", "traced"], 2)])
def test_the_command_refuses_in_one_line_and_writes_nothing(elsewhere: Path, arguments: list[str], code: int) -> None:
    done = CliRunner().invoke(main, ["new-plugin", *arguments])
    assert done.exit_code == code
    assert "Traceback" not in done.output
    assert not list(elsewhere.iterdir())


def test_the_command_refuses_for_machines_too() -> None:
    told = json.loads(CliRunner().invoke(main, ["new-plugin", "numpy", "--json"]).output)
    assert [problem["code"] for problem in told["problems"]] == ["plugin.reserved"]


def test_the_package_is_asked_for_templates_as_data() -> None:
    package: ModuleType = sys.modules["unisched.starting"]
    assert package.__file__ is not None
    held = {path.stem for path in (Path(package.__file__).parent / "templates").iterdir()}
    assert held == {template for files in KINDS.values() for template in files.values()}
