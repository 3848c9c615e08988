"""Containers that are neither dicts nor lists: read where they stand, and refused with a path where they cannot be."""

from __future__ import annotations

from collections import UserDict, UserList, deque
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

import pytest

import unisched
from unisched.errors import SpecError
from unisched.spec.containers import plain_containers

LINE = {"kind": "linear", "start": 0, "end": 0.1, "duration": 10}
PLAIN = {"kind": "sequence", "parts": [LINE, {"kind": "cosine", "start": 0.1, "end": 0}]}


class Reader(Mapping[str, Any]):
    """A mapping that raises for what it cannot find, as those of configuration libraries do."""

    def __init__(self, **items: Any) -> None:
        self._items = items

    def __getitem__(self, key: str) -> Any:
        if self._items[key] == "${nope}":
            raise LookupError("'nope' leads nowhere\n    full_key: somewhere")
        return self._items[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._items)

    def __len__(self) -> int:
        return len(self._items)


def foreign(value: Any, mapping: Any, sequence: Any) -> Any:
    match value:
        case dict():
            return mapping({key: foreign(item, mapping, sequence) for key, item in value.items()})
        case list():
            return sequence([foreign(item, mapping, sequence) for item in value])
        case _:
            return value


MAPPINGS = [dict, MappingProxyType, UserDict, lambda items: Reader(**items)]
SEQUENCES = [list, tuple, UserList, deque]


@pytest.mark.parametrize("sequence", SEQUENCES)
@pytest.mark.parametrize("mapping", MAPPINGS)
def test_documents_of_all_containers_are_one(mapping: Any, sequence: Any) -> None:
    whole = {"schedules": {"learning_rate": PLAIN}, "groups": {"head": {"learning_rate": {"scale": 0.1}}}, "total": 50}
    for document in (PLAIN, whole):
        assert unisched.load(foreign(document, mapping, sequence)) == unisched.load(document)
        assert unisched.Spec(**foreign(document, mapping, sequence)) == unisched.load(document)


def test_plain_data_is_not_copied() -> None:
    assert plain_containers(PLAIN) is PLAIN


def test_texts_and_bytes_are_no_lists() -> None:
    for text in ("ab", b"ab", bytearray(b"ab")):
        with pytest.raises(SpecError, match="is no list"):
            unisched.load(Reader(kind="sequence", parts=text))


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (Reader(kind="linear", start="${nope}", end=0), "start"),
        ({"schedules": {"learning_rate": Reader(kind="${nope}")}}, "schedules.learning_rate.kind"),
        (foreign(PLAIN | {"parts": [LINE, LINE | {"end": "${nope}"}]}, MAPPINGS[3], UserList), "parts[1].end"),
        (Reader(kind="linear", **{"st art": "${nope}"}), '["st art"]'),
    ],
)
def test_what_a_container_cannot_give_is_an_error_with_a_path(document: Any, path: str) -> None:
    with pytest.raises(SpecError) as caught:
        unisched.load(document)
    assert (caught.value.code, caught.value.path) == ("value.unreadable", path)
    assert ": LookupError: 'nope' leads nowhere. Give the configuration" in str(caught.value)
    assert isinstance(caught.value.__cause__, LookupError)


def test_containers_without_end_are_refused() -> None:
    deep: Any = UserDict()
    deep["a"] = deep
    wide: Any = UserDict()
    wide["a"] = wide["b"] = wide
    for document, code in ((deep, "spec.too_deep"), (wide, "spec.too_large")):
        with pytest.raises(SpecError) as caught:
            unisched.load({"schedules": document})
        assert caught.value.code == code


def test_the_tail_of_a_replan_may_be_of_such_containers() -> None:
    cosine = {"kind": "warmup_cosine", "peak": 0.1, "warmup": 10, "duration": 100}
    tail = {"kind": "sequence", "parts": [LINE | {"start": "current"}, LINE | {"start": 0.1, "end": 0}]}
    due = unisched.replan(cosine, at=50, tail=tail)
    for mapping in MAPPINGS:
        for sequence in SEQUENCES:
            given = foreign(tail, mapping, sequence)
            assert unisched.replan(cosine, at=50, tail=given) == due
            assert unisched.replan(cosine, at=50, tail={"learning_rate": given}) == due
    with pytest.raises(SpecError) as caught:
        unisched.replan(cosine, at=50, tail=Reader(kind="linear", start="current", end="${nope}", duration=5))
    assert (caught.value.code, caught.value.path) == ("value.unreadable", "tail.end")


def test_a_key_that_is_no_text_is_told() -> None:
    with pytest.raises(SpecError, match="the key 3 is no text"):
        unisched.load(UserDict({3: LINE}))
