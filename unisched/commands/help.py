"""How the commands tell what they do: options under headings, examples as they are typed.

Knows no command and no document.
"""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

import click

__all__ = ["EXIT_CODES", "ClockOption", "Command", "Commands", "examples"]

EXIT_CODES: Final = "Exit codes: 0 fine, 1 something is wrong with the input or the output, 2 wrong usage."
"""What the numbers mean that commands end with; `diff` has those of the tool of that name."""

_CLOCK: Final = "Clock (each overrides what the document says)"


class ClockOption(click.Option):
    """An option that stands under the heading of the clock."""


class Command(click.Command):
    """A command whose options of the clock stand under a heading of their own, at the end."""

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the options, those of the clock last."""
        options = [option for option in self.get_params(ctx) if isinstance(option, click.Option)]
        shown = [(option, option.get_help_record(ctx)) for option in options]
        records = [(isinstance(option, ClockOption), record) for option, record in shown if record is not None]
        for heading, of_clock in (("Options", False), (_CLOCK, True)):
            rows = [record for is_clock, record in records if is_clock is of_clock]
            if rows:
                with formatter.section(heading):
                    formatter.write_dl(rows)


class Commands(click.Group):
    """A group of commands in the order they were added, which suggests the nearest for one that it does not have."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Give the names in the order in which people meet them."""
        return list(self.commands)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command that is asked for; raise `UsageError` with a way out where there is none."""
        try:
            return super().resolve_command(ctx, args)
        except click.UsageError as error:
            if "Did you mean" in error.message or not args:
                raise
            meant = _nearest(args[0], self.list_commands(ctx))
            ways = f" Did you mean {meant!r}?" if meant else f" Commands: {', '.join(self.list_commands(ctx))}."
            raise click.UsageError(error.message + ways, error.ctx) from None


def _nearest(given: str, names: Iterable[str]) -> str | None:
    close = get_close_matches(given.lower(), list(names), n=1, cutoff=0.5)
    return close[0] if close else None


def examples(*lines: str, exits: str = EXIT_CODES) -> str:
    """Give the end of a help text: lines as they are typed, and what the exit codes mean.

    >>> print(examples("unisched show spec.json").replace(chr(8), "|"))
    |
    Examples:
      unisched show spec.json
    <BLANKLINE>
    Exit codes: 0 fine, 1 something is wrong with the input or the output, 2 wrong usage.
    """
    return "\n".join(["\b", "Examples:", *(f"  {line}" for line in lines), "", exits])
