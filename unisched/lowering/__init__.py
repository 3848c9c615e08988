"""Spec to program: durations become whole steps, kinds become curves, nesting becomes rows.

The only place where documents and the intermediate representation meet. place holds where a curve stands,
leaves the closed-form curves, compose the combinators and recipes, document the entries, groups and checks, and
unfolding writes recipes and dialects out.
"""

from __future__ import annotations

from unisched.lowering.unfolding import lower

__all__ = ["lower"]
