from __future__ import annotations
from unisched.testing import BackendConformance
class TestNumpy(BackendConformance):
    backend = "numpy"
