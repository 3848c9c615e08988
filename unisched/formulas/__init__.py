"""Formulas: text to a budget, tokens, a typed tree, and what the tree is worth on every kind of evaluator.

tokens and expression read, tree holds, folding and functions compute constants, evaluation and graph give values.
"""

from __future__ import annotations

__all__ = list[str]()
