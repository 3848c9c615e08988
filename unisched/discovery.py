"""Entry points to names: listed without loading, loaded only when asked for.

Distributions are read one by one, so that a damaged one hides nothing but itself. Which groups there are, and
what their values must be, is for others to say; this file knows no plugin.
"""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any, Final, Literal

from unisched.errors import PluginError, Problem, shorten

if sys.version_info >= (3, 12):
    from importlib.metadata import Distribution, EntryPoint, distributions
else:
    from importlib_metadata import Distribution, EntryPoint, distributions

__all__ = ["CORE", "SWITCH", "Claim", "broken", "claims", "fault", "loaded", "refused", "surroundings"]

CORE: Final = "unisched-core"
SWITCH: Final = "UNISCHED_PLUGINS"
_SWITCHED: Final = {"": True, "on": True, "1": True, "true": True, "yes": True,
                    "off": False, "0": False, "false": False, "no": False}  # fmt: skip

_NOT_INSTALLED: Final = {"backend": "backend.not_installed", "dialect": "dialect.not_installed"}


@dataclass(frozen=True, slots=True)
class Claim:
    """A distribution's claim to a name: what it would load, and which release makes the claim."""

    name: str
    distribution: str
    version: str
    entry_point: EntryPoint

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


def claims(group: str, reserved: Collection[str] = ()) -> Iterator[Claim]:
    """Give every standing claim in an entry-point group, loading none; `UNISCHED_PLUGINS=off` leaves the core's.

    A reserved name is the core's alone. Raises `PluginError` where that variable says neither on nor off.
    """
    wanted = _plugins_wanted()
    for claim in _all_claims(group):
        if _is_core(claim) or (claim.name not in reserved and wanted):
            yield claim


def refused(group: str, reserved: Collection[str]) -> Iterator[Claim]:
    """Give the claims to a reserved name by anything but the core; they are never loaded."""
    yield from (claim for claim in _all_claims(group) if claim.name in reserved and not _is_core(claim))


def loaded(noun: Literal["backend", "dialect"], claim: Claim) -> Any:
    """Import what a claim names; raise `PluginError` for each way that can fail."""
    try:
        return claim.entry_point.load()
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module and module != claim.entry_point.module.partition(".")[0]:
            raise fault(_NOT_INSTALLED[noun],
                        f"{noun} {claim.name!r} ({claim}) needs the module {module!r}, which is not installed",
                        f"Install it, as in: python -m pip install {module}") from error  # fmt: skip
        raise broken(noun, claim, error) from error
    except BaseException as error:  # a plugin may even call sys.exit while it is imported
        raise broken(noun, claim, error) from error


def surroundings() -> tuple[tuple[str, ...], str]:
    """Give what decides where plugins are looked for: one that was found stays found while this is the same.

    To look takes milliseconds, for every distribution is read, and training code builds more than once.
    """
    return tuple(sys.path), os.environ.get(SWITCH, "")


def fault(code: str, what: str, remedy: str) -> PluginError:
    """Give the error of one problem with a plugin."""
    return PluginError(Problem(code, "", what, remedy if remedy.endswith((".", "?")) else remedy + "."))


def broken(noun: str, claim: Claim, error: BaseException) -> PluginError:
    """Give the error of a claim whose plugin raised while it was loaded."""
    return fault("plugin.broken",
                 f"{noun} {claim.name!r} ({claim}) failed to load: {type(error).__name__}: {shorten(str(error), 300)}",
                 f"Other {noun}s are not affected; repair or uninstall it")  # fmt: skip


def _is_core(claim: Claim) -> bool:
    """Tell whether the claim is the core's own."""
    return claim.distribution == CORE


def _plugins_wanted() -> bool:
    """Tell whether plugins beside the core's own are to be found."""
    said = os.environ.get(SWITCH, "")
    wanted = _SWITCHED.get(said.strip().lower())
    if wanted is None:
        raise fault("plugin.switch", f"{SWITCH} is {shorten(repr(said))}, neither on nor off",
                    f"Set {SWITCH}=off for the core alone, or unset it")  # fmt: skip
    return wanted


def _all_claims(group: str) -> Iterator[Claim]:
    seen: set[tuple[str, str, str, str]] = set()
    for distribution in _distributions():
        found = _entry_points(distribution, group)
        label, version = _identity(distribution) if found else ("", "")
        for entry_point in found:
            key = (entry_point.name, label, version, entry_point.value)
            if key not in seen:
                seen.add(key)
                yield Claim(entry_point.name, label, version, entry_point)


def _distributions() -> Iterator[Distribution]:
    # The backport types what it gives as a protocol; each is a Distribution all the same.
    yield from distributions()  # type: ignore[misc, unused-ignore]


def _entry_points(distribution: Distribution, group: str) -> list[EntryPoint]:
    try:
        # Hundreds may be installed, and parsing is what costs: most are told apart by their text.
        if group not in (distribution.read_text("entry_points.txt") or ""):
            return []
        return [entry_point for entry_point in distribution.entry_points if entry_point.group == group]
    except Exception:  # a distribution with unreadable metadata must not take the others down with it
        return []


def _identity(distribution: Distribution) -> tuple[str, str]:
    try:
        name, version = distribution.metadata["Name"], distribution.version
    except Exception:  # as above: no METADATA file, or one that cannot be read
        name, version = None, None
    return re.sub(r"[-_.]+", "-", str(name or "unknown distribution")).lower(), str(version or "")
