"""A fast mutator: what bad disks, cut copies and careless editors do to a text, by a seed."""

import os
import re
from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from random import Random
from typing import Any

SCALE = float(os.environ.get("GAMESAVES_FUZZ", "1"))
"""How many times the usual number of mutations are tried."""

_TOKEN = re.compile(rb'"(?:[^"\\]|\\.)*"|[-+.\w]+|[{}\[\],:]', re.DOTALL)
_STRANGE = (
    *(b"{", b"}", b"[", b"]", b",", b":", b'"', b'""', b"{}", b"[]", b"\\", b"/", b"\n", b"\r\n", b"\r", b"\0", b" "),
    *(b"null", b"true", b"false", b"NaN", b"-Infinity", b"1e400", b"-0", b"-0.0", b"1.0", b"01", b"1e-400", b"5e-324"),
    *(b"9223372036854775808", b"-9223372036854775808", b"9" * 30, b"9" * 5000, b"1" + b"0" * 400, b'"-1"', b"-1"),
    *(
        b'"\\ud800"',
        b'"\\ud83d\\ude00"',
        b'"\\u0000"',
        b"\xff",
        b"\xc0\x80",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xff\xfe",
    ),
    *(b"[" * 70, b'{"a":' * 70, b"]" * 70, b"\xe2\x80\xa8", b"\xc2\x85", b"\x1c"),
)

_KEYS = (
    "",
    "seq",
    "hash",
    "prev",
    "revision",
    "schema_version",
    "id",
    "../x",
    "data/con",
    "a" * 300,
    "characters/PC:K",
    "/",
    "\u2028",
)
_VALUES: tuple[Any, ...] = (
    *(
        None,
        True,
        False,
        0,
        -1,
        1,
        2,
        10**18,
        2**63,
        -(2**70),
        10**400,
        0.5,
        -0.0,
        1e300,
        "",
        "1",
        "\ud800",
        "a" * 5000,
    ),
    *(
        [],
        {},
        [[]],
        [{}],
        [None],
        {"": None},
        {"id": None},
        [{"id": 5}],
        {"op": "add", "path": "", "value": 1},
        "/",
        "/a/-",
    ),
    *("12-9f3a1c2b", "-1-00000000", "9" * 400 + "-0", "2026-11-21T10:00:00Z", "not a time", "remove", "replace", "add"),
)


@lru_cache(maxsize=512)
def _tokens(data: bytes) -> list[tuple[int, int]]:
    return [match.span() for match in _TOKEN.finditer(data)]


class Mutator:
    """Returns texts with one to three things wrong with them; the same ones for the same seed."""

    def __init__(self, seed: int | str) -> None:
        self._random = Random(seed)
        self._ways = (
            self._flip,
            self._put,
            self._cut,
            self._remove,
            self._repeat,
            self._move,
            self._blank,
            self._insert,
            self._insert,
            self._swap,
            self._swap,
            self._replace,
            self._replace,
            self._replace,
        )

    def pick(self, texts: Sequence[bytes]) -> bytes:
        """Return one of several texts."""
        return texts[int(self._random.random() * len(texts))]

    def __call__(self, data: bytes) -> bytes:
        for _ in range(1 + int(self._random.random() ** 3 * 3)):
            way = self._ways[int(self._random.random() * len(self._ways))]
            data = way(data)
        return data

    def _at(self, data: bytes) -> int:
        return int(self._random.random() * len(data))

    def _range(self, data: bytes) -> tuple[int, int]:
        """Return a range of the text; most are short."""
        start = self._at(data)
        return start, start + 1 + int(self._random.random() ** 4 * (len(data) - start))

    def _flip(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + bytes(one ^ (1 << self._random.getrandbits(3)) for one in data[at : at + 1]) + data[at + 1 :]

    def _put(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + bytes([self._random.getrandbits(8)]) + data[at + 1 :]

    def _cut(self, data: bytes) -> bytes:
        return data[: self._at(data)]

    def _remove(self, data: bytes) -> bytes:
        start, end = self._range(data)
        return data[:start] + data[end:]

    def _repeat(self, data: bytes) -> bytes:
        start, end = self._range(data)
        return data[:end] + data[start:end] + data[end:]

    def _move(self, data: bytes) -> bytes:
        start, end = self._range(data)
        at = self._at(data)
        return data[:at] + data[start:end] + data[at:]

    def _blank(self, data: bytes) -> bytes:
        start, end = self._range(data)
        return data[:start] + bytes(len(data[start:end])) + data[end:]

    def _insert(self, data: bytes) -> bytes:
        at = self._at(data)
        return data[:at] + self.pick(_STRANGE) + data[at:]

    def _swap(self, data: bytes) -> bytes:
        spans = _tokens(data)
        if len(spans) < 2:
            return data
        (start, end), (begin, stop) = sorted(self._random.sample(spans, 2))
        return data[:start] + data[begin:stop] + data[end:begin] + data[start:end] + data[stop:]

    def _replace(self, data: bytes) -> bytes:
        spans = _tokens(data)
        if not spans:
            return data
        start, end = spans[int(self._random.random() * len(spans))]
        begin, stop = spans[int(self._random.random() * len(spans))]
        instead = self.pick(_STRANGE) if self._random.random() < 0.5 else data[begin:stop]
        return data[:start] + instead + data[end:]

    def tree(self, value: Any) -> Any:
        """Return a JSON value in which something stands that is no JSON error, and may make no sense."""
        random = self._random
        if isinstance(value, dict) and value and random.random() < 0.8:
            key = random.choice(list(value))
            way = random.random()
            if way < 0.15:
                return {name: one for name, one in value.items() if name != key}
            if way < 0.3:
                return {**value, random.choice(_KEYS): value[key]}
            return {**value, key: self.tree(value[key])}
        if isinstance(value, list) and value and random.random() < 0.8:
            at = int(random.random() * len(value))
            way = random.random()
            if way < 0.15:
                return value[:at] + value[at + 1 :]
            if way < 0.3:
                return [*value, value[at]]
            return [*value[:at], self.tree(value[at]), *value[at + 1 :]]
        return random.choice(_VALUES)


def sealed_line(body: bytes) -> bytes:
    """Return a line of the log whose hash fits, whatever it says; `body` ends before the `,"hash"`."""
    return b'%b,"hash":"%b"}' % (body, blake2b(body, digest_size=16).hexdigest().encode())


def sealed_snapshot(body: bytes) -> bytes:
    """Return a snapshot whose digest fits, whatever it says; `body` ends before the `,"digest"`."""
    return b'%b,"digest":"%b"}\n' % (body, blake2b(body, digest_size=16).hexdigest().encode())
