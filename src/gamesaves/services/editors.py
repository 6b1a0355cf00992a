"""Setting up a folder for an editor, so that it completes and checks the files of a store."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from gamesaves.disk import files, folders, jsontext
from gamesaves.documents.kinds import KINDS, Kind
from gamesaves.errors import InvalidDocument, Problem
from gamesaves.services.schemas import schema_of

_FOLDER = ".vscode"
_SCHEMAS = f"{_FOLDER}/gamesaves"
_KEY = "json.schemas"
_INDENT = re.compile(r"\{\s*?\n([ \t]+)")

State = Literal["written", "unchanged", "left"]


@dataclass(frozen=True, slots=True)
class SetUp:
    """What was done to a folder.

    Attributes:
        files: each file, and whether it was written, was as it should be, or was left as it is.
        settings: what has to stand in the editor's settings.
        problem: why the settings could not be written.
    """

    folder: Path
    files: dict[Path, State]
    settings: jsontext.Tree
    problem: Problem | None = None


def set_up_vscode(folder: Path, *, dry_run: bool = False) -> SetUp:
    """Make VS Code complete and check the files of the stores in a folder.

    The schemas go to `.vscode/gamesaves/`, and `.vscode/settings.json` is told of them; what else stands there stays.
    Settings that are no plain JSON (they may have comments) are left as they are, with a problem.

    Args:
        dry_run: write nothing.

    Raises:
        FileProblem, NoSpace: a file cannot be read or written.
    """
    wanted = {folder / _file(kind): jsontext.encode(schema_of(kind)) for kind in _edited()}
    settings = folder / _FOLDER / "settings.json"
    problem = None
    try:
        wanted[settings] = _merged(files.read_if_there(settings), settings)
    except InvalidDocument as error:
        problem = error.as_problem("warning")
    done: dict[Path, State] = {}
    for path, data in wanted.items():
        done[path] = "unchanged" if files.read_if_there(path) == data else "written"
        if done[path] == "written" and not dry_run:
            folders.make(path.parent)
            files.replace(path, data, durable=True)
    if problem is not None:
        done[settings] = "left"
    return SetUp(folder, done, {_KEY: _associations()}, problem)


def _edited() -> list[Kind]:
    return [kind for kind in KINDS if kind.edited]


def _file(kind: Kind) -> str:
    return f"{_SCHEMAS}/{kind.name}.schema.json"


def _associations() -> list[dict[str, Any]]:
    return [{"fileMatch": [kind.files], "url": f"./{_file(kind)}"} for kind in _edited()]


def _merged(data: bytes | None, path: Path) -> bytes:
    """Return the settings with our schemas among them, as they stand there if nothing has to be changed.

    Raises:
        InvalidDocument: they are no plain JSON, or have something else where the schemas belong.
    """
    if data is None or not data.strip():
        return jsontext.encode({_KEY: _associations()})
    try:
        tree = jsontext.parse(data, path)
    except InvalidDocument as error:
        # What an editor allows in its settings is none of our business: comments, a comma too many.
        text = "only settings that are a plain JSON object, without comments, can be added to"
        raise InvalidDocument(text, path=path, hint=f"Put {_KEY!r} into them yourself.") from error
    there = tree.get(_KEY, [])
    if not isinstance(there, list):
        mistake = jsontext.mistake_at(jsontext.place(data, (_KEY,), path), f"{_KEY} is no list")
        raise InvalidDocument.of([mistake], path)
    others = [one for one in there if not _is_ours(one)]
    merged = {**tree, _KEY: [*others, *_associations()]}
    if merged == tree:
        return data
    indent = _INDENT.search(jsontext.decode(data, path))
    return (json.dumps(merged, ensure_ascii=False, indent=indent[1] if indent else 2) + "\n").encode()


def _is_ours(entry: Any) -> bool:
    return isinstance(entry, dict) and str(entry.get("url", "")).startswith(f"./{_SCHEMAS}/")
