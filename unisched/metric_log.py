"""A file of metrics, as a training run leaves it, to what is observed before which update.

JSON: {"step": metric} or {"step": {name: metric}}. CSV: a header with `step` and the names of metrics. Knows no
program; which names a schedule watches is an argument.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from typing import Any, Final

from unisched.errors import Problem, SpecError, StepError, shorten
from unisched.metric import Metric
from unisched.spec.files import decode, read_file
from unisched.spec.json_text import without_duplicates

__all__ = ["read_log"]

_STEP: Final = "step"
_LONGEST: Final = 18
"""The most digits of a step; no run has that many."""


def read_log(path: str, monitors: Collection[str]) -> dict[int, Metric]:
    """Give the metrics of a .json or .csv file by step; of a table, the columns of `monitors` only.

    "nan", "inf" and "-inf" are metrics too. Raises `SpecError` for a file that cannot be read, `StepError` for one that
    is no log.
    """
    try:
        content = read_file(path)
    except SpecError as error:
        raise SpecError(
            *(replace(p, remedy="Give the path of a .json or .csv file.") for p in error.problems)
        ) from None
    is_table = path.lower().endswith(".csv")
    text = decode(content, "csv" if is_table else "json")
    return dict(_table(text, path, monitors) if is_table else _object(text, path))


def _object(text: str, path: str) -> Iterator[tuple[int, Metric]]:
    try:
        data = json.loads(text, object_pairs_hook=without_duplicates)
    except (ValueError, RecursionError) as error:
        raise _fault(path, f"this is no JSON object of metrics ({shorten(str(error))})") from None
    if not isinstance(data, Mapping):
        raise _fault(path, f"{shorten(repr(data))} is no object of metrics by step")
    for step, metric in data.items():
        yield (
            _step(step, path),
            {n: _value(v) for n, v in metric.items()} if isinstance(metric, Mapping) else _value(metric),
        )


def _table(text: str, path: str, monitors: Collection[str]) -> Iterator[tuple[int, Metric]]:
    rows = csv.DictReader(text.splitlines(), skipinitialspace=True)
    header = list(rows.fieldnames or ())
    columns = [name for name in header if name in monitors]
    if _STEP not in header or not columns:
        raise _fault(path, f"of step and {', '.join(monitors) or 'a metric that is watched'}, its header "
                     f"{shorten(repr(','.join(header)))} names too little")  # fmt: skip
    seen: set[int] = set()
    for row in rows:
        place = f"{path}, line {rows.line_num}"
        metric = {name: _read(row[name], place) for name in columns if (row[name] or "").strip()}
        if not metric:  # loggers write other columns in rows of their own
            continue
        step = _step(row[_STEP], place)
        if step in seen:
            raise _fault(place, f"step {step} stands there twice")
        seen.add(step)
        yield step, metric


def _step(text: str | None, place: str) -> int:
    known = (text or "").strip()
    if known.isascii() and known.isdecimal() and len(known) <= _LONGEST:
        return int(known)
    raise _fault(place, f"{shorten(repr(text))} is no step")


def _value(value: Any) -> Any:
    """Give a number that JSON can only write as text; all else is for the program to judge."""
    return float(value) if value in ("nan", "inf", "-inf") else value


def _read(text: str, place: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise _fault(place, f"{shorten(repr(text))} is no metric") from None


def _fault(place: str, fault: str) -> StepError:
    return StepError(Problem("metric.log", place, fault, 'Write {"120": 0.5} as JSON, or a table with the columns step '
                             "and the name of the metric."))  # fmt: skip
