"""The whole test file of a plugin: the kit runs every form on the corpus."""

from unisched.testing import BackendConformance


class TestAcme(BackendConformance):
    backend = "acme"
