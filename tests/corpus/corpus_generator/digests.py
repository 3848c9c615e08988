"""The digests of the corpus: SHA-256 over the values that every framework's loop is asked for, a case at a time.

Written apart from the library, which finds the same steps by its own rule and holds its backends to these digests.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

__all__ = ["shown", "text"]

COUNTED = 2**31 - 2
NEAR = 192
HEAD = """\
# SHA-256 of the values of the corpus, big-endian: of each case by name, and of the digests of many in that order.
# common: the plain cases that a 32-bit counter holds, which every backend carries. docs/numbers.md says more.
"""


def text(cases: Iterable[Mapping[str, Any]], common: Iterable[str]) -> str:
    """Give the file of digests for cases as their own files hold them."""
    ordered = {case["name"]: case for case in sorted(cases, key=lambda case: case["name"])}
    lines = []
    for precision, form in (("float32", ">f"), ("float64", ">d")):
        found = {name: _of(case, form) for name, case in ordered.items()}
        for name, parts in {"common": sorted(common), "all": list(found)}.items():
            lines.append(f"{name} {precision} {hashlib.sha256(b''.join(map(found.__getitem__, parts))).hexdigest()}")
        lines += [f"{name} {precision} {digest.hex()}" for name, digest in found.items()]
    return HEAD + "\n".join(lines) + "\n"


def shown(steps: Sequence[int], rows: Sequence[Sequence[float]]) -> set[int]:
    """Give all steps below 192, and of those after, up to the last 32-bit count, the 192 in which most changes."""
    far = [index for index, step in enumerate(steps) if NEAR <= step < COUNTED]
    spans = [[index for index in far if steps[first] <= steps[index] < steps[first] + NEAR] for first in far]
    best = max(spans, key=lambda span: (_changes(span, steps, rows), len(span), span[0]), default=[])
    return {step for step in steps if step < NEAR} | {steps[index] for index in best}


def _changes(span: Sequence[int], steps: Sequence[int], rows: Sequence[Sequence[float]]) -> int:
    return sum(steps[b] - steps[a] == 1 and any(row[a] != row[b] for row in rows) for a, b in pairwise(span))


def _of(case: Mapping[str, Any], form: str) -> bytes:
    """Give the digest of one case: its targets in order, each with the steps that are shown, increasing."""
    targets = case["targets"]
    rows = [[float.fromhex(value) for value in target["values"]] for target in targets]
    digest = hashlib.sha256()
    for target, row in zip(targets, rows, strict=True):
        beside = [other for other, whose in zip(rows, targets, strict=True) if _run(case, whose) == _run(case, target)]
        due = shown(target["steps"], beside)
        digest.update(b"".join(struct.pack(form, v) for s, v in zip(target["steps"], row, strict=True) if s in due))
    return digest.digest()


def _run(case: Mapping[str, Any], target: Mapping[str, Any]) -> str:
    """Tell targets of different runs apart: a group that the optimizer gave a value of its own is run alone."""
    return (target["group"] or "") if "optimizer" in case else ""
