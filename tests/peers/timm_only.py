"""timm's schedulers without the rest of timm, whose package wants torchvision."""

from __future__ import annotations

import importlib
import importlib.machinery
import sys
import types

__all__ = ["scheduler"]


def scheduler() -> types.ModuleType:
    """Give `timm.scheduler`, imported under a bare parent that only says where the package lies."""
    if "timm" not in sys.modules:
        spec = importlib.machinery.PathFinder.find_spec("timm")
        assert spec is not None, "timm is not installed"
        sys.modules["timm"] = parent = types.ModuleType("timm")
        parent.__path__ = list(spec.submodule_search_locations or ())
    return importlib.import_module("timm.scheduler")
