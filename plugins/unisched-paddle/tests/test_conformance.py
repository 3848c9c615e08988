"""The conformance kit: the form of the backend, on the whole corpus, in paddle's own loop."""

from __future__ import annotations

from unisched.testing import BackendConformance


class TestPaddle(BackendConformance):
    backend = "paddle"
