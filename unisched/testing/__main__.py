"""Prints the digest of each form of the installed backends, or of those named: `python -m unisched.testing numpy`.

Exit code 1 where a case has another digest than its exact values; the line names it.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from unisched import registry
from unisched.testing.corpus import load_corpus
from unisched.testing.digests import Digest, digest, evaluated
from unisched.testing.tolerance import Precision

__all__ = ["main"]


def main(backends: Sequence[str]) -> int:
    """Print a line a form; give the exit code."""
    corpus = load_corpus()
    doubles = evaluated(corpus, "float64", exact=True)
    lines = [_told("float64, exact, all", doubles.total, doubles, "float64")]
    single = evaluated(corpus, exact=True)
    lines.append(_told("float32, exact", single.common, single, "float32"))
    for name in backends or registry.names():
        for form in registry.backend(name).forms:
            found = digest(name, form)
            lines.append(_told(f"float32, {name} {form}", found.common, found, "float32"))
    return 0 if all(lines) else 1


def _told(title: str, shown: str, found: Digest, precision: Precision) -> bool:
    wrong = found.differing(precision)
    agree = f"{len(found.cases) - len(wrong)} of {len(found.cases)} cases agree"
    sys.stdout.write(f"{title:<26} {shown}  {agree}{', not ' if wrong else ''}{', '.join(wrong)}\n")
    sys.stdout.flush()
    return not wrong


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
