"""Presets in YAML, for who has the `yaml` extra installed."""

from pathlib import Path
from typing import Any

from gamesaves.disk import jsontext
from gamesaves.errors import InvalidDocument, MissingExtra


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
    try:
        value = yaml.safe_load(jsontext.decode(data, path))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (None, None)
        raise InvalidDocument(f"the text is not YAML: {error.problem}", path=path, line=line, column=column) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidDocument(f"the text is not YAML: {error}", path=path) from error
    if _size(value, {}) > jsontext.MAX_BYTES:
        raise InvalidDocument("what it refers to again and again is larger than a document may be", path=path)
    # What YAML knows and JSON does not (dates, sets, keys that are no strings) shows when it is written as JSON.
    try:
        return jsontext.parse_value(jsontext.encode_line(value), path)
    except InvalidDocument as error:
        raise InvalidDocument(error.message, path=path) from error


def _size(value: Any, known: dict[int, int]) -> int:
    """Return about how long the text would be with everything written out that YAML refers to by a name."""
    if not isinstance(value, dict | list):
        return len(value) if isinstance(value, str) else 1
    if id(value) not in known:
        known[id(value)] = 0  # where it holds itself
        known[id(value)] = 1 + sum(_size(one, known) for one in (value.values() if isinstance(value, dict) else value))
    return known[id(value)]
