"""Which names a plugin may have: one that users can write, a module can bear, and nobody has claimed."""

from __future__ import annotations

import keyword
import re
from typing import Final, Literal, TypeAlias

from unisched import registry
from unisched.errors import PluginError, Problem, shorten
from unisched.spec import dialects

__all__ = ["Noun", "checked"]

Noun: TypeAlias = Literal["backend", "dialect"]

_NAME: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_LONGEST: Final = 30
_RESERVED: Final = {
    "core": "is what the core's own distribution, unisched-core, is called",
    "numpy": "belongs to the core, which has a backend for it",
}
_CLAIMS: Final = {"backend": registry.claims, "dialect": dialects.claims}


def checked(name: str, noun: Noun) -> str:
    """Give `name` back; raise `PluginError` where no new backend, or dialect, may be called so."""
    if not _NAME.fullmatch(name) or len(name) > _LONGEST:
        rule = f"small letters, digits and single underscores, a letter first, at most {_LONGEST}"
        raise _fault("plugin.name", f"{shorten(repr(name))} is no name for a plugin, which has {rule}", _likely(name))
    if keyword.iskeyword(name):
        raise _fault("plugin.name", f"{name!r} is a word of Python, and no module can be called so",
                     f"Take another name, such as '{name}_framework'.")  # fmt: skip
    if name in _RESERVED:
        raise _fault("plugin.reserved", f"{name!r} {_RESERVED[name]}", f"Take another name, such as 'my_{name}'.")
    claim = next((claim for claim in _CLAIMS[noun]() if claim.name == name), None)
    if claim is not None:
        raise _fault("plugin.claimed", f"the {noun} name {name!r} is claimed by {claim}, which is installed",
                     f"Take another name, such as 'my_{name}', or uninstall {claim.distribution}.")  # fmt: skip
    return name


def _likely(name: str) -> str:
    likely = "_".join(re.findall(r"[a-z0-9]+", name.lower()))[:_LONGEST].strip("_").lstrip("0123456789_")
    return f"Write {likely!r}." if likely else "Take the name under which your framework is imported."


def _fault(code: str, what: str, remedy: str) -> PluginError:
    return PluginError(Problem(code, "name", what, remedy))
