"""Which entry a param group follows: its own name before a glob, a glob before the entry for all others."""

from __future__ import annotations

import fnmatch
import json
from collections.abc import Iterable

from unisched.errors import BindingError, Problem
from unisched.ir import Target

__all__ = ["follows", "place", "resolve"]


def resolve(targets: Iterable[Target], hyperparameter: str, group: str | None) -> Target | None:
    """Give the target that the group called `group` reads; two globs that both fit raise `BindingError`."""
    candidates = {t.group: t for t in targets if t.hyperparameter == hyperparameter}
    if group is None or group in candidates:
        return candidates.get(group)
    globs = [t for name, t in candidates.items() if name is not None and fnmatch.fnmatchcase(group, name)]
    if len(globs) > 1:
        raise BindingError(Problem(
            "groups.ambiguous", place(globs[0]),
            f"{', '.join(repr(t.group) for t in globs)} both match the param group {group!r}",
            "Give the group an entry under its own name, or narrow a pattern."))  # fmt: skip
    return globs[0] if globs else candidates.get(None)


def follows(groups: Iterable[str], group: str) -> bool:
    """Tell whether a name or glob among `groups` is meant for the group called `group`."""
    return any(group == name or fnmatch.fnmatchcase(group, name) for name in groups)


def place(target: Target) -> str:
    """Give the JSON path of the target's entry in the document."""
    if target.group is None:
        return f"schedules.{target.hyperparameter}"
    return f"groups[{json.dumps(target.group)}].{target.hyperparameter}"
