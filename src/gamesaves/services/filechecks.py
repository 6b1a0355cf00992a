"""All that is wrong with a file that people write, told at once: mistakes, and keys that may be misspelt."""

from collections.abc import Callable
from pathlib import Path

from gamesaves.disk import jsontext
from gamesaves.documents import CharacterProfile, Document, PlayerData
from gamesaves.documents.kinds import preset_model
from gamesaves.errors import Problem, SavesError
from gamesaves.services.players import player_in
from gamesaves.services.presetfiles import sources
from gamesaves.services.profilefiles import profile_in
from gamesaves.services.validation import suspicions, validated


def preset_problems(data: bytes, path: Path, kind: str) -> list[Problem]:
    """Return what is wrong with a file of presets.

    Args:
        path: what the file is called; nothing is read from it.
        kind: `characters`, `classes`, … Of a game's own kind only the text is looked at.
    """
    model = preset_model(kind)
    problems: list[Problem] = []
    try:
        for source in sources(path, path.stem, data):
            if model is not None:
                problems += suspicions(model, source.tree, path, source.places)
                try:
                    validated(model, {**source.tree, "id": source.id}, path, source.places)
                except SavesError as error:
                    problems += error.as_problems()
    except SavesError as error:
        problems += error.as_problems()
    return _in_order(problems)


def profile_problems(data: bytes, path: Path, character_id: str) -> list[Problem]:
    """Return what is wrong with the file of a profile."""
    return _document_problems(CharacterProfile, data, path, lambda: profile_in(data, path, character_id))


def player_problems(data: bytes, path: Path, player_id: str) -> list[Problem]:
    """Return what is wrong with the file of a player."""
    return _document_problems(PlayerData, data, path, lambda: player_in(data, path, player_id))


def _document_problems(model: type[Document], data: bytes, path: Path, read: Callable[[], Document]) -> list[Problem]:
    try:
        tree = jsontext.parse(data, path)
    except SavesError as error:
        return error.as_problems()
    problems = misspelt_keys(model, tree, data, path)
    try:
        read()
    except SavesError as error:
        problems += error.as_problems()
    return _in_order(problems)


def misspelt_keys(model: type[Document] | None, tree: jsontext.Tree, data: bytes, path: Path) -> list[Problem]:
    """Return the keys of a JSON document that may be misspelt; none where it has no model."""
    if model is None:
        return []
    return suspicions(model, tree, path, lambda wanted: jsontext.places(data, wanted, path))


def _in_order(problems: list[Problem]) -> list[Problem]:
    return sorted(problems, key=lambda one: (one.line or 0, one.column or 0))
