"""Runs the commands of a page that use what is documented; of those that set up, checks the paths they name."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from docpages.blocks import ROOT, Block

__all__ = ["commands", "run", "runnable"]

_SETS_UP: Final = {"nox", "pip", "pytest", "python3.11"}
_MADE: Final = (".venv", ".venv-nox")


def run(page: Sequence[Block], folder: Path = ROOT) -> int:
    """Give how many commands ran in `folder`; raise AssertionError where one fails or prints what is not shown."""
    count = 0
    for block in page:
        if block.language == "console":
            count += _run_block(block, folder)
    return count


def _run_block(block: Block, folder: Path) -> int:
    code, count = 0, 0
    for line, shown in commands(block):
        for command in (shlex.split(part) for part in line.split("&&")):
            if command == ["echo", "$?"]:
                assert shown == [str(code)], f"{block.place}: the exit code is {code}, and the page shows {shown}"
            elif (argv := runnable(command)) is not None:
                code, output = _ran(argv, folder)
                fails = not shown and code
                assert not fails, f"{block.place}: {line} ended with {code}:\n{output}"
                given = [text.rstrip() for text in output.rstrip().splitlines()]
                assert not shown or given == shown, f"{block.place}: {line} printed\n{output}"
                count += 1
            else:
                _check_paths(command, block)
    return count


def commands(block: Block) -> Iterator[tuple[str, list[str]]]:
    """Give each command of a block with the lines that are shown after it."""
    lines = block.text.rstrip().splitlines()
    assert lines, f"{block.place}: an empty block"
    assert lines[0].startswith("$ "), f"{block.place}: a console block begins with a command"
    starts = [index for index, line in enumerate(lines) if line.startswith("$ ")]
    for start, stop in zip(starts, [*starts[1:], len(lines)], strict=True):
        yield lines[start].removeprefix("$ "), [line.rstrip() for line in lines[start + 1 : stop]]


def runnable(command: list[str]) -> list[str] | None:
    """Give what to run for a command that uses the package or an example; None for one that sets up."""
    program = Path(command[0]).name
    if program == "unisched":
        found = shutil.which("unisched", path=str(Path(sys.executable).parent))
        assert found is not None, "the command unisched is not installed beside this Python"
        return [found, *command[1:]]
    if program == "python" and command[1].endswith(".py"):
        return [sys.executable, *command[1:]]
    return None


def _ran(argv: list[str], folder: Path) -> tuple[int, str]:
    environment = os.environ | {"PYTHONIOENCODING": "utf-8", "NO_COLOR": "1", "COLUMNS": "80"}
    done = subprocess.run(argv, cwd=folder, env=environment, text=True, encoding="utf-8", stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=300, check=False)  # fmt: skip
    return done.returncode, done.stdout


def _check_paths(command: list[str], block: Block) -> None:
    program = Path(command[0]).name
    sets_up = program in _SETS_UP or (program == "python" and command[1:2] == ["-m"] and command[2] in _SETS_UP)
    assert sets_up, f"{block.place}: nobody knows how to check {shlex.join(command)}"
    for word in command[1:]:
        path = re.sub(r"\[.*\]", "", word)
        if path.startswith(_MADE) or not (path == "." or "/" in path or path.endswith((".json", ".py"))):
            continue
        assert any((folder / path).exists() for folder in (ROOT, block.page.parent)), f"{block.place}: no {path}"
