"""The kit runs every form on the corpus, on the engine of the environment."""

from __future__ import annotations

from unisched.testing import BackendConformance


class TestKeras(BackendConformance):
    backend = "keras"
