"""Every check that a person or a machine runs: `nox` for all, `nox -s core` for one, `nox --list` to see them.

No framework is named here. The Python versions come from the classifiers in pyproject.toml, the plugins from the
folders under plugins/. What a plugin's tests need stands in its own pyproject.toml, table [tool.unisched]:

    pythons      versions its tests run on; absent: all
    requires     what its tests install beside the wheels
    minimums     what else is pinned where the lowest versions of its dependencies are tested
    environment  variables its tests run under; {cache} is a folder kept between runs
    alone        true for a framework that bears no other in its process, or takes too long for sessions of all:
                 it is tested in environments of its own only
    engines      for a framework on several engines: a table like this for each, the default engine first;
                 its `requires` come on top
"""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import nox
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

nox.needs_version = ">=2026.10"
nox.options.default_venv_backend = "virtualenv"
nox.options.reuse_venv = "yes"
nox.options.download_python = "never"
# A Python that this machine lacks is left out, and stands as "skipped" in nox's closing summary.
nox.options.error_on_missing_interpreters = False
# Sessions run side by side, each one's output in one piece; `nox -j1` runs one after the other.
nox.options.allow_parallel = True
nox.options.parallel = min(4, os.cpu_count() or 1)

ROOT = Path(__file__).parent
CORE = "unisched-core"
WHEELS = "wheels"
TOGETHER = "together"


def located(pattern: str) -> dict[str, Path]:
    return {path.parent.name: path.parent for path in sorted(ROOT.glob(pattern))}


PLUGINS = located("plugins/*/pyproject.toml")
EXAMPLES = located("docs/examples/*/pyproject.toml")
FOLDERS = {CORE: ROOT, **PLUGINS, **EXAMPLES}
PROJECTS = {name: nox.project.load_toml(folder / "pyproject.toml") for name, folder in FOLDERS.items()}
EXTRAS = list(PROJECTS[CORE]["project"]["optional-dependencies"])
PYTHONS = nox.project.python_versions(PROJECTS[CORE])

# With the safe path no folder of sources stands in for an installed wheel.
CLEAN = {"PYTHONPATH": None, "PYTHONSAFEPATH": "1"}
WHERE = """
import importlib.util, sys
for name in sys.argv[1:]:
    origin = importlib.util.find_spec(name).origin
    print(f"{name} is {origin}", flush=True)
    if "site-packages" not in origin:
        sys.exit(f"{name} is not tested as installed")
"""

# What the tests of the peers print, the largest error by kind, is shown though they pass.
REPORTED = ["-rP"]


def needs(plugin: str, engine: str | None = None) -> dict[str, Any]:
    """What the plugin's tests need, on one engine of its framework: the default one if none is named."""
    table: dict[str, Any] = {"requires": [], "minimums": [], "environment": {}, "pythons": PYTHONS, "engines": {},
                             "alone": False}  # fmt: skip
    table |= PROJECTS[plugin].get("tool", {}).get("unisched", {})
    if table["engines"]:
        chosen = table["engines"][engine or next(iter(table["engines"]))]
        table |= chosen | {"requires": table["requires"] + chosen["requires"]}
    return table


# Those whose frameworks can all be in one environment.
COEXISTING = [name for name in PLUGINS if not needs(name)["alone"]]


def on_all_engines() -> list[str]:
    """What the tests of all plugins need, on every engine that a framework has."""
    chosen = [(name, engine) for name in COEXISTING for engine in needs(name)["engines"] or [None]]
    return list(dict.fromkeys(text for name, engine in chosen for text in needs(name, engine)["requires"]))


def dependencies(distribution: str, *extras: str) -> list[str]:
    project = PROJECTS[distribution]["project"]
    return project["dependencies"] + [text for extra in extras for text in project["optional-dependencies"][extra]]


# The lowest Python on which all plugins can be tested.
SHARED = next(python for python in PYTHONS if all(python in needs(plugin)["pythons"] for plugin in PLUGINS))


def group(*names: str) -> tuple[str, ...]:
    return nox.project.dependency_groups(PROJECTS[CORE], *names)


def package(distribution: str) -> str:
    return "unisched" if distribution == CORE else distribution.replace("-", "_")


def dist(session: nox.Session) -> Path:
    return session.cache_dir.absolute() / "dist"


def wheel(session: nox.Session, distribution: str, *extras: str) -> str:
    """The wheel as a requirement, for a session that requires WHEELS."""
    found = next((dist(session) / distribution).glob("*.whl"))
    name = f"{distribution}[{','.join(extras)}]" if extras else distribution
    return f"{name} @ {found.as_uri()}"


def lowest(requirements: list[str]) -> list[str]:
    """Each requirement, pinned to its lower bound; ours are installed as wheels instead."""
    pinned = [Requirement(text) for text in requirements]
    for requirement in pinned:
        bound = next((s.version for s in requirement.specifier if s.operator == ">="), None)
        requirement.specifier = SpecifierSet(f"=={bound}" if bound else str(requirement.specifier))
    return [str(requirement) for requirement in pinned if requirement.name != CORE]


def install(session: nox.Session, *requirements: str) -> None:
    """Install, replacing what an earlier run left of our own wheels: they have the same version."""
    session.run_install("python", "-m", "pip", "uninstall", "--quiet", "--yes", *FOLDERS, silent=True)
    session.install("--no-compile", *requirements)


def check(
    session: nox.Session, packages: list[str], *arguments: str, env: dict[str, str], python: str = "python"
) -> None:
    """Run pytest against installed packages, in another environment if `python` is given."""
    filled = {name: value.format(cache=session.cache_dir.absolute()) for name, value in env.items()}
    # What breaks everywhere at once is said often enough by ten failures.
    for command in (["-c", WHERE, *packages], ["-m", "pytest", "--maxfail=10", *arguments, *session.posargs]):
        session.run(python, *command, env=CLEAN | filled, external=python != "python")


def check_core(session: nox.Session, *arguments: str, pins: list[str]) -> None:
    install(session, wheel(session, CORE, *EXTRAS), *pins, *group("test"))
    others = ("benchmarks", "docs", "hosts", "parity", "peers", "site", "tools", "wheels")
    elsewhere = [f"--ignore=tests/{folder}" for folder in others]
    check(session, [package(CORE)], "tests", *elsewhere, *arguments, env={})


def check_plugin(session: nox.Session, name: str, *arguments: str, requires: list[str], env: dict[str, str]) -> None:
    install(session, wheel(session, CORE, "testing"), wheel(session, name), *requires, *group("test"))
    check(session, [package(CORE), package(name)], f"plugins/{name}/tests", *arguments, env=env)


def check_all(session: nox.Session, *arguments: str, python: str = "python", **more: str) -> None:
    """Run pytest where every plugin that bears the others is installed, under `more` variables."""
    env = more | {key: value for name in COEXISTING for key, value in needs(name)["environment"].items()}
    check(session, [package(name) for name in [CORE, *COEXISTING]], *arguments, env=env, python=python)


def check_together(session: nox.Session, *arguments: str, **more: str) -> None:
    """The same in the one environment that sessions share."""
    check_all(session, *arguments, python=together_python(session), **more)


def together_python(session: nox.Session) -> str:
    return str(session.cache_dir.absolute().parent / TOGETHER / ("Scripts" if os.name == "nt" else "bin") / "python")


def report(session: nox.Session, module: str, *requirements: str) -> None:
    """Run a module of tests/ that makes a page of docs/, where every plugin and engine is installed."""
    plugins = [wheel(session, name) for name in COEXISTING]
    install(session, *requirements, *plugins, *on_all_engines(), *group("report"))
    env = CLEAN | {"PYTHONPATH": str(ROOT / "tests"), "KERAS_HOME": str(session.cache_dir.absolute() / "keras")}
    session.run("python", "-m", module, *session.posargs, env=env)


@nox.session
def lint(session: nox.Session) -> None:
    """Style and layout of every file: ruff check, ruff format."""
    session.install(*group("lint"))
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")


@nox.session(name=WHEELS, default=False)
def wheels(session: nox.Session) -> None:
    """All distributions, wheels made from source archives, once a run; the tests that ask for them install these."""
    session.install(*group("build"))
    shutil.rmtree(dist(session), ignore_errors=True)
    for name, folder in FOLDERS.items():
        session.run("pyproject-build", "--no-isolation", f"--outdir={dist(session) / name}", str(folder), silent=True)


@nox.session(requires=[WHEELS])
def build(session: nox.Session) -> None:
    """What is in the distributions: all that belongs, nothing that does not, and metadata that an index accepts."""
    session.install(*group("check"))
    session.run("twine", "check", "--strict", *map(str, sorted(dist(session).glob("*/*"))), silent=True)
    session.run("pytest", "--noconftest", "tests/wheels", *session.posargs, env={"UNISCHED_DIST": str(dist(session))})


@nox.session(python=PYTHONS, requires=[WHEELS])
def core(session: nox.Session) -> None:
    """The core's own tests on each Python; on the lowest, with coverage."""
    coverage = ["--cov", "--cov-report=term"] if session.python == PYTHONS[0] else []
    check_core(session, *coverage, pins=[])


# Resuming does not depend on the Python: off the shared one the kit proves the values, in a third of the time.
VALUES = ["-k", "not continues_from_its_own_state and not passes_states_to_and_from_numpy"]

# A framework with engines has its column for the shared Python in a session of its own, below.
COLUMNS = [
    (p, n) for p in PYTHONS for n in PLUGINS if p in needs(n)["pythons"] and not (needs(n)["engines"] and p == SHARED)
]


@nox.session(requires=[WHEELS])
@nox.parametrize("python,distribution", COLUMNS, ids=[f"{p}-{n}" for p, n in COLUMNS])
def plugin(session: nox.Session, distribution: str) -> None:
    """One plugin's tests, in an environment of its own, on each Python it is tested on."""
    table = needs(distribution)
    selected = [] if session.python == SHARED else VALUES
    check_plugin(session, distribution, *selected, requires=table["requires"], env=table["environment"])


def add_engines(distribution: str, engines: list[str]) -> None:
    @nox.session(name=f"{distribution.removeprefix('unisched-')}-engines", python=SHARED, requires=[WHEELS])
    @nox.parametrize("engine", engines, ids=engines)
    def on_engine(session: nox.Session, engine: str) -> None:
        """One plugin's tests on each engine of its framework."""
        table = needs(distribution, engine)
        check_plugin(session, distribution, requires=table["requires"], env=table["environment"])


for plugin_name in PLUGINS:
    if engines_of_plugin := list(needs(plugin_name)["engines"]):
        add_engines(plugin_name, engines_of_plugin)


@nox.session(python=SHARED, requires=[WHEELS])
@nox.parametrize("distribution", list(EXAMPLES), ids=list(EXAMPLES))
def example(session: nox.Session, distribution: str) -> None:
    """The outside plugin of the docs, installed and tested as a stranger does, away from this repository's settings."""
    install(session, wheel(session, CORE, "testing"), wheel(session, distribution))
    away = Path(session.create_tmp()) / distribution
    shutil.copytree(FOLDERS[distribution], away, dirs_exist_ok=True)
    with session.chdir(away):
        check(session, [package(CORE), package(distribution)], "tests", env={})


# What `unisched new-plugin` is asked for, by the name that it is given.
STARTS = {"abacus": [], "beads": ["--kind=bound"], "soroban": ["--kind=traced"], "quipu": ["--dialect"]}


@nox.session(python=SHARED, requires=[WHEELS])
def starts(session: nox.Session) -> None:
    """What `unisched new-plugin` writes: built, installed, tested by the kit, and clean to ruff and mypy --strict."""
    distributions = {name: f"unisched-{name}" for name in STARTS}
    session.run_install("python", "-m", "pip", "uninstall", "--quiet", "--yes", *distributions.values(), silent=True)
    install(session, wheel(session, CORE, "testing"), *group("build", "lint", "typing"))
    away = Path(session.create_tmp()).absolute()
    for name, distribution in distributions.items():
        shutil.rmtree(away / distribution, ignore_errors=True)
        session.run("unisched", "new-plugin", name, *STARTS[name], f"--output={away}", silent=True)
        session.install("--no-compile", "--no-build-isolation", f"{away / distribution}[test]")
        with session.chdir(away / distribution):
            check(session, [package(CORE), package(distribution)], "-q", env={})
            session.run("ruff", "check", ".", silent=True)
            session.run("ruff", "format", "--check", ".", silent=True)
            session.run("mypy", package(distribution), "tests", silent=True)


# A plugin whose tests are pinned to the lowest versions anyway has its proof in the session `plugin`.
LOWERED = [CORE, *(name for name in PLUGINS if not set(lowest(dependencies(name))) <= set(needs(name)["requires"]))]


@nox.session(python=SHARED, requires=[WHEELS])
@nox.parametrize("distribution", LOWERED, ids=LOWERED)
def minimums(session: nox.Session, distribution: str) -> None:
    """Each distribution's tests with the lowest versions it says it works with."""
    # Releases of that age are warned by the younger ones they meet, which is no fault of ours.
    lenient = "-Wignore::DeprecationWarning"
    if distribution == CORE:
        check_core(session, lenient, pins=lowest(dependencies(CORE, *EXTRAS)))
        return
    table = needs(distribution)
    pins = lowest(dependencies(distribution)) + table["requires"] + table["minimums"]
    check_plugin(session, distribution, lenient, *VALUES, requires=pins, env=table["environment"])


@nox.session(name=TOGETHER, python=SHARED, requires=[WHEELS], default=False)
def together(session: nox.Session) -> None:
    """The one environment of typing, parity, docs and site, which ask for it: every plugin with its framework."""
    requires = [text for name in COEXISTING for text in needs(name)["requires"]]
    wheels = [wheel(session, CORE, *EXTRAS), *(wheel(session, name) for name in [*COEXISTING, *EXAMPLES])]
    install(session, *wheels, *requires, *group("site", "typing", "test"))


@nox.session(python=False, requires=[TOGETHER])
def typing(session: nox.Session) -> None:
    """mypy --strict on the core, its conformance kit, the plugins and the examples, with the frameworks' own types."""
    sources = [str(folder / package(name)) for name, folder in FOLDERS.items()]
    session.run(together_python(session), "-m", "mypy", *sources, env={"PYTHONPATH": None}, external=True)


@nox.session(python=False, requires=[TOGETHER])
def parity(session: nox.Session) -> None:
    """The backends against each other, all in one process."""
    check_together(session, "tests/parity")


@nox.session(python=SHARED, requires=[WHEELS])
def peers(session: nox.Session) -> None:
    """The dialects against the libraries they speak for: each peer's own object, stepped in its own loop."""
    requires = [text for name in COEXISTING for text in needs(name)["requires"]]
    install(session, *(wheel(session, name) for name in [CORE, *COEXISTING]), *requires, *group("test", "peers"))
    session.install("--no-compile", "--no-deps", *group("peers-alone"))
    check_all(session, "tests/peers", *REPORTED)


@nox.session(python=SHARED, requires=[WHEELS])
def hosts(session: nox.Session) -> None:
    """Small real trainings in every host: trainers, launchers, engines, checkpoint stores, killed and resumed.

    Every engine and every peer is here, so the benchmarks are tried here too: once each, and not for their figures.
    """
    wheels = [wheel(session, CORE, "testing"), *(wheel(session, name) for name in COEXISTING)]
    install(session, *wheels, *on_all_engines(), *group("test", "hosts"))
    check_all(session, "tests/hosts", "tests/benchmarks", "--durations=20")


@nox.session(python=SHARED, requires=[WHEELS])
def tools(session: nox.Session) -> None:
    """Schedules in what configures, searches and logs: each tool itself, and none of them reaches another machine."""
    requires = [text for name in COEXISTING for text in needs(name)["requires"]]
    install(session, *(wheel(session, name) for name in [CORE, *COEXISTING]), *requires, *group("test", "tools"))
    check_all(session, "tests/tools")


@nox.session(python=SHARED, requires=[WHEELS], default=False)
def bench(session: nox.Session) -> None:
    """What schedules cost beside their peers, on an idle machine; `-- --write` makes docs/performance.md of it."""
    report(session, "benchmarks", wheel(session, CORE), *group("peers"))


@nox.session(python=SHARED, requires=[WHEELS])
def numerics(session: nox.Session) -> None:
    """Every bit of a sample of schedules in every mode of every backend; `-- --full --write` makes docs/numerics.md."""
    report(session, "numerics", wheel(session, CORE, "testing"))


@nox.session(python=False, requires=[TOGETHER])
def docs(session: nox.Session) -> None:
    """The README, the pages and the examples: every code block is run."""
    check_together(session, "tests/docs")


@nox.session(python=False, requires=[TOGETHER])
def site(session: nox.Session) -> None:
    """The pages and the API reference as a site, every warning an error; every address in it leads somewhere."""
    out = session.cache_dir.absolute() / "site"
    shutil.rmtree(out, ignore_errors=True)
    check_together(session, "tests/site", UNISCHED_SITE=str(out))
    session.log(f"The site: {(out / 'html' / 'index.html').as_uri()}")
