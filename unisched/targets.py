"""Where a target stands in a document, and which one a param group follows: a name beats a glob, a glob the rest."""

from __future__ import annotations

import fnmatch
import json
from bisect import bisect_left
from collections.abc import Collection, Iterable
from dataclasses import replace

from unisched import signals
from unisched.errors import BindingError, Problem, shorten
from unisched.ir import Body, Target
from unisched.spec import Spec
from unisched.spec.document import GroupEntry

__all__ = ["check_names", "follows", "home", "narrowed", "place", "resolve", "scheduled", "stands_in"]


def check_names(hyperparameter: object, group: object) -> None:
    """Raise `BindingError` where a hyperparameter is no text, or a group neither that nor `None`."""
    for what, name in (("target", hyperparameter), ("group", "" if group is None else group)):
        if not isinstance(name, str):
            raise BindingError(Problem("binding.type", "", f"{what} {shorten(repr(name))} is not a name",
                                       "Targets and groups are asked for by name."))  # fmt: skip


def resolve(targets: Iterable[Target], hyperparameter: str, group: str | None) -> Target | None:
    """Give the target that the group called `group` reads; two globs that both fit raise `BindingError`."""
    check_names(hyperparameter, group)
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


def narrowed(body: Body, hyperparameters: Collection[str]) -> Body:
    """Give the body with the entries of these hyperparameters, and the values that they read, only."""
    kept = [a for a in body.assignments if a.target.hyperparameter in hyperparameters]
    used = sorted({a.value for a in kept})
    values, controllers = signals.numbered([body.values[index] for index in used], body.controllers)
    return replace(
        body,
        values=tuple(values),
        controllers=tuple(controllers),
        assignments=tuple(replace(a, value=bisect_left(used, a.value)) for a in kept),
    )


def place(target: Target) -> str:
    """Give the JSON path of the target's entry in the document."""
    if target.group is None:
        return f"schedules.{target.hyperparameter}"
    return f"groups[{json.dumps(target.group)}].{target.hyperparameter}"


def scheduled(spec: Spec) -> dict[Target, GroupEntry]:
    """Give each entry of a document by its target: the schedules, then the groups."""
    found: dict[Target, GroupEntry] = {Target(name): entry for name, entry in spec.schedules.items()}
    return found | {Target(name, group): entry for group, given in spec.groups.items() for name, entry in given.items()}


def home(targets: Iterable[Target], path: str) -> Target | None:
    """Give the target in whose entry stands what is found at `path`, such as a controller; `None` where none is it."""
    found = [target for target in targets if stands_in(place(target), path)]
    return max(found, key=lambda target: len(place(target)), default=None)


def stands_in(outer: str, path: str) -> bool:
    """Tell whether `path` is what stands at `outer`, or a part of it."""
    return path.startswith(outer) and path[len(outer) :][:1] in ("", ".", "[", "#")
