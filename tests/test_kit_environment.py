"""The conformance kit watches what everybody shares: what a plugin does to it is seen."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
import sabotage
from sabotage import acme

from unisched.backend import Form
from unisched.testing import conduct, load_corpus
from unisched.testing.environment import import_changes

CORPUS = load_corpus()
GOOD = "from unisched.numpy_backend import backend\n"

DOINGS = {
    "warnings.filters": lambda: warnings.simplefilter("ignore", BytesWarning),
    "os.environ": lambda: os.environ.update(ACME_IS_HERE="1"),
    "the recursion limit": lambda: sys.setrecursionlimit(sys.getrecursionlimit() + 1),
    "sys.path": lambda: sys.path.append("elsewhere"),
    "numpy's error handling": lambda: np.seterr(under="raise"),
    "numpy's print options": lambda: np.set_printoptions(precision=3),
    "sys.excepthook": lambda: setattr(sys, "excepthook", lambda *_: None),
}


@pytest.fixture
def _restored(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(sys, "path", [*sys.path])
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.delenv("ACME_IS_HERE", raising=False)
    limit = sys.getrecursionlimit()
    with warnings.catch_warnings(), np.errstate(), np.printoptions():
        yield
    sys.setrecursionlimit(limit)


@pytest.mark.usefixtures("_restored")
@pytest.mark.parametrize("setting", DOINGS)
@pytest.mark.parametrize("doing", [sabotage.emitting, sabotage.replaying], ids=["emit", "replay"])
def test_a_setting_that_everybody_shares_is_watched(setting: str, doing: Callable[..., Form]) -> None:
    with pytest.raises(AssertionError, match=r"changed the interpreter") as caught:
        conduct.leaves_the_interpreter_alone("acme", acme(doing(DOINGS[setting])), "only", CORPUS)
    assert f"{setting} was " in str(caught.value)


@pytest.mark.usefixtures("_restored")
def test_what_a_framework_sets_at_its_first_loop_is_not_laid_at_the_plugins_door(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun: list[str] = []

    def wake() -> None:
        if not begun:
            begun.append("awake")
            monkeypatch.setenv("FRAMEWORK_CACHE", "somewhere")
            warnings.simplefilter("ignore", BytesWarning)

    conduct.leaves_the_interpreter_alone("acme", acme(sabotage.replaying(wake)), "only", CORPUS)
    assert begun


def test_a_default_dtype_is_watched_in_whatever_library_has_one(monkeypatch: pytest.MonkeyPatch) -> None:
    library = type(sys)("some_library")
    library.__dict__["get_default_dtype"] = lambda: library.__dict__["default"]
    library.__dict__["default"] = "float32"
    monkeypatch.setitem(sys.modules, "some_library", library)
    form = sabotage.emitting(lambda: library.__dict__.update(default="float64"))
    with pytest.raises(AssertionError, match=r"some_library.get_default_dtype was 'float32', is 'float64'"):
        conduct.leaves_the_interpreter_alone("acme", acme(form), "only", CORPUS)


@pytest.mark.parametrize("doing", [sabotage.emitting, sabotage.replaying], ids=["emit", "replay"])
def test_what_is_printed_is_reported(doing: Callable[..., Form]) -> None:
    with pytest.raises(AssertionError, match="it printed 'Welcome to acme"):
        conduct.leaves_the_interpreter_alone("acme", acme(doing(lambda: print("Welcome to acme"))), "only", CORPUS)


def test_a_change_on_import_is_seen(installed: Callable[[str], None]) -> None:
    installed(f"import sys\nsys.setrecursionlimit(12345)\nprint('Welcome')\n{GOOD}")
    assert import_changes("acme") == ["the recursion limit was 1000, is 12345", r"it printed 'Welcome\n'"]


def test_what_a_framework_changes_on_import_is_not_laid_at_the_plugins_door(
    installed: Callable[[str], None], tmp_path: Path
) -> None:
    (tmp_path / "framework.py").write_text("import sys\nsys.setrecursionlimit(12345)\n")
    installed(f"import framework\n{GOOD}")
    assert import_changes("acme") == []


def test_a_plugin_that_does_not_load_alone_is_shown_with_its_cause(installed: Callable[[str], None]) -> None:
    installed("raise RuntimeError('only with luck')\n")
    with pytest.raises(AssertionError, match="only with luck"):
        import_changes("acme")


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Install a distribution with the backend acme for interpreters started from here."""

    def install(source: str) -> None:
        (tmp_path / "acme_plugin.py").write_text(source)
        about = tmp_path / "acme_plugin-1.0.dist-info"
        about.mkdir()
        (about / "METADATA").write_text("Metadata-Version: 2.1\nName: acme-plugin\nVersion: 1.0\n")
        (about / "entry_points.txt").write_text("[unisched.backends]\nacme = acme_plugin:backend\n")
        monkeypatch.setenv("PYTHONPATH", str(tmp_path))

    return install
