"""Presets in YAML, for who has the `yaml` extra installed."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from gamesaves.disk import jsontext
from gamesaves.disk.jsonplaces import Place, Wanted, place_of
from gamesaves.errors import InvalidDocument, MissingExtra, Mistake

_PLAIN = {
    "found character '\\t' that cannot start any token": "a line is indented with spaces, not with a tab",
    "mapping values are not allowed here": "a text with a colon in it stands in quotes",
    "could not find expected ':'": "a colon and a space are missing behind the key",
    "found unexpected end of stream": "a quotation mark is never closed",
    "expected <block end>, but found '<block mapping start>'": "this line is not indented like those before it",
    "expected <block end>, but found '-'": "this line is not indented like those before it",
}
"""Words for what PyYAML says."""

_TAGS = tuple(f"tag:yaml.org,2002:{one}" for one in ("null", "bool", "int", "float", "str", "map", "seq", "merge"))


def parse_yaml(data: bytes, path: Path) -> Any:
    """Read a YAML file as the JSON value it stands for.

    Raises:
        MissingExtra: PyYAML is not installed.
        InvalidDocument: the text is no YAML, or holds what JSON has no place for; with line and column.
    """
    try:
        import yaml
    except ImportError as error:
        raise MissingExtra(
            "reading YAML needs an extra package", path=path, hint="Install it: pip install 'gamesaves[yaml]'"
        ) from error
    text = jsontext.decode(data, path)
    try:
        value = yaml.safe_load(text)
        mistakes = list(_misfits(_nodes(text), set()))
    except yaml.MarkedYAMLError as error:
        message = _PLAIN.get(error.problem or "", error.problem)
        mistake = _mistake(error.problem_mark, f"the text is not YAML: {message}", text)
        raise InvalidDocument.of([mistake], path, hint=jsontext.MEND) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidDocument(f"the text is not YAML: {error}", path=path) from error
    if mistakes:
        found = [_mistake(mark, message, text) for mark, message in mistakes]
        raise InvalidDocument.of(found, path, hint=jsontext.MEND)
    if _size(value, {}) > jsontext.MAX_BYTES:
        raise InvalidDocument("what it refers to again and again is larger than a document may be", path=path)
    # What is left that YAML knows and JSON does not shows when it is written as JSON.
    try:
        return jsontext.parse_value(jsontext.encode_line(value), path)
    except InvalidDocument as error:
        raise InvalidDocument(error.mistakes[0].message, path=path) from error


def places(data: bytes, wanted: Sequence[Wanted], path: Path) -> list[Place]:
    """Return the places in a YAML text that can be read of what is wanted, or of the nearest value around it."""
    text = jsontext.decode(data, path)
    node = _nodes(text)
    return [place_of(text, _offset(text, _found(node, one).start_mark)) for one in wanted]


def _found(node: Any, wanted: Wanted) -> Any:
    for depth, step in enumerate(wanted.where):
        entries = _entries(node)
        if str(step) not in entries:
            break
        key, value = entries[str(step)]
        node = key if wanted.of_key and depth == len(wanted.where) - 1 else value
    return node


def _nodes(text: str) -> Any:
    import yaml

    return yaml.compose(text, Loader=yaml.SafeLoader)


def _entries(node: Any) -> dict[str, tuple[Any, Any]]:
    """Return what is in a mapping or a sequence, by key or position: the node of the key and that of the value."""
    if isinstance(node.value, str):
        return {}
    if node.id == "mapping":
        return {str(key.value): (key, value) for key, value in node.value}
    return {str(index): (one, one) for index, one in enumerate(node.value)}


def _misfits(node: Any, seen: set[int]) -> Iterator[tuple[Any, str]]:
    """Yield what is good YAML and has no place in JSON: a mark, and words."""
    if node is None or id(node) in seen:
        return
    seen.add(id(node))
    if node.tag not in _TAGS:
        date = node.tag.endswith(":timestamp")
        yield node.start_mark, f'a date stands in quotes: "{node.value}"' if date else "JSON has no place for this"
    elif node.id == "mapping":
        keys: dict[str, int] = {}
        for key, value in node.value:
            if key.id == "scalar" and key.value in keys:
                line = keys[key.value] + 1
                yield key.start_mark, f"the key {key.value!r} is there twice: in line {line}, too"
            keys.setdefault(str(key.value), key.start_mark.line)
            yield from _misfits(value, seen)
    elif node.id == "sequence":
        for one in node.value:
            yield from _misfits(one, seen)


def _mistake(mark: Any, message: str, text: str) -> Mistake:
    return jsontext.mistake_at(place_of(text, _offset(text, mark)), message)


def _offset(text: str, mark: Any) -> int:
    """Return the character that PyYAML means, which counts some characters as ends of a line that we do not."""
    return min(int(mark.index), len(text))


def _size(value: Any, known: dict[int, int]) -> int:
    """Return about how long the text would be with everything written out that YAML refers to by a name."""
    if not isinstance(value, dict | list):
        return len(value) if isinstance(value, str) else 1
    if id(value) not in known:
        known[id(value)] = 0  # where it holds itself
        known[id(value)] = 1 + sum(_size(one, known) for one in (value.values() if isinstance(value, dict) else value))
    return known[id(value)]
