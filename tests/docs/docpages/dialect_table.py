"""The table of the dialects' kinds, as the kinds say it themselves."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

from unisched.duration import Duration
from unisched.plugin import DialectCurve
from unisched.spec.dialects import dialect
from unisched.spec.values import plain

__all__ = ["HEAD", "table"]

HEAD: Final = "| kind | gives | arguments | meaning |\n|---|---|---|---|\n"
_SHARED: Final = ("kind", "duration")


def table(names: tuple[str, ...]) -> str:
    return HEAD + "".join(f"| {' | '.join(_cells(model))} |\n" for name in names for model in dialect(name).kinds)


def _cells(model: type[DialectCurve]) -> Iterator[str]:
    yield f"`{model.model_fields['kind'].default}`"
    yield model.gives
    yield ", ".join(f"`{text}`" for text in _arguments(model)) or "–"
    yield (model.__doc__ or "").strip().splitlines()[0].replace("|", "\\|")


def _arguments(model: type[DialectCurve]) -> Iterator[str]:
    for name, field in model.model_fields.items():
        if name in _SHARED:
            continue
        key = field.alias or name
        yield key if field.is_required() else f"{key}={_written(field.get_default(call_default_factory=True))}"


def _written(value: Any) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return str(value).lower()
        case Duration():
            return str(value.to_json())
        case float():
            return f"{value:g}"
        case _:
            return str(plain(value))
