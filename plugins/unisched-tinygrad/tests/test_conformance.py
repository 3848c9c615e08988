"""The conformance kit: the form of the backend, on the whole corpus, in tinygrad's own loop."""

from __future__ import annotations

from unisched.testing import BackendConformance


class TestTinygrad(BackendConformance):
    backend = "tinygrad"
