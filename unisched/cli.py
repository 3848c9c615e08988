"""The command line: the commands together, and how they end.

Exit codes: 0 fine, 1 something is wrong with the input or the output (errors on stderr, each with its JSON path), 2
wrong usage; diff says 0 for equal, 1 for different, 2 for anything wrong, as the tool of that name does.
`--json` writes for machines. Nothing is decided here; every line comes from the library.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from io import TextIOWrapper
from typing import Any, Final, TextIO

import click

from unisched.commands import COMMANDS
from unisched.commands.help import EXIT_CODES, Commands

__all__ = ["main"]

_ELSEWHERE: Final = "Write to a folder that exists, has room and is yours to write to."


class _Commands(Commands):
    """The commands, ending in one line where the system refuses to write what they say, as on a full disk."""

    def main(self, *args: Any, **extra: Any) -> Any:
        _show_any_letter(sys.stdout)
        try:
            return super().main(*args, **extra)
        except OSError as error:
            _let_go(sys.stdout)
            with suppress(OSError):
                place = "standard output" if error.filename is None else error.filename
                click.echo(f"error: {place}: cannot be written ({error.strerror or error}). {_ELSEWHERE}", err=True)
                sys.exit(1)
            _let_go(sys.stderr)
            sys.exit(1)


def _show_any_letter(stream: TextIO) -> None:
    """Have a letter that a terminal lacks written by its number; for standard error Python does so itself."""
    if isinstance(stream, TextIOWrapper) and stream.errors == "strict":
        stream.reconfigure(errors="backslashreplace")


def _let_go(stream: TextIO) -> None:
    """Point a stream that cannot be written to nowhere, or the interpreter tries again as it ends."""
    with suppress(OSError, ValueError), open(os.devnull, "wb") as nowhere:
        os.dup2(nowhere.fileno(), stream.fileno())


@click.group(
    cls=_Commands,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
    epilog=f"'unisched COMMAND --help' has examples. {EXIT_CODES}",
)
@click.version_option(package_name="unisched-core")
def main() -> None:
    """Schedules for hyperparameters, written once as data.

    A document (JSON, YAML or TOML) says what the learning rate and its like are at every step of a run; these
    commands check it, show it, compare it, and say what frameworks make of it.
    """


for command in COMMANDS:
    main.add_command(command)
