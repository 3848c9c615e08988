"""Param groups that appear while a run goes on, and the entries that count from there.

Where the births are known, such an entry is an ordinary one, later by as many steps: evaluators never hear of births.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from unisched import normalise
from unisched.ir import Assignment, Body, Target
from unisched.targets import Directory

__all__ = ["settled"]

_LATEST: Final = 2**61


def settled(body: Body, births: Mapping[str, int]) -> Body:
    """Give the body with an entry by name for each group in `births` whose entries count from there, or `body` itself.

    Raises `BindingError` where two globs fit one of the names.
    """
    if not births:
        return body
    written = {assignment.target: assignment for assignment in body.assignments}
    directory, hyperparameters = Directory(written), dict.fromkeys(target.hyperparameter for target in written)
    laid: dict[Target, Assignment] = {}
    values = {value: index for index, value in enumerate(body.values)}
    for group, birth in births.items():
        for hyperparameter in hyperparameters:
            followed = directory.resolve(hyperparameter, group)
            if followed is None or not written[followed].born or not birth:
                continue
            later = normalise.shift(body.values[written[followed].value], -min(birth, _LATEST))
            own = Target(hyperparameter, group)
            index = values.setdefault(later, len(values))
            laid[own] = replace(written[followed], target=own, value=index, born=False)
    if not laid:
        return body
    return replace(body, values=tuple(values), assignments=tuple((written | laid).values()))
