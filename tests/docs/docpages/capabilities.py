"""The table of what every form can carry, as the installed backends say it themselves."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Final

from unisched import registry
from unisched.plugin import Form

__all__ = ["HEAD", "table"]

HEAD: Final = (
    "| backend | form | takes | hyperparameters | groups | metrics | optimizer's base "
    '| `"after": "error"` | precision |\n'
    "|---|---|---|---|---|---|---|---|---|\n"
)


def table(names: tuple[str, ...]) -> str:
    return HEAD + "".join(_rows(names))


def _rows(names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        for form_name, form in registry.backend(name).forms.items():
            yield f"| {' | '.join([name, f'`{form_name}`', *_cells(form)])} |\n"


def _cells(form: Form) -> Iterator[str]:
    able = form.capabilities
    parameters = inspect.signature(form.emit).parameters.values()
    takes = [parameter.name for parameter in parameters if parameter.kind is inspect.Parameter.KEYWORD_ONLY]
    yield ", ".join(f"`{name}`" for name in takes) or "–"
    yield "any" if able.hyperparameters is None else ", ".join(f"`{name}`" for name in sorted(able.hyperparameters))
    yield "yes" if able.groups else "one" if "group" in takes else "no"
    yield "yes" if able.feedback else "no"
    yield "yes" if able.optimizer_base else "no"
    yield "yes" if able.host else "no"
    yield able.precision
