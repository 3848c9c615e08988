"""Names to backends: the one asked for is loaded and checked against the contract, and nothing else.

numpy is found like a stranger's plugin, except that nobody else can claim its name. This file knows no plugin
by name but that one.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, Final

from unisched import discovery
from unisched.backend import CONTRACT, Backend, Capabilities, Form
from unisched.discovery import CORE, Claim, fault
from unisched.errors import BindingError, PluginError, Problem, nearest, shorten

__all__ = ["BACKENDS", "backend", "claims", "names", "refused"]

BACKENDS: Final = "unisched.backends"
RESERVED: Final = frozenset({"numpy"})


def names() -> tuple[str, ...]:
    """Give the names of the installed backends, sorted; imports nothing."""
    return tuple(sorted({claim.name for claim in claims()}))


def claims() -> Iterator[Claim]:
    """Give every standing claim to a backend name, without loading any; raises as `discovery.claims` does."""
    yield from discovery.claims(BACKENDS, RESERVED)


def refused() -> Iterator[Claim]:
    """Give the claims to a reserved name by anything but the core; they are never loaded."""
    yield from discovery.refused(BACKENDS, RESERVED)


def backend(name: str) -> Backend:
    """Load the backend called `name`, and nothing else; raise `PluginError` for each way that can fail."""
    if not isinstance(name, str):
        raise BindingError(Problem("binding.type", "", f"backend {shorten(repr(name))} is not a name",
                                   f"Installed are {', '.join(names())}."))  # fmt: skip
    return _found(name, discovery.surroundings())


@lru_cache(maxsize=64)
def _found(name: str, _surroundings: object) -> Backend:
    found = [claim for claim in claims() if claim.name == name]
    if not found:
        raise _unknown(name)
    if len(found) > 1:
        both = " and ".join(map(str, found))
        raise fault("plugin.conflict", f"backend name {name!r} is claimed by {both}", "Uninstall one")
    return _checked(name, found[0], discovery.loaded("backend", found[0]))


def _checked(name: str, claim: Claim, found: object) -> Backend:
    who = f"backend {name!r} ({claim})"
    if not isinstance(found, Backend):
        raise fault("plugin.not_a_backend", f"{who} is {shorten(repr(found))}, not a Backend",
                    "The entry point must name a unisched.plugin.Backend value")  # fmt: skip
    if found.contract != CONTRACT:
        raise fault("plugin.contract", f"{who} speaks contract {found.contract!r}, this core speaks {CONTRACT}",
                    f"Install releases of {claim.distribution} and {CORE} that fit")  # fmt: skip
    if not _are_forms(found.forms):
        raise fault("plugin.not_a_backend", f"{who} has forms without a name, that are no Form, or none",
                    "forms maps names to unisched.plugin.Form values, the default first")  # fmt: skip
    for form_name, form in found.forms.items():
        if not _is_whole(form):
            raise fault("plugin.not_a_backend", f"{who} has a form {form_name!r} that cannot be called",
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
        return fault("plugin.unknown", f"backend {shorten(repr(name))} is not installed, nor is any other",
                     f"Install the core, do not only import it: python -m pip install {CORE}")  # fmt: skip
    what = f"backend {shorten(repr(name))} is not installed (installed: {', '.join(installed)})"
    hint = nearest(name, installed) or "Install the plugin that brings it, as unisched-torch brings torch"
    return fault("plugin.unknown", what, hint.strip())
