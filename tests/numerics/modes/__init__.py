"""Every way in which a schedule of ours is evaluated: a file for each framework, imported in a process of its own."""

from __future__ import annotations
