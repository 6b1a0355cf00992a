"""Acting on what was found of a ledger's document files; only for whoever holds its lock."""

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gamesaves.disk import files
from gamesaves.disk.reconcile import Finding
from gamesaves.disk.recovered import Recovered
from gamesaves.disk.state import State
from gamesaves.disk.writeback import WriteBack
from gamesaves.errors import Problem, SavesError


@dataclass(frozen=True, slots=True)
class Settling:
    """Puts document files right, so that no byte that somebody wrote is lost.

    Attributes:
        problems: gets what could not be done.
    """

    documents: WriteBack
    recovered: Recovered
    clock: Callable[[], str]
    problems: list[Problem]

    def settle(self, findings: Iterable[Finding], state: State) -> None:
        """Do for each file what its finding asks for; edits are left for when they are in the log."""
        for finding in findings:
            if finding.verdict == "aside":
                self.set_aside(finding, state)
            with self._told():
                if finding.verdict == "left":
                    files.remove(finding.path)
                elif finding.verdict in ("clean", "rewrite"):
                    self._bring_home(finding)
            if finding.verdict == "rewrite":
                self.documents.fell_behind([finding.key])

    @contextmanager
    def _told(self) -> Iterator[None]:
        """Go on where something cannot be done now: it is told, and found again at the next opening."""
        try:
            yield
        except SavesError as error:
            self.problems.append(error.as_problem("warning"))

    def _bring_home(self, finding: Finding) -> None:
        if finding.away:
            self.documents.make_folder(finding.key)
            files.move(finding.path, self.documents.path(finding.key))
        self.documents.saw(finding.key, finding.signature)

    def recorded(self, findings: Iterable[Finding], keys: Container[str]) -> None:
        """Take note that edits are in the log: only now may their files be written over."""
        for finding in findings:
            if finding.key in keys and finding.verdict in ("edited", "new"):
                with self._told():
                    self._bring_home(finding)
                self.documents.fell_behind([finding.key])

    def set_aside(self, finding: Finding, state: State) -> None:
        """Keep the bytes of a file that cannot be used; where the log has the document, it is written again."""
        reason = finding.problems[0].message if finding.problems else "the edit could not be merged"
        with self._told():
            self.recovered.keep_bytes(finding.data, finding.path, at=self.clock(), reason=reason)
            if not finding.away and finding.key in state.trees:
                self.documents.saw(finding.key, finding.signature)
            else:
                files.remove(finding.path)
        self.documents.fell_behind([finding.key])
