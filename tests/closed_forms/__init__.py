"""What other libraries' schedules are worth, in 40 digits: their formulas, written from their documentation and source.

Each takes the arguments of a document, lengths in whole steps, and a step. Nothing here knows unisched.
"""

from __future__ import annotations

__all__: list[str] = []
