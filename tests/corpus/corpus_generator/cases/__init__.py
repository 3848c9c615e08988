"""All cases, by theme."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from corpus_generator.case import Case
from corpus_generator.cases import (
    bases,
    batch_ramps,
    boundaries,
    bounds,
    clocks,
    decays,
    ends,
    feedback,
    formulas,
    horizons,
    named,
    named_cycles,
    nesting,
    points,
    pointwise,
    ramps,
    randomness,
    recipes_cycles,
    recipes_language,
    recipes_torch,
    recipes_vision,
    repeats,
    sequences,
    several,
    stretches,
    units,
)

__all__ = ["ALL", "THEMES"]

THEMES: Mapping[str, Sequence[Case]] = {
    "ramps": ramps.CASES,
    "decays": decays.CASES,
    "points": points.CASES,
    "sequences": sequences.CASES,
    "boundaries": boundaries.CASES,
    "nesting": nesting.CASES,
    "repeats": repeats.CASES,
    "stretches": stretches.CASES,
    "pointwise": pointwise.CASES,
    "bounds": bounds.CASES,
    "clocks": clocks.CASES,
    "units": units.CASES,
    "batch ramps": batch_ramps.CASES,
    "horizons": horizons.CASES,
    "formulas": formulas.CASES,
    "randomness": randomness.CASES,
    "named": named.CASES,
    "named cycles": named_cycles.CASES,
    "several": several.CASES,
    "bases": bases.CASES,
    "ends": ends.CASES,
    "feedback": feedback.CASES,
    "recipes of torch": recipes_torch.CASES,
    "recipes of language models": recipes_language.CASES,
    "recipes of vision": recipes_vision.CASES,
    "recipes of cycles": recipes_cycles.CASES,
}

ALL: Sequence[Case] = tuple(case for theme in THEMES.values() for case in theme)
