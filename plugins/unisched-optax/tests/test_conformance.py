"""The conformance kit: every form of the backend, on the whole corpus, in optax's own loop."""

from __future__ import annotations

from unisched.testing import BackendConformance


class TestOptax(BackendConformance):
    backend = "optax"
