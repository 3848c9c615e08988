"""Another future for a run: a new document with the same past, and the state that goes on under it.

replan makes the document: told adds what the run does not say of itself, asked reads when it changes and tails what is
to come, levels say what curves are worth, layouts take them apart, joining fits them and meeting says how far they go;
entries are the curves of a document by target. adoption takes the state over, handover its memories.
"""

from __future__ import annotations

from unisched.replanning.adoption import adopt
from unisched.replanning.replan import replan

__all__ = ["adopt", "replan"]
