"""Signatures show types as the sources name them, and each name is a link where it is documented.

What a docstring puts in backticks is a link too, or code where it names nothing; a bare word is an argument more often
than the method of that name, and stays code, but for the verbs. Types of other packages lead nowhere:
nothing is downloaded to find them. So do a few of our own, which are met in a signature and used by nobody; any other
that is not documented is an error.
"""

from __future__ import annotations

import inspect
import re
from typing import Any, Final

from sphinx.addnodes import pending_xref
from sphinx.util.nodes import make_refnode

import unisched

__all__ = ["connect"]

_FOREIGN: Final = re.compile(
    r"(_pytest|abc|click|collections|fractions|jax|keras|np|npt|numpy|optax|os|pathlib|pydantic|pytest|torch|typing|dist)(\.|$)"
)
_BUILT_IN: Final = re.compile(
    r"(Any|Callable|Floats|Fraction|Iterable|Iterator|Literal|Mapping|NamedTuple|None|Optimizer|Path|Protocol|Sequence|Steps|[a-z]+)$"
)
_INNER: Final = frozenset({
    "Body", "Column", "Configuration", "CurveModel", "Mode", "Model", "Observing", "Pace", "Precision",
    "Remembered", "Tensor", "ThresholdMode", "Tree", "Unit",
    "Watching", "_Observing",
})  # fmt: skip
_CALLED: Final = {"AnyCurve": "Curve"}
"""Names under which a module knows what is documented under another one."""
_GIVEN: Final = frozenset({
    "unisched.Program", "unisched.agreement.ParityReport", "unisched.agreement.ParityRow",
    "unisched.difference.Difference", "unisched.difference.DifferenceRow", "unisched.explanation.Explanation",
    "unisched.explanation.TargetExplanation", "unisched.key_values.KeyValues",
})  # fmt: skip
"""Results, which nobody makes by hand."""


class _Plain(str):
    """An annotation that is shown without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def connect(app: Any) -> None:
    app.connect("doctree-read", _unlink_words)
    app.connect("missing-reference", _linked)
    app.connect("autodoc-process-signature", _as_written)


def _unlink_words(app: Any, tree: Any) -> None:
    for node in list(tree.findall(pending_xref)):
        is_word = re.fullmatch(r"[a-z_]+", node.get("reftarget", "")) and node["reftarget"] not in unisched.__all__
        if node.get("refdomain") == "py" and node["reftype"] == "obj" and is_word:
            node.replace_self(node.children)


def _linked(app: Any, env: Any, node: Any, content: Any) -> Any:
    if node.get("refdomain") != "py":
        return None
    last = node["reftarget"].rpartition(".")[2]
    objects = env.domains.python_domain.objects
    found = min((full for full in objects if full.rpartition(".")[2] == _CALLED.get(last, last)), default=None, key=len)
    if found is not None and last[:1].isupper() and last not in _INNER:
        entry = objects[found]
        return make_refnode(app.builder, node["refdoc"], entry.docname, entry.node_id, content, found)
    is_code = node["reftype"] == "obj" or last in _INNER or _BUILT_IN.match(last) or _FOREIGN.match(node["reftarget"])
    return content if is_code else None


def _as_written(app: Any, what: str, name: str, thing: Any, options: Any, text: str | None, result: str | None) -> Any:
    if what == "class" and (name in _GIVEN or hasattr(thing, "model_fields")):
        return "", result
    if what not in ("class", "function", "method") or text is None:
        return None
    try:
        signature = inspect.signature(thing)
    except (TypeError, ValueError):
        return None
    parameters = [_shown(parameter) for key, parameter in signature.parameters.items() if key not in ("self", "cls")]
    returned = signature.return_annotation
    given = f"{returned}" if isinstance(returned, str) and what != "class" else None
    return str(signature.replace(parameters=parameters, return_annotation=signature.empty)), given


def _shown(parameter: inspect.Parameter) -> inspect.Parameter:
    """Give a parameter without the quotes of its annotation, and with dots for a default that has no text."""
    note, default = parameter.annotation, parameter.default
    plain = _Plain(note) if isinstance(note, str) else note
    has_text = default is parameter.empty or not re.search(r"<[^<>]*>", repr(default))
    return parameter.replace(annotation=plain, default=default if has_text else _Plain("..."))
