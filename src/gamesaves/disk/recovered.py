"""What was set aside: bytes that could not be used, and what a destructive verb replaced.

Each thing lies in a folder of its own, beside a `note.json` that says what it is, why it is there and how to put it
back. Nothing here is removed but on request.
"""

from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import files, folders, jsontext
from gamesaves.errors import InvalidName
from gamesaves.ids import slug

NOTE = "note.json"


@dataclass(frozen=True, slots=True)
class Recovered:
    """The place where one machine keeps what it set aside.

    Args:
        folder: of all of it.
        store: the root that the homes of things are told relative to.
    """

    folder: Path
    store: Path

    def keep_bytes(self, data: bytes, origin: Path, *, at: str, reason: str) -> Path:
        """Keep bytes under the name of the file they come from; return where they are."""
        target = self._target(origin, at)
        files.replace(target, data, durable=True)
        self._note(target, origin, at, reason)
        return target

    def keep(self, origin: Path, *, at: str, reason: str) -> Path:
        """Move a file or folder here; return where it is now."""
        target = self._target(origin, at)
        self._note(target, origin, at, reason)
        files.move(origin, target)
        return target

    def _target(self, origin: Path, at: str) -> Path:
        stamp = "".join(char for char in at if char.isdigit())[:14]
        name = f"{stamp}-{_short(origin.name)}"
        place, number = self.folder / name, 2
        while files.exists(place):
            place, number = self.folder / f"{name}_{number}", number + 1
        folders.make(place)
        # A game's own document may be called `note`.
        return place / (f"kept-{NOTE}" if origin.name.casefold() == NOTE else origin.name)

    def _note(self, target: Path, origin: Path, at: str, reason: str) -> None:
        home = origin.relative_to(self.store).as_posix()
        note = {
            "schema_version": 1,
            "name": target.name,
            "home": home,
            "at": at,
            "reason": reason,
            "put_back": f"Close every game that uses the store, then move {target.name!r} from here to {home!r}.",
        }
        files.replace(target.parent / NOTE, jsontext.encode(note), durable=True)


def _short(name: str) -> str:
    try:
        return slug(name)
    except InvalidName:
        return "unnamed"
