"""The rules of lint: one closed table, from number and code to what it says.

A number is for people and for selecting, a code for programs; neither is ever given to another rule. How a rule
looks at a program is not known here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

__all__ = ["ALSO_SAID", "FAMILIES", "QUIRK", "RULES", "Rule", "rule_of"]


@dataclass(frozen=True, slots=True)
class Rule:
    """One question of a careful reader: its number, its code, a title, and what it means in a line."""

    number: str
    code: str
    title: str
    meaning: str


FAMILIES: Final[Mapping[str, str]] = {
    "U1": "values",
    "U2": "boundaries and lengths",
    "U3": "the horizon",
    "U4": "feedback",
    "U5": "units and epochs",
    "U6": "dialects",
}

QUIRK: Final = Rule("U601", "dialect.quirk", "a quirk of the library",
                    "a schedule of another library does what readers of its documentation do not expect")  # fmt: skip
"""What a dialect of anyone's remarks about its own kinds; the code of the quirk stays with the note."""

RULES: Final[tuple[Rule, ...]] = (
    Rule("U101", "value.zero_start", "the first update changes nothing", "the learning rate is 0 at step 0"),
    Rule("U102", "value.zero_end", "the last updates change nothing", "the learning rate is 0 before the total"),
    Rule("U103", "value.subnormal", "a value is 0 in float32", "a value other than 0 is below 2^-126"),
    Rule("U104", "value.dies_out", "a decay is 0 in float32 before the end", "an open-ended decay falls below 2^-126"),
    Rule("U105", "value.implausible", "a value that no known run has",
         "a hyperparameter is beyond all that papers and code bases use"),
    Rule("U106", "factor.tiny", "a factor that looks like a rate",
         "a factor of the optimizer's learning rate is as small as learning rates are"),
    Rule("U107", "decay.overshoots", "weight decay takes all", "learning rate times weight decay is 1 or more"),
    Rule("U108", "noise.negative", "noise may turn the value negative", "the noise is larger than what it varies"),
    Rule("U109", "curve.rises", "a learning rate that only rises",
         "the learning rate rises along a curved ramp, and never falls after it"),
    Rule("U110", "formula.cancels", "a formula loses its digits", "a formula subtracts numbers that are almost equal"),
    Rule("U111", "formula.constant", "a formula without a step", "a formula does not depend on the step"),
    Rule("U201", "boundary.jump", "a jump at a boundary", "a curve starts elsewhere than the one before it ends"),
    Rule("U202", "length.holds", "a sequence ends early", "a sequence is over before its place is, and holds"),
    Rule("U203", "bound.idle", "a bound that never binds", "the minimum or maximum of a clip is never reached"),
    Rule("U204", "phase.empty", "a phase without length", "a warm-up of no length has a start, which nothing uses"),
    Rule("U205", "part.cut", "a ramp is cut at a boundary", "a ramp does not come to its end before the next part"),
    Rule("U206", "curve.idle", "a combinator that changes nothing", "a shift, stair, repeat or scale has no effect"),
    Rule("U301", "total.goes_on", "the value changes past the total", "an open-ended curve is not frozen at the total"),
    Rule("U302", "total.rebound", "the value rises again past the total", "a cycle begins anew where the run ends"),
    Rule("U303", "decay.cut", "a ramp does not end before the run does", "a ramp is longer than the run"),
    Rule("U304", "warmup.cut", "the peak is never reached", "the warm-up is longer than the run"),
    Rule("U305", "cycle.cut", "the run ends inside a cycle", "the run ends where the learning rate is high"),
    Rule("U306", "part.unreached", "a drop past the total", "a value stands past the total, and no update uses it"),
    Rule("U401", "feedback.bare", "a factor without a value", "what a metric moves multiplies nothing"),
    Rule("U402", "feedback.patience", "a plateau that cannot stall", "its patience is longer than what it watches"),
    Rule("U403", "feedback.unseen", "a plateau that sees nothing", "its part begins at the total or later"),
    Rule("U404", "feedback.threshold", "a metric that is never better", "a relative threshold is 1 or more"),
    Rule("U501", "duration.rounded", "a length is no whole number of steps", "a boundary goes to the nearest step"),
    Rule("U502", "duration.epochs", "steps that look like epochs", "a bare number is far shorter than an epoch"),
    QUIRK,
    Rule("U602", "dialect.base", "numbers become factors",
         "a dialect in the entry makes every number beside it a factor of the optimizer's value"),
)  # fmt: skip
"""Every rule, by number."""

ALSO_SAID: Final[Mapping[str, str]] = {
    f"{library}.{quirk}": code
    for library, quirk, code in (
        ("torch", "rebound", "total.rebound"),
        ("transformers", "rises_again", "total.rebound"),
        ("transformers", "warmup_from_zero", "value.zero_start"),
    )
}
"""Quirks that say of their own entry what a general rule would say of it again."""

_BY_CODE: Final = {rule.code: rule for rule in RULES}


def rule_of(code: str) -> Rule:
    """Give the rule that a code of a note belongs to; a code that is not of the table is a dialect's quirk.

    >>> rule_of("value.zero_start").number, rule_of("torch.rebound").number
    ('U101', 'U601')
    """
    return _BY_CODE.get(code, QUIRK)
