"""Other libraries' schedules under their own names: one module a library, each a value behind an entry point.

No library is imported here: a dialect is arguments and curves.
"""

from __future__ import annotations

__all__ = list[str]()
