"""JSON text on disk: its limits, its places, its one form."""

import codecs
import json
import math
import tracemalloc
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gamesaves.disk import jsonplaces, jsontext, jsontokens
from gamesaves.disk.jsonplaces import Wanted
from gamesaves.errors import InvalidDocument
from gamesaves.rules.patch import Json, JsonPath, same
from tests.unit.trees import trees, values

PATH = Path("characters/pc.kara.json")


def refusal(text: str | bytes) -> InvalidDocument:
    data = text.encode() if isinstance(text, str) else text
    with pytest.raises(InvalidDocument) as caught:
        jsontext.parse(data, PATH)
    assert caught.value.path == str(PATH)
    return caught.value


def problem_of(data: bytes) -> InvalidDocument | None:
    try:
        jsontext.parse(data, PATH)
    except InvalidDocument as error:
        return error
    return None


def nested(depth: int) -> str:
    return '{"a":' * (depth - 1) + "{}" + "}" * (depth - 1)


# Reading and writing


@given(trees)
def test_what_is_written_is_read_again(tree: Json) -> None:
    data = jsontext.encode(tree)
    assert same(jsontext.parse(data, PATH), tree)
    assert data.endswith(b"}\n")
    line = jsontext.encode_line(tree)
    assert b"\n" not in line
    assert same(jsontext.parse(line, PATH), tree)


@given(values)
def test_a_value_of_any_kind_is_read_where_that_is_asked_for(value: Json) -> None:
    assert same(jsontext.parse_value(json.dumps(value).encode(), PATH), value)


def test_a_document_is_indented_by_two_spaces_and_keeps_letters_as_they_are() -> None:
    assert jsontext.encode({"name": "Ægir 李", "bag": {"gold": 1}}) == (
        '{\n  "name": "Ægir 李",\n  "bag": {\n    "gold": 1\n  }\n}\n'.encode()
    )


@pytest.mark.parametrize("value", ["\ud800", "a\udfff", math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("encode", [jsontext.encode, jsontext.encode_line])
def test_what_has_no_place_in_json_is_not_written(encode: Callable[[Json], bytes], value: Json) -> None:
    for tree in ({"a": value}, {"a": [{"b": value}]}):
        with pytest.raises(InvalidDocument, match="cannot be written as JSON"):
            encode(tree)


@pytest.mark.parametrize("text", ["NaN", "Infinity", "-Infinity: NaN"])
def test_words_that_look_like_numbers_are_written_as_words(text: str) -> None:
    assert jsontext.parse(jsontext.encode({text: text}), PATH) == {text: text}


def test_a_value_that_json_does_not_know_is_not_written_on_a_line() -> None:
    with pytest.raises(InvalidDocument):
        jsontext.encode_line({"a": object()})


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be"])
def test_a_byte_order_mark_says_how_the_text_is_encoded(mark: str) -> None:
    marks = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
    marks |= {"utf-32-le": codecs.BOM_UTF32_LE, "utf-32-be": codecs.BOM_UTF32_BE}
    data = marks.get(mark, b"") + '{"name": "Ægir 李 😀"}'.encode(mark)
    assert jsontext.parse(data, PATH) == {"name": "Ægir 李 😀"}


def test_the_end_of_the_ranges_is_within_the_limits() -> None:
    text = '{"a": 9223372036854775807, "b": -9223372036854775808, "c": 1e308, "d": -0, "e": 1E-400}'
    tree = jsontext.parse(text.encode(), PATH)
    assert tree == {"a": 2**63 - 1, "b": -(2**63), "c": 1e308, "d": 0, "e": 0.0}
    assert jsontext.parse(nested(64).encode(), PATH)
    assert jsontext.parse(b'{"a": "' + b"[" * 100_000 + b'"}', PATH)
    assert jsontext.parse(b'{"a": "\\ud83d\\ude00"}', PATH) == {"a": "😀"}


# Refusals, each with its place


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("", 1, 1, "the file is empty"),
        ("  \n ", 1, 1, "the file is empty"),
        ("\0\0\0", 1, 1, "nothing in the file but zero bytes"),
        ("[1, 2]", 1, 1, "a document is a JSON object, in braces"),
        ("\n null", 2, 2, "a document is a JSON object"),
        ('{"a": 1} x', 1, 10, "there is more text"),
        ('{"a": 1}\n{"b": 2}', 2, 1, "there is more text"),
        ('{"a": 1}}', 1, 9, "a } too many"),
        ('"a": 1}', 1, 1, "the { at the beginning is missing"),
        ('{"a": 1', 1, 8, "a } is missing: the text ends, and the { in line 1 is still open"),
        ('{"a": [1, 2', 1, 12, "a ] is missing: the text ends, and the [ in line 1 is still open"),
        ('{\n "a": {\n  "b": 1\n\n "c": 2\n}\n', 3, 9, "a } is missing here: the { in line 2 is still open"),
        ('{\n "a": {\n  "b": 1\n}\n', 3, 9, "a } is missing here: the { in line 2 is still open"),
        ('{"a": [1, 2}', 1, 12, "a ] is missing before this }: the [ in line 1 is still open"),
        ('{"a": 1]', 1, 8, "a } is missing before this ]: the { in line 1 is still open"),
        ('{\n  "a": 1\n  "b": 2\n}', 2, 9, "a comma is missing here"),
        ('{"a": [1 2]}', 1, 9, "a comma is missing here"),
        ('{"a": 1 {"b": 2}}', 1, 8, "a comma is missing here"),
        ('{"a": 1 * 2}', 1, 9, "a comma or '}' is expected here, not '*'"),
        ('{\n  "a": 1,\n}', 2, 9, "a comma stands before '}': take it away"),
        ('{"a": [1, ]}', 1, 9, "a comma stands before ']': take it away"),
        ('{"a": 1,, "b": 2}', 1, 9, "a comma too many"),
        ('{"a": 1; "b": 2}', 1, 8, "a comma is expected here, not ;"),
        ('{"a": 1,5}', 1, 8, "a number has no comma within"),
        ("{a: 1}", 1, 2, 'a key stands in double quotes: "a"'),
        ("{'a': 1}", 1, 2, "a text stands in straight double quotes, \", not in '"),
        ('{"a": “x”}', 1, 7, "not in “"),
        ('{"a": "x”}', 1, 9, 'ends with a straight double quote, ", not with ”'),
        ('{"a": "x”,\n"b": 1}', 1, 9, "not with ”"),
        ('{"a”: "x"}', 1, 4, "not with ”"),
        ("{'a: 1}", 1, 2, "not in '"),
        ("{'a\n': 1}", 1, 2, "not in '"),
        ("{", 1, 2, "a } is missing: the text ends"),
        ("{,}", 1, 2, "a key in double quotes is expected here, not ','"),
        ('{"a" 1}', 1, 5, "a colon is missing behind the key 'a'"),
        ('{"a" = 1}', 1, 6, "a colon stands behind the key 'a', not '='"),
        ('{"a", "b": 1}', 1, 5, "the key 'a' has no value"),
        ('{"a": }', 1, 7, "a value is expected here, not '}'"),
        ('{"a": :}', 1, 7, "a value is expected here, not ':'"),
        ('{"a":', 1, 6, "a value is expected here, but the text ends"),
        ('{"a": yes}', 1, 7, "yes is not JSON: write true, in small letters"),
        ('{"a": True}', 1, 7, "True is not JSON: write true"),
        ('{"a": truer}', 1, 7, 'a text stands in double quotes: "truer"'),
        ('{"a": Kara Storm}', 1, 7, 'a text stands in double quotes: "Kara Storm"'),
        ('{"a": ' + "x" * 40 + "}", 1, 7, '"' + "x" * 29 + '…"'),
        ('{"a": 01}', 1, 7, "01 is no number as JSON writes them"),
        ('{"a": +1}', 1, 7, "+1 is no number"),
        ('{"a": -}', 1, 7, "- is no number"),
        ('{"a": .5}', 1, 7, ".5 is no number"),
        ('{"a": "x', 1, 7, 'the double quote " at the end of this text is missing'),
        ('{"a": "x,\n "b": 1}', 1, 7, "at the end of this text is missing"),
        ('{"a": "x\ny\nz"}', 1, 9, "write \\n for a new line"),
        ('{"a": "x\ty"}', 1, 9, "a tab is written \\t within a text"),
        ('{"a": "x\x07y"}', 1, 9, "the character 0007 has no place within a text"),
        ('{"a": "\\x"}', 1, 8, "a backslash within a text is written twice"),
        ('{"a": "\\u12"}', 1, 8, "\\u is followed by four digits"),
        ('{"a": "the "b" c"}', 1, 12, 'a double quote within a text is written \\"'),
        ('{"a": "the "b c}', 1, 13, "a comma is missing"),
        ('{\n "a": 1, // why\n "b": 2}', 2, 10, "JSON has no comments"),
        ('{"a": 1 /* why */}', 1, 9, "JSON has no comments"),
        ('# why\n{"a": 1}', 1, 1, "JSON has no comments"),
        ('{"a": 1} // why', 1, 10, "JSON has no comments"),
        ('{"a":\u00a01}', 1, 6, "cannot be seen (no-break space)"),
        ("{\x00}", 1, 1, "UTF-16 without the mark"),
        ('\ufeff\ufeff{"a": 1}', 1, 1, "cannot be seen (zero width no-break space)"),
        ("name: Kara\n", 1, 1, "this looks like YAML"),
        ("# why\n---\n", 1, 1, "this looks like YAML"),
        ("{\\rtf1 x}", 1, 1, "a word processor"),
        ("<html>", 1, 1, "a web page"),
        ("```json\n{}\n```", 1, 1, "a chat"),
        ('{\n<<<<<<< ours\n"a": 1\n=======\n"a": 2\n>>>>>>> theirs\n}', 2, 1, "two versions of the file disagree"),
    ],
)
def test_what_is_not_json_is_refused_where_it_goes_wrong(text: str, line: int, column: int, message: str) -> None:
    error = refusal(text)
    assert (error.line, error.column) == (line, column)
    assert message in error.message
    assert error.hint


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ('{\n "a": NaN}', 2, 7, "NaN is not JSON: write a number, or null"),
        ('{"a": [Infinity]}', 1, 8, "Infinity is not JSON"),
        ('{"a": -Infinity}', 1, 7, "-Infinity is not JSON"),
        ('{"a": 1e400}', 1, 7, "1e400 is too large for a number"),
        ('{"a": [0, -1.0e999]}', 1, 11, "-1.0e999 is too large"),
        ('{"a": 9223372036854775808}', 1, 7, "does not fit in 64 bits"),
        ('{"a": -9223372036854775809}', 1, 7, "does not fit in 64 bits"),
        pytest.param('{\n\n  "a": ' + "7" * 5000 + "}", 3, 8, "does not fit in 64 bits", id="5,000 digits"),
        ('{"a": 1, "b": 2,\n "a": 3}', 2, 2, "the key 'a' is there twice"),
        ('{"x": [{"a": 1, "\\u0061": 2}]}', 1, 17, "the key 'a' is there twice"),
        ('{"a": "\\ud800"}', 1, 7, "half a surrogate pair (\\ud800)"),
        ('{"a": "ok", "\\udc00": 1}', 1, 13, "half a surrogate pair (\\udc00)"),
        pytest.param(nested(65), 1, 5 * 64 + 1, "nested deeper than 64 levels", id="65 deep"),
        pytest.param(nested(70), 1, 5 * 64 + 1, "nested deeper than 64 levels", id="70 deep"),
        pytest.param("[" * 65 + "]" * 65, 1, 65, "nested deeper than 64 levels", id="65 arrays"),
        pytest.param('{"a":\n' + "[" * 100_000, 2, 64, "nested deeper than 64 levels", id="100,000 arrays"),
        pytest.param(nested(100_000), 1, 5 * 64 + 1, "nested deeper than 64 levels", id="100,000 objects"),
    ],
)
def test_the_limits_of_the_format_are_refused_where_they_are_broken(
    text: str, line: int, column: int, message: str
) -> None:
    error = refusal(text)
    assert (error.line, error.column) == (line, column)
    assert message in error.message


def test_all_that_goes_wrong_is_told_in_the_order_of_the_text() -> None:
    error = refusal("{\n  'a': True, // why\n  b: [1 2,],\n  \"c\": 01\n}")
    places = [(one.line, one.column) for one in error.mistakes]
    assert places == [(2, 3), (2, 8), (2, 14), (3, 3), (3, 8), (3, 10), (4, 8)]
    assert (error.line, error.column) == places[0]
    assert error.message == f"{error.mistakes[0].message} (and 6 more)"
    assert error.mistakes[2].source == "  'a': True, // why"
    assert all(one.hint and one.pointer is None for one in error.mistakes)
    assert [str(one) for one in error.as_problems()] == [
        f"{PATH}:{one.line}:{one.column}: {one.message}" for one in error.mistakes
    ]


def test_of_very_many_faults_the_first_are_told() -> None:
    assert len(refusal('{"a": [' + "True, " * 1000 + "1]}").mistakes) == jsontokens.MOST_FAULTS


def test_a_very_long_line_is_not_carried_along() -> None:
    (mistake,) = refusal('{"a": "' + "x" * 1000 + '",}').mistakes
    assert mistake.source is None
    (mistake,) = refusal('{"a": "' + "x" * 900 + '",}\r\n').mistakes
    assert mistake.source == '{"a": "' + "x" * 900 + '",}'


def test_behind_what_makes_no_sense_nothing_is_guessed() -> None:
    (mistake,) = refusal('{"a": 1 * 2, b: True}').mistakes
    assert mistake.column == 9


@pytest.mark.parametrize(
    ("data", "line", "column", "encoding"),
    [
        (b'{"a":\n "\xff"}', 2, 3, "UTF-8"),
        ('{"Æ": "x'.encode() + b"\xc3", 1, 9, "UTF-8"),
        (b'{"a": "\xed\xa0\x80"}', 1, 8, "UTF-8"),
        (codecs.BOM_UTF16_LE + '{"a":\n1'.encode("utf-16-le") + b"\x00\xd8\x00\x00", 2, 2, "UTF-16-LE"),
        (codecs.BOM_UTF16_BE + b"\x00{\x00", 1, 2, "UTF-16-BE"),
    ],
)
def test_bytes_that_are_no_text_are_refused_where_they_begin(
    data: bytes, line: int, column: int, encoding: str
) -> None:
    error = refusal(data)
    assert (error.line, error.column) == (line, column)
    assert error.message.startswith(f"the bytes are not {encoding} text")


def test_a_letter_of_another_encoding_is_shown() -> None:
    error = refusal('{"name": "Zoë"}'.encode("cp1252"))
    assert (error.line, error.column) == (1, 13)
    assert error.message == "the bytes are not UTF-8 text; one is an 'ë' of another encoding"
    assert error.mistakes[0].source == '{"name": "Zo\ufffd"}'


def test_a_document_has_64_mebibytes_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    assert jsontext.MAX_BYTES == 64 * 1024 * 1024
    error = refusal(b"{" + b" " * jsontext.MAX_BYTES + b"}")
    assert "67,108,866 bytes; 67,108,864 are the most" in error.message
    monkeypatch.setattr(jsontext, "MAX_BYTES", 10)
    assert jsontext.parse(b'{"a": 123}', PATH) == {"a": 123}
    refusal(b'{"a": 1234}')


def test_a_long_text_is_looked_through_without_memory_for_each_character() -> None:
    text = '{"a":"' + "x" * 2_000_000 + '","b":' + nested(64) + "}"
    tracemalloc.start()
    try:
        error = refusal(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert "nested deeper" in error.message
    assert peak < 10 * len(text)


@pytest.mark.no_cover
def test_a_fault_in_a_long_text_is_found_without_memory_for_each_value() -> None:
    text = '{"a": [' + "0, " * 30_000 + "x]}"
    tracemalloc.start()
    try:
        error = refusal(text)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert error.column == len(text) - 2
    assert peak < 10 * len(text)


@pytest.mark.parametrize(
    "text",
    [
        '{"a": "' + " " * 500_000,
        '{"a": "' + "\n" * 100_000,
        '{"a": "' + "x\r\n" * 50_000 + "”",
        '{"a": "x"' + 'b"' * 200_000,
        '{"a": "x"' + "b”" * 200_000,
        "# x\n" * 50_000 + "{",
        "{'a': '" + "' " * 100_000,
        "{" + "a: 1 " * 50_000,
    ],
    ids=range(8),
)
def test_a_long_text_that_goes_wrong_early_is_looked_through_in_a_moment(text: str) -> None:
    """Each would take minutes, were it looked through again at every line or quotation mark."""
    assert refusal(text).mistakes


@given(st.text('{}[]":,\\ \n0123456789eE+-.tfnaulrsNI"x\'“”#/', max_size=14))
def test_the_scanner_refuses_what_the_parser_refuses(text: str) -> None:
    """The one that says where must be no more lenient, and no stricter, than the one that says no."""
    faults = jsonplaces.faults_in(text)
    offsets = [fault.offset for fault in faults]
    assert offsets == sorted(offsets)
    assert all(0 <= offset <= len(text) for offset in offsets)
    assert len({(fault.offset, fault.message) for fault in faults}) == len(faults), "nothing is told twice"
    try:
        jsontext.parse_value(text.encode(), PATH)
    except InvalidDocument:
        assert faults
    else:
        assert not faults


@given(trees, st.integers(0, 200), st.text('{}[]":,\\ \n01eE-.tn', max_size=2))
def test_a_mutated_document_is_read_or_refused_with_a_place(tree: Json, at: int, put_in: str) -> None:
    text = json.dumps(tree)
    data = (text[:at] + put_in + text[at + 1 :]).encode()
    error = problem_of(data)
    if error is not None:
        assert error.line is not None
        assert error.column is not None
        assert 1 <= error.line <= 1 + put_in.count("\n")
        assert 1 <= error.column <= len(data) + 1


@given(st.binary(max_size=40))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for mark in (b"", codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF32_BE):
        error = problem_of(mark + data)
        assert error is None or error.line


# Places


@given(trees)
def test_every_value_is_found_at_its_place(tree: Json) -> None:
    text = json.dumps(tree, indent=1)
    decoder = json.JSONDecoder()

    def look(value: Json, path: JsonPath) -> None:
        assert same(decoder.raw_decode(text, jsonplaces.offsets_of(text, [Wanted(path)])[0])[0], value)
        if isinstance(value, dict):
            for key, inner in value.items():
                look(inner, (*path, key))
        elif isinstance(value, list):
            for index, inner in enumerate(value):
                look(inner, (*path, index))

    look(tree, ())


@pytest.mark.parametrize(
    ("where", "line", "column"),
    [
        ((), 1, 1),
        (("hp",), 2, 9),
        (("bag",), 3, 10),
        (("bag", 1), 3, 16),
        (("bag", 1, "deep"), 3, 16),
        (("bag", 7), 3, 10),
        (("gone", "too"), 1, 1),
    ],
)
def test_the_place_of_a_value_or_of_what_is_around_it_is_found(where: JsonPath, line: int, column: int) -> None:
    data = '{\n  "hp": 10,\n  "bag": ["Æ", {"a": 1}]\n}'.encode()
    place = jsontext.place(data, where, PATH)
    assert place == jsonplaces.Place(line, column)
    assert place.source == data.decode().splitlines()[line - 1]


def test_the_places_of_several_values_and_keys_are_found_at_once() -> None:
    data = b'{\n  "hp": 10,\n  "bag": {"hp": 1}\n}'
    wanted = [(("hp",), True), (("bag",), True), (("bag", "hp"), True), (("bag", "x"), True), (("bag", "hp"), False)]
    found = jsontext.places(data, [Wanted(*one) for one in wanted], PATH)
    assert found == [jsonplaces.Place(*one) for one in ((2, 3), (3, 3), (3, 11), (3, 10), (3, 17))]


# What may be stored


@given(trees)
def test_trees_of_json_may_be_stored(tree: Json) -> None:
    jsontext.require_storable(tree)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        (2**63, "64 bits; 64 are the most"),
        (-(2**63) - 1, "64 are the most"),
        pytest.param(10**4999, "64 are the most", id="5,000 digits"),
        (math.nan, "nan is no number"),
        (-math.inf, "-inf is no number"),
        ({1: 2}, "the keys of an object are strings"),
        ((1, 2), "tuple has no place in JSON"),
        ({1, 2}, "set has no place"),
        (b"x", "bytes has no place"),
        pytest.param(json.loads(nested(64)), "nested deeper than 64 levels", id="deep"),
    ],
)
def test_what_would_not_be_read_again_may_not_be_stored(value: Json, message: str) -> None:
    for tree in ({"a": value}, {"a": [value]}):
        with pytest.raises(InvalidDocument, match=message):
            jsontext.require_storable(tree)


def test_what_is_put_deep_into_a_document_counts_from_where_it_will_stand() -> None:
    jsontext.require_storable(json.loads(nested(4)), 61)
    with pytest.raises(InvalidDocument, match="nested deeper"):
        jsontext.require_storable(json.loads(nested(4)), 62)


def test_of_a_damaged_document_the_members_that_are_whole_are_read() -> None:
    tree = {"name": "Kara", "hp": 3, "bag": {"gold": [1, 2]}, "mood": "grim", "end": None}
    data = jsontext.encode(tree)
    assert jsontext.readable(data) == tree
    assert jsontext.readable(data[:40]) == {"name": "Kara", "hp": 3}
    assert jsontext.readable(data[20:]) == {"hp": 3, "bag": {"gold": [1, 2]}, "mood": "grim", "end": None}
    assert jsontext.readable(b"") == {}


@pytest.mark.parametrize(
    "member",
    [
        b'  "hp": 1e999,',
        b'  "hp": {"a": 1, "a": 2},',
        b'  "hp": "\\ud800",',
        b'  "hp": "a\xff",',
        b'  "h\x01p": 1,',
        b'  "hp": 1,\n  "hp": 2,',
        b'  "hp": ' + b"[" * 70 + b"]" * 70 + b",",
        b'  "hp": ,',
    ],
)
def test_a_member_that_nobody_can_vouch_for_is_left_out(member: bytes) -> None:
    data = b'{\n  "name": "Kara",\n' + member + b'\n  "mood": "grim"\n}\n'
    assert jsontext.readable(data) == {"name": "Kara", "mood": "grim"}
