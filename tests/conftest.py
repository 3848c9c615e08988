"""Settings of the test suite: property tests give the same examples every time, however slow the machine.

Tests of this folder may import what stands beside them, in every import mode of pytest.
"""

from __future__ import annotations

import sys
from pathlib import Path

from hypothesis import settings

sys.path.insert(0, str(Path(__file__).parent))

settings.register_profile("steady", deadline=None, derandomize=True, database=None)
settings.load_profile("steady")
