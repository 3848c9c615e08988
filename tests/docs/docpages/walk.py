"""Walks a page as its reader does: in one folder, command after command, with the files that the page writes.

What a reader installs is made visible as an installer leaves it, without the network; everything else is run.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from docpages.blocks import Block
from docpages.shell_blocks import commands, runnable

__all__ = ["LANGUAGES", "Walk"]

LANGUAGES: Final = {"console", "diff", "python", "text"}
_PIP: Final = ["python", "-m", "pip", "install"]
_PLAIN: Final = {
    "PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", "COLUMNS": "80", "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
}  # fmt: skip
_PREPARES: Final = {"python3.11", "."}
_VARIES: Final = (re.compile(r"in \d+\.\d+s"), re.compile(r"\d+ passed"), re.compile(r"\d+%"))


class Walk:
    """One reader's way through a page; `passed` counts the test runs that passed."""

    def __init__(self, folder: Path) -> None:
        self._folder = self._here = folder
        self._site = folder / "site-packages"
        self._site.mkdir()
        self._paths = [self._site]
        self.passed = 0

    def along(self, page: Sequence[Block]) -> None:
        """Do what the page says; raise AssertionError where it does not come out as the page shows."""
        for index, block in enumerate(page):
            what, _, where = block.marker.partition(": ")
            following = page[index + 1] if index + 1 < len(page) else None
            match block.language, what:
                case "console", _:
                    self._type(block)
                case "python", "file":
                    (self._here / where).write_text(block.text, encoding="utf-8")
                case "diff", "change":
                    self._change(self._here / where, block)
                case "python", "fragment":
                    compile(block.text, block.place, "exec")
                case "python", _:
                    shown = following.text if following and following.language == "text" else ""
                    code, printed = self._run([sys.executable, "-c", block.text])
                    assert (code, printed) == (0, shown), f"{block.place} printed\n{printed}"
                case "text", _:
                    continue
                case _:
                    raise AssertionError(f"{block.place}: nobody knows what to do with {block.language}")

    def _type(self, block: Block) -> None:
        for line, shown in commands(block):
            command = shlex.split(line)
            if command[0] in _PREPARES:
                continue
            if command[0] == "cd":
                self._here = (self._here / command[1]).resolve(strict=True)
            elif command[: len(_PIP)] == _PIP:
                if "-e" in command:
                    self._install()
            else:
                self._shows(block, line, self._run(_argv(command)), shown)

    def _shows(self, block: Block, line: str, ran: tuple[int, str], shown: list[str]) -> None:
        code, printed = ran
        self.passed += "pytest" in line and code == 0
        fails = any(text.startswith("E ") for text in shown)
        assert (code != 0) == fails, f"{block.place}: {line} ended with {code}:\n{printed}"
        pattern = "".join(".*" if text == "..." else f"{re.escape(_steady(text))}\n" for text in shown)
        assert re.fullmatch(pattern, _steady(printed), re.DOTALL), f"{block.place}: {line} printed\n{printed}"

    def _run(self, argv: Sequence[str]) -> tuple[int, str]:
        environment = os.environ | _PLAIN | {"PYTHONPATH": os.pathsep.join(map(str, self._paths))}
        done = subprocess.run(argv, cwd=self._here, env=environment, text=True, encoding="utf-8", timeout=300,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)  # fmt: skip
        return done.returncode, "".join(f"{text.rstrip()}\n" for text in done.stdout.splitlines())

    def _install(self) -> None:
        """Make the distribution of this folder importable, with its entry points, as an editable installation does."""
        project = tomllib.loads((self._here / "pyproject.toml").read_text(encoding="utf-8"))["project"]
        about = self._site / f"{project['name'].replace('-', '_')}-{project['version']}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {project['name']}\nVersion: {project['version']}\n", encoding="utf-8"
        )
        points = [f"[{group}]\n" + "".join(f"{name} = {value}\n" for name, value in named.items())
                  for group, named in project["entry-points"].items()]  # fmt: skip
        (about / "entry_points.txt").write_text("".join(points), encoding="utf-8")
        self._paths.append(self._here)

    @staticmethod
    def _change(path: Path, block: Block) -> None:
        """Put the lines with a plus in the place of those with a minus; where these end, the line may go on."""
        text = path.read_text(encoding="utf-8")
        old, new = ("\n".join(line[1:] for line in block.text.splitlines() if line[0] == sign) for sign in "-+")
        assert text.count(old) == 1, f"{block.place}: {path.name} has {text.count(old)} times\n{old}"
        path.write_text(text.replace(old, new), encoding="utf-8")


def _argv(command: list[str]) -> list[str]:
    if command[:2] == ["python", "-m"]:
        return [sys.executable, *command[1:]]
    argv = runnable(command)
    assert argv is not None, f"nobody knows how to run {shlex.join(command)}"
    return argv


def _steady(text: str) -> str:
    """Give the text without what differs from run to run."""
    for pattern in _VARIES:
        text = pattern.sub("…", text)
    return text
