"""The kit runs every form on the corpus, on the engine of the environment."""

from __future__ import annotations

from typing import ClassVar

from unisched.testing import BackendConformance


class TestKeras(BackendConformance):
    backend = "keras"
    lesser: ClassVar = {
        "XLA_FLAGS": "--xla_cpu_max_isa=SSE4_2",
        "JAX_ENABLE_COMPILATION_CACHE": "false",
        "TF_ENABLE_ONEDNN_OPTS": "0",
        "ATEN_CPU_CAPABILITY": "default",
    }
