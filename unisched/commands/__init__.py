"""The commands, one a file: each reads its options, asks the library, and writes what it says.

Nothing is decided here. `shared` holds what they have in common.
"""

from __future__ import annotations

from typing import Final

import click

from unisched.commands import backends, diff, explain, lint, new_plugin, parity, plot, replan, schema, show, validate

__all__ = ["COMMANDS"]

COMMANDS: Final[tuple[click.Command, ...]] = (
    show.show,
    explain.explain,
    plot.plot,
    validate.validate,
    lint.lint,
    replan.replan,
    diff.diff,
    parity.parity,
    backends.backends,
    schema.schema,
    new_plugin.new_plugin,
)
