"""Printed formulas read back by a machine that knows school mathematics and nothing of the library.

The text is turned into Python sign by sign and evaluated in 60 digits; every number in it is taken as it is written.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any, Final

import mpmath

from unisched import noise
from unisched.explanation.names import Names
from unisched.explanation.phases import PhaseText

__all__ = ["letters", "value_of"]

MP: Final = mpmath.mp.clone()
MP.dps = 60

SIGNS: Final = {
    "·": "*",
    "−": "-",
    "^": "**",
    "π": "pi",
    " mod ": " % ",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
    " = ": " == ",
}
NUMBER: Final = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?")
KNOWN: Final[Mapping[str, Any]] = {
    "N": MP.mpf, "pi": MP.pi, "cos": MP.cos, "sin": MP.sin, "tanh": MP.tanh, "exp": MP.exp, "log": MP.ln,
    "sqrt": MP.sqrt, "floor": MP.floor, "ceil": MP.ceil, "round": MP.nint, "abs": abs, "min": min, "max": max,
    "z": lambda seed, index: MP.mpf(noise.exact(1.0, None, int(seed), int(index))) - 1,
}  # fmt: skip


CASES: Final = re.compile(r"\\begin\{cases\} ((?:(?!\\begin\{cases\}).)*?) \\end\{cases\}")
BRACKETS: Final[Mapping[str, str]] = {
    r"\left\lfloor": "floor(", r"\right\rfloor": ")", r"\left\lceil": "ceil(", r"\right\rceil": ")",
    r"\left|": "abs(", r"\right|": ")", r"\left(": "(", r"\right)": ")", r"\left[": "[", r"\right]": "]",
}  # fmt: skip
COMMANDS: Final[Mapping[str, str]] = {
    r"\cdot": "·", r"\times": "·", r"\bmod": "mod", r"\pi": "pi", r"\cos": "cos", r"\sin": "sin", r"\tanh": "tanh",
    r"\exp": "exp", r"\ln": "log", r"\min": "min", r"\max": "max", r"\le": "≤", r"\ge": "≥", r"\ne": "≠",
}  # fmt: skip


class Listed:
    """A table of a formula: its entries are read at whole numbers from 0 on, and nowhere else."""

    def __init__(self, values: Sequence[float]) -> None:
        self._values = values

    def __getitem__(self, index: Any) -> Any:
        assert index == int(index) >= 0, index
        return MP.mpf(self._values[int(index)])


def letters(names: Names, functions: Mapping[str, Callable[[int], float]] | None = None) -> dict[str, Any]:
    """What the letters of one target stand for: tables from their lists, the base and every factor of a metric 1."""
    found: dict[str, Any] = {"base": MP.mpf(1)}
    for known in names.definitions.values():
        if known.values:
            found[known.name] = Listed(known.values)
        elif known.name.startswith("c"):
            found[known.name] = MP.mpf(1)
    return found | {name: lambda step, f=f: MP.mpf(f(int(step))) for name, f in (functions or {}).items()}


def value_of(phases: Sequence[PhaseText], known: Mapping[str, Any], step: int, *, in_latex: bool = False) -> Any:
    """What the printed formulas say at a step: of the one phase that holds there."""
    (phase,) = [found for found in phases if found.start <= step and (found.stop is None or step < found.stop)]
    scope = {**KNOWN, **known, "k": MP.mpf(step)}
    for letter in phase.where:
        scope[letter.name] = _worth(_unlatexed(letter.latex) if in_latex else letter.text, scope)
    return MP.mpf(_worth(_unlatexed(phase.latex) if in_latex else phase.formula, scope))


def _worth(text: str, scope: dict[str, Any]) -> Any:
    return eval(_python(text), {"__builtins__": {}}, scope)  # noqa: S307  # a text of our own


@lru_cache(maxsize=4096)
def _python(text: str) -> CodeType:
    for sign, meaning in SIGNS.items():
        text = text.replace(sign, meaning)
    return compile(NUMBER.sub(lambda found: f"N('{found[0]}')", text), text, "eval")


@lru_cache(maxsize=4096)
def _unlatexed(text: str) -> str:
    """A formula in LaTeX as the plain text of the same meaning, command by command."""
    while (found := CASES.search(text)) is not None:
        *rows, last = found[1].split(r" \\ ")
        told = [row.split(r" & \text{if } ") for row in rows]
        choice = " else ".join(
            [*(f"({then}) if ({condition})" for then, condition in told), f"({last.split(' & ')[0]})"]
        )
        text = f"{text[: found.start()]}({choice}){text[found.end() :]}"
    for command, meaning in BRACKETS.items():
        text = text.replace(command, meaning)
    text = _grouped(text, r"\frac", lambda top, bottom: f"(({top}) / ({bottom}))", 2)
    text = _grouped(text, r"\sqrt", lambda inside: f"sqrt({inside})", 1)
    text = _grouped(text, "^", lambda exponent: f" ** ({exponent})", 1)
    text = re.sub(r"\\mathrm\{(\w+)\}", r"\1", text)
    text = re.sub(r"([A-Za-z])_\{(\d+)\}", r"\1\2", text)
    text = re.sub(r"\\text\{([a-z ]+)\}", r"\1", text)
    for command, meaning in COMMANDS.items():
        text = text.replace(command, meaning)
    assert not set("\\{}") & set(text), text
    return text


def _grouped(text: str, command: str, written: Callable[..., str], count: int) -> str:
    """Every command with so many groups in braces, the innermost first."""
    while (start := text.rfind(command + "{")) >= 0:
        groups, end = [], start + len(command)
        for _ in range(count):
            begin, depth = end + 1, 0
            while depth or end < begin:
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                end += 1
            groups.append(text[begin : end - 1])
        text = text[:start] + written(*groups) + text[end:]
    return text
