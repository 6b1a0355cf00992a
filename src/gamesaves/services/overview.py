"""What a store says of itself, and how much room it takes."""

from dataclasses import dataclass
from pathlib import Path

from gamesaves.disk import files, folders
from gamesaves.documents import StoreInfo
from gamesaves.errors import Problem, SavesError
from gamesaves.services.context import FORMAT, Context
from gamesaves.services.validation import read_document


@dataclass(frozen=True, slots=True)
class Overview:
    """A store at a glance.

    Attributes:
        store_id, created_at, format: as `store.json` says; None where it cannot be read.
        newest_format: what this program reads and writes.
        files, size: all files of the store, and their bytes.
        set_aside: the bytes of what was set aside on this machine.
        free: bytes that can still be written to its disk; None where the system does not say.
        problem: what is wrong with `store.json`.
    """

    root: Path
    store_id: str | None
    created_at: str | None
    format: int | None
    newest_format: int
    files: int
    size: int
    set_aside: int
    free: int | None
    problem: Problem | None


def overview(context: Context) -> Overview:
    """Look at a store; nothing is changed."""
    info, problem = _info(context)
    sizes = list(folders.sizes(context.places.root))
    return Overview(
        root=context.places.root,
        store_id=info.store_id if info else None,
        created_at=info.model_dump(mode="json")["created_at"] if info else None,
        format=info.schema_version if info else None,
        newest_format=FORMAT,
        files=len(sizes),
        size=sum(sizes),
        set_aside=sum(folders.sizes(context.places.recovered)),
        free=files.free_space(context.places.root),
        problem=problem,
    )


def _info(context: Context) -> tuple[StoreInfo | None, Problem | None]:
    path = context.places.store_file
    try:
        data = files.read_if_there(path)
        if data is None:
            return None, Problem("warning", "store_file_missing", str(path), "it is not there")
        return read_document(StoreInfo, data, path), None
    except SavesError as error:
        return None, error.as_problem()
