"""The table of capabilities is what the backends say of themselves."""

from __future__ import annotations

import dataclasses

import pytest
from docpages.blocks import ROOT
from docpages.capabilities import HEAD, table

from unisched import registry

BACKENDS = ("keras", "numpy", "optax", "torch")
PAGE = ROOT / "docs" / "backends.md"
SHOWN = {"hyperparameters", "groups", "feedback", "optimizer_base", "host", "precision"}
ELSEWHERE = {"last_step"}
"""The largest count is the engine's, where a framework has several."""


def test_the_table_of_capabilities_is_current() -> None:
    wanted = table(BACKENDS)
    page = PAGE.read_text(encoding="utf-8")
    found = page.partition("<!-- capabilities -->\n\n")[2].partition("\n\n")[0]
    assert f"{found}\n" == wanted, f"put this into {PAGE.name}:\n{wanted}"


def test_a_table_of_fewer_backends_is_another_one() -> None:
    assert table(("numpy",)) != table(BACKENDS)
    assert table(()) == HEAD


@pytest.mark.parametrize("name", BACKENDS)
def test_every_backend_has_a_form_that_takes_metrics(name: str) -> None:
    assert any(form.capabilities.feedback for form in registry.backend(name).forms.values())


@pytest.mark.parametrize("name", BACKENDS)
def test_every_capability_has_a_column_or_a_reason(name: str) -> None:
    for form in registry.backend(name).forms.values():
        assert {field.name for field in dataclasses.fields(form.capabilities)} == SHOWN | ELSEWHERE
