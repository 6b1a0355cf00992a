"""Pictures: told by their leading bytes, stored once by content."""

import re
from hashlib import sha256
from pathlib import Path

from gamesaves.disk import files, folders
from gamesaves.errors import NotAPicture

HASH_DIGITS = 12
_STORED = re.compile(rf".*-([0-9a-f]{{{HASH_DIGITS}}})\.[a-z]+")

_KINDS = (
    ("png", ((0, b"\x89PNG\r\n\x1a\n"),)),
    ("jpg", ((0, b"\xff\xd8\xff"),)),
    ("gif", ((0, b"GIF87a"),)),
    ("gif", ((0, b"GIF89a"),)),
    ("webp", ((0, b"RIFF"), (8, b"WEBP"))),
)


def picture_kind(data: bytes, origin: Path | str) -> str:
    """Return the ending for a picture's kind: png, jpg, gif or webp.

    Raises:
        NotAPicture: the leading bytes are of none of them. SVG is none: it can carry scripts.
    """
    for kind, marks in _KINDS:
        if all(data[at : at + len(mark)] == mark for at, mark in marks):
            return kind
    raise NotAPicture(
        "it is no picture of a kind that is accepted", path=origin, hint="Use a PNG, JPEG, GIF or WebP file."
    )


def is_stored(name: str) -> bool:
    """Whether the name of a picture says what its bytes are."""
    return _STORED.fullmatch(name) is not None


def fits_name(data: bytes, name: str) -> bool:
    """Whether a picture's bytes are those it was stored with; a name without a hash fits any."""
    digest = digest_in(name)
    return digest is None or sha256(data).hexdigest().startswith(digest)


def digest_in(name: str) -> str | None:
    """Return the beginning of the hash that a picture was stored with, by its name; None where that has none."""
    match = _STORED.fullmatch(name)
    return None if match is None else match[1]


def store_picture(folder: Path, data: bytes, stem: str, origin: Path | str) -> str:
    """Store a picture unless it is there already; return its file name.

    Args:
        stem: the beginning of its name if it is new; a picture that is there keeps the name it has.
    """
    kind = picture_kind(data, origin)
    digest = sha256(data).hexdigest()[:HASH_DIGITS]
    for entry in folders.entries(folder):
        if entry.name.partition(".")[0].endswith(f"-{digest}") and files.read(entry.path) == data:
            return entry.name
    folders.make(folder)
    name = f"{stem}-{digest}.{kind}"
    files.replace(folder / name, data, durable=True)
    return name
