"""What of a ledger's folder goes into a bundle, as its log says it: nothing that is in the middle of being written."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from gamesaves.disk import bundlenames, files, folders, jsontext, layout, reconcile, snapshots
from gamesaves.disk.ancestry import Ancestry
from gamesaves.disk.chain import Chain
from gamesaves.disk.state import Contract, State
from gamesaves.disk.views import Views
from gamesaves.errors import Problem, SavesError


@dataclass(slots=True)
class Collected:
    """What goes into a bundle.

    Attributes:
        entries: by path, what reads the bytes.
        problems: what is left out.
    """

    entries: dict[str, Callable[[], bytes]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    def leave_out(self, path: Path | str, reason: str, code: str = "left_out") -> None:
        """Take note that something cannot come along."""
        self.problems.append(Problem("warning", code, str(path), f"left out: {reason}"))


@dataclass(frozen=True, slots=True)
class Source:
    """A ledger whose log can be vouched for.

    Attributes:
        state: at the end of its log.
    """

    folder: Path
    contract: Contract
    chain: Chain
    state: State

    @classmethod
    def of(cls, folder: Path, contract: Contract) -> "Source":
        """Read a ledger.

        Raises:
            Damaged, NewerFormat: its log cannot be vouched for.
        """
        chain = Chain(folder, contract)
        reading = chain.read()
        if reading.read_only is not None:
            raise reading.read_only
        return cls(folder, contract, chain, reading.state)


def add_ledger(result: Collected, source: Source, base: str, *, documents: bool = True) -> None:
    """Add a ledger.

    Args:
        base: its folder in the bundle.
        documents: take along what follows from the log, so that a person can read it; import writes it anyway.
    """
    base = f"{base}/"
    text = _log_text(source.chain, source.state)
    result.entries[base + layout.LOG] = lambda: text
    if documents:
        _add_documents(result, base, source)
    _add_snapshot(result, base, source)
    for file in _other_files(result, source):
        path = base + file.relative_to(source.folder).as_posix()
        if path not in result.entries:
            result.entries[path] = partial(files.read, file)


def _log_text(chain: Chain, state: State) -> bytes:
    """Return the log up to its newest whole line."""
    assert state.head is not None
    text = chain.reencoded if chain.reencoded is not None else files.read(chain.log, 0, state.head.offset)
    text = text[: state.head.offset]
    return text if text.endswith(b"\n") else text.rstrip(b"\0") + b"\n"


def _add_documents(result: Collected, base: str, source: Source) -> None:
    """Add what the log says of every document, and the views of it."""
    folder, contract, state = source.folder, source.contract, source.state
    for key in state.trees:
        result.entries[base + layout.document_path(key)] = partial(reconcile.encoded, contract, key, state)
    views = Views(folder, contract.views, lambda: Ancestry(folder, contract).events.values())
    for name, path in contract.views.items():
        if state.views.get(name) is not None:
            rows = views.rows(name, state, writing=False)
            lines = b"".join(jsontext.encode_line(row) + b"\n" for row in rows)
            result.entries[base + path] = partial(bytes, lines)


def _add_snapshot(result: Collected, base: str, source: Source) -> None:
    """Add the newest snapshot that belongs to the log: it saves time, and older ones save no more."""
    for found in snapshots.listed(source.folder / layout.SNAPSHOTS):
        try:
            data = files.read(found.path)
            snapshot = snapshots.decode(data, found.path)
        except SavesError:
            continue
        if source.chain.ends_line(snapshot.offset, snapshot.hash):
            result.entries[f"{base}{layout.SNAPSHOTS}/{found.path.name}"] = partial(bytes, data)
            return


def _other_files(result: Collected, source: Source) -> Iterator[Path]:
    """Return what else lies in the folder and can come along: presets, lines of other copies, fights going on."""
    folder, contract = source.folder, source.contract
    own = {layout.LOG, *contract.views.values()}
    waiting = [folder]
    while waiting:
        for entry in folders.entries(waiting.pop()):
            inside = entry.path.relative_to(folder).as_posix()
            key = layout.document_key(inside)
            if entry.name.startswith(".") or inside in own or inside == layout.SNAPSHOTS:
                continue
            if entry.is_link:
                result.leave_out(entry.path, "it is a link")
            elif (fault := bundlenames.fault_of(inside)) is not None and not (key and contract.is_document(key)):
                result.leave_out(entry.path, f"other systems have no place for its name: {fault}")
            elif entry.is_folder:
                waiting.append(entry.path)
            elif key is not None and contract.is_document(key):
                if key not in source.state.trees:
                    result.leave_out(entry.path, "it is not in the log yet; open what it is of to take it in")
            elif _is_sound(result, entry.path):
                yield entry.path


def _is_sound(result: Collected, file: Path) -> bool:
    """Whether a file of presets, or of a player's own, is one that a bundle may have."""
    if file.suffix == layout.DOCUMENT_SUFFIX:
        try:
            jsontext.parse_value(files.read(file), file)
        except SavesError as error:
            result.leave_out(file, error.message)
            return False
    return True
