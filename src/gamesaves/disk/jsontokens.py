"""The smallest parts of a JSON text: spaces, strings, numbers and words, read even where somebody has them wrong.

What is wrong is noted in words that need no knowledge of JSON, and reading goes on as if it were mended, so that all of
it can be told at once.
"""

import json
import re
import unicodedata
from dataclasses import dataclass
from math import isfinite
from typing import NoReturn

MAX_DEPTH = 64
INT_MIN, INT_MAX = -(2**63), 2**63 - 1

MOST_FAULTS = 20
"""So many faults of one text are told; whoever has mended those sees the rest."""

_SPACE = re.compile(r"[ \t\r\n]*")
_PLAIN = re.compile(r'[^"\\\x00-\x1f]*+')
_ESCAPE = re.compile(r'\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})')
_SURROGATE = re.compile("[\ud800-\udfff]")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_WORD = re.compile(r'(?:(?!//|/\*|#)[^\s,;，；、:\[\]{}"])+')
_WORDS = re.compile(r'[^,\[\]{}"\n]+')
_NEXT_ENTRY = re.compile(r'\s{0,200}+(?:"[^"\n]*"\s*:|[}\]]|\Z)')

QUOTES = {
    '"': '"',
    "'": "'",
    "`": "`",
    "“": "”",
    "”": "”",
    "„": "“”",
    "‘": "’",
    "’": "’",
    "«": "»",
    "＂": "＂",
    "「": "」",
}
"""What a text may be opened with, and what then closes it; only the first is right."""

_MEANT = {
    **dict.fromkeys(("true", "yes", "on"), "true, in small letters"),
    **dict.fromkeys(("false", "no", "off"), "false, in small letters"),
    **dict.fromkeys(("none", "null", "nil", "undefined"), "null, in small letters"),
    **dict.fromkeys(("nan", "-nan", "inf", "-inf", "infinity", "-infinity"), "a number, or null"),
}
_CURLY = ("”", "“", "„")
_LOOSE_END = " \t\r\n,}]"
_JSON_WORDS = ("true", "false", "null")
_STRAIGHT = "Word processors and chats put them in; a plain text editor does not."


@dataclass(frozen=True, slots=True)
class TextFault:
    """A character at which a text stops being JSON, or breaks a limit of the format."""

    offset: int
    message: str
    hint: str | None = None


class Unreadable(Exception):
    """What comes behind this place can only be guessed at."""


class Tokens:
    """A text that is read from its beginning.

    Attributes:
        at: the character that comes next.
        faults: what was wrong so far.
    """

    def __init__(self, text: str) -> None:
        self.text = text
        self.at = 0
        self.faults: list[TextFault] = []

    def fault(self, offset: int, message: str, hint: str | None = None) -> None:
        """Note what is wrong."""
        self.faults.append(TextFault(offset, message, hint))
        if len(self.faults) >= MOST_FAULTS:
            raise Unreadable

    def give_up(self, offset: int, message: str, hint: str | None = None) -> NoReturn:
        """Note what is wrong, and read no further."""
        self.fault(offset, message, hint)
        raise Unreadable

    @property
    def char(self) -> str:
        """The character that comes next; empty at the end."""
        return self.text[self.at : self.at + 1]

    def instead(self) -> str:
        """Return what stands here in place of what should."""
        return f", not {self.char!r}" if self.char else ", but the text ends"

    def line_of(self, offset: int) -> int:
        """Return the line of a character, from 1."""
        return self.text.count("\n", 0, offset) + 1

    def space(self) -> None:
        """Pass over what means nothing."""
        while True:
            self.at = _end(_SPACE.match(self.text, self.at), self.at)
            char = self.char
            if char == "#" or self.text.startswith(("//", "/*"), self.at):
                self._comment()
            elif char and (char == "\ufeff" or (ord(char) > 127 and unicodedata.category(char) in ("Zs", "Cf", "Zl"))):
                name = unicodedata.name(char, "a mark").lower()
                self.fault(self.at, f"here stands what cannot be seen ({name}): put a plain space there, or nothing")
                self.at += 1
            else:
                return

    def _comment(self) -> None:
        self.fault(
            self.at,
            "JSON has no comments: take this one away",
            'To keep it, make it a key of its own: "_comment": "…"',
        )
        closing = "*/" if self.text.startswith("/*", self.at) else "\n"
        end = self.text.find(closing, self.at)
        self.at = len(self.text) if end < 0 else end + len(closing)

    def string(self) -> str:
        """Read a text in quotes of any kind."""
        return self._straight() if self.char == '"' else self._in_other_quotes()

    def _straight(self) -> str:
        start, several = self.at, False
        at = start + 1
        while True:
            at = _end(_PLAIN.match(self.text, at), at)
            char = self.text[at : at + 1]
            if char == '"':
                self.at = at + 1
                return self._value_of(start)
            if char == "\\":
                at = self._escape(at)
            elif char not in ("\n", "\r", ""):
                shown = "a tab is written \\t" if char == "\t" else f"the character {ord(char):04x} has no place"
                self.fault(at, f"{shown} within a text")
                at += 1
            elif char == "" or _NEXT_ENTRY.match(self.text, at) or self._ends_curly(start, at):
                return self._unclosed(start, at)
            else:
                if not several:
                    self.fault(at, "a text ends in the line that it begins in: write \\n for a new line")
                several, at = True, at + 1

    def _escape(self, at: int) -> int:
        match = _ESCAPE.match(self.text, at)
        if match:
            return match.end()
        if self.text.startswith("\\u", at):
            self.fault(at, "\\u is followed by four digits of 0-9 and a-f: \\u00e9")
        else:
            self.fault(at, "a backslash within a text is written twice: \\\\")
        return at + 1

    def _value_of(self, start: int) -> str:
        raw = self.text[start : self.at]
        if "\\" not in raw:
            return raw[1:-1]
        try:
            value: str = json.loads(raw, strict=False)
        except ValueError:
            return raw  # its escapes are noted already
        lone = _SURROGATE.search(value)
        if lone:
            self.fault(start, f"half a surrogate pair (\\u{ord(lone[0]):04x}) is no character")
        return value

    def _ends_curly(self, start: int, end: int) -> bool:
        """Whether the line that ends here has the quotation mark of a word processor at its end."""
        line = self.text[max(start + 1, self.text.rfind("\n", start, end)) : end]
        return line.rstrip(_LOOSE_END).endswith(_CURLY)

    def _unclosed(self, start: int, end: int) -> str:
        content = self.text[start:end].rstrip(_LOOSE_END)
        self.at = start + len(content)
        if content.endswith(_CURLY):
            self.curly_end(self.at - 1)
        else:
            self.fault(start, 'the double quote " at the end of this text is missing')
        return content[1:]

    def curly_end(self, offset: int) -> None:
        """Note the quotation mark of a word processor at the end of a text."""
        self.fault(offset, f'a text ends with a straight double quote, ", not with {self.text[offset]}', _STRAIGHT)

    def _in_other_quotes(self) -> str:
        start = self.at
        closing = re.compile(f'[{QUOTES[self.char]}"](?=[ \\t]*(?:[,:}}\\]\\r\\n]|\\Z))|\\n')
        found = closing.search(self.text, start + 1)
        if found is None or found[0] == "\n":
            self.give_up(start, f'a text stands in straight double quotes, ", not in {self.char}')
        hint = None if self.char in "'`" else _STRAIGHT
        self.fault(start, f'a text stands in straight double quotes, ", not in {self.char}', hint)
        self.at = found.end()
        return self.text[start + 1 : found.start()]

    def inner_quote(self) -> bool:
        """Pass over the rest of a text that a double quote within it seems to have ended; say whether there is one."""
        rest = re.compile(r'[^"\n]*+(?:"[^"\n]++)*?"(?=[ \t]*(?:[,}\]\r\n]|\Z))').match(self.text, self.at)
        if rest is None or _WORD.match(self.text, self.at) is None:
            return False
        self.fault(self.at - 1, 'a double quote within a text is written \\"')
        self.at = rest.end()
        return True

    def word(self) -> None:
        """Read a number, `true`, `false` or `null`."""
        start = self.at
        match = _WORD.match(self.text, start)
        if match is None:
            self.fault(start, f"a value is expected here{self.instead()}")
            if self.char == ":":
                raise Unreadable
            return
        word = match[0]
        self.at = match.end()
        number = _NUMBER.fullmatch(word)
        if number:
            self._limits(number, start)
        elif word[0] in "+-.0123456789" and word.lower() not in _MEANT:
            hint = "A number is digits, perhaps with a minus and a point: 3, -0.5. Anything else is a text, in quotes."
            self.fault(start, f"{_short(word)} is no number as JSON writes them", hint)
        elif word not in _JSON_WORDS:
            self._bare(word, start)

    def _bare(self, word: str, start: int) -> None:
        if meant := _MEANT.get(word.lower()):
            self.fault(start, f"{word} is not JSON: write {meant}")
            return
        match = _WORDS.match(self.text, start)
        words = match[0].rstrip() if match else word
        self.at = max(self.at, start + len(words))
        self.fault(start, f'a text stands in double quotes: "{_short(words)}"')

    def _limits(self, number: re.Match[str], start: int) -> None:
        if number[1] or number[2]:
            if not isfinite(float(number[0])):
                self.fault(start, f"{_short(number[0])} is too large for a number")
        elif len(number[0]) > 20 or not INT_MIN <= int(number[0]) <= INT_MAX:
            self.fault(start, "this whole number does not fit in 64 bits")


def _end(match: re.Match[str] | None, otherwise: int) -> int:
    return match.end() if match else otherwise


def _short(text: str) -> str:
    return text if len(text) <= 30 else text[:29] + "…"
