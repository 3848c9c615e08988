"""Names to backends, through entry points: listed without loading, loaded only when asked for.

Distributions are read one by one, so that a damaged one hides nothing but itself. numpy is found like a
stranger's plugin, except that nobody else can claim its name. This file knows no plugin by name but that one.
"""

from __future__ import annotations

import inspect
import os
import re
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from unisched.backend import CONTRACT, Backend, Capabilities, Form
from unisched.errors import BindingError, PluginError, Problem, nearest, shorten

if sys.version_info >= (3, 12):
    from importlib.metadata import Distribution, EntryPoint, distributions
else:
    from importlib_metadata import Distribution, EntryPoint, distributions

__all__ = ["BACKENDS", "Claim", "backend", "claims", "names", "refused"]

BACKENDS: Final = "unisched.backends"
CORE: Final = "unisched-core"
RESERVED: Final = frozenset({"numpy"})
SWITCH: Final = "UNISCHED_PLUGINS"
_SWITCHED: Final = {"": True, "on": True, "1": True, "true": True, "yes": True,
                    "off": False, "0": False, "false": False, "no": False}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Claim:
    """A distribution's claim to a name: what it would load, and which release makes the claim."""

    name: str
    distribution: str
    version: str
    entry_point: EntryPoint

    def __str__(self) -> str:
        return f"{self.distribution} {self.version}"


def names() -> tuple[str, ...]:
    """Give the names of the installed backends, sorted; imports nothing."""
    return tuple(sorted({claim.name for claim in claims()}))


def claims() -> Iterator[Claim]:
    """Give every standing claim to a backend name, without loading any; `UNISCHED_PLUGINS=off` leaves the core's.

    Raises `PluginError` where that variable says neither on nor off.
    """
    wanted = _plugins_wanted()
    for claim in _all_claims():
        if _is_core(claim) or (claim.name not in RESERVED and wanted):
            yield claim


def refused() -> Iterator[Claim]:
    """Give the claims to a reserved name by anything but the core; they are never loaded."""
    yield from (claim for claim in _all_claims() if claim.name in RESERVED and not _is_core(claim))


def backend(name: str) -> Backend:
    """Load the backend called `name`, and nothing else; raise `PluginError` for each way that can fail."""
    if not isinstance(name, str):
        raise BindingError(Problem("binding.type", "", f"backend {shorten(repr(name))} is not a name",
                                   f"Installed are {', '.join(names())}."))  # fmt: skip
    found = [claim for claim in claims() if claim.name == name]
    if not found:
        raise _unknown(name)
    if len(found) > 1:
        both = " and ".join(map(str, found))
        raise _fault("plugin.conflict", f"backend name {name!r} is claimed by {both}", "Uninstall one")
    return _checked(name, found[0], _loaded(name, found[0]))


def _plugins_wanted() -> bool:
    said = os.environ.get(SWITCH, "")
    wanted = _SWITCHED.get(said.strip().lower())
    if wanted is None:
        raise _fault("plugin.switch", f"{SWITCH} is {shorten(repr(said))}, neither on nor off",
                     f"Set {SWITCH}=off for the core alone, or unset it")  # fmt: skip
    return wanted


def _all_claims() -> Iterator[Claim]:
    seen: set[tuple[str, str, str, str]] = set()
    for distribution in _distributions():
        found = _entry_points(distribution)
        label, version = _identity(distribution) if found else ("", "")
        for entry_point in found:
            key = (entry_point.name, label, version, entry_point.value)
            if key not in seen:
                seen.add(key)
                yield Claim(entry_point.name, label, version, entry_point)


def _distributions() -> Iterator[Distribution]:
    # The backport types what it gives as a protocol; each is a Distribution all the same.
    yield from distributions()  # type: ignore[misc, unused-ignore]


def _entry_points(distribution: Distribution) -> list[EntryPoint]:
    try:
        # Hundreds may be installed, and parsing is what costs: most are told apart by their text.
        if BACKENDS not in (distribution.read_text("entry_points.txt") or ""):
            return []
        return [entry_point for entry_point in distribution.entry_points if entry_point.group == BACKENDS]
    except Exception:  # a distribution with unreadable metadata must not take the others down with it
        return []


def _identity(distribution: Distribution) -> tuple[str, str]:
    try:
        name, version = distribution.metadata["Name"], distribution.version
    except Exception:  # as above: no METADATA file, or one that cannot be read
        name, version = None, None
    return re.sub(r"[-_.]+", "-", str(name or "unknown distribution")).lower(), str(version or "")


def _is_core(claim: Claim) -> bool:
    return claim.distribution == CORE


def _loaded(name: str, claim: Claim) -> Any:
    try:
        return claim.entry_point.load()
    except ModuleNotFoundError as error:
        module = (error.name or "").partition(".")[0]
        if module and module != claim.entry_point.module.partition(".")[0]:
            raise _fault("backend.not_installed",
                         f"backend {name!r} ({claim}) needs the module {module!r}, which is not installed",
                         f"Install it, as in: python -m pip install {module}") from error  # fmt: skip
        raise _broken(name, claim, error) from error
    except BaseException as error:  # a plugin may even call sys.exit while it is imported
        raise _broken(name, claim, error) from error


def _checked(name: str, claim: Claim, found: object) -> Backend:
    who = f"backend {name!r} ({claim})"
    if not isinstance(found, Backend):
        raise _fault("plugin.not_a_backend", f"{who} is {shorten(repr(found))}, not a Backend",
                     "The entry point must name a unisched.plugin.Backend value")  # fmt: skip
    if found.contract != CONTRACT:
        raise _fault("plugin.contract", f"{who} speaks contract {found.contract!r}, this core speaks {CONTRACT}",
                     f"Install releases of {claim.distribution} and {CORE} that fit")  # fmt: skip
    if not _are_forms(found.forms):
        raise _fault("plugin.not_a_backend", f"{who} has forms without a name, that are no Form, or none",
                     "forms maps names to unisched.plugin.Form values, the default first")  # fmt: skip
    for form_name, form in found.forms.items():
        if not _is_whole(form):
            raise _fault("plugin.not_a_backend", f"{who} has a form {form_name!r} that cannot be called",
                         "emit and replay are functions, capabilities a unisched.plugin.Capabilities")  # fmt: skip
    return found


def _are_forms(given: object) -> bool:
    return isinstance(given, Mapping) and bool(given) and all(
        isinstance(name, str) and isinstance(form, Form) for name, form in given.items()
    )  # fmt: skip


def _is_whole(form: Any) -> bool:
    try:
        inspect.signature(form.emit)
    except (TypeError, ValueError):
        return False
    return callable(form.replay) and isinstance(form.capabilities, Capabilities)


def _unknown(name: str) -> PluginError:
    installed = names()
    if not installed:
        return _fault("plugin.unknown", f"backend {shorten(repr(name))} is not installed, nor is any other",
                      f"Install the core, do not only import it: python -m pip install {CORE}")  # fmt: skip
    fault = f"backend {shorten(repr(name))} is not installed (installed: {', '.join(installed)})"
    hint = nearest(name, installed) or "Install the plugin that brings it, as unisched-torch brings torch"
    return _fault("plugin.unknown", fault, hint.strip())


def _broken(name: str, claim: Claim, error: BaseException) -> PluginError:
    return _fault("plugin.broken",
                  f"backend {name!r} ({claim}) failed to load: {type(error).__name__}: {shorten(str(error), 300)}",
                  "Other backends are not affected; repair or uninstall it")  # fmt: skip


def _fault(code: str, fault: str, remedy: str) -> PluginError:
    return PluginError(Problem(code, "", fault, remedy if remedy.endswith((".", "?")) else remedy + "."))
