"""Lets the tests of this folder import the modules beside them, and says in the report which hosts they met."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).parent))

HOSTS: Final = ("torch", "lightning", "transformers", "accelerate", "deepspeed", "ray", "keras", "tensorflow-cpu",
                "jax", "optax", "flax", "orbax-checkpoint")  # fmt: skip


def pytest_report_header() -> str:
    return "hosts: " + ", ".join(f"{name} {version(name)}" for name in HOSTS)
