"""Presets while somebody edits them: what a new one begins with, and the text of one."""

from pathlib import Path

from gamesaves.disk import files, folders, jsontext
from gamesaves.disk.jsontext import Tree
from gamesaves.documents.kinds import preset_model
from gamesaves.errors import InvalidDocument, Problem, SavesError
from gamesaves.ids import file_stem, id_of_stem
from gamesaves.services.context import LOCK_PATIENCE_SECONDS, Context
from gamesaves.services.editing import Edited, TextEdit
from gamesaves.services.filechecks import preset_problems
from gamesaves.services.presetfiles import sources

EDIT = "preset edit"


def starter(kind: str, name: str, like: Tree | None) -> Tree:
    """Return what a new preset begins with: another one under a new name, or every field that its kind has.

    Texts that the kind needs beside the name are there, and empty.
    """
    if like is not None:
        return {"name": name, **{key: name if key == "name" else value for key, value in like.items() if key != "id"}}
    model = preset_model(kind)
    if model is None:
        return {"name": name}
    wanted = {field: "" for field, about in model.model_fields.items() if about.is_required()}
    begun = model.model_validate({**wanted, "name": name})
    return begun.model_dump(mode="json", exclude={"id", "schema_version"})


class PresetEdit(TextEdit):
    """A file of presets while somebody edits it; the store's copy is made when an edit of another one is installed.

    Attributes:
        layer: where the text that is edited comes from: store, game or shipped.
    """

    def __init__(self, context: Context, kind: str, identifier: str, layer: str, path: Path) -> None:
        data = files.read(path)
        there: bytes | None = data
        if layer != "store":
            data, there = self._single(path, identifier, data), None
            suffix = path.suffix if id_of_stem(path.stem) == identifier else ".json"
            path = context.places.presets / kind / f"{file_stem(identifier)}{suffix}"
        super().__init__(context, path, data, there)
        self.kind = kind
        self.id = identifier
        self.layer = layer

    @staticmethod
    def _single(path: Path, identifier: str, data: bytes) -> bytes:
        """Return the text of one preset; one that stands in an array is taken out of it."""
        found = next(one for one in sources(path, id_of_stem(path.stem) or identifier) if one.id == identifier)
        return jsontext.encode(found.tree) if found.where else data

    def problems(self, data: bytes) -> list[Problem]:
        """Return everything that is wrong with a text."""
        found = preset_problems(data, self.path, self.kind)
        if not any(one.severity == "error" for one in found) and not self._said(data):
            text = f"there is no preset {self.id!r} in it any more"
            hint = "Put it back, or discard the edit."
            found.append(Problem("error", InvalidDocument.code, str(self.path), text, hint))
        return found

    def _install(self, data: bytes) -> Edited:
        with self._context.global_lock.held(LOCK_PATIENCE_SECONDS):
            there = files.read_if_there(self.path)
            data = self._joined(there, data)
            if there is not None:
                reason = "it was edited with `saves preset edit`"
                self._context.recovered.keep_bytes(there, self.path, at=self._context.stamp(), reason=reason, verb=EDIT)
            folders.make(self.path.parent)
            files.replace(self.path, data, durable=True)
        before = self.data if there is None else there
        return Edited(self.path, self._said(before), self._said(data))

    def _said(self, data: bytes) -> Tree:
        """Return the preset in a text; an empty one where it cannot be read."""
        try:
            stem = id_of_stem(self.path.stem) or self.id
            return next((one.tree for one in sources(self.path, stem, data) if one.id == self.id), {})
        except SavesError:
            return {}
