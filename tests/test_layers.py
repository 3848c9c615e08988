"""The order of the house: a module imports only from the layers below its own.

A new module takes its place in `LAYERS`, from the ground up; modules in one row know nothing of each other.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LAYERS: tuple[str, ...] = (
    "errors",
    "markup  on_demand  steps  batch_ramp  formulas.binding  formulas.tree  invariant  enclosure  namespace  discovery",
    "metric  monitors",
    "block_search  eighth_sine  lost_bits  single",
    "phase  controllers  formulas.rounded  formulas.graph  formulas.text  noise  formulas.tokens",
    "formulas.functions  memory",
    "curves  formulas.evaluation  rules",
    "duration  ir  external  formulas.folding",
    "formulas.expression  formulas",
    # the document
    "spec.number  spec.paths  spec.kinds  spec.mapping  spec.apart  spec.embedding",
    "spec.problems  spec.names  spec.files",
    "spec.model  spec.field_types",
    "spec.values  spec.hints  spec.shared_fields",
    "spec.described",
    "spec.curve  spec.schema",
    "spec.curves",
    "spec.formulas  spec.noise  spec.feedback",
    "spec.combinators  spec.references  spec.canonical  spec.limits",
    "spec.containers  spec.expansion  spec.json_text  spec.toml_text  spec.dialect",
    "spec.dialects  spec.lone",
    "spec.recipes  spec.inverse_square_root  spec.cycles  spec.inner",
    "spec.grammar  spec.yaml_text",
    "spec.document",
    "spec.loading",
    "spec",
    "dialects.pieces  dialects.ranges  dialects.rounding  dialects.stall  dialects.initial  dialects.functions",
    "dialects.keras.waves  dialects.keras.lifting  dialects.optax.counting  dialects.optax.lifting",
    "dialects.keras.cosines  dialects.keras.decays  dialects.keras.piecewise  dialects.keras.plateau",
    "dialects.keras.restarts  dialects.keras.warm_up_cosine",
    "dialects.optax.knots  dialects.optax.joining  dialects.optax.plateau  dialects.optax.transitions",
    "dialects.optax.cosines  dialects.optax.exponentials  dialects.optax.onecycles",
    "dialects.torch.arguments  dialects.torch.factor",
    "dialects.torch.cosines  dialects.torch.cyclic  dialects.torch.decays  dialects.torch.lambdas",
    "dialects.torch.one_cycle  dialects.torch.plateau  dialects.torch.ramps  dialects.torch.swa",
    "dialects.torch.composites",
    "dialects.torch.lifting",
    "dialects.transformers.restarts  dialects.transformers.lifting  dialects.transformers.schedule",
    "dialects.transformers.plain  dialects.transformers.cosines  dialects.transformers.stable",
    "dialects.transformers.feedback",
    "dialects.timm.cycles  dialects.timm.lengths  dialects.timm.lifting  dialects.timm.mersenne",
    "dialects.timm.noise",
    "dialects.timm.schedule",
    "dialects.timm.cycled  dialects.timm.plateau  dialects.timm.stairs  dialects.timm.wsd",
    "dialects.timm.tanh",
    "dialects.fvcore.progress  dialects.fvcore.lifting",
    "dialects.fvcore.schedule",
    "dialects.fvcore.smooth  dialects.fvcore.stairs  dialects.fvcore.composite",
    "dialects.ignite.functions  dialects.ignite.handler  dialects.ignite.lifting  dialects.ignite.units",
    "dialects.ignite.batch_size  dialects.ignite.children  dialects.ignite.cyclical  dialects.ignite.finder",
    "dialects.ignite.piecewise  dialects.ignite.state",
    "dialects.ignite.wrapped",
    "dialects.ignite.combined",
    "dialects.ignite.first",
    "dialects.ignite.warmup",
    "dialects  dialects.fvcore  dialects.ignite  dialects.keras",
    "dialects.optax  dialects.timm  dialects.torch  dialects.transformers",
    # the intermediate representation, and what it is worth
    "geometric  ir_json  signals",
    "exact  targets  closures",
    "render",
    "scalar  packing  reclock  watching",
    "normalise",
    "table_rows",
    "bent_weights",
    "timeline  births  logged  sampling  lint.rules  lint.extents  lint.reading",
    "lint.note  lint.tails  lint.rule_page  lint.whole",
    "lint.values  lint.boundaries  lint.bounds  lint.document  lint.feedback  lint.plausible",
    "lint.horizon  lint.report  lint.selection",
    "lint.examination",
    "lint",
    "arrays  evaluate",
    "evaluators",
    "key_values.values  key_values.resting",
    "key_values.sums",
    "key_values.finding",
    "key_values",
    # explanations
    "explanation.mathematics  explanation.unfolded",
    "explanation.plain  explanation.latex",
    "explanation.names  explanation.positions  explanation.rows  explanation.trees",
    "explanation.formulas  explanation.words",
    "explanation.feedback  explanation.phases  explanation.values",
    "explanation.document",
    "explanation.explanation",
    "explanation.explaining",
    "explanation",
    # drawings
    "drawing.missing  drawing.numerals  drawing.palette  drawing.chart",
    "drawing.looks  drawing.marks  drawing.overlay  drawing.sampling  drawing.scale",
    "drawing.axes  drawing.charting  drawing.page  drawing.terminal",
    "drawing.picture  drawing.plotting",
    "drawing.notebook  drawing.writing",
    "drawing",
    "changes",
    "state  program_json",
    "program",
    # from one to the other
    "lowering.budget  lowering.expansions",
    "lowering.place",
    "lowering.recipes  lowering.dialects  lowering.clock",
    "lowering.lengths  lowering.leaves  lowering.joint  lowering.ranges  lowering.feedback",
    "lowering.repeats  lowering.parts  lowering.inner  lowering.formulas  lowering.noise",
    "lowering.compose",
    "lowering.document",
    "lowering.unfolding",
    "lowering",
    "compilation",
    # outwards
    "backend",
    "registry  numpy_backend",
    "verbs  starting.names",
    "starting.distribution",
    "starting",
    "promises  stretches",
    "agreement  lifting  running  past  metric_log  commands.help  commands.quiet  commands.steps",
    "commands.metrics  commands.shared  commands.terminal  commands.whole_file",
    "difference.nearness",
    "difference.readings",
    "difference.relations",
    "difference.rows",
    "difference.measures",
    "difference.comparison",
    "difference.overlay  difference.report",
    "difference",
    "replanning.asked  replanning.entries  replanning.handover  replanning.joining  replanning.layouts",
    "replanning.levels  replanning.tails  replanning.told",
    "replanning.meeting",
    "replanning.replan  replanning.adoption",
    "replanning",
    "commands.runs  commands.standing",
    "commands.backends  commands.diff  commands.explain  commands.lint  commands.new_plugin  commands.parity",
    "commands.plot  commands.replan  commands.schema  commands.show  commands.validate",
    "commands",
    "plugin  cli  __init__",
    "__main__",
    # the conformance kit
    "testing.interpreter",
    "testing.corpus  testing.found  testing.door  testing.environment  testing.reasons  testing.windows",
    "testing.faults  testing.tolerance  testing.arguments",
    "testing.hints",
    "testing.legs  testing.refusal  testing.shape",
    "testing.checks  testing.dialect_checks",
    "testing.conduct  testing.digests",
    "testing.processors",
    "testing.conformance  testing.dialects",
    "testing",
    "testing.__main__",
)

BESIDES = {
    "click": {"cli", "commands"},
    "importlib_metadata": {"discovery"},
    "numpy": {
        "arrays",
        "block_search",
        "dialects",
        "difference",
        "drawing",
        "eighth_sine",
        "evaluators",
        "key_values",
        "lowering",
        "namespace",
        "numpy_backend",
        "program",
        "promises",
        "single",
        "steps",
        "testing",
    },
    "pydantic": {"dialects", "spec", "testing"},
    "pydantic_core": {"spec"},
    "pytest": {"testing"},
}
"""The foreign packages that the core may import at once, and where."""

EXTRAS = {"matplotlib": {"drawing"}, "plotille": {"drawing"}, "plotly": {"drawing"}, "yaml": {"spec"}}
"""The optional ones, imported inside functions only, and where."""

FOR_TYPES = {("spec.curve", "unisched.spec.grammar")}
"""What only a type checker sees, upwards: a curve holds curves of all kinds."""

DOORS = {"unisched", "unisched.errors", "unisched.plugin", "unisched.testing"}
"""What a plugin may import of the core: its public modules."""

RANK = {name: rank for rank, row in enumerate(LAYERS) for name in row.split()}
MODULES = {
    ".".join(path.relative_to(ROOT / "unisched").with_suffix("").parts).removesuffix(".__init__"): path
    for path in sorted((ROOT / "unisched").rglob("*.py"))
}
OUTSIDE = sorted([*ROOT.glob("plugins/*/unisched_*/**/*.py"), *ROOT.glob("docs/examples/*/unisched_*/**/*.py")])


def within(tree: ast.AST, *kinds: type[ast.AST]) -> set[int]:
    """The identities of all nodes inside a node of one of `kinds`."""
    return {id(inner) for outer in ast.walk(tree) if isinstance(outer, kinds) for inner in ast.walk(outer)}


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    """Each module that a tree imports, and when: at "once", "late" in a function, or for "types" only."""
    late = within(tree, ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
    guards = [node for node in ast.walk(tree) if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"]
    types = {id(inner) for guard in guards for line in guard.body for inner in ast.walk(line)}
    for node in ast.walk(tree):
        when = "types" if id(node) in types else "late" if id(node) in late else "once"
        if isinstance(node, ast.Import):
            yield from ((alias.name, when) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"line {node.lineno}: a relative import"
            for alias in node.names:
                module = f"{node.module}.{alias.name}"
                yield (module if module.removeprefix("unisched.") in RANK else str(node.module)), when


def area(module: str) -> str:
    """The file or the package at the top of the core that a module belongs to."""
    return module.partition(".")[0]


def fault(module: str, name: str, when: str) -> str | None:
    """What is wrong with an import of `name` by `module`, if anything is."""
    top, _, rest = name.partition(".")
    if top in EXTRAS:
        allowed = area(module) in EXTRAS[top] and when != "once"
        return None if allowed else f"{module} imports the extra {name}"
    if when == "late":
        return f"{module} imports {name} inside a function"
    if top == "unisched":
        below = RANK[rest or "__init__"] < RANK[module] or (when == "types" and (module, name) in FOR_TYPES)
        return None if below else f"{module} imports {name}, which is not below it"
    known = top in sys.stdlib_module_names or area(module) in BESIDES.get(top, set())
    return None if known else f"{module} imports {name}"


def faults(module: str, source: str) -> list[str]:
    """Every fault of the imports in `source`, as if it were the text of `module`."""
    found = (fault(module, name, when) for name, when in imports(ast.parse(source)))
    return [text for text in found if text]


def outside_faults(source: str) -> list[str]:
    """Every import in a plugin's `source` that reaches behind the doors of the core."""
    names = {name for name, _ in imports(ast.parse(source)) if name.partition(".")[0] == "unisched"}
    return sorted(names - DOORS)


@pytest.mark.parametrize("module", MODULES)
def test_every_module_has_a_place(module: str) -> None:
    assert module in RANK


def test_every_place_is_taken() -> None:
    assert sorted(set(RANK) - set(MODULES)) == []


@pytest.mark.parametrize("module", MODULES)
def test_a_module_imports_only_from_below(module: str) -> None:
    assert faults(module, MODULES[module].read_text()) == []


@pytest.mark.parametrize("module", [module for module in MODULES if area(module) == "spec"])
def test_the_document_does_not_know_the_representation(module: str) -> None:
    known = {name for name, _ in imports(ast.parse(MODULES[module].read_text()))}
    assert "unisched.ir" not in known


@pytest.mark.parametrize("module", MODULES)
def test_a_module_says_what_it_offers(module: str) -> None:
    assigned = (node for node in ast.parse(MODULES[module].read_text()).body if isinstance(node, ast.Assign))
    assert "__all__" in {ast.unparse(target) for node in assigned for target in node.targets}


@pytest.mark.parametrize("path", OUTSIDE, ids=lambda path: f"{path.parent.name}.{path.stem}")
def test_a_plugin_comes_in_by_the_doors(path: Path) -> None:
    assert outside_faults(path.read_text()) == []


SABOTAGE = {
    "from unisched.program import Program": "ir imports unisched.program, which is not below it",
    "from unisched import program": "ir imports unisched.program, which is not below it",
    "from unisched.duration import Clock": "ir imports unisched.duration, which is not below it",
    "import unisched": "ir imports unisched, which is not below it",
    "def f():\n    from unisched.errors import Problem": "ir imports unisched.errors inside a function",
    "def f():\n    import json": "ir imports json inside a function",
    "import torch": "ir imports torch",
    "def f():\n    import torch": "ir imports torch inside a function",
    "import numpy as np": "ir imports numpy",
    "def f():\n    import yaml": "ir imports the extra yaml",
    "if TYPE_CHECKING:\n    from unisched.verbs import build": "ir imports unisched.verbs, which is not below it",
}


@pytest.mark.parametrize("source", SABOTAGE)
def test_a_wrong_import_is_seen(source: str) -> None:
    assert faults("ir", source) == [SABOTAGE[source]]


def test_an_extra_must_wait_for_the_function_that_needs_it() -> None:
    assert faults("drawing", "import matplotlib.pyplot") == ["drawing imports the extra matplotlib.pyplot"]
    assert faults("drawing", "def f():\n    import matplotlib.pyplot") == []


def test_a_plugin_that_reaches_behind_the_doors_is_seen() -> None:
    assert outside_faults("from unisched.scalar import function") == ["unisched.scalar"]
    assert outside_faults("from unisched import scalar") == ["unisched.scalar"]
    assert outside_faults("from unisched import plugin\nimport unisched_acme.inner") == []
