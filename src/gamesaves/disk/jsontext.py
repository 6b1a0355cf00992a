"""JSON text on disk: read with its limits and places, written in one form.

Sources: RFC 8259 for the syntax; the limits (depth, integers of 64 bits, no duplicate keys, finite numbers) are those
of the on-disk format.
"""

import codecs
import json
import math
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from gamesaves.disk import jsonplaces
from gamesaves.disk.jsonplaces import Wanted
from gamesaves.disk.jsontokens import INT_MAX, INT_MIN, MAX_DEPTH, TextFault
from gamesaves.errors import InvalidDocument, Mistake
from gamesaves.rules.patch import JsonPath

Tree = dict[str, Any]
"""A JSON object."""

MAX_BYTES = 64 << 20

MEND = "Mend the text there, in a text editor."

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
# Possessive, as a way back for each character would take gigabytes for a large document.
_BRACKETS = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*+"?|[\[\]{}]', re.DOTALL)


class _Refused(ValueError):
    """A value that the format does not allow; the scanner then says which and where."""


def decode(data: bytes, path: Path | str) -> str:
    """Decode the bytes of a text file: UTF-8, or what its byte order mark says (Notepad writes UTF-16).

    Raises:
        InvalidDocument: the bytes are no text.
    """
    encoding = "utf-8"
    for mark, name in _MARKS:
        if data.startswith(mark):
            data, encoding = data[len(mark) :], name
            break
    try:
        return data.decode(encoding)
    except UnicodeDecodeError as error:
        offset = len(data[: error.start].decode(encoding, errors="replace"))
        meant = data[error.start : error.start + 1].decode("cp1252", errors="ignore") if encoding == "utf-8" else ""
        words = f"; one is an {meant!r} of another encoding" if meant.isalpha() else ""
        message = f"the bytes are not {encoding.upper()} text{words}"
        mistake = mistake_at(jsonplaces.place_of(data.decode(encoding, errors="replace"), offset), message)
        raise InvalidDocument.of([mistake], path, hint="Save the file as UTF-8.") from error


def parse(data: bytes, path: Path | str) -> Tree:
    """Read a document.

    Raises:
        InvalidDocument: with line and column, where the bytes are not a JSON object within the format's limits.
    """
    tree = parse_value(data, path)
    if not isinstance(tree, dict):
        mistake = mistake_at(place(data, (), path), "a document is a JSON object, in braces")
        raise InvalidDocument.of([mistake], path, hint="The first character is { and the last is }.")
    return tree


def parse_value(data: bytes, path: Path | str) -> Any:
    """Read a JSON value of any kind.

    Raises:
        InvalidDocument: with line and column, where the bytes are not JSON within the format's limits.
    """
    if len(data) > MAX_BYTES:
        raise InvalidDocument(
            f"the file has {len(data):,} bytes; {MAX_BYTES:,} are the most a document may have", path=path
        )
    text = decode(data, path)
    try:
        if _depth(text) > MAX_DEPTH:
            raise _Refused
        value = json.loads(
            text,
            object_pairs_hook=_object,
            parse_int=_integer,
            parse_float=_finite,
            parse_constant=_constant,
        )
        if "\\u" in text:
            json.dumps(value, ensure_ascii=False).encode()
        return value
    except (ValueError, RecursionError):
        _explain(text, path)


def readable(data: bytes) -> Tree:
    """Return the members of a damaged document that can still be read, as it was written: one begins on a line.

    A member that is cut, or whose value is not JSON within the format's limits, is left out, as is one that is there
    twice: nobody knows which of the two it was.
    """
    text = data.decode(errors="replace")
    found: Tree = {}
    twice: set[str] = set()
    for match in _MEMBER.finditer(text):
        try:
            name, value = json.loads(match[1]), _STRICT.raw_decode(text, match.end())[0]
            require_storable(value, 2)
            json.dumps([name, value], ensure_ascii=False).encode()
        except (ValueError, RecursionError, InvalidDocument):
            continue
        twice |= {name} & found.keys()
        found[name] = value
    return {name: value for name, value in found.items() if name not in twice and "\ufffd" not in f"{name}{value}"}


def parse_written(data: bytes) -> Any:
    """Read JSON that a hash vouches for, which is fast; what could not be written again is refused all the same.

    Raises:
        ValueError: the bytes are not JSON in UTF-8, or hold half a surrogate pair, NaN or Infinity.
    """
    text = data.decode()
    value = _WRITTEN.decode(text)
    if "\\u" in text:
        json.dumps(value, ensure_ascii=False).encode()
    return value


def encode(tree: Tree) -> bytes:
    """Write a document: two spaces of indent, UTF-8, one final newline.

    Raises:
        InvalidDocument: a value has no place in JSON (half a surrogate pair, a number that is not finite).
    """
    from pydantic_core import PydanticSerializationError, to_json

    try:
        data = to_json(tree, indent=2)
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise InvalidDocument(f"this cannot be written as JSON: {error}") from error
    if b"NaN" in data or b"Infinity" in data:
        encode_line(tree)  # it refuses them where they are numbers, and not part of a text
    return data + b"\n"


def encode_line(tree: Tree) -> bytes:
    """Write an object on one line, without a newline.

    Raises:
        InvalidDocument: a value has no place in JSON.
    """
    try:
        return _LINE.encode(tree).encode()
    except (ValueError, TypeError) as error:
        raise InvalidDocument(f"this cannot be written as JSON: {error}") from error


def require_storable(value: Any, depth: int = 1) -> None:
    """Refuse a value that this module would not read again.

    Args:
        depth: the level of nesting at which the value will stand, 1 for a document.

    Raises:
        InvalidDocument: what is wrong with it.
    """
    kind = type(value)
    if kind is dict or kind is list:
        if depth > MAX_DEPTH:
            raise InvalidDocument(f"nested deeper than {MAX_DEPTH} levels")
        for one in value if kind is list else value.values():
            require_storable(one, depth + 1)
        if kind is dict and not all(type(key) is str for key in value):
            raise InvalidDocument("the keys of an object are strings")
    elif kind is int:
        if not INT_MIN <= value <= INT_MAX:
            raise InvalidDocument(f"a whole number of {value.bit_length()} bits; 64 are the most")
    elif kind is float:
        if not math.isfinite(value):
            raise InvalidDocument(f"{value} is no number that JSON can hold")
    elif kind is not str and kind is not bool and value is not None:
        raise InvalidDocument(f"{kind.__name__} has no place in JSON")


def require_room(name: str, size: int) -> None:
    """Refuse a document with more bytes than this module would read again.

    Raises:
        InvalidDocument: it has `size` bytes, and that is too many.
    """
    if size > MAX_BYTES:
        text = f"{name}: it would have {size:,} bytes; {MAX_BYTES:,} are the most a document may have"
        raise InvalidDocument(text, hint="Spread it over several documents.")


def places(data: bytes, wanted: Sequence[Wanted], path: Path | str) -> list[jsonplaces.Place]:
    """Return the places in a document of what is wanted, or of the nearest object or array around it."""
    text = decode(data, path)
    return [jsonplaces.place_of(text, offset) for offset in jsonplaces.offsets_of(text, wanted)]


def place(data: bytes, where: JsonPath, path: Path | str) -> jsonplaces.Place:
    """Return the place of the value at `where` in a document, or of the nearest object or array around it."""
    return places(data, [Wanted(where)], path)[0]


def mistake_at(where: jsonplaces.Place, message: str, hint: str | None = None, pointer: str | None = None) -> Mistake:
    """Return what is wrong at a place."""
    return Mistake(message, where.line, where.column, pointer, hint, where.source)


def _object(pairs: list[tuple[str, Any]]) -> Tree:
    tree = dict(pairs)
    if len(tree) != len(pairs):
        raise _Refused
    return tree


def _integer(digits: str) -> int:
    if len(digits) > 20 or not INT_MIN <= int(digits) <= INT_MAX:
        raise _Refused
    return int(digits)


def _finite(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise _Refused
    return number


def _constant(_: str) -> NoReturn:
    raise _Refused("NaN and Infinity are no numbers of JSON")


_MEMBER = re.compile(r'^  ("(?:[^"\\]|\\.)*+"): ', re.MULTILINE)
_STRICT = json.JSONDecoder(object_pairs_hook=_object, parse_int=_integer, parse_float=_finite, parse_constant=_constant)
_WRITTEN = json.JSONDecoder(parse_constant=_constant)
_LINE = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))


def _depth(text: str) -> int:
    if text.count("{") + text.count("[") <= MAX_DEPTH:
        return 0
    deepest = depth = 0
    for match in _BRACKETS.finditer(text):
        char = match[0]
        if char in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif char in "]}":
            depth -= 1
    return deepest


def _explain(text: str, path: Path | str) -> NoReturn:
    faults = jsonplaces.faults_in(text) or [TextFault(0, "the text is not JSON")]
    mistakes = [mistake_at(jsonplaces.place_of(text, one.offset), one.message, one.hint) for one in faults]
    raise InvalidDocument.of(mistakes, path, hint=MEND) from None
