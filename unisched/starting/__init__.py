"""The start of a plugin: a whole distribution that passes its tests before anything in it is changed.

What it holds is text in `templates`; nothing here knows a framework, and nothing is installed or imported.
"""

from __future__ import annotations

from unisched.starting.distribution import KINDS, Kind, Start, start

__all__ = ["KINDS", "Kind", "Start", "start"]
