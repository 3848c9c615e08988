"""What this site adds to Sphinx; each module brings one thing of its own."""

from __future__ import annotations

from typing import Any

from building import files, front, navigation, public_names, references, wrapping

__all__ = ["setup"]


def setup(app: Any) -> dict[str, Any]:
    for part in (files, front, navigation, public_names, references, wrapping):
        part.connect(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
