"""From the name before the dot to a dialect: found through entry points, loaded when asked for, and checked.

This file knows no dialect.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import lru_cache
from typing import Any, Final

from unisched import discovery
from unisched.discovery import Claim
from unisched.errors import PluginError, nearest, shorten
from unisched.spec.dialect import CONTRACT, Dialect, DialectCurve, Reading
from unisched.spec.kinds import kind_of
from unisched.spec.number import fault, shown

__all__ = ["DIALECTS", "Installed", "claims", "dialect", "lifted", "names"]

DIALECTS: Final = "unisched.dialects"


def names() -> tuple[str, ...]:
    """Give the names of the installed dialects, sorted; imports nothing."""
    return tuple(sorted({claim.name for claim in claims()}))


def claims() -> Iterator[Claim]:
    """Give every standing claim to a dialect name, without loading any; raises as `discovery.claims` does."""
    yield from discovery.claims(DIALECTS)


def dialect(name: str) -> Dialect:
    """Load the dialect called `name`; raise `SpecError` where none is installed, `PluginError` where it is no good."""
    return _dialect(name, discovery.surroundings())


@lru_cache(maxsize=64)
def _dialect(name: str, _surroundings: object) -> Dialect:
    found = [claim for claim in claims() if claim.name == name]
    if not found:
        hint = nearest(name[:100], names()).strip() or "Install the distribution that brings it."
        raise fault("dialect.unknown", f"there is no dialect {shown(name)} (installed: {', '.join(names())})", hint,
                    "kind")  # fmt: skip
    if len(found) > 1:
        both = " and ".join(map(str, found))
        raise discovery.fault("plugin.conflict", f"dialect name {name!r} is claimed by {both}", "Uninstall one")
    return _checked(found[0], discovery.loaded("dialect", found[0]))


def lifted(obj: Any) -> Reading | None:
    """Give a live object, or a library's own serialized form, as data; `None` where no dialect knows it.

    The dialects asked are those named by the first part of the modules that the object, or the form, comes from.
    """
    installed = names()
    for name in dict.fromkeys(str(module).partition(".")[0] for module in _modules(obj)):
        lift = dialect(name).lift if name in installed else None
        found = None if lift is None else lift(obj)
        if found is not None:
            return found
    return None


def _modules(obj: Any) -> Iterator[object]:
    """Give the modules that an object comes from, the most telling first."""
    if isinstance(obj, Mapping):
        yield obj.get("module")
        return
    # transformers makes its schedulers of torch's LambdaLR and functions of its own with their arguments bound.
    for function in getattr(obj, "lr_lambdas", None) or ():
        yield getattr(getattr(function, "func", function), "__module__", None)
    yield type(obj).__module__
    yield getattr(obj, "__module__", None)


class Installed:
    """The kinds of all installed dialects."""

    def model_of(self, kind: str) -> type[DialectCurve]:
        """Give the model of a kind with a dot; raise `SpecError` or `PluginError` where there is none."""
        name = kind.partition(".")[0]
        known = {kind_of(model): model for model in dialect(name).kinds}
        if kind not in known:
            rest = kind.partition(".")[2]
            meant = _meant(rest, dialect(name).kinds) or [one for one in known if len(rest) > 3 and rest in one][:3]
            hint = _did_you_mean(meant) or nearest(kind[:100], known).strip() or f"Kinds of {name}: {', '.join(known)}."
            raise fault("kind.unknown", f"there is no kind {shown(kind)}", hint, "kind")
        return known[kind]

    def meant_by(self, name: str) -> str:
        """Give a hint at the kinds that a library's own name, without the library, may mean; "" for none."""
        found: list[str] = []
        for library in names():
            with suppress(PluginError):  # a hint is no reason to complain of a dialect that nobody asked for
                found += _meant(name, dialect(library).kinds)
        return _did_you_mean(found)

    def models(self) -> Iterator[type[DialectCurve]]:
        """Give the models of all installed dialects."""
        for name in names():
            yield from dialect(name).kinds

    def read(self, value: Mapping[Any, Any]) -> Mapping[str, Any]:
        """Give the curve, as data, behind another library's own serialized form; raise `SpecError` if it is none."""
        found = lifted(value)
        if found is None:
            raise fault("kind.missing", f"no dialect reads {shown(value.get('class_name'))} "
                        f"of module {shown(value.get('module'))}", 'Add "kind".')  # fmt: skip
        return found.document


def _meant(name: str, models: Iterable[type[DialectCurve]]) -> list[str]:
    return [kind_of(m) for m in models if name in (kind_of(m).partition(".")[2], *m.known_as)]


def _did_you_mean(kinds: Sequence[str]) -> str:
    return f"Did you mean {' or '.join(map(repr, kinds))}?" if kinds else ""


def _checked(claim: Claim, found: object) -> Dialect:
    who = f"dialect {claim.name!r} ({claim})"
    if not isinstance(found, Dialect):
        raise discovery.fault("plugin.not_a_dialect", f"{who} is {shorten(repr(found))}, not a Dialect",
                              "The entry point must name a unisched.plugin.Dialect value")  # fmt: skip
    if found.contract != CONTRACT:
        raise discovery.fault("plugin.contract",
                              f"{who} speaks contract {found.contract!r}, this core speaks {CONTRACT}",
                              f"Install releases of {claim.distribution} and {discovery.CORE} that fit")  # fmt: skip
    for model in found.kinds:
        kind = model.model_fields.get("kind") if _is_kind(model) else None
        if kind is None or not str(kind.default).startswith(f"{claim.name}."):
            raise discovery.fault("plugin.not_a_dialect", f"{who} holds {shorten(repr(model))}, no kind of its own",
                                  f"Derive it from DialectCurve, with a kind '{claim.name}.Name'")  # fmt: skip
        if claim.distribution != discovery.CORE:
            _build(model, claim)
    return found


def _build(model: type[DialectCurve], claim: Claim) -> None:
    """Build a stranger's kind now, so that what is wrong with it is not said of the first document that names it."""
    try:
        model.model_rebuild()
    except Exception as error:
        raise discovery.broken("dialect", claim, error) from error


def _is_kind(model: object) -> bool:
    return isinstance(model, type) and issubclass(model, DialectCurve)
