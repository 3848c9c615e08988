"""Reads the file that a W&B run leaves when it is offline: a log of protobuf records in the framing of LevelDB."""

from __future__ import annotations

import json
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from wandb.proto import wandb_internal_pb2

__all__ = ["configuration", "history"]

_BLOCK: Final = 32768
_HEADER: Final = struct.Struct("<IHB")
_FULL, _FIRST, _LAST = 1, 2, 4


def configuration(path: Path) -> dict[str, Any]:
    """Give the configuration of the run."""
    runs = [record.run for record in _records(path) if record.WhichOneof("record_type") == "run"]
    return {item.key: json.loads(item.value_json) for item in runs[0].config.update}


def history(path: Path) -> list[dict[str, Any]]:
    """Give what was logged, one mapping a step."""
    rows = [record.history for record in _records(path) if record.WhichOneof("record_type") == "history"]
    return [{item.key or "/".join(item.nested_key): json.loads(item.value_json) for item in row.item} for row in rows]


def _records(path: Path) -> Iterator[Any]:
    for text in _texts(path.read_bytes()):
        record = wandb_internal_pb2.Record()
        record.ParseFromString(text)
        yield record


def _texts(content: bytes) -> Iterator[bytes]:
    assert content.startswith(b":W&B")
    place, whole = 7, b""
    while place + _HEADER.size <= len(content):
        left = _BLOCK - place % _BLOCK
        if left < _HEADER.size:
            place += left
            continue
        _, length, part = _HEADER.unpack_from(content, place)
        start = place + _HEADER.size
        place = start + length
        whole = content[start:place] if part in (_FULL, _FIRST) else whole + content[start:place]
        if part in (_FULL, _LAST):
            yield whole
