"""The conformance kit: a plugin author inherits one class, and every form is checked against exact values.

The whole test file of a plugin called "acme"::

    from unisched.testing import BackendConformance

    class TestAcme(BackendConformance):
        backend = "acme"

The same for a dialect, whose author brings the library's own values (`DialectConformance`).

Needs pytest (`pip install "unisched-core[testing]"`). No framework is named here.
"""

from __future__ import annotations

from unisched.testing.conformance import BackendConformance
from unisched.testing.corpus import Case, Expected, Run, load_corpus
from unisched.testing.dialects import DialectConformance
from unisched.testing.digests import Digest, digest

__all__ = ["BackendConformance", "Case", "DialectConformance", "Digest", "Expected", "Run", "digest", "load_corpus"]
