"""The base of all models: frozen, strict, and speaking `SpecError` instead of pydantic's reports.

This file knows nothing of curves.
"""

from __future__ import annotations

from collections.abc import Mapping
from threading import RLock
from typing import Any, ClassVar, Final

from pydantic import BaseModel, ConfigDict, ValidationError

from unisched.errors import SpecError
from unisched.spec.apart import apart_from_plugins
from unisched.spec.number import fault
from unisched.spec.problems import translate, unknown_fields

__all__ = ["DEEPEST", "Model", "too_deep"]

DEEPEST: Final = 64
"""The most objects and lists that may stand inside each other in a document."""

_CROWD: Final = 64
_BUILDING: Final = RLock()


def _show_examples(schema: dict[str, Any], model: type[BaseModel]) -> None:
    """Put the examples of a model into its JSON Schema."""
    schema["examples"] = [dict(example) for example in getattr(model, "examples", ())]


class Model(BaseModel):
    """A frozen record; building one from wrong data raises `SpecError` with paths relative to it."""

    # There are dozens of kinds, a document names few, and to build what checks one takes a millisecond.
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, hide_input_in_errors=True, defer_build=True,
                              json_schema_extra=_show_examples)  # fmt: skip

    examples: ClassVar[tuple[Mapping[str, Any], ...]] = ()
    """What a document may hold here, for the schema; what a field may hold is taken from them."""

    def __init__(self, /, **data: Any) -> None:
        if len(data) > _CROWD:
            raise SpecError(*unknown_fields(data, type(self)))
        try:
            super().__init__(**data)
        except ValidationError as error:
            raise SpecError(*translate(error, type(self))) from None
        except RecursionError:
            raise too_deep("") from None

    @classmethod
    def model_rebuild(cls, *, _parent_namespace_depth: int = 2, **how: Any) -> bool | None:
        """Build what checks the data of this model, as pydantic does where it is first needed."""
        # Pydantic looks up names that many frames above, and this is one more.
        with _BUILDING, apart_from_plugins():
            return super().model_rebuild(_parent_namespace_depth=_parent_namespace_depth + 1, **how)


def too_deep(path: str) -> SpecError:
    """Give the error for a document that nests beyond the limit."""
    return fault("spec.too_deep", f"objects and lists stand more than {DEEPEST} deep",
                 "Flatten it: a sequence may have any number of parts.", path)  # fmt: skip
