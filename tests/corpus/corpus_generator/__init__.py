"""The independent author of the conformance corpus: documents, and values computed by mpmath and rationals.

Nothing here imports `unisched`: each case says by hand what its document means, so that the library and
the corpus can only agree by both being right. Run `python tests/corpus/generate.py` to write the files.
"""

from __future__ import annotations

__all__: list[str] = []
