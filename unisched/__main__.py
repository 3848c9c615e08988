"""The command line as `python -m unisched`, for an environment whose scripts are not on the path."""

from __future__ import annotations

from unisched.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main(prog_name="unisched")
