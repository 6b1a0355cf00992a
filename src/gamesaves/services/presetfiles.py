"""Presets as they stand in files: one in a file, or an array of them; JSON, or YAML with the extra."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gamesaves.disk import files, folders, jsontext
from gamesaves.disk.jsonplaces import Place, Wanted
from gamesaves.errors import InvalidDocument, InvalidName, Problem
from gamesaves.ids import file_stem, free_id, id_of_stem, is_id, require_id, slug
from gamesaves.rules.conflictcopies import original_of
from gamesaves.rules.patch import JsonPath

YAML = frozenset({".yaml", ".yml"})
SUFFIXES = (".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Source:
    """One preset in a file.

    Attributes:
        tree: as it stands there.
        data, where: the text of the file, and the preset's place in it.
    """

    path: Path
    id: str
    tree: jsontext.Tree
    data: bytes
    where: JsonPath = ()

    def places(self, wanted: Sequence[Wanted]) -> list[Place]:
        """Return where values of the preset stand in the file, or their keys."""
        return _places(self.path, self.data, [Wanted((*self.where, *one.where), one.of_key) for one in wanted])


def preset_files(folder: Path) -> Iterator[tuple[Path, str]]:
    """Return the files of a folder that can hold presets, each with the id that its name stands for."""
    for entry in folders.entries(folder):
        stem, dot, ending = entry.name.rpartition(".")
        identifier = id_of_stem(stem)
        if not entry.is_folder and dot + ending in SUFFIXES and identifier is not None:
            yield entry.path, identifier


def misnamed(path: Path) -> Problem | None:
    """Return what is wrong with the name of a file, or of the folder of a kind, that nobody can ask for by it."""
    is_folder = folders.is_folder(path)
    stem, ending = (path.name, "") if is_folder else (path.stem, path.suffix.lower())
    if path.name.startswith(".") or not (is_folder or ending in SUFFIXES):
        return None
    usable = is_id(stem) if is_folder else id_of_stem(stem) is not None
    if usable and path.name == stem + ending:
        return None
    text = f"no {'kind of presets' if is_folder else 'preset'} can be called so: it is not used"
    return Problem("warning", "foreign_file", str(path), text, _what_to_call(path, stem, ending))


def _what_to_call(path: Path, stem: str, ending: str) -> str:
    original = original_of(path.name)
    if original is not None and files.exists(path.with_name(original)):
        return f"It is a second copy of {original}: take over what you want of it, and delete it."
    try:
        wanted = free_id(slug(stem), {one for _, one in preset_files(path.parent)})
    except InvalidName:
        return "Give it a name of small letters, digits, _ and -."
    return f"Call it {file_stem(wanted)}{ending}."


def sources(path: Path, stem_id: str, data: bytes | None = None) -> Iterator[Source]:
    """Read a file: one preset, whose id is the file's, or an array of them, each with an id or a name of its own.

    Args:
        data: what is in the file; it is read where this is None.

    Raises:
        InvalidDocument: it cannot be read.
        MissingExtra: it is YAML, and there is nothing to read that with.
    """
    data = files.read(path) if data is None else data
    value = _value(path, data)
    if isinstance(value, dict):
        yield Source(path, stem_id, value, data)
        return
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise InvalidDocument("a preset is an object, or an array of them", path=path, line=1, column=1)
    for index, tree in enumerate(value):
        try:
            identifier = require_id(str(tree.get("id") or slug(str(tree.get("name", "")))))
        except InvalidName as error:
            text = f"a preset in this array has no usable id: {error.message}"
            mistake = jsontext.mistake_at(_places(path, data, [Wanted((index,))])[0], text)
            raise InvalidDocument.of([mistake], path, hint=error.hint) from error
        yield Source(path, identifier, tree, data, (index,))


def _places(path: Path, data: bytes, wanted: Sequence[Wanted]) -> list[Place]:
    if not YAML.intersection(path.suffixes):
        return jsontext.places(data, wanted, path)
    from gamesaves.disk import yamltext

    return yamltext.places(data, wanted, path)


def _value(path: Path, data: bytes) -> Any:
    if not YAML.intersection(path.suffixes):
        return jsontext.parse_value(data, path)
    from gamesaves.disk.yamltext import parse_yaml

    return parse_yaml(data, path)
