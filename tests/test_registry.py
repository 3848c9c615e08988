"""Names to backends: whatever is installed beside it, a backend is found, or the failure says what is wrong.

Distributions are folders on `sys.path`, as an installer leaves them.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import unisched
from unisched import discovery, registry
from unisched.backend import Backend
from unisched.errors import PluginError

GOOD = "from unisched.numpy_backend import backend\n"
Install = Callable[..., Path]


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Install]:
    """Install a distribution of one module, with a backend, in a folder of its own."""
    before = set(sys.modules)

    def installed(distribution: str, source: str = GOOD, *, name: str = "acme", value: str = "", **files: Any) -> Path:
        folder = tmp_path / f"{distribution}-{len(list(tmp_path.iterdir()))}"
        module = distribution.replace("-", "_")
        about = folder / f"{module}-1.0.dist-info"
        about.mkdir(parents=True)
        (folder / f"{module}.py").write_text(source)
        contents: dict[str, Any] = {
            "METADATA": f"Metadata-Version: 2.1\nName: {distribution}\nVersion: 1.0\n",
            "entry_points.txt": f"[{registry.BACKENDS}]\n{name} = {value or module + ':backend'}\n",
            **files,
        }
        for file, content in contents.items():
            if content is not None:
                (about / file).write_bytes(content if isinstance(content, bytes) else content.encode())
        monkeypatch.syspath_prepend(str(folder))
        return folder

    yield installed
    for module in set(sys.modules) - before:
        if module.startswith("acme"):
            del sys.modules[module]


def refusal(name: str = "acme") -> PluginError:
    with pytest.raises(PluginError) as caught:
        registry.backend(name)
    return caught.value


def test_numpy_is_found_like_any_other() -> None:
    assert isinstance(registry.backend("numpy"), Backend)
    assert "numpy" in registry.names()


def test_an_installed_plugin_is_found_by_its_name(install: Install) -> None:
    install("acme-plugin")
    assert "acme" in registry.names()
    assert unisched.build({"kind": "constant", "value": 0.5}, "acme")(3) == 0.5


def test_names_are_sorted_and_listed_once(install: Install) -> None:
    install("acme-one", name="zeta")
    install("acme-two", name="zeta")
    install("acme-three", name="alpha")
    assert list(registry.names()) == sorted(set(registry.names()))
    assert {"alpha", "zeta"} <= set(registry.names())


def test_listing_imports_nothing(install: Install) -> None:
    install("acme-plugin", "raise SystemExit\n")
    assert "acme" in unisched.backends()
    assert "acme_plugin" not in sys.modules


def test_only_what_is_asked_for_is_loaded(install: Install) -> None:
    install("acme-other", "raise RuntimeError('never asked for')\n", name="other")
    install("acme-plugin")
    assert registry.backend("acme")
    assert "acme_other" not in sys.modules


def test_two_claimants_of_a_name_are_both_named_and_neither_is_loaded(install: Install) -> None:
    install("acme-one")
    install("acme-two")
    error = refusal()
    assert error.code == "plugin.conflict"
    assert "acme-one 1.0" in str(error)
    assert "acme-two 1.0" in str(error)
    assert not {"acme_one", "acme_two"} & set(sys.modules)


def test_two_claims_of_one_distribution_are_a_conflict_too(install: Install) -> None:
    both = f"[{registry.BACKENDS}]\nacme = acme_plugin:backend\n"
    install("acme-plugin", **{"entry_points.txt": both})
    folder = install("acme-plugin", **{"entry_points.txt": both.replace("acme_plugin", "acme_plugin_old")})
    (folder / "acme_plugin_old.py").write_text(GOOD)
    assert refusal().code == "plugin.conflict"


def test_a_distribution_that_is_seen_twice_is_one(install: Install) -> None:
    install("acme-plugin")
    install("acme-plugin")
    assert registry.backend("acme")


# What the module does when it is imported, and what the error says of it.
BROKEN = {
    "import error": ("from unisched import nothing_of_that_name\n", "ImportError: cannot import name"),
    "syntax error": ("def backend(:\n", "SyntaxError"),
    "sys.exit": ("import sys\nsys.exit(3)\n", "SystemExit: 3"),
    "keyboard interrupt": ("raise KeyboardInterrupt\n", "KeyboardInterrupt"),
    "any error": ("1 / 0\n", "ZeroDivisionError: division by zero"),
    "no such member": ("", "AttributeError"),
}


@pytest.mark.parametrize(("source", "said"), BROKEN.values(), ids=BROKEN)
def test_a_plugin_that_fails_to_load_is_named_with_its_cause(install: Install, source: str, said: str) -> None:
    install("acme-plugin", source)
    error = refusal()
    assert error.code == "plugin.broken"
    assert "acme-plugin 1.0" in str(error)
    assert said in str(error)
    assert error.__cause__ is not None


def test_a_plugin_that_fails_to_load_hurts_no_other(install: Install) -> None:
    install("acme-plugin", "1 / 0\n")
    assert unisched.build({"kind": "constant", "value": 0.5})(0) == 0.5


def test_a_framework_that_is_not_installed_is_named_with_the_way_to_install_it(install: Install) -> None:
    install("acme-plugin", "import acme_framework.optimizers\n")
    error = refusal()
    assert error.code == "backend.not_installed"
    assert "'acme_framework', which is not installed" in str(error)
    assert "python -m pip install acme_framework" in str(error)


def test_a_missing_part_of_the_plugin_itself_is_a_broken_plugin(install: Install) -> None:
    install("acme-plugin", value="acme_plugin.missing:backend")
    assert refusal().code == "plugin.broken"


def test_an_unknown_name_lists_what_is_installed_and_the_nearest(install: Install) -> None:
    install("acme-plugin", name="torchlike")
    error = refusal("torchlke")
    assert error.code == "plugin.unknown"
    assert "Did you mean 'torchlike'?" in str(error)
    assert "numpy" in str(error)


def test_an_unknown_name_near_to_none_says_how_backends_come() -> None:
    error = refusal("zzzzzz")
    assert error.code == "plugin.unknown"
    assert "Install the plugin" in str(error)


REPLACED = f"""import dataclasses
{GOOD}backend = dataclasses.replace(backend, forms={{"only": dataclasses.replace(backend.forms["function"], """
NOT_BACKENDS = {
    "a number": "backend = 3\n",
    "a module": "import json as backend\n",
    "a class": "from unisched.backend import Backend as backend\n",
    "a function": "def backend(): ...\n",
    "nothing": "backend = None\n",
    "no forms": "from unisched.plugin import Backend\nbackend = Backend(contract=1, forms={})\n",
    "no Form": "from unisched.plugin import Backend\nbackend = Backend(contract=1, forms={'only': print})\n",
    "a form without a name": f"{GOOD}backend = type(backend)(contract=1, forms={{3: backend.forms['function']}})\n",
    "emit that is no function": f"{REPLACED}emit=3)\n}})\n",
    "emit without a signature": f"{REPLACED}emit=max)\n}})\n",
    "replay that is no function": f"{REPLACED}replay=3)\n}})\n",
    "capabilities that are none": f"{REPLACED}capabilities=None)\n}})\n",
    "forms that are no mapping": "from unisched.plugin import Backend\nbackend = Backend(contract=1, forms=[print])\n",
}


@pytest.mark.parametrize("source", NOT_BACKENDS.values(), ids=NOT_BACKENDS)
def test_what_is_no_backend_is_refused(install: Install, source: str) -> None:
    install("acme-plugin", source)
    error = refusal()
    assert error.code == "plugin.not_a_backend"
    assert "acme-plugin 1.0" in str(error)


@pytest.mark.parametrize("contract", ["2", "0", "'1'", "None"])
def test_another_contract_is_refused_with_both_releases(install: Install, contract: str) -> None:
    install("acme-plugin", f"import dataclasses\n{GOOD}backend = dataclasses.replace(backend, contract={contract})\n")
    error = refusal()
    assert error.code == "plugin.contract"
    assert "acme-plugin" in str(error)
    assert "unisched-core" in str(error)


@pytest.mark.parametrize(
    "files",
    [
        {"entry_points.txt": b"\xff\xfe\x00[unisched.backends]\n"},
        {"entry_points.txt": b"[unisched.backends\nnot an ini file unisched.backends"},
        {"METADATA": None, "entry_points.txt": None},
        {"METADATA": b"\xff\xfe"},
    ],
    ids=["undecodable", "not an ini file", "empty", "undecodable metadata"],
)
def test_a_damaged_distribution_elsewhere_hurts_no_other(install: Install, files: dict[str, Any]) -> None:
    install("acme-damaged", name="damaged", **files)
    install("acme-plugin")
    assert registry.backend("acme")
    assert "numpy" in registry.names()


def test_a_distribution_without_metadata_still_brings_its_backend(install: Install) -> None:
    install("acme-plugin", METADATA=None)
    assert registry.backend("acme")


def test_nobody_else_can_claim_numpy(install: Install) -> None:
    honest = registry.backend("numpy")
    install("acme-plugin", "raise RuntimeError('loaded')\n", name="numpy")
    assert registry.backend("numpy") is honest
    assert "acme_plugin" not in sys.modules
    assert [str(claim) for claim in registry.refused()] == ["acme-plugin 1.0"]


def test_plugins_can_be_switched_off(install: Install, monkeypatch: pytest.MonkeyPatch) -> None:
    install("acme-plugin")
    monkeypatch.setenv(discovery.SWITCH, "off")
    assert registry.names() == ("numpy",)
    assert refusal().code == "plugin.unknown"
    assert registry.backend("numpy")


@pytest.mark.parametrize("said", ["OFF", "0", "no", "False", " off "])
def test_plugins_are_off_however_it_is_spelt(install: Install, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    install("acme-plugin")
    monkeypatch.setenv(discovery.SWITCH, said)
    assert registry.names() == ("numpy",)


@pytest.mark.parametrize("said", ["", "on", "1", "YES", "true"])
def test_plugins_are_on_however_it_is_spelt(install: Install, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    install("acme-plugin")
    monkeypatch.setenv(discovery.SWITCH, said)
    assert "acme" in registry.names()


@pytest.mark.parametrize("said", ["maybe", "none", "2", "o"])
def test_a_switch_that_says_neither_is_refused(monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    monkeypatch.setenv(discovery.SWITCH, said)
    for asked in (unisched.backends, lambda: registry.backend("numpy")):
        with pytest.raises(PluginError, match=f"UNISCHED_PLUGINS is '{said}', neither on nor off") as caught:
            asked()
        assert caught.value.code == "plugin.switch"


@pytest.mark.parametrize("content", [b"\xff", b"[pydantic]\nno equals sign\n"], ids=["undecodable", "no equals sign"])
def test_a_damaged_distribution_does_not_keep_unisched_from_being_imported(install: Install, content: bytes) -> None:
    folder = install("acme-damaged", **{"entry_points.txt": content})
    source = """
import sys
sys.path.insert(0, sys.argv[1])
import os, unisched
assert unisched.build({"kind": "linear", "start": 1, "end": 0}, total=4)(1) == 0.75
assert "numpy" in unisched.backends() and unisched.Spec.json_schema()
assert "PYDANTIC_DISABLE_PLUGINS" not in os.environ
import pydantic
try:
    type("Other", (pydantic.BaseModel,), {})
except Exception as error:
    print(type(error).__name__)
"""
    run = subprocess.run([sys.executable, "-W", "error", "-c", source, str(folder)], capture_output=True, text=True,
                         timeout=120, check=False)  # fmt: skip
    assert (run.returncode, run.stderr) == (0, "")
    assert run.stdout.strip(), "the damage must be one that ends the making of a model"


def test_a_distribution_that_brings_no_backend_is_not_read_in_full(
    install: Install, monkeypatch: pytest.MonkeyPatch
) -> None:
    install("acme-plugin")
    read: list[str] = []
    honest = discovery._identity
    monkeypatch.setattr(discovery, "_identity", lambda found: read.append(found) or honest(found))
    claims = list(registry.claims())
    assert len(read) <= len(claims) + 1


def test_errors_of_plugins_are_import_errors() -> None:
    assert isinstance(refusal("nowhere"), ImportError)
