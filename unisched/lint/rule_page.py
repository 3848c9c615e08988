"""The page of a rule: what it says, why it matters, a document that it finds and the mended one."""

from __future__ import annotations

from importlib import resources

from unisched.lint.rules import Rule

__all__ = ["page_text"]


def page_text(rule: Rule) -> str:
    """Give the page of a rule, as Markdown.

    >>> from unisched.lint import rule_of
    >>> page_text(rule_of("value.zero_start")).partition(chr(10))[0]
    '# U101 value.zero_start'
    """
    return (resources.files(__name__.rpartition(".")[0]) / "pages" / f"{rule.number}.md").read_text(encoding="utf-8")
