"""Documents that are newer than what the log has of them: taken in whole, or field by field where it must be."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gamesaves.disk import files, jsontext, layout
from gamesaves.disk.chain import REVISION, Chain, is_newer, newer_format, seq_of
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.reconcile import Reconciler, Reconciliation
from gamesaves.disk.state import VERSION, Contract, Fault, State
from gamesaves.errors import InvalidDocument
from gamesaves.rules import patch
from gamesaves.services.repairing.plans import RepairStep


@dataclass(slots=True)
class Newer:
    """The documents whose files are of events that the log does not have.

    Attributes:
        trees: what they are to be.
        seen: the keys of all of them, also of those that are no newer than what else is known.
        newest: the number of the newest event that one of them is of; 0 where there is none.
        steps: what is done with their files.
    """

    trees: dict[str, Tree] = field(default_factory=dict)
    seen: set[str] = field(default_factory=set)
    newest: int = 0
    steps: list[RepairStep] = field(default_factory=list)


def newer_documents(
    look: Reconciler,
    contract: Contract,
    folder: Path,
    reached: State,
    known: State,
    is_elsewhere: Callable[[str], bool],
) -> Newer:
    """Read the document files that are of events behind the end of the log.

    Args:
        look: finds the files.
        contract: knows the documents.
        reached: the state at the end of the log.
        known: the newest state that anything but these files has.
        is_elsewhere: whether a revision is of another campaign, or of another copy whose lines are kept.

    Raises:
        NewerFormat: a newer program has written one of them.
    """
    end = reached.head.seq if reached.head else 0
    found = Newer()
    for key, path in _documents(look, folder):
        data = files.read_if_there(path) or b""
        tree, is_whole = salvaged(data, path)
        revision = tree.get(REVISION)
        if not isinstance(revision, str) or seq_of(revision) <= end or is_elsewhere(revision):
            continue
        if is_newer(contract, key, tree):
            raise newer_format(path, tree[VERSION], contract.newest_version(key))
        found.seen.add(key)
        found.newest = max(found.newest, seq_of(revision))
        _judge(found, contract, key, path, Chain(folder, contract, b"").canonical(key, tree), revision, is_whole, known)
    return found


def _documents(look: Reconciler, folder: Path) -> Iterable[tuple[str, Path]]:
    """Return the document files by key; of two for one key the one with the portable name."""
    found: dict[str, Path] = {}
    for key, path in look.document_files(folder, Reconciliation()):
        if key not in found or path == folder / layout.document_path(key):
            found[key] = path
    return found.items()


def salvaged(data: bytes, path: Path) -> tuple[Tree, bool]:
    """Return what of a document can be read, and whether that is all of it."""
    try:
        return jsontext.parse(data, path), True
    except InvalidDocument:
        return jsontext.readable(data), False


def _judge(
    found: Newer, contract: Contract, key: str, path: Path, tree: Tree, revision: str, is_whole: bool, known: State
) -> None:
    before = known.trees.get(key)
    newest = known.head.seq if known.head else 0
    if seq_of(revision) <= newest and revision != known.revisions.get(key):
        # Behind what a snapshot, or lines behind the damage, have of it.
        return
    fitted, left = fitting(tree, before, lambda one: contract.faults(key, one), is_whole=is_whole)
    if fitted is None or not contract.fits(key, fitted, before):
        reason = "it is newer than the log, and cannot be read"
        lost = f"what changed in {named(key, before)} since then" if before else f"{named(key, tree)}, who is new"
        found.steps.append(RepairStep("document", path, "set aside", reason, lost))
        return
    fitted.setdefault(VERSION, 1)
    if before is not None and patch.same(fitted, before):
        return
    found.trees[key] = fitted
    gone = f"of {named(key, fitted)}: {', '.join(left)}, as of before" if left else None
    found.steps.append(RepairStep("document", path, "take in", "it is newer than what else is known", gone))


def fitting(
    tree: Tree, before: Tree | None, faults: Callable[[Tree], list[Fault]], *, is_whole: bool
) -> tuple[Tree | None, list[str]]:
    """Return a document that validates, of this one's fields as far as they do and else of the one before's.

    Args:
        faults: tells what is wrong with a document.
        is_whole: nothing of it is missing.

    Returns:
        None where that cannot be; and the fields that are not its own.
    """
    mended = dict(tree) if is_whole else {**(before or {}), **tree}
    left = [] if is_whole else [name for name in before or {} if name not in tree]
    for _ in range(len(mended)):
        found = faults(mended)
        if not found:
            return mended, sorted(set(left))
        if not all(fault.where for fault in found):
            return None, []
        for name in {str(fault.where[0]) for fault in found}:
            stands = (before or {}).get(name, patch.MISSING)
            if stands is patch.MISSING or patch.same(mended.get(name, patch.MISSING), stands):
                mended.pop(name, None)
            else:
                mended[name] = stands
            left.append(name)
    return None, []


def named(key: str, tree: Mapping[str, object] | None) -> str:
    """Return what a player calls a document: somebody's name, or a title."""
    tree = tree or {}
    for name in ("name", "title", "session_name"):
        if isinstance(tree.get(name), str):
            return str(tree[name])
    return "the saves" if key == "slots" else key.rpartition("/")[2]
