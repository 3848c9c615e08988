"""The conformance kit: every form of the backend, on the whole corpus, in optax's own loop."""

from __future__ import annotations

from typing import ClassVar

from unisched.testing import BackendConformance


class TestOptax(BackendConformance):
    backend = "optax"
    lesser: ClassVar = {"XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2", "JAX_ENABLE_COMPILATION_CACHE": "false"}
