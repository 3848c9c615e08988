"""`unisched new-plugin`: the distribution that an author of a backend or dialect begins with."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import click

from unisched.commands.help import Command, examples
from unisched.commands.shared import json_option, reported
from unisched.starting import start

__all__ = ["new_plugin"]


@click.command(
    "new-plugin",
    cls=Command,
    short_help="Write a distribution to begin a backend or a dialect with.",
    epilog=examples(
        "unisched new-plugin paddle",
        "unisched new-plugin tinygrad --kind bound",
        "unisched new-plugin flax --kind traced --output plugins",
        "unisched new-plugin acme --dialect",
    ),
)
@click.argument("name")
@click.option("--kind", type=click.Choice(["callable", "bound", "traced"]),
              help="Optimizers ask a scheduler (callable, unless given), hold a number that is written (bound), "
                   "or are compiled with what gives it (traced).")  # fmt: skip
@click.option("--dialect", is_flag=True, help="Begin a dialect instead of a backend.")
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), default=Path(),
              help="The folder that gets the new one; this one unless given.")  # fmt: skip
@json_option
def new_plugin(
    name: str, kind: Literal["callable", "bound", "traced"] | None, dialect: bool, output: Path, as_json: bool
) -> None:
    """Write a distribution for the framework NAME: it passes its tests, and marks the three places to change."""
    if dialect and kind is not None:
        raise click.UsageError("--kind is for backends. Leave it out, or leave out --dialect.")
    with reported(as_json):
        begun = start(name, "dialect" if dialect else kind or "callable", output)
    if as_json:
        click.echo(json.dumps({"folder": str(begun.folder), "files": begun.files, "commands": begun.commands}))
        return
    click.echo("\n".join(str(begun.folder / file) for file in begun.files))
    click.echo("\nIt passes its tests as it is:\n")
    click.echo("\n".join(f"  {command}" for command in begun.commands))
    click.echo("\nThen change the three places that are marked CHANGE.")
