"""Where in a JSON text each value stands, and where the text goes wrong.

The scanner reads RFC 8259 strictly and knows the limits of the format on top of it. It is slower than `json.loads`, so
it is asked only once something is known to be wrong, to say where.
"""

import re
from dataclasses import dataclass
from json import JSONDecodeError, JSONDecoder
from math import isfinite

from gamesaves.rules.patch import JsonPath

MAX_DEPTH = 64
INT_MIN, INT_MAX = -(2**63), 2**63 - 1


_SPACE = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORDS = ("true", "false", "null")
_DECODER = JSONDecoder()
_SURROGATE = re.compile("[\ud800-\udfff]")


class Fault(Exception):
    """The text is no document; `offset` is the character where it stops being one."""

    def __init__(self, message: str, offset: int) -> None:
        super().__init__(message)
        self.message = message
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a text, both counted from 1; columns count characters."""

    line: int
    column: int


def place_of(text: str, offset: int) -> Place:
    """Return line and column of a character."""
    return Place(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


class _Search:
    """The value that is looked for; all places of a large text would take a hundred times its memory."""

    def __init__(self, where: JsonPath) -> None:
        self._where = where
        self.offset = 0

    def met(self, path: JsonPath, offset: int) -> None:
        if path == self._where[: len(path)]:
            self.offset = offset


def offset_of(text: str, where: JsonPath = ()) -> int:
    """Return the offset of a value, or of the nearest object or array around where it would be; all is read.

    Raises:
        Fault: the text is not JSON, or breaks one of the format's limits.
    """
    search = _Search(where)
    end = _value(text, _skip(text, 0), (), search)
    end = _skip(text, end)
    if end != len(text):
        raise Fault("there is more text behind the end of the document", end)
    return search.offset


def _skip(text: str, at: int) -> int:
    match = _SPACE.match(text, at)
    return match.end() if match else at


def _value(text: str, at: int, path: JsonPath, search: _Search) -> int:
    search.met(path, at)
    char = text[at : at + 1]
    if char in ("{", "["):
        if len(path) >= MAX_DEPTH:
            raise Fault(f"nested deeper than {MAX_DEPTH} levels", at)
        return _object(text, at, path, search) if char == "{" else _array(text, at, path, search)
    if char == '"':
        return _string(text, at)[1]
    for word in _WORDS:
        if text.startswith(word, at):
            return at + len(word)
    return _number(text, at)


def _object(text: str, at: int, path: JsonPath, search: _Search) -> int:
    keys: set[str] = set()
    at = _skip(text, at + 1)
    if text[at : at + 1] == "}":
        return at + 1
    while True:
        if text[at : at + 1] != '"':
            raise Fault(f"a key in double quotes is expected here{_instead(text, at)}", at)
        start = at
        key, at = _string(text, at)
        if key in keys:
            raise Fault(f"the key {key!r} is there twice", start)
        keys.add(key)
        at = _skip(text, at)
        if text[at : at + 1] != ":":
            raise Fault(f"a colon is expected behind the key {key!r}{_instead(text, at)}", at)
        at = _skip(text, _value(text, _skip(text, at + 1), (*path, key), search))
        if text[at : at + 1] == "}":
            return at + 1
        at = _comma(text, at, "}")


def _array(text: str, at: int, path: JsonPath, search: _Search) -> int:
    at = _skip(text, at + 1)
    if text[at : at + 1] == "]":
        return at + 1
    index = 0
    while True:
        at = _skip(text, _value(text, at, (*path, index), search))
        if text[at : at + 1] == "]":
            return at + 1
        at = _comma(text, at, "]")
        index += 1


def _comma(text: str, at: int, closing: str) -> int:
    if text[at : at + 1] != ",":
        raise Fault(f"a comma or {closing!r} is expected here{_instead(text, at)}", at)
    behind = _skip(text, at + 1)
    if text[behind : behind + 1] == closing:
        raise Fault(f"a comma stands before {closing!r}: take it away", at)
    return behind


def _string(text: str, at: int) -> tuple[str, int]:
    try:
        value, end = _DECODER.raw_decode(text, at)
    except JSONDecodeError as error:
        raise Fault(f"this text is not well-formed: {error.msg}", error.pos) from None
    lone = _SURROGATE.search(value)
    if lone:
        raise Fault(f"half a surrogate pair (\\u{ord(lone[0]):04x}) is no character", at)
    return value, end


def _number(text: str, at: int) -> int:
    match = _NUMBER.match(text, at)
    if match is None:
        raise Fault(f"a value is expected here{_instead(text, at)}", at)
    if match[1] or match[2]:
        if not isfinite(float(match[0])):
            raise Fault(f"{match[0]} is too large for a number", at)
    elif len(match[0]) > 20 or not INT_MIN <= int(match[0]) <= INT_MAX:
        raise Fault("this whole number does not fit in 64 bits", at)
    return match.end()


def _instead(text: str, at: int) -> str:
    if at >= len(text):
        return ", but the text ends"
    word = re.compile(r"-?\w+|.", re.DOTALL).match(text, at)
    shown = word[0][:20] if word else text[at]
    return f", not {shown!r}"
