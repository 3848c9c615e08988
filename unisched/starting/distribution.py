"""From a name to the files of a distribution: templates filled in, written once, and never over anything."""

from __future__ import annotations

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from string import Template
from typing import Final, Literal, TypeAlias

from unisched.discovery import CORE
from unisched.errors import PluginError, Problem
from unisched.starting.names import Noun, checked

__all__ = ["KINDS", "Kind", "Start", "start"]

Kind: TypeAlias = Literal["callable", "bound", "traced", "dialect"]

_COMMON: Final = {"pyproject.toml": "pyproject", "{module}/py.typed": "py_typed"}
_BACKEND: Final = {**_COMMON, "README.md": "backend_readme", "tests/test_conformance.py": "conformance"}

KINDS: Final[Mapping[Kind, Mapping[str, str]]] = {
    "callable": {
        **_BACKEND,
        "{module}/__init__.py": "callable_init",
        "{module}/stand_in.py": "callable_stand_in",
    },
    "bound": {
        **_BACKEND,
        "README.md": "bound_readme",
        "{module}/__init__.py": "bound_init",
        "{module}/stand_in.py": "bound_stand_in",
    },
    "traced": {
        **_BACKEND,
        "{module}/__init__.py": "traced_init",
        "{module}/namespace.py": "traced_namespace",
        "{module}/stand_in.py": "traced_stand_in",
    },
    "dialect": {
        **_COMMON,
        "README.md": "dialect_readme",
        "{module}/__init__.py": "dialect_init",
        "{module}/stand_in.py": "dialect_stand_in",
        "tests/test_dialect.py": "dialect_conformance",
    },
}
"""What each kind of start holds: a template by the path of its file."""

_PURPOSE: Final[Mapping[Noun, str]] = {
    "backend": "unisched schedules as native {name} objects.",
    "dialect": "{name}'s own schedules as unisched documents.",
}
_REQUIRED: Final[Mapping[Noun, str]] = {
    "backend": "Add your framework here, from the lowest release that you test with.",
    "dialect": "The library goes under test, below: a dialect does not import it.",
}

_NEXT: Final = ('python -m pip install -e ".[test]"', "python -m pytest")


@dataclass(frozen=True, slots=True)
class Start:
    """A distribution that was written: its folder, its files in there, and the commands that come next."""

    folder: Path
    files: tuple[str, ...]
    commands: tuple[str, ...]


def start(name: str, kind: Kind = "callable", output: Path = Path()) -> Start:
    """Write the distribution `unisched-<name>` into a new folder of `output`, whose name is the distribution's.

    Raises `PluginError` for a name that cannot be had, and where the folder is there already; `OSError` where the
    system refuses.
    """
    noun: Noun = "dialect" if kind == "dialect" else "backend"
    words = _words(checked(name, noun), noun)
    folder = output / words["distribution"]
    output.mkdir(parents=True, exist_ok=True)
    try:
        folder.mkdir()
    except FileExistsError:
        raise PluginError(Problem("plugin.folder", "output", f"{folder} is there already, and nothing is overwritten",
                                  "Move it away, or name another folder with --output.")) from None  # fmt: skip
    files = {path.format(**words): _filled(template, words) for path, template in sorted(KINDS[kind].items())}
    for path, text in files.items():
        (folder / path).parent.mkdir(exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8", newline="\n")
    return Start(
        folder,
        tuple(files),
        (shlex.join(["cd", str(folder)]), 'python -m pip install -e ".[test]"', "python -m pytest"),
    )


def _words(name: str, noun: Noun) -> dict[str, str]:
    """Give what stands for each word that begins with a dollar sign in a template."""
    return {
        "name": name,
        "noun": noun,
        "title": "".join(part.capitalize() for part in name.split("_")),
        "module": f"unisched_{name}",
        "distribution": f"unisched-{name.replace('_', '-')}",
        "description": _PURPOSE[noun].format(name=name),
        "required": _REQUIRED[noun],
        "series": _series(metadata.version(CORE)),
    }


def _series(version: str) -> str:
    """Give the releases of the core that a plugin written for `version` works with.

    >>> _series("0.1.0")
    '>=0.1,<0.2'
    """
    major, minor = map(int, version.split(".")[:2])
    return f">={major}.{minor},<{major}.{minor + 1}"


def _filled(template: str, words: Mapping[str, str]) -> str:
    text = (resources.files("unisched") / "starting" / "templates" / f"{template}.txt").read_text(encoding="utf-8")
    return Template(text).substitute(words)
