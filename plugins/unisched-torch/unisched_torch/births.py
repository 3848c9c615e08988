"""When param groups appeared: a torch optimizer says nothing when it gains one.

This file knows names and steps, no schedules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

__all__ = ["late"]


def late(births: Mapping[str, int], names: Sequence[str], known: Sequence[str], step: int) -> dict[str, int]:
    """Give `births` with those of the groups by names that are not `known`, which follow the schedule from `step` on.

    A name counts once: groups that share it share its birth, and have none where the first was there at the start.

    >>> late({"neck": 3}, ["body", "neck", "head", "head", "body"], ["body", "neck"], 7)
    {'neck': 3, 'head': 7}
    """
    earlier = {*births, *known}
    return {**births, **{name: step for name in names if name not in earlier}}
