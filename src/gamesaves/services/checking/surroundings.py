"""The disk that a store lies on: names that not every system can have, or that nothing finds, and room."""

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from gamesaves.disk import bundlenames, copies, files, folders, jsontext, layout
from gamesaves.errors import Problem, SavesError
from gamesaves.ids import is_id
from gamesaves.services.campaigns import DATA_FILE
from gamesaves.services.context import Context

_ROOM = 1 << 20


def name_problems(context: Context) -> Iterator[Problem]:
    """Yield the files whose names another system would change, refuse, or take for one of the others."""
    root = context.places.root
    seen: dict[str, str] = {}
    for entry in folders.entries(root):
        # What is hidden belongs to other programs: an editor, a synchroniser, git.
        if entry.name.startswith(".") or entry.is_link:
            continue
        found = copies.walk(entry.path) if entry.is_folder else [entry]
        for one in found:
            yield from _of(one.path, one.path.relative_to(root).as_posix(), seen)


def _of(path: Path, inside: str, seen: dict[str, str]) -> Iterator[Problem]:
    try:
        inside.encode()
    except UnicodeEncodeError:
        hint = "Give it a plain name."
        yield Problem("note", "foreign_name", str(path), "its name is no text", hint)
        return
    other = seen.setdefault(bundlenames.folded(inside), inside)
    if other != inside:
        text = f"on some systems it has the same name as {other}"
        yield Problem("warning", "name_clash", str(path), text, "Rename one of the two.")
    fault = bundlenames.fault_of(inside)
    if fault is None or path.name.startswith("."):
        return
    if path.name.endswith(layout.DOCUMENT_SUFFIX) and ":" in path.name:
        text = "a colon in its name, as older stores have it: other systems refuse that"
        hint = "It is read, and gets its portable name when it is next written."
    else:
        text, hint = f"other systems have no place for its name: {fault}", "Give it a plain name."
    yield Problem("note", "foreign_name", str(path), text, hint)


def misnamed_problems(context: Context) -> Iterator[Problem]:
    """Yield the folders that hold a campaign, but are named like none: no list shows them."""
    for entry in folders.entries(context.places.root):
        if not entry.is_folder or entry.name.startswith((".", layout.CAMPAIGN_PREFIX)):
            continue
        if all(files.exists(entry.path / name) for name in (layout.LOG, DATA_FILE)):
            text = "a campaign, in a folder that is not named like one: nothing finds it"
            hint = _to_be_found(context.places.root, entry.path)
            yield Problem("warning", "misnamed_campaign", str(entry.path), text, hint)


def _to_be_found(root: Path, stray: Path) -> str:
    campaign_id = None
    # Any name will do where nobody can tell its own.
    with suppress(SavesError):
        campaign_id = jsontext.parse(files.read(stray / DATA_FILE), stray / DATA_FILE).get("campaign_id")
    if not isinstance(campaign_id, str) or not (campaign_id.startswith(layout.CAMPAIGN_PREFIX) and is_id(campaign_id)):
        return f"Give it a name that begins with {layout.CAMPAIGN_PREFIX}."
    # In double quotes every shell takes a name with spaces as one word.
    if files.exists(root / campaign_id):
        return f'Join what it has: saves campaign merge "{campaign_id}" "{stray}"\nThen move it out of the store.'
    return f'Rename it to {campaign_id}.\nOr take it in: saves import "{stray}"'


def space_problems(context: Context) -> Iterator[Problem]:
    """Yield a problem where there is not room enough to write the largest campaign anew."""
    root = context.places.root
    free = files.free_space(root)
    names = [one for one in folders.names(root, folders=True) if one.startswith(layout.CAMPAIGN_PREFIX)]
    largest = max((sum(folders.sizes(root / one)) for one in names), default=0)
    needed = _ROOM + 2 * largest
    if free is not None and free < needed and files.exists(root):
        text = f"{free:,} bytes are free on its disk; {needed:,} are needed to repair or copy the largest campaign"
        yield Problem("warning", "low_space", str(root), text, "Make room on this disk.")
