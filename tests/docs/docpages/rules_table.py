"""The table of lint's rules as Markdown, by family: number and page, code, title, meaning."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from unisched.lint import FAMILIES, Rule

__all__ = ["HEAD", "table"]

HEAD: Final = "| rule | code | finds | |\n|---|---|---|---|\n"


def table(rules: Sequence[Rule]) -> str:
    """Give the table of some rules, a row for each family before its own."""
    lines: list[str] = []
    for begin, family in FAMILIES.items():
        of_family = [rule for rule in rules if rule.number.startswith(begin)]
        if of_family:
            lines.append(f"| **{begin}** | | **{family}** | |")
        lines += [f"| [{rule.number}](lint/{rule.number}.md) | `{rule.code}` | {rule.title} | {rule.meaning} |"
                  for rule in of_family]  # fmt: skip
    return HEAD + "".join(f"{line}\n" for line in lines)
