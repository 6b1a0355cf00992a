"""Presets: everything reusable, by kind and id, in layers of folders of which the first that has an id wins."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gamesaves.disk import files, jsontext
from gamesaves.errors import InvalidDocument, InvalidName, NotFound, Problem, SavesError
from gamesaves.ids import file_stem, id_of_stem, require_id, slug
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context
from gamesaves.services.lookup import look_up

if TYPE_CHECKING:
    from gamesaves.documents import CharacterPreset, ClassPreset, VoicePreset
    from gamesaves.services.drafts import Draft
    from gamesaves.services.profiles import Profiles
    from gamesaves.services.validation import Model

CHARACTERS, CLASSES, VOICES = "characters", "classes", "voices"
_SUFFIXES = (".json", ".yaml", ".yml")


@dataclass(frozen=True, slots=True)
class Layer:
    """A folder of presets.

    Attributes:
        name: campaign, universe, store, game or shipped.
    """

    name: str
    folder: Path


@dataclass(frozen=True, slots=True)
class PresetEntry:
    """A preset as it is listed.

    Attributes:
        layer: where it comes from.
        overrides: the layers that have it too and do not win.
        problem: why it cannot be used, if it cannot.
    """

    kind: str
    id: str
    name: str
    layer: str
    path: Path
    overrides: tuple[str, ...] = ()
    problem: Problem | None = None


def shipped_presets() -> Path:
    """Return the folder of the presets that come with the library."""
    package = Path(__file__).resolve().parents[1]
    inside = package / "presets"
    return inside if inside.is_dir() else package.parents[1] / "presets"


class Presets:
    """The presets that a store, or a campaign in it, can use.

    Args:
        layers: the folders, the one that wins first.
    """

    def __init__(self, context: Context, profiles: "Callable[[], Profiles]", layers: Sequence[Layer]) -> None:
        self._context = context
        self._profiles = profiles
        self.layers = tuple(layers)

    def under(self, layer: Layer) -> "Presets":
        """Return these presets with another layer that overrides them all."""
        return Presets(self._context, self._profiles, (layer, *self.layers))

    def kinds(self) -> list[str]:
        """Return the kinds that there are presets of."""
        found = {entry.name for layer in self.layers for entry in files.entries(layer.folder) if entry.is_folder}
        return sorted(name for name in found if not name.startswith("."))

    def _entries(self, layer: Layer, kind: str) -> Iterator[PresetEntry]:
        for path, stem_id in self._files(layer, kind):
            try:
                for identifier, tree in _presets_in(path, stem_id):
                    yield PresetEntry(kind, identifier, str(tree.get("name", identifier)), layer.name, path)
            except SavesError as error:
                yield PresetEntry(kind, stem_id, stem_id, layer.name, path, problem=error.as_problem())

    @staticmethod
    def _files(layer: Layer, kind: str) -> Iterator[tuple[Path, str]]:
        for entry in files.entries(layer.folder / kind):
            stem, dot, ending = entry.name.rpartition(".")
            identifier = id_of_stem(stem)
            if not entry.is_folder and dot + ending in _SUFFIXES and identifier is not None:
                yield entry.path, identifier

    def tree(self, kind: str, identifier: str) -> tuple[jsontext.Tree, PresetEntry]:
        """Return a preset as it stands in its file, and where that is.

        Raises:
            NotFound: no layer has it; the error has the nearest ids.
            InvalidDocument: its file cannot be read.
        """
        for layer in self.layers:
            for path, stem_id in self._files(layer, kind):
                if stem_id != identifier:
                    continue
                for one, tree in _presets_in(path, stem_id):
                    if one == identifier:
                        return tree, PresetEntry(kind, one, str(tree.get("name", one)), layer.name, path)
        entries = {entry.id: entry for entry in self.list(kind)}
        entry = entries[look_up("preset", identifier, {one.id: one.name for one in entries.values()})]
        trees = dict(_presets_in(entry.path, entry.id))
        return trees[entry.id], entry

    def get(self, identifier: str) -> "CharacterPreset":
        """Return a character preset, by its id or its name.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, has that name.
            InvalidDocument: the preset cannot be used; with its file, line and column.
        """
        from gamesaves.documents import CharacterPreset

        return self._model(CHARACTERS, identifier, CharacterPreset)

    def character_class(self, identifier: str) -> "ClassPreset | None":
        """Return a class; None for one that nobody has described, which counts as an adventurer."""
        from gamesaves.documents import ClassPreset

        if all(entry.id != identifier for entry in self.list(CLASSES)):
            return None
        return self._model(CLASSES, identifier, ClassPreset)

    def voices(self) -> "list[VoicePreset]":
        """Return the voices that can be used."""
        from gamesaves.documents import VoicePreset

        return [self._model(VOICES, entry.id, VoicePreset) for entry in self.list(VOICES) if entry.problem is None]

    def _model(self, kind: str, identifier: str, model: "type[Model]") -> "Model":
        from gamesaves.services.validation import validated

        tree, entry = self.tree(kind, identifier)
        data = files.read(entry.path)
        one_a_file = entry.path.suffix == ".json" and data.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")
        return validated(model, {**tree, "id": entry.id}, entry.path, data if one_a_file else None)

    def draft(self, identifier: str) -> "Draft":
        """Return a character to edit, made from a preset; its template file is written the first time.

        Raises:
            As `get`.
        """
        from gamesaves.services.drafts import Draft

        draft = Draft.of(self.get(identifier))
        self._profiles().write_template(draft, self.character_class(draft.character_class))
        return draft

    def customise(self, kind: str, identifier: str) -> Path:
        """Copy a preset into the store, where it can be edited, unless it is there already; return its file."""
        tree, entry = self.tree(kind, identifier)
        if entry.layer == "store":
            return entry.path
        self._context.require_store()
        target = self._context.places.presets / kind / f"{file_stem(entry.id)}.json"
        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS):
            files.make_folder(target.parent)
            files.replace(target, jsontext.encode(tree), durable=True)
        return target

    def revert(self, kind: str, identifier: str) -> Path:
        """Take the store's own copy of a preset away, so that the one it overrides is used again.

        Returns:
            Where the copy is kept.

        Raises:
            NotFound: the store has no copy of it.
        """
        require_id(identifier)
        for ending in _SUFFIXES:
            path = self._context.places.presets / kind / f"{file_stem(identifier)}{ending}"
            if files.exists(path):
                with self._context.global_lock.held(LOCK_PATIENCE_SECONDS):
                    reason = "the preset was reverted to the one it overrode"
                    return self._context.recovered.keep(path, at=self._context.stamp(), reason=reason)
        raise NotFound("preset", identifier, path=self._context.places.presets / kind)

    def list(self, kind: str = CHARACTERS) -> list[PresetEntry]:
        """Return the presets of a kind, sorted by id; one that cannot be used is listed with its problem."""
        found: dict[str, PresetEntry] = {}
        for layer in self.layers:
            for entry in self._entries(layer, kind):
                winner = found.get(entry.id)
                if winner is None:
                    found[entry.id] = entry
                elif winner.layer != layer.name:
                    overrides = (*winner.overrides, layer.name)
                    found[entry.id] = PresetEntry(
                        kind, winner.id, winner.name, winner.layer, winner.path, overrides, winner.problem
                    )
        return [found[one] for one in sorted(found)]


def _presets_in(path: Path, stem_id: str) -> Iterator[tuple[str, jsontext.Tree]]:
    """Read a file: one preset, whose id is the file's, or an array of them, each with an id or a name of its own."""
    value = _value(path)
    if isinstance(value, dict):
        yield stem_id, value
        return
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise InvalidDocument("a preset is an object, or an array of them", path=path, line=1, column=1)
    for one in value:
        try:
            yield require_id(str(one.get("id") or slug(str(one.get("name", ""))))), one
        except InvalidName as error:
            raise InvalidDocument(f"a preset in this array has no usable id: {error.message}", path=path) from error


def _value(path: Path) -> Any:
    data = files.read(path)
    if path.suffix == ".json":
        return jsontext.parse_value(data, path)
    from gamesaves.disk.yamltext import parse_yaml

    return parse_yaml(data, path)
