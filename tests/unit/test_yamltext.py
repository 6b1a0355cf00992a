"""Presets in YAML."""

import sys
from pathlib import Path
from typing import Any

import pytest

from gamesaves.disk.jsonplaces import Place, Wanted
from gamesaves.disk.yamltext import parse_yaml, places
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


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("a: 1\n\tb: 2\n", 2, 1, "indented with spaces, not with a tab"),
        ("a: b: c\n", 1, 5, "a text with a colon in it stands in quotes"),
        ("a: 1\nb\nc: 2\n", 3, 1, "a colon and a space are missing behind the key"),
        ('a: "x\n', 2, 1, "a quotation mark is never closed"),
        ("a: 1\n  b: 2\n c: 3\n", 2, 4, "a text with a colon"),
        ("a:\n  b: 1\n   c: 2\n", 3, 5, "a text with a colon"),
        ("- 1\n - 2\n- 3\nb: 1\n", 4, 1, "not YAML"),
        ("a: 2026-11-21\n", 1, 4, 'a date stands in quotes: "2026-11-21"'),
        ("a:\n- 1\n- !!binary aGk=\n", 3, 3, "JSON has no place for this"),
        ("a: 1\nb: 2\na: 3\n", 3, 1, "the key 'a' is there twice: in line 1, too"),
    ],
)
def test_what_is_wrong_is_told_in_plain_words(text: str, line: int, column: int, message: str) -> None:
    with pytest.raises(InvalidDocument) as caught:
        parse_yaml(text.encode(), PATH)
    mistake = caught.value.mistakes[0]
    assert (mistake.line, mistake.column) == (line, column)
    assert message in mistake.message
    assert mistake.hint
    assert mistake.source == [*text.splitlines(), ""][line - 1]


@pytest.mark.parametrize(
    ("where", "of_key", "line", "column"),
    [
        ((), False, 1, 1),
        (("name",), False, 1, 7),
        (("name",), True, 1, 1),
        (("bag", 1, "weight"), False, 4, 14),
        (("bag", 1, "weight"), True, 4, 5),
        (("bag", 7), False, 3, 3),
        (("name", "deeper"), False, 1, 7),
        (("gone",), True, 1, 1),
    ],
)
def test_the_place_of_a_value_is_found(where: tuple[str | int, ...], of_key: bool, line: int, column: int) -> None:
    data = b"name: Kara\nbag:\n  - {x: 1}\n  - weight:  5\n"
    (found,) = places(data, [Wanted(where, of_key)], PATH)
    assert found == Place(line, column)
    assert found.source == data.decode().splitlines()[line - 1]


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


@pytest.mark.no_cover
def test_what_is_nested_without_end_is_refused() -> None:
    with pytest.raises(InvalidDocument):
        parse_yaml(b"[" * 5000, PATH)


def test_without_the_package_the_error_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "yaml", None)
    with pytest.raises(MissingExtra) as caught:
        parse_yaml(b"a: 1", PATH)
    assert caught.value.hint == "Install it: pip install 'gamesaves[yaml]'"
    assert caught.value.path == str(PATH)
