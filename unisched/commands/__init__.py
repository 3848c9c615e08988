"""The commands, one a file: each reads its options, asks the library, and writes what it says.

Nothing is decided here. `shared` holds what they have in common.
"""

from __future__ import annotations

from typing import Final

import click

from unisched.commands import backends, diff, replan, schema, show, validate

__all__ = ["COMMANDS"]

COMMANDS: Final[tuple[click.Command, ...]] = (
    show.show,
    validate.validate,
    replan.replan,
    diff.diff,
    backends.backends,
    schema.schema,
)
