"""Draw the pictures of all kinds into docs/pictures/kinds; with --check, only say which are not those of today."""

from __future__ import annotations

import argparse
import sys

from kind_pictures.documents import SHOWN
from kind_pictures.drawings import FOLDER, drawn, stale


def main() -> int:
    """Run what the command line asks for; give 1 where a picture is missing or of other programs."""
    parser = argparse.ArgumentParser(prog="kind_pictures", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing")
    parser.add_argument("kinds", nargs="*", help="those to draw; all unless given")
    options = parser.parse_args()
    if not options.check:
        FOLDER.mkdir(parents=True, exist_ok=True)
        for kind in options.kinds or SHOWN:
            (FOLDER / f"{kind}.svg").write_text(drawn(kind), encoding="utf-8")
    old = stale()
    print(
        "\n".join(f"{kind}: draw it anew, python -m kind_pictures {kind}" for kind in old) or "all are those of today"
    )
    return 1 if old else 0


if __name__ == "__main__":
    sys.exit(main())
