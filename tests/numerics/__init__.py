"""The numerics report: the float32 bits and the float64 ulp of every backend and mode, beside the native schedules.

`python -m numerics --help` with tests/ on the path, or `nox -s numerics`. What a case is, which steps are looked at and
how values are compared knows no framework; `modes` and `native` hold one file for each that is driven.
"""

from __future__ import annotations
