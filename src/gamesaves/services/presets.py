"""Presets: everything reusable, by kind and id, in layers of folders of which the first that has an id wins."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from gamesaves.disk import files, folders, jsontext
from gamesaves.errors import AlreadyExists, NotFound, Problem, SavesError
from gamesaves.ids import file_stem, id_of_stem, is_id, require_id
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context
from gamesaves.services.lookup import look_up
from gamesaves.services.presetfiles import SUFFIXES, Source, misnamed, preset_files, sources

if TYPE_CHECKING:
    from gamesaves.documents import (
        CharacterPreset,
        ClassPreset,
        EnvironmentPreset,
        RecommendationPreset,
        UnlockPreset,
        VoicePreset,
    )
    from gamesaves.services.drafts import Draft
    from gamesaves.services.presetediting import PresetEdit
    from gamesaves.services.profiles import Profiles
    from gamesaves.services.validation import Model

CHARACTERS, CLASSES, VOICES, ENVIRONMENTS = "characters", "classes", "voices", "environments"
UNLOCKS, RECOMMENDATIONS = "unlocks", "recommendations"


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


@cache
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
        found = {entry.name for layer in self.layers for entry in folders.entries(layer.folder) if entry.is_folder}
        return sorted(filter(is_id, found))

    def misnamed(self, kind: str | None = None) -> "Sequence[Problem]":
        """Return the files of a kind that no preset can be called like; of all kinds, and folders that are none."""
        found = [
            folders.entries(layer.folder / one) for layer in self.layers for one in ([kind] if kind else self.kinds())
        ]
        if kind is None:
            found += [[one for one in folders.entries(layer.folder) if one.is_folder] for layer in self.layers]
        problems = (misnamed(entry.path) for entries in found for entry in entries)
        return [one for one in problems if one is not None]

    def _entries(self, layer: Layer, kind: str) -> list[PresetEntry]:
        found = []
        for path, stem_id in preset_files(layer.folder / kind):
            try:
                for source in sources(path, stem_id):
                    found.append(self._entry(layer, kind, source))
            except SavesError as error:
                found.append(PresetEntry(kind, stem_id, stem_id, layer.name, path, problem=error.as_problem()))
        # As `_exact` looks for them: a file of the preset's own name counts before an array that has it too.
        return sorted(found, key=lambda entry: id_of_stem(entry.path.stem) != entry.id)

    def _entry(self, layer: Layer, kind: str, source: Source) -> PresetEntry:
        problem = None
        try:
            self._check(kind, source)
        except SavesError as error:
            problem = error.as_problem()
        name = str(source.tree.get("name", source.id))
        return PresetEntry(kind, source.id, name, layer.name, source.path, problem=problem)

    def _check(self, kind: str, source: Source) -> None:
        """Read a preset of a kind that the library knows as what it should be; a game's own can be anything."""
        from gamesaves.documents.kinds import preset_model

        if (model := preset_model(kind)) is not None:
            self._model(source, model)

    def problems(self, kind: str) -> list[Problem]:
        """Return all that is wrong with the files of a kind, in every layer; misspelt keys are warnings."""
        from gamesaves.services.filechecks import preset_problems

        problems = []
        for _, path in self.files(kind):
            try:
                problems += preset_problems(files.read(path), path, kind)
            except SavesError as error:
                problems += error.as_problems()
        return problems

    def _exact(self, kind: str, identifier: str) -> tuple[str, Source] | None:
        """Return the preset with this id, and the layer that has it; None where none does.

        Raises:
            InvalidDocument: the file of that name, in the first layer that has it, cannot be read.
        """
        for layer in self.layers:
            for path, stem_id in sorted(preset_files(layer.folder / kind), key=lambda one: one[1] != identifier):
                try:
                    for source in sources(path, stem_id):
                        if source.id == identifier:
                            return layer.name, source
                except SavesError:
                    if stem_id == identifier:
                        raise
        return None

    def _source(self, kind: str, identifier: str) -> tuple[str, Source]:
        require_id(kind)
        found = self._exact(kind, identifier)
        if found is None:
            names = {entry.id: entry.name for entry in self.list(kind)}
            identifier = self._named(kind, identifier, names)
            found = self._exact(kind, identifier)
        if found is None:
            raise NotFound("preset", identifier)
        return found

    def tree(self, kind: str, identifier: str) -> tuple[jsontext.Tree, PresetEntry]:
        """Return a preset as it stands in its file, and where that is.

        Raises:
            NotFound: no layer has it; the error has the nearest ids.
            InvalidDocument: its file cannot be read.
        """
        layer, source = self._source(kind, identifier)
        name = str(source.tree.get("name", source.id))
        return source.tree, PresetEntry(kind, source.id, name, layer, source.path)

    def get(self, identifier: str) -> "CharacterPreset":
        """Return a character preset, by its id or its name.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, has that name.
            InvalidDocument: the preset cannot be used; with its file, line and column.
        """
        from gamesaves.documents import CharacterPreset

        _, source = self._source(CHARACTERS, identifier)
        return self._model(source, CharacterPreset)

    def character_class(self, identifier: str) -> "ClassPreset | None":
        """Return a class; None for one that nobody has described, which counts as an adventurer."""
        from gamesaves.documents import ClassPreset

        found = self._exact(CLASSES, identifier)
        return None if found is None else self._model(found[1], ClassPreset)

    def environment(self, identifier: str = "default") -> "EnvironmentPreset | None":
        """Return what each period of a day brings; None where nobody has described it."""
        from gamesaves.documents import EnvironmentPreset

        found = self._exact(ENVIRONMENTS, identifier)
        return None if found is None else self._model(found[1], EnvironmentPreset)

    def voices(self) -> "list[VoicePreset]":
        """Return the voices that can be used."""
        from gamesaves.documents import VoicePreset

        return self._usable(VOICES, VoicePreset)

    def unlocks(self) -> "list[UnlockPreset]":
        """Return what can open up to players."""
        from gamesaves.documents import UnlockPreset

        return self._usable(UNLOCKS, UnlockPreset)

    def recommendations(self) -> "list[RecommendationPreset]":
        """Return the rules by which players are told what they may want to do next."""
        from gamesaves.documents import RecommendationPreset

        return self._usable(RECOMMENDATIONS, RecommendationPreset)

    def _usable(self, kind: str, model: "type[Model]") -> "list[Model]":
        usable = [entry.id for entry in self.list(kind) if entry.problem is None]
        return [self._model(self._source(kind, one)[1], model) for one in usable]

    @staticmethod
    def _model(source: Source, model: "type[Model]") -> "Model":
        from gamesaves.services.validation import validated

        return validated(model, {**source.tree, "id": source.id}, source.path, source.places)

    def draft(self, identifier: str) -> "Draft":
        """Return a character to edit, made from a preset; its template file is written the first time.

        Raises:
            As `get`.
        """
        from gamesaves.services.drafts import Draft

        draft = Draft.of(self.get(identifier))
        self._profiles().write_template(draft, self.character_class(draft.character_class))
        return draft

    def entry(self, kind: str, name: str) -> PresetEntry:
        """Return a preset as it is listed, by its id or its name; also one that cannot be used.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, has that name.
        """
        found = {one.id: one for one in self.list(require_id(kind))}
        return found[self._named(kind, name, {one.id: one.name for one in found.values()})]

    def _named(self, kind: str, name: str, names: Mapping[str, str]) -> str:
        """Return the id of the preset that a name means; the error knows where else there is one."""
        try:
            return look_up("preset", name, names)
        except NotFound as error:
            others = [one for one in self.kinds() if one != kind and any(name == other.id for other in self.list(one))]
            unused = [one for one in self.misnamed(kind) if Path(one.path).stem == name]
            if unused:
                error.hint = f"{unused[0].path}: {unused[0].message}. {unused[0].hint}"
            elif others:
                error.hint = f"There is one of another kind: {' and '.join(f'{one}/{name}' for one in others)}"
            elif not error.nearest:
                error.hint = f"List what there is: saves preset list --kind {kind}"
            raise

    def files(self, kind: str | None = None) -> "Sequence[tuple[str, Path]]":
        """Return the files of presets in every layer, each with its kind; those of one kind, or of all."""
        kinds = self.kinds() if kind is None else [require_id(kind)]
        folders_of = ((one, layer.folder / one) for one in kinds for layer in self.layers)
        return [(one, path) for one, folder in folders_of for path, _ in preset_files(folder)]

    def edit(self, kind: str, name: str) -> "PresetEdit":
        """Return the text of a preset to be edited; the edit of one that is not the store's goes into a copy there.

        Raises:
            NotFound, Ambiguous: nothing, or more than one, has that name.
        """
        from gamesaves.services.presetediting import PresetEdit

        entry = self.entry(kind, name)
        return PresetEdit(self._context, kind, entry.id, entry.layer, entry.path)

    def new(self, kind: str, identifier: str, *, name: str, like: str | None = None) -> Path:
        """Write a preset to begin with into the store, and return its file.

        Args:
            name: what a player reads.
            like: the id or the name of a preset to copy; else it has the fields of its kind, with their defaults.

        Raises:
            AlreadyExists: there is a preset with that id, or a file of its name that holds others.
            NotFound, Ambiguous: nothing, or more than one, is called `like`.
            InvalidName: the kind or the id is none.
        """
        from gamesaves.services.presetediting import starter

        require_id(identifier)
        known = {one.id: one for one in self.list(require_id(kind))}
        if identifier in known:
            hint = f"Edit it: saves preset edit {identifier}" + ("" if kind == CHARACTERS else f" --kind {kind}")
            raise AlreadyExists(f"there is a preset {identifier!r} already", path=known[identifier].path, hint=hint)
        tree = starter(kind, name, None if like is None else self.tree(kind, like)[0])
        return self._write(kind, identifier, tree)

    def customise(self, kind: str, identifier: str) -> Path:
        """Copy a preset into the store, where it can be edited, unless it is there already; return its file.

        Raises:
            AlreadyExists: a file of the store that is not this preset has its name.
            As `tree`.
        """
        tree, entry = self.tree(kind, identifier)
        return entry.path if entry.layer == "store" else self._write(kind, entry.id, tree)

    def _write(self, kind: str, identifier: str, tree: jsontext.Tree) -> Path:
        self._context.require_store()
        target = self._context.places.presets / kind / f"{file_stem(identifier)}.json"
        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS):
            if files.exists(target):
                text = f"there is a file with the name of the preset {identifier!r} already"
                raise AlreadyExists(text, path=target, hint="Edit this file or rename it, or take another id.")
            folders.make(target.parent)
            files.replace(target, jsontext.encode(tree), durable=True)
        return target

    def own_file(self, kind: str, identifier: str) -> Path:
        """Return the file of the store's own copy of a preset.

        Raises:
            NotFound: the store has none in a file of its own.
        """
        folder = self._context.places.presets / require_id(kind)
        require_id(identifier)
        for ending in SUFFIXES:
            path = folder / f"{file_stem(identifier)}{ending}"
            if files.exists(path):
                return path
        error = NotFound("copy of the preset", identifier, path=folder)
        error.hint = "Only a file that the store has for it alone can be taken away."
        raise error

    def revert(self, kind: str, identifier: str) -> Path:
        """Take the store's own copy of a preset away, so that the one it overrides is used again.

        Returns:
            Where the copy is kept.

        Raises:
            NotFound: the store has no copy of it.
        """
        path = self.own_file(kind, identifier)
        self._context.require_store()
        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS):
            reason = "the preset was reverted to the one it overrode"
            return self._context.recovered.keep(path, at=self._context.stamp(), reason=reason, verb="preset revert")

    def list(self, kind: str = CHARACTERS) -> list[PresetEntry]:
        """Return the presets of a kind, sorted by id; one that cannot be used is listed with its problem."""
        found: dict[str, PresetEntry] = {}
        for layer in self.layers:
            for entry in self._entries(layer, kind):
                winner = found.get(entry.id)
                if winner is None:
                    found[entry.id] = entry
                elif winner.layer != layer.name:
                    found[entry.id] = replace(winner, overrides=(*winner.overrides, layer.name))
        return [found[one] for one in sorted(found)]
