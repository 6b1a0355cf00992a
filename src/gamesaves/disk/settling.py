"""Acting on what was found of a ledger's document files; only for whoever holds its lock."""

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass

from gamesaves.disk import files
from gamesaves.disk.chain import State
from gamesaves.disk.reconcile import Finding
from gamesaves.disk.recovered import Recovered
from gamesaves.disk.writeback import WriteBack


@dataclass(frozen=True, slots=True)
class Settling:
    """Puts document files right, so that no byte that somebody wrote is lost."""

    documents: WriteBack
    recovered: Recovered
    clock: Callable[[], str]

    def settle(self, findings: Iterable[Finding], state: State) -> None:
        """Do for each file what its finding asks for; edits are left for when they are in the log."""
        for finding in findings:
            if finding.verdict == "aside":
                self.set_aside(finding, state)
            elif finding.verdict == "left":
                files.remove(finding.path)
            elif finding.verdict in ("clean", "rewrite"):
                self._bring_home(finding)
            if finding.verdict == "rewrite":
                self.documents.fell_behind([finding.key])

    def _bring_home(self, finding: Finding) -> None:
        home = self.documents.path(finding.key)
        if finding.path != home:
            self.documents.make_folder(finding.key)
            files.move(finding.path, home)
        self.documents.saw(finding.key, finding.signature)

    def recorded(self, findings: Iterable[Finding], keys: Container[str]) -> None:
        """Take note that edits are in the log: only now may their files be written over."""
        for finding in findings:
            if finding.key in keys and finding.verdict in ("edited", "new"):
                self._bring_home(finding)
                self.documents.fell_behind([finding.key])

    def set_aside(self, finding: Finding, state: State) -> None:
        """Keep the bytes of a file that cannot be used; where the log has the document, it is written again."""
        reason = finding.problems[0].message if finding.problems else "the edit could not be merged"
        self.recovered.keep_bytes(finding.data, finding.path, at=self.clock(), reason=reason)
        if finding.path == self.documents.path(finding.key) and finding.key in state.trees:
            self.documents.saw(finding.key, finding.signature)
        else:
            files.remove(finding.path)
        self.documents.fell_behind([finding.key])
