"""Write the conformance corpus and the example documents, or check that they are up to date.

python tests/corpus/generate.py            write
python tests/corpus/generate.py --check    exit 1 and name the files that differ
"""

from __future__ import annotations

import sys

from corpus_generator.cases import ALL, THEMES
from corpus_generator.files import differing, generated, write
from corpus_generator.float_checks import disagreements


def main(arguments: list[str]) -> int:
    """Write or check; give the exit code."""
    doubts = disagreements(ALL)
    if doubts:
        print("\n".join(doubts))
        return 1
    expected = generated()
    if "--check" in arguments:
        wrong = differing(expected)
        for path in wrong:
            print(f"differs: {path}")
        return 1 if wrong else 0
    write(expected)
    for theme, cases in THEMES.items():
        print(f"{len(cases):3d}  {theme}: {', '.join(case.name for case in cases)}")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
