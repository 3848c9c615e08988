"""What is in the built distributions: all that belongs, and nothing that does not."""

from __future__ import annotations

import os
import re
import tarfile
import zipfile
from configparser import ConfigParser
from email import message_from_string
from email.message import Message
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DIST = Path(os.environ["UNISCHED_DIST"])

CORE = "unisched-core"
PLUGINS = sorted(path.parent.name for path in ROOT.glob("plugins/*/pyproject.toml"))
EXAMPLES = sorted(path.parent.name for path in ROOT.glob("docs/examples/*/pyproject.toml"))
FOLDERS = (
    {CORE: ROOT} | {n: ROOT / "plugins" / n for n in PLUGINS} | {n: ROOT / "docs" / "examples" / n for n in EXAMPLES}
)
OURS = [CORE, *PLUGINS]
DIALECTS = sorted(path.parent.name for path in ROOT.glob("unisched/dialects/*/__init__.py"))
ALL = list(FOLDERS)


def package(distribution: str) -> str:
    return "unisched" if distribution == CORE else distribution.replace("-", "_")


def wheel(distribution: str) -> zipfile.ZipFile:
    (found,) = (DIST / distribution).glob("*.whl")
    return zipfile.ZipFile(found)


def names(distribution: str) -> list[str]:
    return wheel(distribution).namelist()


def read(distribution: str, name: str) -> str:
    (found,) = (n for n in names(distribution) if re.fullmatch(rf"[^/]+\.dist-info/{name}", n))
    return wheel(distribution).read(found).decode()


def metadata(distribution: str) -> Message:
    return message_from_string(read(distribution, "METADATA"))


def entry_points(distribution: str) -> dict[str, dict[str, str]]:
    parser = ConfigParser()
    parser.read_string(read(distribution, "entry_points.txt"))
    return {section: dict(parser[section]) for section in parser.sections()}


def source_names(distribution: str) -> list[str]:
    (found,) = (DIST / distribution).glob("*.tar.gz")
    with tarfile.open(found) as archive:
        return [name.partition("/")[2] for name in archive.getnames()]


@pytest.mark.parametrize("distribution", ALL)
def test_a_wheel_bears_the_name_of_its_folder(distribution: str) -> None:
    assert metadata(distribution)["Name"] == distribution


@pytest.mark.parametrize("distribution", ALL)
def test_a_wheel_runs_on_any_platform(distribution: str) -> None:
    assert wheel(distribution).filename.endswith("-py3-none-any.whl")


@pytest.mark.parametrize("distribution", ALL)
def test_a_wheel_holds_every_module_of_its_package(distribution: str) -> None:
    folder = FOLDERS[distribution]
    modules = {path.relative_to(folder).as_posix() for path in (folder / package(distribution)).rglob("*.py")}
    assert modules
    assert modules <= set(names(distribution))


@pytest.mark.parametrize("distribution", ALL)
def test_a_wheel_says_that_its_package_is_typed(distribution: str) -> None:
    assert f"{package(distribution)}/py.typed" in names(distribution)


@pytest.mark.parametrize("distribution", OURS)
def test_a_wheel_holds_one_package_and_no_tests(distribution: str) -> None:
    tops = {name.split("/")[0] for name in names(distribution) if ".dist-info/" not in name}
    assert tops == {package(distribution)}
    assert [name for name in names(distribution) if re.search(r"(^|/)(tests|test_[^/]*|conftest\.py)(/|$)", name)] == []


@pytest.mark.parametrize("distribution", ALL)
def test_a_wheel_holds_nothing_compiled_or_hidden(distribution: str) -> None:
    assert [name for name in names(distribution) if re.search(r"(^|/)(__pycache__|\.)|\.pyc$", name)] == []


def test_the_core_wheel_holds_the_whole_corpus() -> None:
    corpus = ROOT / "unisched" / "testing" / "corpus"
    files = {path.relative_to(ROOT).as_posix() for path in [*corpus.glob("*.json"), corpus / "DIGESTS"]}
    assert len(files) > 60
    assert files == {name for name in names(CORE) if name.startswith("unisched/testing/corpus/")}


def test_the_core_wheel_holds_every_file_beside_its_modules() -> None:
    beside = [path for path in (ROOT / "unisched").rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")]
    files = {path.relative_to(ROOT).as_posix() for path in beside}
    folders = {name.removeprefix("unisched/").partition("/")[0] for name in files}
    assert {"drawing", "lint", "py.typed", "starting", "testing"} <= folders
    assert files <= set(names(CORE))
    assert files <= set(source_names(CORE))


@pytest.mark.parametrize("distribution", OURS)
def test_a_wheel_carries_the_licence(distribution: str) -> None:
    assert metadata(distribution)["License-Expression"] == "Apache-2.0"
    assert read(distribution, "licenses/LICENSE") == (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("distribution", OURS)
def test_a_wheel_has_its_readme_as_description(distribution: str) -> None:
    described = metadata(distribution)
    assert described["Description-Content-Type"] == "text/markdown"
    assert described.get_payload().strip() == (FOLDERS[distribution] / "README.md").read_text().strip()


@pytest.mark.parametrize("distribution", ALL)
def test_no_wheel_depends_on_the_stranger_named_unisched(distribution: str) -> None:
    required = metadata(distribution).get_all("Requires-Dist", [])
    assert [text for text in required if re.match(r"unisched(?![-\w])", text)] == []


@pytest.mark.parametrize("distribution", [*PLUGINS, *EXAMPLES])
def test_a_plugin_depends_on_this_series_of_the_core(distribution: str) -> None:
    required = [text for text in metadata(distribution).get_all("Requires-Dist", []) if text.startswith(CORE)]
    assert "unisched-core<0.2,>=0.1" in required


@pytest.mark.parametrize("distribution", [*PLUGINS, *EXAMPLES])
def test_a_plugin_claims_the_backend_it_is_named_for(distribution: str) -> None:
    name = distribution.removeprefix("unisched-")
    assert entry_points(distribution)["unisched.backends"] == {name: f"{package(distribution)}:backend"}


def test_the_core_claims_numpy_the_command_and_the_dialects() -> None:
    assert entry_points(CORE) == {
        "console_scripts": {"unisched": "unisched.cli:main"},
        "unisched.backends": {"numpy": "unisched.numpy_backend:backend"},
        "unisched.dialects": {name: f"unisched.dialects.{name}:dialect" for name in DIALECTS},
    }


def test_the_core_asks_for_no_framework() -> None:
    required = metadata(CORE).get_all("Requires-Dist", [])
    names = {re.match(r"[\w-]+", text)[0].lower() for text in required if "extra ==" not in text}
    assert names == {"click", "importlib-metadata", "numpy", "pydantic"}


@pytest.mark.parametrize("distribution", PLUGINS)
def test_all_distributions_have_one_version(distribution: str) -> None:
    assert metadata(distribution)["Version"] == metadata(CORE)["Version"]


@pytest.mark.parametrize("distribution", ALL)
def test_a_source_archive_can_be_tested(distribution: str) -> None:
    held = source_names(distribution)
    assert "pyproject.toml" in held
    assert "README.md" in held
    assert [name for name in held if re.match(r"tests/.*test_[^/]*\.py$", name)]


def test_the_core_source_archive_holds_no_plugin() -> None:
    assert [name for name in source_names(CORE) if name.startswith("plugins/")] == []


def test_the_core_wheel_holds_the_page_of_every_rule_of_lint() -> None:
    pages = ROOT / "unisched" / "lint" / "pages"
    files = {path.relative_to(ROOT).as_posix() for path in pages.iterdir()}
    assert len(files) > 20
    assert files == {name for name in names(CORE) if name.startswith("unisched/lint/pages/")}
