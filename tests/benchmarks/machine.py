"""What the figures were measured on, without a name of the machine: processor, cores, Python, packages, day."""

from __future__ import annotations

import datetime as dt
import os
import platform
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

__all__ = ["facts", "versions"]

_MODEL: Final = "model name"


def facts() -> dict[str, object]:
    """Give what holds for all subjects."""
    return {
        "processor": _processor(),
        "cores": os.cpu_count(),
        "system": f"{platform.system()} {platform.machine()}",
        "python": platform.python_version(),
        "load": round(os.getloadavg()[0], 1) if hasattr(os, "getloadavg") else None,
        "day": dt.datetime.now(dt.UTC).date().isoformat(),
    }


def versions(packages: Sequence[str]) -> dict[str, str]:
    """Give the versions of the packages that are installed."""
    found = {}
    for package in packages:
        try:
            found[package] = version(package)
        except PackageNotFoundError:
            continue
    return found


def _processor() -> str:
    listed = Path("/proc/cpuinfo")
    if not listed.is_file():
        return platform.processor() or platform.machine()
    lines = listed.read_text(encoding="utf-8").splitlines()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith(_MODEL)), platform.machine())
