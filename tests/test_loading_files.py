"""Files: what can be read is read alike in every format, what cannot is refused without waiting for it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from unisched.errors import SpecError
from unisched.spec import Spec, load

JSON = """{"total": "90 epochs", "steps_per_epoch": 1251, "name": "no", "schedules": {
  "learning_rate": {"base": 0.1, "curve": {"kind": "sequence", "parts": [
    {"kind": "linear", "start": 0, "end": 1, "duration": "5 epochs"},
    {"kind": "cosine", "end": {"absolute": 3e-4}, "power": 1.5}]}},
  "weight_decay": {"kind": "exponential", "start": 1, "rate": 0.5, "every": 10, "staircase": true},
  "teacher": {"kind": "piecewise", "points": [[0, 1], ["50%", 2.5]], "interpolation": "previous"}},
 "groups": {"0": {"weight_decay": 0}, "head*": {"learning_rate": {"scale": 0.1}}}}"""

TOML = """
total = "90 epochs"
steps_per_epoch = 1_251
name = "no"

[schedules.learning_rate]
base = 0.1
[schedules.learning_rate.curve]
kind = "sequence"
parts = [
  {kind = "linear", start = 0, end = 1, duration = "5 epochs"},  # up
  {kind = "cosine", end = {absolute = 3e-4}, power = 1.5},
]
[schedules.weight_decay]
kind = "exponential"
start = 1
rate = 0.5
every = 10
staircase = true
[schedules.teacher]
kind = "piecewise"
points = [[0, 1], ["50%", 2.5]]
interpolation = "previous"
[groups.0]
weight_decay = 0
[groups."head*"]
learning_rate.scale = 0.1
"""

YAML = """
total: 90 epochs
steps_per_epoch: 1251
name: no            # a text, as in YAML 1.2
schedules:
  learning_rate:
    base: 0.1
    curve:
      kind: sequence
      parts:
        - {kind: linear, start: 0, end: 1, duration: 5 epochs}
        - kind: cosine
          end: {absolute: 3e-4}
          power: 1.5
  weight_decay: {kind: exponential, start: 1, rate: 0.5, every: 10, staircase: true}
  teacher:
    kind: piecewise
    points: [[0, 1], ["50%", 2.5]]
    interpolation: previous
groups:
  0: {weight_decay: 0}
  head*: {learning_rate: {scale: 0.1}}
"""


def refusal(path: object) -> SpecError:
    with pytest.raises(SpecError) as caught:
        load(path)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 1000
    return caught.value


@pytest.mark.parametrize(("name", "text"), [("a.json", JSON), ("a.toml", TOML), ("a.yaml", YAML), ("A.YML", YAML)])
def test_a_document_is_the_same_in_every_format(name: str, text: str, tmp_path: Path) -> None:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    assert load(path) == load(str(path)) == load(JSON)
    assert load(path).to_json() == load(JSON).to_json()


def test_a_byte_order_mark_is_accepted(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b"\xef\xbb\xbf" + JSON.encode())
    assert load(path) == load("\ufeff" + JSON) == load(JSON)


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("suffix", ["json", "toml", "yaml"])
def test_utf_16_is_refused_by_name(suffix: str, encoding: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.{suffix}"
    path.write_text(JSON, encoding=encoding)
    error = refusal(path)
    assert error.code == f"{suffix}.encoding"
    assert "UTF-" in str(error)


def test_a_byte_that_is_not_utf_8_is_named_by_its_offset(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_bytes(b'{"name": "\xff"}')
    error = refusal(path)
    assert error.code == "json.encoding"
    assert "byte 10" in str(error)


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none.json").code == "file.unreadable"
    assert "No such file" in str(refusal("none.json"))


def test_a_broken_link_a_directory_and_a_device_are_refused(tmp_path: Path) -> None:
    (tmp_path / "link.json").symlink_to(tmp_path / "nowhere.json")
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "zero.json").symlink_to("/dev/zero")
    for name in ("link.json", "folder.json", "zero.json"):
        assert refusal(tmp_path / name).code == "file.unreadable"
    assert refusal("/dev/zero").code == "file.unreadable"
    assert "directory" in str(refusal(tmp_path / "folder.json"))


def test_a_fifo_is_refused_without_waiting_for_a_writer(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.json")
    assert refusal(tmp_path / "pipe.json").code == "file.unreadable"


@pytest.mark.parametrize("name", ["x" * 5000 + ".json", "a\0b.json"])
def test_a_name_no_file_can_have_is_refused(name: str) -> None:
    assert refusal(name).code == "file.unreadable"


def test_a_file_without_permission_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(JSON)
    path.chmod(0)
    tmp_path.chmod(0o711)
    script = (
        "import os, sys\n"
        "from unisched.spec import load\n"
        "if os.geteuid() == 0: os.seteuid(65534)\n"
        "try: load(sys.argv[1])\n"
        "except ValueError as error: print(error.code)\n"
    )
    done = subprocess.run([sys.executable, "-c", script, str(path)], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "file.unreadable"


def test_a_file_that_is_too_large_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    with path.open("wb") as file:
        file.truncate(10**12)
    assert refusal(path).code == "input.too_large"


def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path) -> None:
    path = tmp_path / "a.jsn"
    path.write_text(JSON)
    error = refusal(path)
    assert error.code == "file.format"
    assert "Did you mean '.json'?" in str(error)


def test_an_error_in_a_file_carries_the_name_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"kind": "linera"}')
    assert any("a.json" in note for note in refusal(path).__notes__)


def test_without_pyyaml_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    path = tmp_path / "a.yaml"
    path.write_text(YAML)
    error = refusal(path)
    assert error.code == "yaml.not_installed"
    assert 'pip install "unisched-core[yaml]"' in str(error)


def test_yaml_without_libyaml_reads_the_same(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    import yaml

    monkeypatch.delattr(yaml, "CSafeLoader")
    path = tmp_path / "a.yaml"
    path.write_text(YAML)
    assert load(path) == load(JSON)


def test_a_spec_loads_as_itself() -> None:
    spec = load(JSON)
    assert load(spec) is spec
    assert isinstance(spec, Spec)
