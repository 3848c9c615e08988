"""One hyperparameter in all the param groups that follow it: written at once, for a hundred groups as for one.

This file knows values by their number only, and neither programs nor steps.
"""

from __future__ import annotations

from collections.abc import Sequence

from unisched_torch.slot import Group, Slot

__all__ = ["Column", "columns"]


class Column:
    """A slot, the places of the groups that have it scheduled, and the number of the value that each of them follows.

    `places` are among `groups` groups, and the numbers `tracks` among those of `values` values.
    """

    def __init__(self, slot: Slot, places: Sequence[int], tracks: Sequence[int], groups: int, values: int) -> None:
        self.slot = slot
        self._places = None if len(places) == groups else places
        self._tracks = None if tracks == [*range(values)] else tracks
        self._written: Sequence[float | None] = [None] * len(places)

    def write(self, groups: Sequence[Group], values: Sequence[float]) -> Sequence[float] | None:
        """Put its value into each of the groups; give the values where all groups have one, and it is a plain float."""
        own = values if self._tracks is None else [values[track] for track in self._tracks]
        followers = groups if self._places is None else [groups[place] for place in self._places]
        slot, key, are_floats = self.slot, self.slot.key, self._places is None
        # What was put there last is a float, and is still there, mostly: to see that takes half as long as to ask what
        # it is, and a hundred groups are written at every step.
        for group, value, written in zip(followers, own, self._written):  # noqa: B905 - strict takes longer
            if group[key] is written:
                group[key] = value
            else:
                are_floats = slot.write(group, value) and are_floats
        self._written = own
        return own if are_floats else None


def columns(writes: Sequence[Sequence[tuple[Slot, int]]], values: int) -> dict[Slot, Column]:
    """Give the columns of what is written into each group: slots, each with the number of one of `values` values."""
    found: dict[Slot, tuple[list[int], list[int]]] = {}
    for place, slots in enumerate(writes):
        for slot, track in slots:
            places, tracks = found.setdefault(slot, ([], []))
            places.append(place)
            tracks.append(track)
    return {slot: Column(slot, *followed, len(writes), values) for slot, followed in found.items()}
