"""The conformance kit: the form of the backend, on the whole corpus, in torch's own loop."""

from __future__ import annotations

from typing import ClassVar

from unisched.testing import BackendConformance


class TestTorch(BackendConformance):
    backend = "torch"
    lesser: ClassVar = {"ATEN_CPU_CAPABILITY": "default"}
