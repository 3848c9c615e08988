"""What the site adds to Sphinx: navigation from tables, and names that may be broken."""

from __future__ import annotations

import pytest
from building.navigation import with_contents
from building.wrapping import breakable

LONG = "optax.warmup_cosine_decay_schedule"
TEXTS = {
    f"<td>{LONG}</td>": "<td>optax.<wbr>warmup_<wbr>cosine_<wbr>decay_<wbr>schedule</td>",
    "<td>lr_lambda 0.3333333333333333333</td>": "<td>lr_lambda 0.3333333333333333333</td>",
    f'<a href="{LONG}">a</a>': f'<a href="{LONG}">a</a>',
    f"<p>a</p><pre><span>{LONG}</span></pre><p>b</p>": f"<p>a</p><pre><span>{LONG}</span></pre><p>b</p>",
}
TABLE = "| page | |\n|---|---|\n| [The `A`](a.md) | as [b](b.md) |\n| none | |\n| [C](../c.md#part) [D](d/d.rst) | |\n"


@pytest.mark.parametrize(("given", "wanted"), TEXTS.items())
def test_long_names_outside_of_blocks_may_be_broken(given: str, wanted: str) -> None:
    assert breakable(given) == wanted


def test_the_tables_of_the_front_page_are_its_navigation() -> None:
    text = f"# Front\n\n[x](x.md)\n\n## One\n\n{TABLE}\n## Two\n\nNo table, a [link](y.md).\n"
    contents = "```{toctree}\n:hidden:\n:caption: One\n\nThe A </docs/a>\nD </docs/d/d>\n```\n"
    assert with_contents(text, "docs/index", "docs/index") == f"{text}\n{contents}\n"


def test_a_table_that_is_marked_is_the_contents_of_another_page() -> None:
    text = f"# Page\n\n{TABLE}\n<!-- contents -->\n\n<!-- made -->\n\n{TABLE}"
    assert with_contents(text, "docs/page", "docs/index").count("The A </docs/a>") == 1
    assert with_contents("# Page\n", "docs/page", "docs/index") == "# Page\n"
