"""How a known schedule becomes a case and an example: its document in full, a name, and a sentence."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from corpus_generator.case import Case, Target, Worth

__all__ = ["document", "entry", "full"]


def document(name: str, description: str, **content: Any) -> dict[str, Any]:
    """Give a whole document under a name."""
    return {"unisched": 1, "name": name, "description": description, **content}


def full(
    name: str,
    title: str,
    why: str,
    targets: Worth | Sequence[Target],
    *,
    marks: Sequence[int],
    total: int,
    content: Mapping[str, Any],
    far: bool = True,
) -> Case:
    """Give a recipe that is a whole document; a lone function is its learning rate, and the case plain."""
    alone = callable(targets)
    return Case(
        name=name,
        why=why,
        spec=document(name, title, **content),
        targets=[Target(worth=targets)] if callable(targets) else targets,
        marks=marks,
        total=total,
        far=far,
        plain=alone,
        example=True,
    )


def entry(
    name: str,
    why: str,
    curve: Mapping[str, Any],
    worth: Worth,
    *,
    marks: Sequence[int],
    clock: Mapping[str, Any] | None = None,
    total: int | None = None,
    far: bool = True,
) -> Case:
    """Give a recipe that is a curve and nothing else; what it needs of a clock comes as arguments."""
    return Case(
        name=name,
        why=why,
        spec=curve,
        clock=clock or {},
        targets=[Target(worth=worth)],
        marks=marks,
        total=total,
        far=far,
        plain=True,
        example=True,
    )
