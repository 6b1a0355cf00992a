"""Where in a JSON text each value stands, and where and why a text is none.

The scanner knows RFC 8259 and the limits of the format on top of it. It is slower than `json.loads`, so it is asked
only once something is known to be wrong, to say where. Of a text that is no JSON it tells as much as can be told at
once: a comma that is missing hides nothing of what comes behind it.
"""

import re
from collections.abc import Sequence, Set
from contextlib import suppress
from dataclasses import dataclass, field

from gamesaves.disk.jsontokens import MAX_DEPTH, QUOTES, TextFault, Tokens, Unreadable
from gamesaves.rules.patch import JsonPath

LONGEST_SOURCE = 1000

_DEEPEST_INDENT = 200

_COMMAS = {",", ";", "，", "、", "；"}
_COLONS = re.compile("=>|->|[=;：]")
_KEY = re.compile(r"""[^\s:=,{}\[\]"'“”]+""")
_COMMA_WITHIN = re.compile(r"(?<=[0-9]),[0-9]+(?:,[0-9]+)*(?:\.[0-9]+)?")
_CURLY_KEY = re.compile(r"[”“„](?=\s*:\s*\Z)")
_MERGE_MARK = re.compile(r"^(?:<{7} |>{7} )", re.MULTILINE)
_YAML = re.compile(r"\s*+(?:#[^\n]*+\n\s*+)*+(?:---\s|%YAML|- |[\w$-]+:(?:\s|\Z))")
_PLAIN_TEXT = "Save it as plain text, in UTF-8."
_OTHERS = (
    (re.compile(r"\s*\{\\rtf"), "this is a document of a word processor (RTF), not JSON", _PLAIN_TEXT),
    (re.compile(r"\s*<"), "this is a web page or XML, not JSON", "JSON begins with {."),
    (
        _YAML,
        "this looks like YAML, not JSON",
        "JSON begins with {. A preset may be YAML, in a file whose name ends with .yaml.",
    ),
    (re.compile(r"\s*```"), "this line is of a chat or a web page, not JSON", "Take all lines of ``` away."),
    (re.compile(r"\0+\Z"), "there is nothing in the file but zero bytes", "Put it back from a backup."),
    (re.compile(r"\s*\Z"), "the file is empty", "Put it back from a backup, or write it anew."),
    (re.compile(".?\0"), "the text is UTF-16 without the mark that says so", _PLAIN_TEXT),
)


@dataclass(frozen=True, slots=True)
class Place:
    """A position in a text, both counted from 1; columns count characters.

    Attributes:
        source: the line as it stands there; None where it is very long.
    """

    line: int
    column: int
    source: str | None = field(default=None, compare=False)


def place_of(text: str, offset: int) -> Place:
    """Return line and column of a character."""
    start = text.rfind("\n", 0, offset) + 1
    end = text.find("\n", offset)
    end = len(text) if end < 0 else end
    source = text[start:end].rstrip("\r") if end - start <= LONGEST_SOURCE else None
    return Place(text.count("\n", 0, offset) + 1, offset - start + 1, source)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is looked for in a text: a value, or its key."""

    where: JsonPath
    of_key: bool = False


def offsets_of(text: str, wanted: Sequence[Wanted]) -> list[int]:
    """Return the offsets in a JSON text of what is wanted, or of the nearest object or array around it."""
    scanner = _Scanner(text, {one.where[:length] for one in wanted for length in range(len(one.where) + 1)})
    scanner.document()
    return [scanner.offset_of(one) for one in wanted]


def faults_in(text: str) -> list[TextFault]:
    """Return why a text is no JSON, or which of the format's limits it breaks; in the order of the text."""
    scanner = _Scanner(text, frozenset())
    with suppress(Unreadable):
        scanner.document()
    return sorted(dict.fromkeys(scanner.faults), key=lambda fault: fault.offset)


@dataclass(slots=True)
class _Open:
    """An object or an array that is not closed yet."""

    closing: str
    offset: int


class _Scanner(Tokens):
    """Reads a text, and remembers where some values of it stand.

    All places of a large text would take a hundred times its memory.
    """

    def __init__(self, text: str, watched: Set[JsonPath]) -> None:
        super().__init__(text)
        self._watched = watched
        self._values: dict[JsonPath, int] = {}
        self._keys: dict[JsonPath, int] = {}
        self._open: list[_Open] = []
        self._entry_end = 0
        self._suspect: tuple[_Open, int] | None = None

    def offset_of(self, wanted: Wanted) -> int:
        """Return the offset of what is wanted, once the text has been read."""
        where = wanted.where
        if wanted.of_key and where in self._keys:
            return self._keys[where]
        return next(self._values[where[:end]] for end in range(len(where), -1, -1) if where[:end] in self._values)

    def document(self) -> None:
        """Read the whole text.

        Raises:
            Unreadable: there is no telling what the rest of it means.
        """
        self._something_else()
        self.space()
        self._value(())
        self.space()
        if self.char == ":":
            self.give_up(0, "the { at the beginning is missing")
        if self.char in ("}", "]"):
            self.give_up(self.at, f"there is more text behind the end of the document: a {self.char} too many")
        if self.char:
            self.give_up(self.at, "there is more text behind the end of the document")

    def _something_else(self) -> None:
        if mark := _MERGE_MARK.search(self.text):
            text = "here begins what two versions of the file disagree about; somebody has to choose"
            self.give_up(mark.start(), text, "Take the lines away that begin with <<<<<<<, ======= and >>>>>>>.")
        for pattern, message, hint in _OTHERS:
            if pattern.match(self.text):
                self.give_up(0, message, hint)

    def _value(self, path: JsonPath) -> None:
        if path in self._watched:
            self._values[path] = self.at
        char = self.char
        if char in ("{", "["):
            if len(path) >= MAX_DEPTH:
                self.give_up(self.at, f"nested deeper than {MAX_DEPTH} levels")
            self._open.append(_Open("}" if char == "{" else "]", self.at))
            self.at += 1
            self._object(path) if char == "{" else self._array(path)
            self._open.pop()
        elif char in QUOTES:
            self.string()
        else:
            self.word()

    def _object(self, path: JsonPath) -> None:
        keys: dict[str, int] = {}
        while self._more():
            start = self.at
            key = self._key()
            if key in keys:
                self.fault(start, f"the key {key!r} is there twice: in line {self.line_of(keys[key])}, too")
            keys.setdefault(key, start)
            if (*path, key) in self._watched:
                self._keys[(*path, key)] = start
            if self._colon(key):
                self.space()
                self._value((*path, key))
            self._separator()

    def _array(self, path: JsonPath) -> None:
        index = 0
        while self._more():
            self._value((*path, index))
            self._separator()
            index += 1

    def _more(self) -> bool:
        """Say whether an entry follows; else the object or array ends here."""
        self.space()
        innermost = self._open[-1]
        if not self._watched:  # else the text is JSON, and only places are asked for
            self._look_at_indent(innermost)
        char = self.char
        if char == innermost.closing:
            self.at += 1
            return False
        if char in ("}", "]"):
            opening = self.text[innermost.offset]
            line = self.line_of(innermost.offset)
            text = f"a {innermost.closing} is missing before this {char}: the {opening} in line {line} is still open"
            self.fault(self.at, text)
            if not any(one.closing == char for one in self._open):
                self.at += 1
            return False
        if not char:
            self._ended(innermost)
        return True

    def _look_at_indent(self, innermost: _Open) -> None:
        """Remember the first place where the indent says that something should have been closed before."""
        indent, opened = self._before(self.at), self._before(innermost.offset)
        if self._suspect is not None or indent.strip() or not self.char:
            return
        if len(indent) < len(opened) - len(opened.lstrip()) + (self.char != innermost.closing):
            self._suspect = innermost, self._entry_end

    def _before(self, offset: int) -> str:
        """Return what stands before a character in its line, as far as it matters."""
        start = max(0, offset - _DEEPEST_INDENT)
        return self.text[max(start, self.text.rfind("\n", start, offset) + 1) : offset]

    def _ended(self, innermost: _Open) -> None:
        unclosed, end = self._suspect or (innermost, self.at)
        opening, line = self.text[unclosed.offset], self.line_of(unclosed.offset)
        missing = f"a {unclosed.closing} is missing"
        if self._suspect is None:
            self.give_up(end, f"{missing}: the text ends, and the {opening} in line {line} is still open")
        self.faults = [fault for fault in self.faults if fault.offset != end]
        self.give_up(end, f"{missing} here: the {opening} in line {line} is still open")

    def _key(self) -> str:
        if self.char in QUOTES:
            return self.string()
        bare = _KEY.match(self.text, self.at)
        if bare is None:
            self.give_up(self.at, f"a key in double quotes is expected here{self.instead()}")
        self.fault(self.at, f'a key stands in double quotes: "{bare[0][:30]}"')
        self.at = bare.end()
        return bare[0]

    def _colon(self, key: str) -> bool:
        """Pass over the colon behind a key; say whether a value follows."""
        end = self.at
        self.space()
        other = _COLONS.match(self.text, self.at)
        if self.char == ":":
            self.at += 1
        elif other:
            self.fault(self.at, f"a colon stands behind the key {key!r}, not {other[0]!r}")
            self.at = other.end()
        elif not self.char:
            return False  # that the text ends is told once
        elif self.char in (",", "}", "]"):
            self.fault(end, f"the key {key!r} has no value: a colon and a value are missing")
            return False
        elif curly := _CURLY_KEY.search(key):
            self.at = end - 1
            self.curly_end(end - 1 - len(key) + curly.start())
        else:
            self.fault(end, f"a colon is missing behind the key {key!r}")
        return True

    def _separator(self) -> None:
        """Pass over the comma behind an entry; what closes the object or array is left where it is."""
        end = self.at
        if self.text[end - 1] == '"' and self.inner_quote():
            end = self.at
        self._entry_end = end
        self.space()
        char = self.char
        if char in ("", "}", "]"):
            return
        if char not in _COMMAS:
            self._comma_missing(end)
            return
        if char != ",":
            self.fault(self.at, f"a comma is expected here, not {char}")
        comma = self.at
        self.at += 1
        within = _COMMA_WITHIN.match(self.text, comma)
        if within and self._open[-1].closing == "}":
            self.fault(comma, "a number has no comma within: write 1.5 with a point, and 1000 in one piece")
            self.at = within.end()
            self._separator()
            return
        self.space()
        if self.char in ("}", "]"):
            self.fault(comma, f"a comma stands before {self.char!r}: take it away")
        elif self.char == ",":
            self.fault(self.at, "here is a comma too many")
            self.at += 1

    def _comma_missing(self, end: int) -> None:
        if self.char in QUOTES or self.char in "{[-" or self.char.isalnum():
            self.fault(end, "a comma is missing here")
            return
        self.give_up(self.at, f"a comma or {self._open[-1].closing!r} is expected here{self.instead()}")
