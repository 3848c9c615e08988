"""JSON, TOML and YAML texts that are damaged, hostile, or say what a float64 cannot hold."""

from __future__ import annotations

import json

import pytest

from unisched.errors import SpecError
from unisched.spec import load

END = '{"kind": "linear", "start": 0, "end": %s}'
HALF_A_PAIR = '"\\ud800"'

JSON_FAULTS = [
    ("", "json.empty", ""),
    (" \n\t", "json.empty", ""),
    ("{", "json.syntax", ""),
    ('{"kind": "linear",', "json.syntax", ""),
    ('{"kind": "lin', "json.syntax", ""),
    ('{"kind": "linear", "end": 1', "json.syntax", ""),
    ('{"kind": "linear", "end": 1,}', "json.syntax", ""),
    ('{"kind": "sequence", "parts": [1,]}', "json.syntax", ""),
    ("{'kind': 1}", "json.syntax", ""),
    ("{kind: 1}", "json.syntax", ""),
    ('{"a": 1} // done', "json.trailing", ""),
    ('{"a": 1}{"a": 1}', "json.trailing", ""),
    ('{"a": 1}}', "json.trailing", ""),
    ("null", "spec.not_object", ""),
    ("[]", "spec.not_object", ""),
    ("1", "spec.not_object", ""),
    ("-1.5e3", "spec.not_object", ""),
    ('"x"', "spec.not_object", ""),
    ("true", "spec.not_object", ""),
    (END % "NaN", "number.not_finite", "end"),
    (END % "Infinity", "number.not_finite", "end"),
    (END % "-Infinity", "number.not_finite", "end"),
    (END % "1e400", "number.not_finite", "end"),
    (END % "-1e400", "number.not_finite", "end"),
    (END % "1e-400", "number.underflow", "end"),
    (END % ("1" * 400), "number.not_finite", "end"),
    (END % ("1" * 5000), "number.too_long", "end"),
    (END % ("0." + "1" * 100_000), "number.too_long", "end"),
    (END % "9007199254740993", "number.inexact", "end"),
    (END % "01", "json.syntax", ""),
    (END % "+1", "json.syntax", ""),
    (END % ".5", "json.syntax", ""),
    (END % "1.", "json.syntax", ""),
    (END % "0x10", "json.syntax", ""),
    (END % "1_000", "json.syntax", ""),
    (END % "１", "json.syntax", ""),
    (END % HALF_A_PAIR, "json.syntax", "end"),
    ('{"schedules": {"\\ud800": 1}}', "json.syntax", "schedules"),
    ('{"kind": "linear", "end": 1, "end": 2}', "json.duplicate_key", "end"),
    ('{"kind": "linear", "end": 1, "\\u0065nd": 2}', "json.duplicate_key", "end"),
    ('{"schedules": {"a": 1, "\\uff41": 2}}', "json.duplicate_key", 'schedules["\\uff41"]'),
    ('{"schedules": {}, "schedules": {}}', "json.duplicate_key", "schedules"),
    ('{"kind": "sequence", "parts": [1, {"kind": "linear", "end": NaN}]}', "number.not_finite", "parts[1].end"),
]

HINTS = [
    ('{"kind": "linear", "end": 1,}', "Remove the comma"),
    ("[1 , ]", "Remove the comma"),
    ("{'kind': 1}", "double quotes"),
    ("{kind: 1}", "double quotes"),
    ('{"a": 1, // why\n"b": 2}', "no comments"),
    ('{"a": +1}', "Numbers are written like"),
    ('{"a": 01}', "Numbers are written like"),
    ('{"a": 0x10}', "Numbers are written like"),
    ('{"a": 1_000}', "Numbers are written like"),
    ('{"a": 10 epochs}', "in double quotes"),
    ('{"a": 1', "cut off"),
    ('{"a": "x', "cut off"),
    ('{\n "a": 1,\n "b" 2}', "line 3 column 6"),
]

TOML_FAULTS = [
    ("", "toml.empty", ""),
    ("kind = ", "toml.syntax", ""),
    ("kind = 'a'\nkind = 'b'", "toml.syntax", ""),
    ("kind = 'linear'\nend = nan", "number.not_finite", "end"),
    ("kind = 'linear'\nend = inf", "number.not_finite", "end"),
    ("kind = 'linear'\nend = 1e400", "number.not_finite", "end"),
    ("kind = 'linear'\nend = 1e-400", "number.underflow", "end"),
    ("kind = 'linear'\nend = 2001-01-01", "type.number", "end"),
    (f"end = {'1' * 5000}", "number.too_long", ""),
    ("a = " + "[" * 65, "spec.too_deep", ""),
    ("a = " + "[" * 1_000_000, "spec.too_deep", ""),
    (".".join("a" * 66) + " = 1", "spec.too_deep", ""),
    ("'a'." * 100_000 + "a = 1", "spec.too_deep", ""),
    ("a = [" + "1," * 200_001 + "]", "spec.too_large", ""),
    ('a = """' + '"' * 100_000, "toml.syntax", ""),
]

YAML_FAULTS = [
    ("", "yaml.empty", ""),
    ("# nothing", "yaml.empty", ""),
    ("kind: [", "yaml.syntax", ""),
    ("kind: 'a\n", "yaml.syntax", ""),
    ("a: \x07", "yaml.syntax", ""),
    ("a: 1\n---\nb: 1\n", "yaml.trailing", ""),
    ("- 1", "spec.not_object", ""),
    ("kind: linear\nend: 1\nend: 2", "json.duplicate_key", "end"),
    ("kind: linear\nend: .nan", "number.not_finite", "end"),
    ("kind: linear\nend: -.inf", "number.not_finite", "end"),
    ("kind: linear\nend: 1e400", "number.not_finite", "end"),
    ("kind: linear\nend: 1e-400", "number.underflow", "end"),
    ("kind: linear\nend: 010", "yaml.number", "end"),
    ("kind: linear\nend: 0x10", "type.number", "end"),
    ("kind: linear\nend: 1_000", "type.number", "end"),
    ("kind: linear\nend: 1:30", "type.number", "end"),
    ("kind: linear\nend: yes", "type.number", "end"),
    ("kind: linear\nend: true", "type.bool", "end"),
    ("kind: linear\nend:", "type.null", "end"),
    ("kind: linear\nend: !!python/object/apply:os.system ['x']", "yaml.tag", "end"),
    ("kind: linear\nend: !!float 1", "yaml.tag", "end"),
    ("kind: linear\nstart: &a 1\nend: *a", "yaml.alias", "end"),
    ("a: &a [1]\nb: &b [*a, *a]\n", "yaml.alias", "b[1]"),
    ("? [1]\n: 2", "type.key", ""),
    ("[" * 65, "spec.too_deep", ""),
    ("[" * 1_000_000, "spec.too_deep", ""),
    ("[" + "1," * 200_001 + "]", "spec.too_large", ""),
]


def label(value: object) -> str:
    return repr(value)[:40]


def refusal(source: object) -> SpecError:
    with pytest.raises(SpecError) as caught:
        load(source)  # type: ignore[arg-type]
    assert len(str(caught.value)) < 2000
    return caught.value


@pytest.mark.parametrize(("text", "code", "path"), JSON_FAULTS, ids=label)
def test_a_faulty_json_text_has_its_code_and_path(text: str, code: str, path: str) -> None:
    error = refusal(text)
    assert (error.code, error.path) == (code, path)


@pytest.mark.parametrize(("text", "hint"), HINTS, ids=label)
def test_a_syntax_error_says_where_and_what_to_do(text: str, hint: str) -> None:
    error = refusal(text)
    assert error.code == "json.syntax"
    assert "line" in str(error)
    assert hint in str(error)


def test_a_duplicate_key_names_both_positions() -> None:
    assert "items 2 and 4" in str(refusal('{"kind": "linear", "end": 1, "start": 3, "end": 2}'))


@pytest.mark.parametrize("depth", [65, 66, 200, 1000, 100_000, 1_000_000])
@pytest.mark.parametrize("opener", ["[", '{"a":', '[{"a": '])
def test_a_text_too_deep_is_refused_before_it_is_parsed(depth: int, opener: str) -> None:
    error = refusal('{"kind": "sequence", "parts": ' + opener * min(depth, 3_000_000 // len(opener)))
    assert error.code == "spec.too_deep"
    assert error.path.startswith("parts")


def test_brackets_in_texts_are_not_depth() -> None:
    assert load({"kind": "constant", "value": 1}).to_json() == load('{"kind": "constant", "value": 1}').to_json()
    assert refusal(json.dumps({"name": "[" * 1000 + '\\"{{' * 100})).code == "field.missing"


@pytest.mark.parametrize(
    "text", ['"' + '\\"' * 1_000_000, '{"a": "' + '\\"' * 1_000_000 + "\\", '{"' + "\\" * 1_999_999]
)
def test_an_endless_text_is_refused_at_once(text: str) -> None:
    assert refusal(text).code == "json.syntax"


@pytest.mark.parametrize(("text", "code", "path"), TOML_FAULTS, ids=label)
def test_a_faulty_toml_text_has_its_code_and_path(text: str, code: str, path: str, tmp_path: object) -> None:
    error = refusal(_file(tmp_path, "a.toml", text))
    assert (error.code, error.path) == (code, path)


@pytest.mark.parametrize(("text", "code", "path"), YAML_FAULTS, ids=label)
def test_a_faulty_yaml_text_has_its_code_and_path(text: str, code: str, path: str, tmp_path: object) -> None:
    error = refusal(_file(tmp_path, "a.yaml", text))
    assert (error.code, error.path) == (code, path)


def _file(folder: object, name: str, text: str) -> str:
    path = f"{folder}/{name}"
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(text)
    return path
