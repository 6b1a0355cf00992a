"""The stores that games on this machine have made, so that a player can find their saves."""

from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import bundlenames, files, folders, jsontext
from gamesaves.errors import InvalidDocument, InvalidName, SavesError

LIST = "stores.json"


@dataclass(frozen=True, slots=True)
class KnownStore:
    """A store and the game that made it."""

    game: str
    path: Path


def require_name(name: str) -> None:
    """Refuse a name of a game, or of who makes it, that a folder cannot have on every system.

    Raises:
        InvalidName: it is one.
    """
    # A dot at the end is dropped where there is no place for it, and the folder is found all the same.
    fault = "a slash" if "/" in name else bundlenames.fault_of(name.rstrip("."))
    if fault is not None:
        hint = "Give one that every system has a place for, such as 'My Game'."
        raise InvalidName(f"no folder can be called {name!r}: {fault}", hint=hint)


def listed(folder: Path) -> list[KnownStore]:
    """Return the stores that are on the list and still there.

    Args:
        folder: gamesaves' own data folder on this machine.

    Raises:
        InvalidDocument: the list cannot be read.
    """
    file = folder / LIST
    data = files.read_if_there(file)
    rows = [] if data is None else jsontext.parse(data, file).get("stores")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise InvalidDocument(
            "'stores' must be a list of objects", path=file, hint="Delete this file; it is only a list."
        )
    known = [KnownStore(str(row.get("game")), Path(str(row.get("path")))) for row in rows]
    return [store for store in known if folders.is_folder(store.path)]


def remember(folder: Path, game: str, root: Path) -> None:
    """Add a store to the list; a list that cannot be read or written does not keep a game from its saves."""
    file = folder / LIST
    try:
        known = listed(folder)
        if any(store.path == root and store.game == game for store in known):
            return
        rows = [{"game": one.game, "path": str(one.path)} for one in known if one.path != root]
        rows.append({"game": game, "path": str(root)})
        folders.make(folder)
        files.replace(file, jsontext.encode({"schema_version": 1, "stores": rows}), durable=True)
    except SavesError:
        return
