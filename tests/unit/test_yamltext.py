"""Presets in YAML."""

import sys
from pathlib import Path
from typing import Any

import pytest

from gamesaves.disk.yamltext import parse_yaml
from gamesaves.errors import InvalidDocument, MissingExtra

PATH = Path("presets/characters/kara.yaml")


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("name: Kara\nhp: 10\ntags: [a, b]\n", {"name": "Kara", "hp": 10, "tags": ["a", "b"]}),
        ("- 1\n- 1.5\n- true\n- null\n", [1, 1.5, True, None]),
        ("", None),
        ("Ægir", "Ægir"),
    ],
)
def test_yaml_is_read_as_the_json_it_stands_for(text: str, value: Any) -> None:
    assert parse_yaml(text.encode(), PATH) == value


def test_a_byte_order_mark_says_how_it_is_encoded() -> None:
    assert parse_yaml("name: Ægir".encode("utf-16"), PATH) == {"name": "Ægir"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("a: [1, 2\nb: 3\n", 2, 2),
        ("a: b: c\n", 1, 5),
        ("a: 1\n\tb: 2\n", 2, 1),
        ('a: "x\n', 2, 1),
        ("a: !!python/object:os.system {}\n", 1, 4),
        ("a: *nobody\n", 1, 4),
    ],
)
def test_what_is_no_yaml_is_refused_where_it_goes_wrong(text: str, line: int, column: int) -> None:
    with pytest.raises(InvalidDocument, match="the text is not YAML") as caught:
        parse_yaml(text.encode(), PATH)
    assert (caught.value.path, caught.value.line, caught.value.column) == (str(PATH), line, column)


def test_characters_that_yaml_forbids_are_refused() -> None:
    with pytest.raises(InvalidDocument, match="the text is not YAML") as caught:
        parse_yaml(b"a: \x00", PATH)
    assert caught.value.path == str(PATH)


@pytest.mark.parametrize(
    "text",
    [
        *("at: 2026-11-21\n", "a: !!set {x}\n", "a: .nan\n", "a: .inf\n", "a: !!binary aGk=\n"),
        *("a: 9223372036854775808\n", "a: " + "[" * 70 + "]" * 70, "a: &a [*a]\n"),
        *('"\\ud800": 1\n', "? [a, b]\n: 1\n", "? {a: b}\n: 1\n"),
    ],
)
def test_what_json_has_no_place_for_is_refused_with_the_file(text: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse_yaml(text.encode(), PATH)
    assert caught.value.path == str(PATH)


def test_what_is_named_once_may_be_referred_to() -> None:
    assert parse_yaml(b"a: &a {hp: 1}\nb: *a\n", PATH) == {"a": {"hp": 1}, "b": {"hp": 1}}


@pytest.mark.parametrize(
    "text",
    [
        "a0: &a0 [x]\n" + "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]\n" for n in range(1, 30)),
        "a: &a " + "x" * 100_000 + "\nb: [" + "*a, " * 1000 + "]\n",
    ],
    ids=["names of names", "a long text"],
)
def test_a_short_text_that_stands_for_a_huge_one_is_refused(text: str) -> None:
    with pytest.raises(InvalidDocument, match="larger than a document may be"):
        parse_yaml(text.encode(), PATH)


def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(InvalidDocument):
        parse_yaml(b"[" * 5000, PATH)


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingExtra) as caught:
        parse_yaml(b"a: 1", PATH)
    assert caught.value.hint == "Install it: pip install 'gamesaves[yaml]'"
    assert caught.value.path == str(PATH)
