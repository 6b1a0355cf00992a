"""Editing something in a text editor, on a copy: again until nothing is wrong with it, or left alone."""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from gamesaves.cli import asking, editor
from gamesaves.cli.base import Settings
from gamesaves.cli.output import Answer, show_problems, write
from gamesaves.cli.text import Line, changes_shown

if TYPE_CHECKING:
    from gamesaves.errors import SavesError
    from gamesaves.services.editing import Edited, TextEdit

AGAIN, DISCARD, KEEP, DONE = "edit", "discard", "keep", "done"
_QUESTION = "(e)dit again, (d)iscard, or (k)eep it beside the file?"


def edited(settings: Settings, edit: "TextEdit") -> "Edited | None":
    """Let a person edit a text, and put it in its place; None where nothing is to change.

    The editor gets a copy in a private folder. Where the text cannot be used a person is asked what becomes of it;
    where nobody is there to ask, it is kept beside the file.
    """
    words = editor.chosen()
    folder = Path(tempfile.mkdtemp(prefix="saves-edit-"))
    session = _Editing(settings, edit, folder / edit.path.name)
    try:
        return session.run(words)
    finally:
        if not session.left:
            shutil.rmtree(folder, ignore_errors=True)


class _Editing:
    """One text under edit.

    Attributes:
        left: whether the copy is all there is of what a person wrote, and has to stay.
    """

    def __init__(self, settings: Settings, edit: "TextEdit", copy: Path) -> None:
        self.left = False
        self._settings = settings
        self._edit = edit
        self._copy = copy

    def run(self, words: list[str]) -> "Edited | None":
        """Open the editor until a text can be used, or is given up.

        Raises:
            InvalidDocument, Conflict: it cannot be used; it is kept.
            NoSpace, FileProblem, Locked: it could not be put in its place; it is kept.
        """
        from gamesaves.disk import files
        from gamesaves.errors import Conflict, SavesError

        text = self._edit.data
        while True:
            files.replace(self._copy, text, durable=False)
            text = self._written(words)
            if text == self._edit.data:
                return None
            # Whatever happens from here on, such as Ctrl-C at a bad moment: it is not lost.
            self.left = True
            try:
                done = self._edit.install(text)
            except SavesError as error:
                choice = self._chosen(error, text)
                if choice == KEEP:
                    self._keep(text, error)
                    raise
                if isinstance(error, Conflict) and choice == AGAIN:
                    text = self._edit.rebase(text)
            else:
                choice = DONE
            if choice != AGAIN:
                self.left = False
                return done if choice == DONE else None

    def _written(self, words: list[str]) -> bytes:
        """Return what a person has made of the text."""
        from gamesaves.disk import files

        try:
            editor.open_in(words, self._copy, out=sys.stderr.fileno() if self._settings.json else None)
        except (click.ClickException, KeyboardInterrupt):
            text = files.read_if_there(self._copy) or self._edit.data
            if text != self._edit.data:
                self._keep(text)
            raise
        return files.read(self._copy)

    def _chosen(self, error: "SavesError", text: bytes) -> str:
        """Return what is to become of a text that cannot be used; whoever presses Ctrl-C keeps it."""
        try:
            return self._choice(error, text)
        except (click.Abort, KeyboardInterrupt):
            self._keep(text)
            raise

    def _choice(self, error: "SavesError", text: bytes) -> str:
        """Return what is to become of a text that cannot be used, as a person says."""
        from gamesaves.errors import Conflict, InvalidDocument

        asked = not (self._settings.json or self._settings.yes) and asking.can_ask()
        if not asked or not isinstance(error, Conflict | InvalidDocument):
            return KEEP
        show_problems([error.as_problem()] if isinstance(error, Conflict) else self._edit.problems(text))
        kinds = {word[0]: word for word in (AGAIN, DISCARD, KEEP)}
        choices = click.Choice([*kinds, *kinds.values()], case_sensitive=False)
        answer: str = click.prompt(_QUESTION, type=choices, default="e", show_choices=False, err=True)
        return kinds[answer[0]]

    def _keep(self, text: bytes, error: "SavesError | None" = None) -> None:
        """Keep a text that is not used, and tell where; where it cannot be kept beside the file, the copy stays."""
        from gamesaves.errors import InvalidDocument, SavesError

        self.left = True
        try:
            kept = self._edit.keep_beside(text)
            self.left = False
        except SavesError:
            kept = self._copy
        if not self._settings.json:
            write([["What you wrote is kept in ", str(kept)]], error=True)
        elif error is not None:
            error.hint = f"What was written is kept in {kept}"
        if isinstance(error, InvalidDocument):
            error.path = str(kept)


def answer(
    settings: Settings, edit: "TextEdit", head: Line, data: dict[str, Any], brief: str, more: Sequence[Line] = ()
) -> Answer:
    """Let a person edit a text, and return what has come of it.

    Args:
        head: what is edited, for people.
        data: the same for programs.
        brief: for people who asked for less.
        more: what people are told where something has been changed.
    """
    from gamesaves.cli.fields import changes

    if not settings.json:
        show_problems(edit.found)
    before = edit.found if settings.json else ()
    done = edited(settings, edit)
    if done is None:
        told = {**data, "path": str(edit.path), "changed": {}, "saved": False, "notes": []}
        return Answer(told, [head, "  Nothing has been changed."], [brief], [*before, *edit.problems(edit.data)])
    changed = changes(done.before, done.after)
    lines = changes_shown(changed) if changed else ["  Only the form of the text has changed."]
    told = {**data, "path": str(done.path), "changed": changed, "saved": True, "notes": list(done.notes)}
    return Answer(told, [head, *lines, *more, *done.notes], [brief], [*before, *done.problems])
