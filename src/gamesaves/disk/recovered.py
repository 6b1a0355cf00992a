"""What was set aside: bytes that could not be used, and what a destructive verb replaced.

Each thing lies in a folder of its own, beside a `note.json` that says what it is, why it is there and how to put it
back. Nothing here is removed but on request.
"""

import contextlib
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TypeGuard

from gamesaves.disk import files, folders, jsontext
from gamesaves.errors import InvalidDocument, InvalidName, Problem, SavesError
from gamesaves.ids import slug

NOTE = "note.json"
SET_ASIDE = "set aside"
UNDO = "undo"
BROUGHT = "brought"
"""The key of a note that says what an import has brought."""
WHOLE_STORE = "."
"""Where the whole store is, relative to itself."""


@dataclass(frozen=True, slots=True)
class SetAside:
    """Something that was set aside on this machine.

    Attributes:
        id: the name of the folder it lies in.
        at: when, ISO 8601 in UTC.
        verb: what was done, such as `campaign remove`; None for bytes that could not be used, which nothing but a
            person can judge.
        reason: why, in words.
        path: where it was, relative to the store, with `/`; None where the note cannot be read.
        size: in bytes.
        file: where it lies now.
        problem: why it cannot be put back by itself, although a verb has set it aside.
        replaced_by: what was made of it and goes when it comes back, relative to the store: its own place, where
            something new has come to that; None where nothing was, and of a repair that did not come to its end.
        brought: of an import, what it has brought and is still there, relative to the store; `path` is one of it.
    """

    id: str
    at: str
    verb: str | None
    reason: str
    path: str | None
    size: int
    file: Path
    problem: Problem | None = None
    replaced_by: str | None = None
    brought: tuple[str, ...] = ()

    @property
    def takes_away(self) -> bool:
        """Whether taking it back takes something out of the store: what an import has brought."""
        return bool(self.brought) and self.verb != UNDO

    @property
    def undoable(self) -> bool:
        """Whether it can be put back by itself."""
        return self.verb is not None and self.problem is None


@dataclass(frozen=True, slots=True)
class Recovered:
    """The place where one machine keeps what it set aside.

    Args:
        folder: of all of it.
        store: the root that the homes of things are told relative to.
    """

    folder: Path
    store: Path

    def keep_bytes(self, data: bytes, origin: Path, *, at: str, reason: str, verb: str | None = None) -> Path:
        """Keep bytes under the name of the file they come from; return where they are.

        Args:
            verb: what is about to replace them, where it can be undone; None for bytes that could not be used.
        """
        target = self._target(origin, at)
        files.replace(target, data, durable=True)
        self._note(target, origin, at, reason, verb=verb)
        return target

    def keep(
        self, origin: Path, *, at: str, reason: str, verb: str = SET_ASIDE, replaced_by: Path | None = None
    ) -> Path:
        """Move a file or folder here; return where it is now.

        Args:
            verb: what is being done, `campaign remove`; it is what can be undone.
            replaced_by: what was made of it: the two are never to be in their places together.
        """
        target = self._target(origin, at)
        self._note(target, origin, at, reason, verb=verb, replaced_by=replaced_by)
        files.move(origin, target)
        return target

    def replaced(self, kept: Path, by: Path) -> None:
        """Write down that something new has come to the place of what is kept, or was made of it."""
        note = kept.parent / NOTE
        tree = jsontext.parse(files.read(note), note)
        _write_note(kept.parent, {**tree, "replaced_by": by.relative_to(self.store).as_posix()})

    def begin(
        self,
        called: str,
        name: str,
        home: str,
        *,
        at: str,
        reason: str,
        verb: str,
        by_hand: str,
        more: jsontext.Tree,
        place: Path | None = None,
    ) -> Path:
        """Make a place for several things at once, and return it; the caller moves them there.

        Args:
            called: what the place is called after.
            name: of what they lie in, beside the note; `.` where they lie beside it themselves.
            home: where they are, or one of them is, relative to the store.
            by_hand: what to do without this program.
            more: what else the note is to say.
            place: one that was begun already, whose note is written anew.
        """
        place = place or self._place(called, at)
        put_back = f"Run: saves undo {place.name}. {by_hand}"
        note = {"name": name, "home": home, "at": at, "reason": reason, "put_back": put_back, "verb": verb}
        _write_note(place, {"schema_version": 1, **note, **more})
        return place

    def listed(self) -> list[SetAside]:
        """Return what lies here, the newest first; what has no note that can be read is listed with its problem."""
        places = [entry.path for entry in folders.entries(self.folder) if entry.is_folder]
        # One that has nothing in it, not even a note, was to be taken away.
        found = [self._entry(place) for place in places if folders.names(place)]
        # Of the same moment the later one has the higher number, and the longer name.
        return sorted(found, key=lambda one: (one.at, len(one.id), one.id), reverse=True)

    def put_back(self, entry: SetAside, *, at: str) -> Path | None:
        """Move a thing back to its place; what is there now is set aside first. The caller has the locks of the places.

        What was made of it is set aside, too.

        Returns:
            Where that is kept; None where nothing was there.

        Raises:
            FileProblem, NoSpace: nothing has been put back, and what is in its place is still, or again, there.
            FlushFailed: it is in its place, but a power cut may take it away.
        """
        home = self.store / str(entry.path)
        folders.make(home.parent)
        moved: list[tuple[Path, Path]] = []
        try:
            if files.exists(home) or files.is_link(home):
                reason = f"{entry.id} was put back in its place"
                moved.append((self.keep(home, at=at, reason=reason, verb=UNDO), home))
            made = home if entry.replaced_by is None else self.store / entry.replaced_by
            if made != home and files.exists(made):
                reason = f"{entry.id} was put back, of which it was made"
                moved.append((self.keep(made, at=at, reason=reason, verb=UNDO, replaced_by=home), made))
            files.move(entry.file, home)
        except SavesError:
            if not files.exists(home):
                for kept, place in reversed(moved):
                    files.move(kept, place)
                    self.forget(kept.parent)
            raise
        self.forget(entry.file.parent)
        return moved[-1][0] if moved else None

    @staticmethod
    def forget(place: Path) -> None:
        """Take away the folder and the note of what has been put back; one that stays is listed as empty."""
        with contextlib.suppress(SavesError):
            files.remove(place / NOTE)
            folders.remove_empty(place)

    def _entry(self, place: Path) -> SetAside:
        note = place / NOTE
        at = _moment(place.name)
        try:
            tree = jsontext.parse(files.read(note), note)
            name, home, verb, replaced_by = (tree.get(key) for key in ("name", "home", "verb", "replaced_by"))
            brought = tree.get(BROUGHT, {})
            leading = [home, replaced_by or home, *brought] if isinstance(brought, dict) else [None]
            if not isinstance(name, str) or not _leads_inside(home) or not all(map(_leads_inside, leading)):
                raise InvalidDocument("it does not say what lies here, and where it was", path=note)
        except SavesError as error:
            hint = "Look at what lies beside the note, and move it where it belongs."
            unread = Problem("warning", "note_unreadable", str(note), error.message, hint, error.line, error.column)
            return SetAside(place.name, at, None, "its note cannot be read", None, _size(place), place, unread)
        kept = place / Path(name).name
        origin = kept if verb == UNDO else self.store
        there = tuple(one for one in brought if files.exists(origin / one))
        problem = None
        if brought and not there:
            text = "nothing of what was imported is there any more"
            problem = Problem("note", "nothing_brought", str(place), text, "This folder can be deleted.")
        elif not files.exists(kept) and not files.is_link(kept):
            text = "nothing lies here: it was never moved, or has been put back"
            problem = Problem("note", "nothing_kept", str(place), text, f"See {home}. This folder can be deleted.")
        return SetAside(
            place.name,
            str(tree.get("at") or at),
            verb if isinstance(verb, str) else None,
            str(tree.get("reason", "")),
            home,
            _size(kept) if origin == kept or not brought else 0,
            kept,
            problem,
            replaced_by,
            there,
        )

    def _target(self, origin: Path, at: str) -> Path:
        place = self._place(origin.name, at)
        # A game's own document may be called `note`.
        return place / (f"kept-{NOTE}" if origin.name.casefold() == NOTE else origin.name)

    def _place(self, origin: str, at: str) -> Path:
        """Make a folder for one thing that was called `origin`; nobody else has it, at whatever moment they ask."""
        stamp = "".join(char for char in at if char.isdigit())[:14]
        folders.make(self.folder)
        return folders.make_numbered(self.folder / f"{stamp}-{_short(origin)}")

    def _note(
        self,
        target: Path,
        origin: Path,
        at: str,
        reason: str,
        *,
        verb: str | None = None,
        replaced_by: Path | None = None,
    ) -> None:
        home = origin.relative_to(self.store).as_posix()
        note: jsontext.Tree = {
            "schema_version": 1,
            "name": target.name,
            "home": home,
            "at": at,
            "reason": reason,
            "put_back": f"Close every game that uses the store, then move {target.name!r} from here to {home!r}.",
        }
        if verb is not None:
            note["verb"] = verb
        if replaced_by is not None:
            note["replaced_by"] = replaced_by.relative_to(self.store).as_posix()
            note["put_back"] += f" Move {note['replaced_by']!r} away."
        _write_note(target.parent, note)


def _write_note(place: Path, note: jsontext.Tree) -> None:
    try:
        files.replace(place / NOTE, jsontext.encode(note), durable=True)
    except BaseException:
        # It stays where there are bytes in it already.
        with contextlib.suppress(SavesError):
            folders.remove_empty(place)
        raise


def _leads_inside(home: object) -> TypeGuard[str]:
    if not isinstance(home, str):
        return False
    steps = PurePosixPath(home)
    return home == WHOLE_STORE or (bool(steps.parts) and not steps.is_absolute() and ".." not in steps.parts)


def _moment(name: str) -> str:
    """Return the time that the name of an entry begins with, as notes write it; empty where there is none."""
    digits = name[:14]
    if len(digits) < 14 or not digits.isdecimal():
        return ""
    year, month, day, hour, minute, second = (digits[:4], *(digits[at : at + 2] for at in range(4, 14, 2)))
    return f"{year}-{month}-{day}T{hour}:{minute}:{second}Z"


def _size(kept: Path) -> int:
    if folders.is_folder(kept) and not files.is_link(kept):
        return sum(folders.sizes(kept))
    signature = files.signature(kept)
    return 0 if signature is None else signature.size


def _short(name: str) -> str:
    try:
        return slug(name)
    except InvalidName:
        return "unnamed"
