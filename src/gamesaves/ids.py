"""Ids, and the file names that stand for them.

An id is lower-case ASCII, optionally with a kind before a colon (`pc:kara_smith`). A file name for it is the same on
every system: `:` becomes `.`, and a name that Windows keeps for a device gets a trailing `_`.
"""

import re
import unicodedata
from collections.abc import Callable, Container, Iterator

from gamesaves.errors import InvalidName

SLUG_LENGTH = 48
ID_LENGTH = 128
"""The most characters an id may have, so that its file name is none that a system refuses."""

LETTERS = "23456789abcdefghjkmnpqrstuvwxyz"
"""What stands behind names that nothing else is to have; none is taken for another."""

_ID = re.compile(r"(?:[a-z0-9_]+:)?[a-z0-9][a-z0-9_-]*")
_FOLDED = re.compile(r"[^a-z0-9]+")
_DEVICE = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])_*")


def is_id(text: str) -> bool:
    """Whether `text` is a well-formed id."""
    return len(text) <= ID_LENGTH and _ID.fullmatch(text) is not None


def require_id(text: str) -> str:
    """Return `text` if it is a well-formed id; raise `InvalidName` with a proposal if not."""
    if is_id(text):
        return text
    kind, colon, name = text.rpartition(":")
    try:
        proposal = f"{slug(kind)}{colon}{slug(name)}" if colon and kind.strip() else slug(name)
    except InvalidName:
        hint = "Ids are lower-case letters, digits, _ and -, and begin with a letter or a digit."
    else:
        hint = f"Use {proposal!r}, for example."
    raise InvalidName(f"{text!r} is not an id", hint=hint)


def slug(name: str) -> str:
    """Turn a name that a person typed into the name part of an id, at most 48 characters.

    Letters of any script are transliterated. A name that leaves nothing gets a stable stand-in made from its hash.

    Raises:
        InvalidName: the name is empty, or holds control characters or half a surrogate pair.
    """
    name = unicodedata.normalize("NFC", name).strip()
    if not any(unicodedata.category(char)[0] not in "ZC" for char in name):
        raise InvalidName("a name needs at least one character that can be seen", hint="Give it a name.")
    if any(unicodedata.category(char) in ("Cc", "Cs") for char in name):
        raise InvalidName(
            f"the name {name!r} holds a control character", hint="Leave out line breaks and control characters."
        )
    folded = _fold(name)
    if not folded:
        from hashlib import blake2b

        return "x_" + blake2b(name.encode(), digest_size=4).hexdigest()
    return folded[:SLUG_LENGTH].strip("_")


def _fold(name: str) -> str:
    if not name.isascii():
        from anyascii import anyascii

        name = anyascii(name)
    return _FOLDED.sub("_", name.lower()).strip("_")


def unique_id(wanted: str, is_taken: Callable[[str], bool]) -> str:
    """Return `wanted` with four random letters behind it, so that two machines never make the same id."""
    import secrets

    while True:
        identifier = f"{wanted}_{''.join(secrets.choice(LETTERS) for _ in range(4))}"
        if not is_taken(identifier):
            return identifier


def free_id(wanted: str, taken: Container[str]) -> str:
    """Return `wanted`, or the first of `wanted_2`, `wanted_3`, … that is not taken."""
    return next(one for one in numbered(wanted) if one not in taken)


def numbered(wanted: str) -> Iterator[str]:
    """Return `wanted`, `wanted_2`, `wanted_3`, … without end; the name part stays within 48 characters."""
    yield wanted
    kind, colon, name = wanted.rpartition(":")
    number = 2
    while True:
        suffix = f"_{number}"
        yield f"{kind}{colon}{name[: SLUG_LENGTH - len(suffix)].rstrip('_')}{suffix}"
        number += 1


def file_stem(identifier: str) -> str:
    """Return the file name, without its ending, that stands for an id on every system."""
    stem = identifier.replace(":", ".", 1)
    first, dot, rest = stem.partition(".")
    if _DEVICE.fullmatch(first):
        first += "_"
    return first + dot + rest


def id_of_stem(stem: str) -> str | None:
    """Return the id that a file name without its ending stands for; None where it stands for none.

    A literal colon (`pc:kara_smith`), as older trees have it, is read too.
    """
    first, dot, rest = stem.partition(".")
    if _DEVICE.fullmatch(first):
        if not first.endswith("_"):
            return None
        first = first[:-1]
    identifier = f"{first}:{rest}" if dot else first
    return identifier if is_id(identifier) else None
