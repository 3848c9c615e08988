"""What the letters in the formulas of one target stand for: tables, Python functions, what metrics move, cycles.

Each is named once, in the order met. Knows no curve.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from unisched.explanation.latex import latex
from unisched.explanation.mathematics import Symbol, Written
from unisched.explanation.plain import plain

__all__ = ["Definition", "Names", "Where"]

_LISTED: Final = 12


@dataclass(frozen=True, slots=True)
class Definition:
    """A letter, and what it stands for in words; the values of a table are all there."""

    name: str
    meaning: str
    values: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Where:
    """A letter that stands for a formula of the letters before it."""

    name: str
    text: str
    latex: str


@dataclass(slots=True)
class Names:
    """The letters given so far: those of one target, and those of the formula that is being written."""

    definitions: dict[Any, Definition] = field(default_factory=dict)
    where: list[Where] = field(default_factory=list)

    def table(self, values: tuple[float, ...]) -> str:
        """Give the letter of a table."""
        return self._defined(values, "v", _listed(values), values)

    def function(self, function: Callable[[int], float], name: str) -> str:
        """Give the letter of a Python function."""
        return self._defined(function, "f", f"the Python function {name}")

    def controller(self, index: int) -> str:
        """Give the letter of what a controller has reached."""
        return self._defined(("c", index), "c", f"what controller {index} has reached, 1 until a metric says otherwise")

    def draw(self) -> str:
        """Give the letter of the random numbers."""
        return self._defined("z", "z", "z(s, i) is number i of the normal random numbers of seed s")

    def base(self) -> str:
        """Give the word for what the optimizer gave the param group."""
        return self._defined("base", "base", "what the optimizer was given for the param group")

    def cycle(self, written: Written) -> Symbol:
        """Give a letter for a step inside a cycle."""
        text = plain(written)
        for known in self.where:
            if known.text == text:
                return Symbol(known.name)
        name = "j" if not self.where else f"j{len(self.where) + 1}"
        self.where.append(Where(name, text, latex(written)))
        return Symbol(name)

    def taken(self) -> tuple[Where, ...]:
        """Give the letters of the formula that was written, and begin another."""
        found, self.where = tuple(self.where), []
        return found

    def _defined(self, key: Any, letter: str, meaning: str, values: tuple[float, ...] = ()) -> str:
        if key not in self.definitions:
            alike = sum(known.name[0] == letter[0] for known in self.definitions.values())
            name = letter if alike == 0 else f"{letter}{alike + 1}"
            self.definitions[key] = Definition(name, meaning, values)
        return self.definitions[key].name


def _listed(values: Sequence[float]) -> str:
    if len(values) <= _LISTED:
        return f"the table {', '.join(map(repr, values))}"
    first = ", ".join(map(repr, values[:4]))
    return f"a table of {len(values)} values, {first}, ... up to {values[-1]!r}"
