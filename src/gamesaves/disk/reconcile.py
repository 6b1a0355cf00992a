"""What has become of a ledger's document files since the log was last written: the opening table of the format.

Looking changes nothing. Each file gets one finding; the ledger's one writer then acts on them.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from gamesaves.disk import files, folders, jsontext, layout
from gamesaves.disk.chain import REVISION, Chain, beyond_head, is_newer, migrated, newer_format, seq_of
from gamesaves.disk.files import Signature
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.state import VERSION, Contract, Fault, State, located
from gamesaves.errors import FileProblem, InvalidDocument, NotFound, OutsideStore, Problem, SavesError, Severity
from gamesaves.rules import patch

NOT_DOCUMENTS = (layout.SNAPSHOTS, layout.BRANCHES, layout.ENCOUNTERS, "presets", "chat_history")
"""The folders of a ledger whose files are none of its documents."""

_MEND = "Mend it and put it back; the last good state is in use."

Verdict = Literal["clean", "rewrite", "aside", "edited", "new", "left", "unread"]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one document file is.

    Attributes:
        verdict: `clean`: as the log says. `rewrite`: to be written as the log says. `aside`: its bytes cannot be used;
            they are kept and, where the log has the document, it is rewritten. `edited`: changed by hand since `base`.
            `new`: made by hand. `left`: no document of the ledger, or gone from it; a leftover that can go. `unread`:
            the system does not let it be read now; it is left alone.
        tree: what the file says, without its revision, where it is `edited` or `new`.
        base: what it was before the edit.
        stops: why the ledger may only be read as long as this file is there.
        away: whether it has another name than the document's file is to have.
    """

    key: str
    path: Path
    verdict: Verdict
    signature: Signature | None = None
    data: bytes = b""
    tree: Tree | None = None
    base: Tree | None = None
    problems: tuple[Problem, ...] = ()
    stops: SavesError | None = None
    away: bool = False


@dataclass(slots=True)
class Reconciliation:
    """All findings of one look at a ledger's folder."""

    findings: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


class Reconciler:
    """Compares the document files of a ledger with its state."""

    def __init__(self, folder: Path, contract: Contract, chain: Chain, state: State, places: layout.Layout) -> None:
        self._folder = folder
        self._contract = contract
        self._chain = chain
        self._state = state
        self._places = places

    def look(self) -> Reconciliation:
        """Compare every document file, and every document that should have one."""
        result = Reconciliation()
        paths: dict[str, Path] = {}
        for key, path in self.document_files(self._folder, result):
            if key not in paths:
                paths[key] = path
                continue
            twin = path
            if path == self._folder / layout.document_path(key):
                twin, paths[key] = paths[key], path
            result.findings.append(self._duplicate(key, twin, paths[key]))
        for key in {**self._state.trees, **paths}:
            found = paths.get(key)
            result.findings.append(self.finding_at_home(key) if found is None else self._finding_of(key, found))
        return result

    def _finding_of(self, key: str, path: Path) -> Finding:
        # As texts: each path that is made takes as long as asking the system about it.
        if str(path) == os.path.join(str(self._folder), *layout.document_path(key).split("/")):
            return self._finding(key, path)
        finding = self._finding(key, path, away=True)
        return replace(finding, away=finding.path is path)

    def _duplicate(self, key: str, path: Path, in_use: Path) -> Finding:
        problem = _problem("warning", "duplicate", path, f"{in_use.name} is there too and is the one in use")
        try:
            return Finding(key, path, "aside", data=files.read(path), problems=(problem,), away=True)
        except FileProblem as error:
            return Finding(key, path, "unread", problems=(error.as_problem("warning"),))

    def document_files(self, folder: Path, result: Reconciliation, inside: str = "") -> Iterator[tuple[str, Path]]:
        """Yield the document files in a folder and those in it, each with its key; the rest is told to `result`.

        Args:
            inside: the path of the folder inside the ledger's, with a slash behind it.
        """
        try:
            listed = folders.entries(folder)
        except FileProblem as error:
            result.problems.append(error.as_problem("warning"))
            return
        for entry in listed:
            if entry.name.startswith(".") or (not inside and entry.name in NOT_DOCUMENTS):
                continue
            path = entry.path
            if entry.is_link and not self._is_inside(path, result):
                continue
            if entry.is_folder:
                # A folder that is a link may hold itself.
                if not entry.is_link:
                    yield from self.document_files(path, result, f"{inside}{entry.name}/")
            elif entry.name.endswith(layout.DOCUMENT_SUFFIX):
                key = layout.document_key(inside + entry.name)
                if key is not None and self._contract.is_document(key):
                    yield key, path
                else:
                    text = "its name is no document's; it is left alone"
                    result.problems.append(_problem("note", "foreign_file", path, text))

    def _is_inside(self, link: Path, result: Reconciliation) -> bool:
        try:
            self._places.require_inside(link)
        except OutsideStore as error:
            key = layout.document_key(link.relative_to(self._folder).as_posix())
            if key not in self._state.trees:
                # That of a document is told where the document is looked at.
                result.problems.append(error.as_problem())
            return False
        return True

    def finding_at_home(self, key: str) -> Finding:
        """Compare one document with the file in its place, which may not be there, or have become a link."""
        path = self._folder / layout.document_path(key)
        try:
            return self._finding(key, self._places.require_inside(path))
        except OutsideStore as error:
            # What it leads to is not read; the link may be written over.
            return Finding(key, path, "rewrite", files.signature(path), problems=(error.as_problem(),))

    def _finding(self, key: str, path: Path, *, away: bool = False) -> Finding:
        try:
            signature, data = files.signature(path), files.read_if_there(path)
        except FileProblem as error:
            return Finding(key, path, "unread", problems=(error.as_problem("warning"),))
        known = self._state.trees.get(key)
        if signature is None or data is None:
            home = self._folder / layout.document_path(key)
            problem = _problem("warning", "document_missing", home, "it was not there; the log has it")
            return Finding(key, home, "rewrite", problems=(problem,))
        if known is not None and data == encoded(self._contract, key, self._state):
            return Finding(key, path, "rewrite" if away else "clean", signature)
        if not data.strip(b"\0"):
            if known is None:
                return Finding(key, path, "left", signature)
            problem = _problem("note", "document_empty", path, "it was empty; the log has it")
            return Finding(key, path, "rewrite", signature, problems=(problem,))
        return self.judged(key, path, data, signature)

    def judged(self, key: str, path: Path, data: bytes, signature: Signature | None) -> Finding:
        """Return what a document file with these bytes is."""
        known = self._state.trees.get(key)
        try:
            tree = jsontext.parse(data, path)
        except InvalidDocument as error:
            told = error.as_problems()
            problems = tuple(replace(one, hint=_MEND if one.hint == jsontext.MEND else one.hint) for one in told)
            return Finding(key, path, "aside", signature, data, problems=problems)
        if is_newer(self._contract, key, tree):
            newer = newer_format(path, tree[VERSION], self._contract.newest_version(key))
            return Finding(key, path, "clean", signature, problems=(newer.as_problem(),), stops=newer)
        revision = tree.get(REVISION) if isinstance(tree.get(REVISION), str) else None
        tree = self._chain.canonical(key, tree)
        if known is not None:
            tree.setdefault(VERSION, known.get(VERSION, 1))
        if known is not None and (revision is None or revision == self._state.revisions[key]):
            if patch.same(tree, known):
                return Finding(key, path, "clean" if revision else "rewrite", signature)
            return self._valid(Finding(key, path, "edited", signature, data, tree, known))
        if revision is not None:
            return self._of_another_revision(Finding(key, path, "edited", signature, data, tree), revision, known)
        return self._valid(Finding(key, path, "new", signature, data, tree))

    def _of_another_revision(self, file: Finding, revision: str, known: Tree | None) -> Finding:
        head = self._state.head
        seq = seq_of(revision)
        if head is not None and seq > head.seq:
            stop = beyond_head(file.path, seq, head.seq, self._chain.repair)
            return Finding(file.key, file.path, "clean", file.signature, problems=(stop.as_problem(),), stops=stop)
        try:
            base = self._chain.tree_at(file.key, revision)
        except NotFound:
            if known is None:
                return self._valid(Finding(file.key, file.path, "new", file.signature, file.data, file.tree))
            text = "it belongs to another copy of this save; it is kept aside and can be compared and merged"
            problem = _problem("warning", "foreign_revision", file.path, text)
            return Finding(file.key, file.path, "aside", file.signature, file.data, problems=(problem,))
        if patch.same(base, file.tree):
            return Finding(file.key, file.path, "left" if known is None else "rewrite", file.signature)
        return self._valid(Finding(file.key, file.path, "edited", file.signature, file.data, file.tree, base))

    def _valid(self, file: Finding) -> Finding:
        """Return the finding if the file's content can be used, else one that sets it aside."""
        assert file.tree is not None
        tree = migrated(self._contract, file.key, file.tree)
        base = tree if file.base is None else migrated(self._contract, file.key, file.base)
        tree, missing = self._contract.completed(file.key, tree, base)
        problems = document_problems(self._contract, file.key, tree, file.data, file.path)
        if not problems and not self._contract.fits(file.key, tree, file.base):
            text = "the id inside it is not its own; it is kept aside"
            problems = [_problem("error", "wrong_id", file.path, text)]
        if problems:
            return Finding(file.key, file.path, "aside", file.signature, file.data, problems=tuple(problems))
        if not missing:
            return file
        kept = tuple(
            replace(one, code="missing_key", message=f"{one.message}; its last value stays")
            for one in fault_problems(missing, file.data, file.path, "warning")
        )
        if patch.same(tree, base):
            verdict: Verdict = "rewrite" if file.key in self._state.trees else "left"
            return Finding(file.key, file.path, verdict, file.signature, problems=kept)
        return replace(file, tree=tree, problems=kept)


def document_problems(contract: Contract, key: str, tree: Tree, data: bytes, path: Path) -> list[Problem]:
    """Return what is wrong with a document that was read from `data`, each with its line and column."""
    return fault_problems(contract.faults(key, tree), data, path, hint=_MEND)


def fault_problems(
    faults: Sequence[Fault], data: bytes, path: Path, severity: Severity = "error", *, hint: str | None = None
) -> list[Problem]:
    """Return faults of a document that was read from `data` as problems, each with its line and column."""
    if not faults:
        return []
    mistakes = located(faults, lambda wanted: jsontext.places(data, wanted, path))
    return InvalidDocument.of(mistakes, path, hint=hint).as_problems(severity)


def encoded(contract: Contract, key: str, state: State) -> bytes:
    """Return the bytes of a document's file: its tree with its revision and the fields that follow from the log."""
    tree = state.trees[key]
    overlay = contract.derived(key, state)
    merged = {VERSION: tree.get(VERSION, 1), REVISION: state.revisions[key], **tree, **overlay}
    return jsontext.encode(merged)


def _problem(severity: Literal["error", "warning", "note"], code: str, path: Path, message: str) -> Problem:
    return Problem(severity, code, str(path), message)
