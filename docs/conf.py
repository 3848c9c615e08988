"""How the pages become a site: `nox -s site`. Nothing is downloaded, and every warning is an error.

The source folder is the repository itself, so that a link between two pages is the same on a code host and on the
site. What is ours alone stands in `building`: navigation, links, colours, and the check on public names.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

project = "unisched"
html_title = "unisched"
project_copyright = "The unisched contributors, Apache-2.0"
language = "en"

root_doc = "docs/index"
include_patterns = ["docs/**.md", "docs/api/*.rst", "plugins/*/README.md", "CONTRIBUTING.md", "CHANGELOG.md"]
exclude_patterns = ["**/.*", ".*", "tests", "unisched", "plugins/*/unisched_*", "plugins/*/tests", "docs/building"]

extensions = ["myst_parser", "sphinx.ext.autodoc", "building"]
nitpicky = True
myst_heading_anchors = 4

default_role = "py:obj"
autodoc_default_options = {"members": True}
autodoc_inherit_docstrings = False
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"
autodoc_preserve_defaults = True
python_maximum_signature_line_length = 90
python_use_unqualified_type_names = True
add_module_names = False
toc_object_entries_show_parents = "hide"

html_theme = "furo"
html_static_path = ["building/static"]
html_css_files = ["site.css"]
html_show_sourcelink = False
html_copy_source = False
html_theme_options = {"navigation_with_keys": True, "top_of_page_buttons": []}
pygments_style = "friendly"
pygments_dark_style = "github-dark"
