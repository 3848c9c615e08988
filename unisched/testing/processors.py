"""The digests of a backend where libraries may not use what is special about the processor, in a new interpreter.

Vectorised functions of numpy and of the C library differ in their last bits from those of an older processor, and a
learning rate must not. Run as a module, this file is that interpreter's program. No framework is named here: what
switches the features of one off is said by its plugin's tests.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Final

import numpy as np

from unisched import registry
from unisched.testing.corpus import load_corpus
from unisched.testing.digests import common, digest
from unisched.testing.interpreter import answer, asked

__all__ = ["answered", "differing", "found_by_numpy", "switched_off"]

__tracebackhide__ = True

_PATIENCE: Final = 600
_SHARE: Final = 35
"""One case in so many: enough of each shape of curve, and no framework's loop takes long over it."""

_HARDWARE: Final = (
    "AVX512F", "AVX512VL", "AVX512BW", "AVX512DQ", "AVX2", "AVX2_Usable", "FMA", "FMA_Usable", "FMA4", "AVX", "SSE4_2",
)  # fmt: skip


def found_by_numpy() -> list[str]:
    """Give the names of the features by which numpy chooses its functions in this interpreter."""
    extensions = np.show_config(mode="dicts")["SIMD Extensions"]
    return list(extensions.get("found", []))


def switched_off() -> dict[str, str]:
    """Give the environment in which numpy and the C library do without special features of the processor.

    >>> sorted(switched_off())
    ['GLIBC_TUNABLES', 'NPY_DISABLE_CPU_FEATURES']
    """
    return {
        "NPY_DISABLE_CPU_FEATURES": " ".join(found_by_numpy()),
        "GLIBC_TUNABLES": "glibc.cpu.hwcaps=" + ",".join(f"-{name}" for name in _HARDWARE),
    }


def differing(backend: str, environment: Mapping[str, str]) -> list[str]:
    """Give the forms and cases of a backend that have another digest in this environment."""
    lesser, fails = {**switched_off(), **environment}, f"backend {backend!r} does not run on a lesser processor"
    return asked(__name__, backend, fails=fails, patience=_PATIENCE, environment=lesser)


def answered() -> None:
    """Answer in a fresh interpreter."""
    name, held = sys.argv[1], common()[::_SHARE]
    cases = [case for case in load_corpus() if case.name in held]
    forms = registry.backend(name).forms
    answer([f"{form}: {case}" for form in forms for case in digest(name, form, cases).differing()])
