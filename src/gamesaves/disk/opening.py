"""Opening and making ledgers."""

import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from gamesaves.disk import encounterlog, files, folders, layout
from gamesaves.disk.chain import REVISION, Chain, Reading
from gamesaves.disk.jsontext import Tree, encode
from gamesaves.disk.ledger import Ledger, Surroundings
from gamesaves.disk.logwriter import LogWriter
from gamesaves.disk.preparing import begin
from gamesaves.disk.reconcile import Reconciler
from gamesaves.disk.state import VERSION, Contract
from gamesaves.errors import AlreadyExists, Problem, SavesError

_LOOKS = 3

L = TypeVar("L", bound=Ledger)
Make = Callable[[Path, Contract, Surroundings, Reading, LogWriter | None], L]


def create_ledger(
    folder: Path, contract: Contract, around: Surroundings, documents: Mapping[str, Tree], *, data: Tree
) -> None:
    """Make a ledger with its first event, whole or not at all; the caller has its lock and opens it afterwards.

    Raises:
        AlreadyExists: there is something at `folder`.
        InvalidDocument: a value has no place in a document.
        FlushFailed: it is there, but a power cut may take it away.
    """
    if files.exists(folder):
        raise AlreadyExists("there is something already", path=folder, hint="Choose another id.")
    first = begin(contract, documents, at=around.clock(), data=data)
    staging = around.places.staging / f"{folder.name}-{first.event.hash[:8]}"
    try:
        folders.make(staging)
        files.replace(staging / layout.LOG, first.line, durable=True)
        for key, tree in first.state.trees.items():
            path = staging / layout.document_path(key)
            folders.make(path.parent)
            files.replace(path, encode({VERSION: 1, REVISION: first.event.revision, **tree}), durable=False)
        folders.flush(staging)
        folders.make(folder.parent)
        files.move(staging, folder)
    except BaseException:
        # The first failure is what matters; on a full disk, what is half made would only take up room.
        with contextlib.suppress(SavesError):
            folders.remove(staging)
        raise


def open_ledger(folder: Path, contract: Contract, around: Surroundings, *, writing: bool) -> Ledger:
    """Open a ledger: newest snapshot, the tail of the log, then each document's file.

    Args:
        writing: the caller holds the ledger's lock; what is found is put right, not only reported.

    Raises:
        Damaged: there is no event to begin with.
        OutsideStore: the log, or what belongs to it, is a link that leaves the store.
    """
    return open_as(Ledger, folder, contract, around, writing=writing)


def open_as(make: Make[L], folder: Path, contract: Contract, around: Surroundings, *, writing: bool) -> L:
    """Open a ledger as a kind of its own, which `make` makes from what was read; else as `open_ledger`."""
    _require_inside(folder, contract, around.places)
    if writing:
        folders.sweep(folder)
    for _ in range(_LOOKS):
        chain = Chain(folder, contract)
        if writing and chain.reencoded is not None:
            _reencode(chain.log, chain.reencoded, around)
            chain = Chain(folder, contract)
        reading = chain.read()
        found = Reconciler(folder, contract, chain, reading.state, around.places).look()
        stopped = any(finding.stops for finding in found.findings)
        # Without the lock a document may be newer than the log was when it was read: somebody is playing.
        if writing or not stopped:
            break
    with contextlib.ExitStack() as on_failure:
        writer = _writer(folder, around, reading) if writing and not stopped else None
        if writer is not None:
            on_failure.callback(writer.close)
        ledger = make(folder, contract, around, reading, writer)
        ledger.problems.extend(found.problems)
        ledger.act_on(found.findings)
        ledger.problems.extend(_older_copy(ledger, chain, contract))
        ledger.problems.extend(encounterlog.settle(ledger))
        on_failure.pop_all()
    return ledger


def _older_copy(ledger: Ledger, chain: Chain, contract: Contract) -> list[Problem]:
    try:
        return ledger.seen_head.missing_from(chain, ledger.head, contract.noun, lambda: ledger.ancestry.events)
    except SavesError as error:
        # The ledger itself is as good as it was.
        return [error.as_problem("warning")]


def _require_inside(folder: Path, contract: Contract, places: layout.Layout) -> None:
    for name in (layout.LOG, layout.SNAPSHOTS, layout.BRANCHES, layout.ENCOUNTERS, *contract.views.values()):
        # A link may be made of a folder on the way, too.
        path = str(folder)
        for step in name.split("/"):
            path = os.path.join(path, step)
            if files.is_link(path):
                places.require_inside(Path(path))


def _reencode(path: Path, plain: bytes, around: Surroundings) -> None:
    """Write a log that an editor has saved in another encoding as plain UTF-8 again; the bytes there are kept."""
    reason = "the log had been saved in another encoding and was written as UTF-8 again"
    around.recovered.keep_bytes(files.read(path), path, at=around.clock(), reason=reason)
    files.replace(path, plain, durable=True)


def _writer(folder: Path, around: Surroundings, reading: Reading) -> LogWriter | None:
    """Open the log for appending; what a crash left behind its last whole line is set aside and cut off."""
    path = folder / layout.LOG
    head = reading.state.head
    if reading.read_only is not None or head is None:
        return None
    if reading.torn is not None:
        reason = f"the log was cut short while event {head.seq + 1} was written"
        around.recovered.keep_bytes(files.read(path, head.offset), path, at=around.clock(), reason=reason)
        text = f"{reason}; that commit had not been confirmed"
        reading.problems.append(Problem("warning", "torn_line", str(path), text, "Nothing needs to be done."))
    writer = LogWriter(path, head.offset)
    reading.state.head = replace(head, offset=writer.end)
    return writer
