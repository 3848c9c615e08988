"""An explanation as data, and as text: sentences, formulas, key values. Nothing is found out here."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import indent, wrap
from typing import Any, Final

from unisched.explanation.names import Definition
from unisched.explanation.phases import PhaseText
from unisched.explanation.unfolded import Unfolded
from unisched.explanation.values import conditions, gist, past_end, sentences
from unisched.explanation.words import numeral
from unisched.ir import Target
from unisched.key_values import KeyValues
from unisched.lint import Note

__all__ = ["Explanation", "TargetExplanation"]

_WIDTH: Final = 80
_MOST_PHASES: Final = 24
_LONGEST: Final = 600


@dataclass(frozen=True, slots=True, kw_only=True)
class TargetExplanation:
    """One target: its phases in order, what the letters in their formulas stand for, and its key values."""

    target: Target
    title: str
    total: int | None
    born: bool
    phases: tuple[PhaseText, ...]
    definitions: tuple[Definition, ...]
    values: KeyValues

    @property
    def subject(self) -> str:
        """What the sentences are about."""
        name = self.target.hyperparameter
        return "the rate" if name == "learning_rate" else name

    @property
    def past_end(self) -> str:
        """What holds past the total, in a sentence."""
        return past_end(self.values, self.total)

    @property
    def _told(self) -> tuple[PhaseText, ...]:
        """The phases but for one past the end of which the last sentence says all."""
        total, held_from = self.total, self.values.held_from
        if total is None or not (self.values.ends or (held_from is not None and held_from <= total)):
            return self.phases
        return tuple(phase for phase in self.phases if phase.start < total)

    def to_data(self) -> dict[str, Any]:
        """Give all of it as JSON data."""
        return {
            "hyperparameter": self.target.hyperparameter, "group": self.target.group, "from_birth": self.born,
            "phases": [_phase_data(phase, self.sentence(phase)) for phase in self.phases],
            "definitions": [_definition_data(known) for known in self.definitions],
            "past_the_end": self.past_end, "key_values": self.values.to_data(),
            "key_values_in_words": [*conditions(self.values), *sentences(self.values)],
        }  # fmt: skip

    def sentence(self, phase: PhaseText) -> str:
        """Give a phase in a sentence, without its formula."""
        return f"{_span(phase)} {self.subject} {phase.words}"

    def brief(self) -> Iterator[str]:
        """Give the phases in sentences and the values that matter most, line by line."""
        yield self.title
        for phase in self._told[:_MOST_PHASES]:
            yield from _filled(f"{self.sentence(phase)}.", 2)
        if len(self._told) > _MOST_PHASES:
            yield f"  There are {len(self._told) - _MOST_PHASES} more phases."
        yield from _filled(" ".join([*conditions(self.values), gist(self.values)]), 2)

    def lines(self, *, as_latex: bool) -> Iterator[str]:
        """Give the text, line by line."""
        yield self.title
        for phase in self._told[:_MOST_PHASES]:
            formula = phase.latex if as_latex else phase.formula
            where = [f"{known.name} = {known.latex if as_latex else known.text}" for known in phase.where]
            if phase.words.startswith("stays at ") and " " not in phase.formula:
                yield from _filled(f"{self.sentence(phase)}.", 2)
                continue
            yield from _filled(f"{self.sentence(phase)}:", 2)
            yield from _whole(formula + (f", where {' and '.join(where)}" if where else ""), 6)
        if len(self._told) > _MOST_PHASES:
            yield f"  There are {len(self._told) - _MOST_PHASES} more phases; --json has all of them."
        if self.born:
            yield "  Here k counts from the step at which the param group appears."
        for known in self.definitions:
            yield from _filled(f"Here {known.name} is {known.meaning}.", 2)
        yield ""
        yield from _filled(" ".join([*conditions(self.values), *sentences(self.values), self.past_end]), 2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """What a program means: `str` gives sentences, `to_data` the same as JSON data.

    `unfolded` is the document in plain curves, `None` where it holds no recipe and no dialect's kind.
    """

    name: str
    description: str
    document: str
    unfolded: Unfolded | None
    targets: tuple[TargetExplanation, ...]
    feedback: tuple[str, ...]
    notes: tuple[Note, ...]

    def __str__(self) -> str:
        return self.text()

    def text(self, *, as_latex: bool = False, is_brief: bool = False) -> str:
        """Give the explanation as text, its formulas in LaTeX or none of them if that is wanted."""
        return "\n".join(self.lines(as_latex=as_latex, is_brief=is_brief))

    def lines(self, *, as_latex: bool = False, is_brief: bool = False) -> Iterator[str]:
        """Give the text, line by line: a title has no indentation, all below it has."""
        yield from (line for line in (self.name, self.description) if line)
        yield from _filled(self.document, 0)
        for target in self.targets:
            yield from ["", *(target.brief() if is_brief else target.lines(as_latex=as_latex))]
        if not is_brief:
            yield from ["", "k is the step: the number of updates before this one."]
        if self.feedback:
            yield from ["", "Feedback", *(line for told in self.feedback for line in _filled(told, 2))]
        if is_brief:
            return
        if self.unfolded is not None:
            yield from ["", "In plain curves", *_unfolded(self.unfolded)]
        if self.notes:
            yield from ["", "Notes", *(line for note in self.notes for line in _filled(str(note), 2))]

    def to_data(self) -> dict[str, Any]:
        """Give all of it as JSON data."""
        return {
            "name": self.name, "description": self.description, "document": self.document,
            "unfolded": None if self.unfolded is None else self.unfolded.to_data(),
            "targets": [target.to_data() for target in self.targets],
            "feedback": list(self.feedback),
            "notes": [{"rule": note.rule.number, "code": note.code, "path": note.path, "text": note.text}
                      for note in self.notes],
        }  # fmt: skip


def _span(phase: PhaseText) -> str:
    if phase.stop is None:
        return "Throughout" if phase.start == 0 else f"From step {phase.start} on"
    count = phase.stop - phase.start
    if count == 1:
        return f"At step {phase.start}"
    return f"From step {phase.start} to {phase.stop - 1} ({numeral(count)})"


def _unfolded(found: Unfolded) -> Iterator[str]:
    if found.kinds:
        reads = "reads" if found.is_readable else "would read"
        yield from _filled(f"With {', '.join(found.kinds)} written out, the document {reads}:", 2)
        shown = {name: found.document[name] for name in ("schedules", "groups") if name in found.document}
        yield from _indented(_compact(shown), 4)
    for kind, data in found.apart:
        yield f"  {kind} stands for"
        yield from _indented(_compact(data), 4)
    for remark in found.remarks:
        yield from _filled(remark, 2)


def _phase_data(phase: PhaseText, sentence: str) -> dict[str, Any]:
    return {"start": phase.start, "stop": phase.stop, "sentence": f"{sentence}: {phase.formula}.",
            "formula": phase.formula, "latex": phase.latex,
            "where": [{"name": known.name, "formula": known.text, "latex": known.latex} for known in phase.where],
            }  # fmt: skip


def _definition_data(known: Definition) -> dict[str, Any]:
    data: dict[str, Any] = {"name": known.name, "meaning": known.meaning}
    return data | {"values": list(known.values)} if known.values else data


def _filled(text: str, margin: int) -> list[str]:
    return wrap(text, _WIDTH, initial_indent=" " * margin, subsequent_indent=" " * margin, break_long_words=False,
                break_on_hyphens=False)  # fmt: skip


def _whole(formula: str, margin: int) -> list[str]:
    if len(formula) <= _LONGEST:
        return _filled(formula, margin)
    return [*_filled(formula[:_LONGEST], margin), f"{'':{margin}}... ({len(formula)} characters; --json has all)"]


def _compact(data: Any, room: int = _WIDTH - 5, before: str = "") -> str:
    """Give JSON text after `before`, each object or list on one line where it fits."""
    line = before + json.dumps(data, ensure_ascii=False)
    if len(line) <= room or not isinstance(data, dict | list):
        return line
    if isinstance(data, dict):
        inner = [_compact(item, room - 2, f"{json.dumps(key, ensure_ascii=False)}: ") for key, item in data.items()]
    else:
        inner = [_compact(item, room - 2) for item in data]
    first, last = "{}" if isinstance(data, dict) else "[]"
    return "\n".join([before + first, indent(",\n".join(inner), "  "), last])


def _indented(text: str, margin: int) -> list[str]:
    return [" " * margin + line for line in text.splitlines()]
