"""`unisched schema`: the JSON Schema of documents."""

from __future__ import annotations

import json

import click

from unisched.spec import Spec

__all__ = ["schema"]


@click.command()
def schema() -> None:
    """Print the JSON Schema of documents."""
    click.echo(json.dumps(Spec.json_schema(), indent=2))
