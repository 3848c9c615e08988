"""`import unisched`, in a fresh interpreter: next to nothing; with every name, little more than numpy and pydantic.

What that takes in time is a row of tests/benchmarks.
"""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

# A model or two is what any user of pydantic pays for.
BASELINE = """
import numpy, pydantic
class Model(pydantic.BaseModel, frozen=True, extra="forbid"):
    number: float = pydantic.Field(0.0, gt=0)
pydantic.TypeAdapter(list[Model])
"""
EVERY_NAME = "from unisched import *"
FOREIGN = (
    *("flax", "jax", "jaxlib", "keras", "optax", "tensorflow", "torch"),
    *("click", "matplotlib", "plotille", "pytest", "yaml"),
)
SELDOM = ("drawing", "explanation", "key_values", "lint")
TABLES = {"unisched.explanation.unfolded", "unisched.lint.note", "unisched.lint.rules"}
MOST_MODULES = 40


def fresh(source: str) -> str:
    """What a fresh interpreter prints for `source`; warnings are errors there too."""
    command = [sys.executable, "-W", "error", "-c", source]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout


def loaded(source: str) -> set[str]:
    return set(json.loads(fresh(f"{source}\nimport json, sys\nprint(json.dumps(list(sys.modules)))")))


@pytest.fixture(scope="module")
def unisched_modules() -> set[str]:
    return loaded(EVERY_NAME)


def test_importing_unisched_loads_no_name_before_it_is_asked_for() -> None:
    modules = loaded("import unisched")
    assert {module for module in modules if module.startswith("unisched")} == {"unisched", "unisched.errors"}
    assert modules & {"numpy", "pydantic"} == set()


@pytest.mark.parametrize("name", FOREIGN)
def test_no_name_of_unisched_imports(name: str, unisched_modules: set[str]) -> None:
    assert name not in {module.split(".")[0] for module in unisched_modules}


def test_no_name_of_unisched_loads_a_plugin(unisched_modules: set[str]) -> None:
    assert [module for module in unisched_modules if module.startswith("unisched_")] == []


def test_no_name_of_unisched_loads_what_only_people_ask_for(unisched_modules: set[str]) -> None:
    packages = {f"unisched.{name}" for name in SELDOM}
    assert packages <= unisched_modules
    assert {module for module in unisched_modules if module.rpartition(".")[0] in packages} <= TABLES


def test_listing_the_backends_imports_none_of_them() -> None:
    modules = loaded("import unisched; unisched.backends()")
    assert "unisched.numpy_backend" not in modules
    assert [module for module in modules if module.startswith("unisched_")] == []


def test_every_name_of_unisched_adds_few_modules_to_numpy_and_pydantic(unisched_modules: set[str]) -> None:
    added = {m for m in unisched_modules - loaded(BASELINE) if m.split(".")[0] != "unisched"}
    assert len(added) <= MOST_MODULES, sorted(added)


def test_a_foreign_import_would_be_seen() -> None:
    assert "yaml" in loaded("import unisched, yaml")
