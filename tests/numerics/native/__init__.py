"""The frameworks' own schedules through the same harness: the best use of each, on the same steps."""

from __future__ import annotations
