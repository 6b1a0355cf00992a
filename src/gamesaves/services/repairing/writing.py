"""A repaired campaign is put together aside and verified; then it takes the place of what was there, which is kept."""

import contextlib
import secrets
from collections.abc import Iterator
from pathlib import Path

from gamesaves.disk import copies, files, folders, layout, reconcile, snapshots
from gamesaves.disk.chain import Chain
from gamesaves.disk.heads import SeenHead
from gamesaves.disk.snapshots import Snapshot
from gamesaves.errors import Damaged, SavesError
from gamesaves.services.context import Context
from gamesaves.services.repairing.log import LedgerPlan
from gamesaves.services.repairing.plans import VERB


def carry_out(context: Context, plan: LedgerPlan) -> Path:
    """Do what is planned; return where the folder as it was is kept. The caller has the campaign's lock.

    Raises:
        NoSpace, FileProblem, Damaged: the campaign is as it was.
    """
    staged = context.places.staging / f"{plan.folder.name}-{secrets.token_hex(4)}" / plan.folder.name
    try:
        _stage(plan, staged)
        _verify(plan, staged)
        kept = context.recovered.keep(
            plan.folder, at=context.stamp(), reason=f"the {plan.kind.contract.noun} was repaired", verb=VERB
        )
        try:
            files.move(staged, plan.folder)
        except SavesError:
            if not files.exists(plan.folder):
                files.move(kept, plan.folder)
                context.recovered.forget(kept.parent)
            raise
    finally:
        # What could not be used would only take up room; it is copied from what is kept.
        with contextlib.suppress(SavesError):
            folders.remove(staged.parent)
    with contextlib.suppress(SavesError):
        # Without it, only that the repair came to its end is not known.
        context.recovered.replaced(kept, plan.folder)
    with contextlib.suppress(SavesError):
        # A machine's own memory of the campaign: the next one who closes it keeps it, too.
        assert plan.state.head is not None
        SeenHead(context.places.heads, plan.folder.name).keep(plan.state.head, plan.folder / layout.LOG)
    return kept


def _stage(plan: LedgerPlan, staged: Path) -> None:
    for source in _copied(plan):
        target = staged / source.relative_to(plan.folder)
        folders.make(target.parent)
        copies.copy(source, target)
    contract = plan.kind.contract
    encoded = {key: reconcile.encoded(contract, key, plan.state) for key in plan.state.trees}
    written = {layout.document_path(key): data for key, data in encoded.items()}
    for inside, data in {**written, **plan.contents, layout.LOG: plan.text}.items():
        target = staged / inside
        folders.make(target.parent)
        files.write_from(target, 0, data)
    head = plan.state.head
    assert head is not None
    own = Snapshot(head.seq, head.hash, head.at, head.turn, head.played, head.offset, {}, plan.state.views)
    snapshots.write(staged / layout.SNAPSHOTS, own, encoded)
    for folder in {path.parent for path in _files(staged)}:
        folders.flush(folder)


def _copied(plan: LedgerPlan) -> Iterator[Path]:
    """Yield the files that stay as they are."""
    made = {layout.LOG, *plan.left, *plan.contents, *map(layout.document_path, plan.state.trees)}
    for path in _files(plan.folder):
        if path.relative_to(plan.folder).as_posix() not in made:
            yield path


def _files(folder: Path) -> Iterator[Path]:
    return (entry.path for entry in copies.walk(folder) if not entry.is_link)


def _verify(plan: LedgerPlan, staged: Path) -> None:
    reading = Chain(staged, plan.kind.contract).read()
    head = reading.state.head
    if head is None or plan.state.head is None or head.hash != plan.state.head.hash or reading.problems:
        raise Damaged("what was written is not what was read", path=staged, hint="Check the disk.")
