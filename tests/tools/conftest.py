"""Lets the tests of this folder import the modules beside them, says which tools they met, and lets nothing out."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Final

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from network import Listener, only_this_machine

TOOLS: Final = ("hydra-core", "omegaconf", "jsonargparse", "pydantic", "pydantic-settings", "optuna", "tensorboard",
                "wandb", "mlflow-skinny", "torch", "keras", "optax")  # fmt: skip


def pytest_report_header() -> str:
    return "tools: " + ", ".join(f"{name} {version(name)}" for name in TOOLS)


@pytest.fixture(scope="session")
def listener() -> Iterator[Listener]:
    with Listener() as opened:
        yield opened


@pytest.fixture(autouse=True)
def _nothing_leaves(listener: Listener, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Lead whatever asks for another machine here, a tool's own processes included, and let it be heard of."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.setenv(name, listener.url)
        monkeypatch.setenv(name.upper(), listener.url)
    monkeypatch.setenv("WANDB_BASE_URL", listener.url)
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    only_this_machine(monkeypatch)
    yield
    assert listener.taken() == []
