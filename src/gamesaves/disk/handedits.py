"""Edits that somebody made to document files, merged with what the log has."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from gamesaves.disk.chain import migrated
from gamesaves.disk.jsontext import Tree
from gamesaves.disk.reconcile import Finding
from gamesaves.disk.state import Contract, Fault, State
from gamesaves.errors import Problem
from gamesaves.rules import patch
from gamesaves.rules.patch import MISSING, Json

KIND = "external_edit"
_REMOVED = Fault((), "it was removed")


@dataclass(slots=True)
class Edits:
    """What is to be committed for a number of edited files.

    Attributes:
        documents: the merged trees.
        conflicts: for each place that the game had changed too: the document, the path, both values. The game's stands.
        unusable: edits that do not go together with what the game did meanwhile, to be set aside.
    """

    documents: dict[str, Tree] = field(default_factory=dict)
    conflicts: list[Tree] = field(default_factory=list)
    unusable: list[Finding] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def data(self) -> Tree:
        """What the event says besides the changes."""
        return {"documents": sorted(self.documents), "conflicts": self.conflicts}


def gather(findings: Iterable[Finding], state: State, contract: Contract) -> Edits:
    """Merge each edited document, three-way by field, with the state."""
    edits = Edits()
    for finding in findings:
        if finding.tree is None:
            continue
        merged, conflicts = _merged(finding, state, contract)
        faults = [_REMOVED] if merged is MISSING else contract.faults(finding.key, merged)
        if faults:
            text = f"the edit does not go together with what the game changed meanwhile: {faults[0].message}"
            edits.problems.append(Problem("error", "edit_not_merged", str(finding.path), text))
            edits.unusable.append(finding)
            continue
        edits.documents[finding.key] = merged
        for conflict in conflicts:
            where = patch.pointer(conflict.path)
            edits.conflicts.append(
                {
                    "document": finding.key,
                    "path": where,
                    "ours": _shown(conflict.ours),
                    "theirs": _shown(conflict.theirs),
                }
            )
            edits.problems.append(conflict_problem(finding.path, conflict))
    return edits


def conflict_problem(path: Path, conflict: patch.Conflict) -> Problem:
    """Return what is told of a place that both the game and somebody with an editor have changed."""
    where = patch.pointer(conflict.path) or "the whole document"
    text = f"{where} was changed by the game too; the game's value stands, the edited one is kept in the history"
    return Problem("warning", "edit_conflict", str(path), text)


def _merged(finding: Finding, state: State, contract: Contract) -> tuple[Json, list[patch.Conflict]]:
    trees = (finding.base, state.trees.get(finding.key), finding.tree)
    return patch.merge(*(MISSING if tree is None else migrated(contract, finding.key, tree) for tree in trees))


def _shown(value: Json) -> Json:
    return {"missing": True} if value is MISSING else {"value": value}
