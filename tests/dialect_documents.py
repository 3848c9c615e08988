"""A few documents of every kind of every dialect of the core, from the tables of the dialects' own tests."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from typing import Any, Final

from peers import timm_cases, torch_cases, transformers_cases
from test_dialect_fvcore import CASES as FVCORE
from test_dialect_ignite import CASES as IGNITE
from test_dialect_ignite import OTHERS as MORE_IGNITE
from test_dialect_keras import DOCUMENTS as KERAS
from test_dialect_optax import DOCUMENTS as OPTAX

__all__ = ["DOCUMENTS"]

_FEW: Final = 2


def _grid(library: str, grid: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"kind": kind if "." in kind else f"{library}.{kind}", **arguments}
            for kind, several in grid.items() for arguments in several]  # fmt: skip


def _some(documents: list[dict[str, Any]]) -> list[dict[str, Any]]:
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for document in documents:
        found[document["kind"]].append(document)
    return [document for alike in found.values() for document in alike[:: -(-len(alike) // _FEW)]]


DOCUMENTS: Final = _some([
    *FVCORE, *IGNITE, *MORE_IGNITE, *KERAS, *OPTAX, *(torch_cases.document(kind, **given)
    for kind, several in torch_cases.GRID.items() for given in several),
    *_grid("timm", timm_cases.GRID), *_grid("transformers", transformers_cases.GRID),
])  # fmt: skip
