"""A tree of an older version, as it is read: each document once, and what cannot be used is told and kept."""

import json
import shlex
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import PurePosixPath
from typing import Any, Literal

from gamesaves.disk import bundlenames, files, jsontext
from gamesaves.disk.foreign import Foreign
from gamesaves.disk.layout import BACKUP_FILE, BACKUP_KIND, LOG, STORE_FILE
from gamesaves.documents.base import SCHEMA_VERSION
from gamesaves.errors import InvalidDocument, InvalidValue, SavesError
from gamesaves.rules.adoption import Decision
from gamesaves.rules.adoption.naming import as_id
from gamesaves.rules.adoption.people import Made
from gamesaves.rules.adoption.places import Places, name_of, sorted_out, stem_of
from gamesaves.services.context import KIND

Tree = jsontext.Tree

KEPT = "the original is kept among what was set aside"


@dataclass(frozen=True, slots=True)
class Aside:
    """Bytes of the tree that are set aside as they are.

    Attributes:
        home: the path in the store that they are told to be of.
    """

    source: str
    home: str
    reason: str


@dataclass(slots=True)
class Report:
    """What was decided about some things of a tree, and which of their bytes are kept."""

    decisions: list[Decision] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)

    def note(self, what: str, source: str, text: str, target: str | None = None) -> None:
        """Tell a decision that nobody has to look at."""
        self.decisions.append(Decision("note", what, source, text, target))

    def warn(self, what: str, source: str, text: str, target: str | None = None) -> None:
        """Tell a decision that somebody should look at."""
        self.decisions.append(Decision("warning", what, source, text, target))

    def fail(self, what: str, source: str, text: str) -> None:
        """Tell that something could not be taken in."""
        self.decisions.append(Decision("error", what, source, text))

    def keep(
        self, source: str, home: str, reason: str, severity: Literal["error", "warning"] = "warning", what: str = ""
    ) -> None:
        """Set the bytes of a file aside, and tell it."""
        self.decisions.append(Decision(severity, what or "set_aside", source, f"{reason}; {KEPT}"))
        self.hold(source, home, reason)

    def hold(self, source: str, home: str, reason: str) -> None:
        """Set the bytes of a file aside that has been told of."""
        self.asides.append(Aside(source, portable(home), reason))

    def told(self, source: str, home: str, made: Made) -> None:
        """Tell what of a document could not be used as it was; of one that says less now the original is kept."""
        text = "; ".join(one.text for one in made.mended)
        if any(one.lost for one in made.mended):
            self.keep(source, home, text, what="bad_values")
        elif text:
            self.note("bad_values", source, text)

    def extend(self, other: "Report") -> None:
        """Add another report."""
        self.decisions += other.decisions
        self.asides += other.asides


def require_no_store(foreign: Foreign) -> None:
    """Refuse a folder with a store of this version in it, or a backup of one: as an older one it would come in part.

    Raises:
        InvalidValue: there is one; the error says how its campaigns come with all that belongs to them.
    """
    for path in sorted(foreign.files):
        folder = (foreign.origin / path).parent
        if name_of(path) == BACKUP_FILE and _says(foreign, path, BACKUP_KIND):
            restore = f"saves backup restore {shlex.join((str(folder.parent), folder.name))} --to PATH"
            hint = f"Restore it to a place of its own: {restore}\n{_EXPORT} PATH export CAMPAIGN"
            raise InvalidValue("this is a backup of a whole store", path=folder, hint=hint)
        is_world = PurePosixPath(path).match(f"universes/*/{LOG}")
        if is_world or (name_of(path) == STORE_FILE and _says(foreign, path, KIND)):
            root = folder.parent.parent if is_world else folder
            store = shlex.quote(str(root))
            hint = f"{_EXPORT} {store} export CAMPAIGN\nOr use it as it is: saves --store {store} list"
            raise InvalidValue("this is a whole store of this version, not an older one", path=root, hint=hint)


_EXPORT = "Export each campaign that is wanted, and import that file: saves --store"


def _says(foreign: Foreign, path: str, kind: str) -> bool:
    """Whether a file says what it is; a game may have one of its own that is called so."""
    try:
        return kind.encode() in files.read(foreign.origin / path, 0, 4096)
    except SavesError:
        # What cannot be read keeps nothing else out; it is told of like any other file.
        return False


class OldTree:
    """The files of a tree of an older version.

    Attributes:
        places: which file is what.
    """

    def __init__(self, foreign: Foreign) -> None:
        self.foreign = foreign
        self.places: Places = sorted_out(foreign.files)

    def value(self, path: str, home: str, report: Report) -> Any:
        """Return what a JSON file says; one that cannot be read is told and kept, and None."""
        try:
            if self.foreign.files[path].size > jsontext.MAX_BYTES:
                raise InvalidDocument(f"it has more than {jsontext.MAX_BYTES:,} bytes", path=path)
            return jsontext.parse_value(self.foreign.read(path), path)
        except InvalidDocument as error:
            place = f" (line {error.line}, column {error.column})" if error.line is not None else ""
            report.keep(path, home, f"it cannot be read: {error.message}{place}", "error")
        except SavesError as error:
            report.fail("unread", path, f"it is not taken in: {error.message}")
        return None

    def document(self, path: str, home: str, report: Report) -> Tree | None:
        """Return the object in a JSON file; None where there is none that this version can use."""
        tree = self.value(path, home, report)
        if isinstance(tree, dict):
            version = tree.get("schema_version")
            if not isinstance(version, int) or version <= SCHEMA_VERSION:
                return tree
            report.keep(path, home, f"it has format version {version}, of a newer program", "error")
        elif tree is not None:
            report.keep(path, home, "it is no object", "error")
        return None

    def moment(self, paths: Sequence[str]) -> str:
        """Return when the newest of some files was written, ISO 8601 in UTC, for what does not say when."""
        newest = max(self.foreign.files[path].mtime_ns for path in paths)
        return datetime.fromtimestamp(newest // 10**9, UTC).isoformat().replace("+00:00", "Z")


def portable(home: str) -> str:
    """Return a path that every system has a place for: its last step by its own name, or by an id made of it."""
    if bundlenames.fault_of(home) is None:
        return home
    folder, name = home.rpartition("/")[0], name_of(home)
    stem, dot, ending = name.rpartition(".")
    safe = f"{as_id(stem_of(name) if not dot else stem)}{'.' + as_id(ending) if dot else ''}"
    above = "/".join(as_id(step) for step in folder.split("/") if step) if bundlenames.fault_of(folder) else folder
    return f"{above}/{safe}" if above else safe


def same_content(one: Tree, other: Tree) -> bool:
    """Whether two documents say the same, whatever the order of their keys."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)
