"""`unisched schema`: the JSON Schema of documents, and where it goes so that an editor finds it."""

from __future__ import annotations

import json
from pathlib import Path

import click

from unisched.commands.help import Command, examples
from unisched.commands.whole_file import write_whole
from unisched.spec import Spec
from unisched.spec.hints import hinted

__all__ = ["schema"]


@click.command(
    cls=Command,
    short_help="Print the JSON Schema, for editors.",
    epilog=examples("unisched schema -o unisched.schema.json", "unisched schema --toml -o unisched.toml.schema.json"),
)
@click.option("--output", "-o", type=click.Path(dir_okay=False, path_type=Path),
              help="The file to write; the lines that make an editor use it are then printed.")  # fmt: skip
@click.option("--toml", is_flag=True, help="For editors of TOML, which offer fields only where any kind may have them.")
def schema(output: Path | None, toml: bool) -> None:
    """Print the JSON Schema of documents, with the kinds of every dialect that is installed here.

    Keep it beside your documents: an editor then completes them, explains each field, and marks faults at their place.
    """
    found = Spec.json_schema()
    text = json.dumps(hinted(found) if toml else found, indent=1)
    if output is None:
        click.echo(text)
        return
    write_whole(output, f"{text}\n")
    click.echo(f"wrote {output}\nIn a document beside it, an editor is told by:")
    click.echo("\n".join(f"  {language}  {line}" for language, line in _lines(output.name, toml).items()))


def _lines(name: str, toml: bool) -> dict[str, str]:
    """Give, by language, the line that makes an editor use the schema of that name."""
    if toml:
        return {"TOML": f"#:schema ./{name}"}
    return {"JSON": f'"$schema": "./{name}",', "YAML": f"# yaml-language-server: $schema=./{name}"}
