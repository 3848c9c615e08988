"""The documents of docs/recipes and what each is worth, from formulas that owe nothing to the library."""

from __future__ import annotations

from collections.abc import Mapping

from recipe_values import cycles, language_models, others, seeds, speech, torch_schedulers, vision
from recipe_values.recipe import Recipe

__all__ = ["RECIPES"]

RECIPES: Mapping[str, Recipe] = {
    name: recipe
    for page in (seeds, torch_schedulers, language_models, vision, speech, cycles, others)
    for name, recipe in page.RECIPES.items()
}
"""From the name of a document's file to what is due of it."""
