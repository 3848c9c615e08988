"""Where a target stands in a document, and which one a param group follows: a name beats a glob, a glob the rest."""

from __future__ import annotations

import fnmatch
import json
import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterable
from dataclasses import replace
from typing import Final

from unisched import signals
from unisched.errors import BindingError, Problem, shorten
from unisched.ir import Body, Target
from unisched.spec import Spec
from unisched.spec.document import GroupEntry

__all__ = [
    "Directory",
    "check_names",
    "home",
    "homes",
    "narrowed",
    "place",
    "scheduled",
    "short",
    "stands_in",
    "titled",
]

_SIGN: Final = re.compile(r"[*?\[]")


def check_names(hyperparameter: object, group: object) -> None:
    """Raise `BindingError` where a hyperparameter is no text, or a group neither that nor `None`."""
    for what, name in (("target", hyperparameter), ("group", "" if group is None else group)):
        if not isinstance(name, str):
            raise BindingError(Problem("binding.type", "", f"{what} {shorten(repr(name))} is not a name",
                                       "Targets and groups are asked for by name."))  # fmt: skip


class Directory:
    """Targets by name, put in order once: a question costs as much as there are globs that begin like the name.

    However many targets there are, and however many globs that begin otherwise, it costs no more.
    """

    def __init__(self, targets: Iterable[Target]) -> None:
        self._named = {target: place for place, target in enumerate(dict.fromkeys(targets))}
        self._names = {target.group for target in self._named}
        self._globs: dict[str, dict[str, list[Target]]] = {}
        for target in self._named:
            if target.group is not None and (sign := _SIGN.search(target.group)):
                beginnings = self._globs.setdefault(target.hyperparameter, {})
                beginnings.setdefault(target.group[: sign.start()], []).append(target)

    def resolve(self, hyperparameter: str, group: str | None) -> Target | None:
        """Give the target that the group called `group` reads; two globs that both fit raise `BindingError`."""
        check_names(hyperparameter, group)
        named = Target(hyperparameter, group)
        if group is None or named in self._named:
            return named if named in self._named else None
        fit = self._fitting(hyperparameter, group)
        if len(fit) > 1:
            raise BindingError(Problem(
                "groups.ambiguous", place(fit[0]),
                f"{', '.join(repr(t.group) for t in fit)} both match the param group {group!r}",
                "Give the group an entry under its own name, or narrow a pattern."))  # fmt: skip
        rest = Target(hyperparameter)
        return fit[0] if fit else rest if rest in self._named else None

    def follows(self, group: str) -> bool:
        """Tell whether some target is meant for the group called `group`, by name or by glob."""
        return group in self._names or any(self._fitting(hyperparameter, group) for hyperparameter in self._globs)

    def entries(self, group: str) -> set[str]:
        """Give the names and globs among the targets' groups that are meant for the group called `group`."""
        fit = (target for hyperparameter in self._globs for target in self._fitting(hyperparameter, group))
        return ({group} & self._names) | {str(target.group) for target in fit}

    def covers(self, target: Target) -> bool:
        """Tell whether `target` is one of these, or for a group that a glob among them is meant for."""
        hyperparameter, group = target
        return target in self._named or (group is not None and bool(self._fitting(hyperparameter, group)))

    def _fitting(self, hyperparameter: str, group: str) -> list[Target]:
        beginnings = self._globs.get(hyperparameter)
        if not beginnings:
            return []
        near = (beginnings.get(group[:length], ()) for length in range(len(group) + 1))
        fit = [target for alike in near for target in alike if fnmatch.fnmatchcase(group, str(target.group))]
        return sorted(fit, key=self._named.__getitem__)


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


def titled(target: Target) -> str:
    """Give the words for a target, as a heading has them.

    >>> titled(Target("learning_rate", "head"))
    "learning_rate, group 'head'"
    """
    name, group = target
    return name if group is None else f"{name}, group {group!r}"


def short(target: Target) -> str:
    """Give the words for a target where commas part it from others, and columns are narrow.

    >>> short(Target("learning_rate", "head"))
    'learning_rate [head]'
    """
    name, group = target
    return name if group is None else f"{name} [{group}]"


def scheduled(spec: Spec) -> dict[Target, GroupEntry]:
    """Give each entry of a document by its target: the schedules, then the groups."""
    found: dict[Target, GroupEntry] = {Target(name): entry for name, entry in spec.schedules.items()}
    return found | {Target(name, group): entry for group, given in spec.groups.items() for name, entry in given.items()}


def home(targets: Iterable[Target], path: str) -> Target | None:
    """Give the target in whose entry stands what is found at `path`, such as a controller; `None` where none is it."""
    return homes(targets)(path)


def homes(targets: Iterable[Target]) -> Callable[[str], Target | None]:
    """Give `home` for many paths, at the cost of a path each, however many targets."""
    by_place = {place(target): target for target in targets}

    def home_of(path: str) -> Target | None:
        outer = (path[:length] for length in range(len(path), 0, -1))
        return next((by_place[known] for known in outer if known in by_place and stands_in(known, path)), None)

    return home_of


def stands_in(outer: str, path: str) -> bool:
    """Tell whether `path` is what stands at `outer`, or a part of it."""
    return path.startswith(outer) and path[len(outer) :][:1] in ("", ".", "[", "#")
