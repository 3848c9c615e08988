"""The backends of this repository whose frameworks bear each other in one process: the others are tested alone."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Final

import pytest

from unisched import registry

__all__ = ["BACKENDS", "MISSING", "only_where_all_are_installed"]


def _is_alone(project: Path) -> bool:
    settings = tomllib.loads(project.read_text(encoding="utf-8"))["tool"].get("unisched", {})
    return bool(settings.get("alone", False))


_PROJECTS: Final = sorted(Path(__file__).parents[1].glob("plugins/*/pyproject.toml"))
BACKENDS: Final = [path.parent.name.removeprefix("unisched-") for path in _PROJECTS if not _is_alone(path)]
MISSING: Final = sorted({*BACKENDS} - {*registry.names()})

only_where_all_are_installed: Final = pytest.mark.skipif(
    bool(MISSING) and "NOX_CURRENT_SESSION" not in os.environ, reason=f"not installed: {', '.join(MISSING)}"
)
"""For a whole module: under nox a missing backend is a failure."""
