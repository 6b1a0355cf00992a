"""Telling a game what was changed in its store's files, and letting it have that."""

import errno
import logging
import threading
from collections import defaultdict
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from gamesaves.disk import files, witnesses
from gamesaves.disk.files import Signature
from gamesaves.disk.scanning import scan
from gamesaves.errors import InvalidValue, Problem, SavesError
from gamesaves.services.context import Context, logged
from gamesaves.services.contracts import CAMPAIGN
from gamesaves.services.watching.changes import DiskChange
from gamesaves.services.watching.hints import NO_WATCHES, Hints
from gamesaves.services.watching.known import Known, Sight
from gamesaves.services.watching.places import Place, Places
from gamesaves.services.watching.waiting import SETTLING_SECONDS, Hinted, Waiting
from gamesaves.services.worldcontract import UNIVERSE

RESCAN_SECONDS = 60.0
"""How often everything is looked over, whatever the system tells."""
FALLBACK_SECONDS = 2.0
"""How often, where the system cannot tell of changes."""
_RETRY_SECONDS = 0.1

Told = Callable[[DiskChange], object]


class Watcher:
    """Watches a store until it is closed; made by `store.watch()`.

    What changes is told on a thread of its own, one change after the other.

    Attributes:
        poll: every how many seconds all files are looked over; None where the system tells of changes.
        problems: why it is not as it was asked for.
    """

    def __init__(
        self, context: Context, places: Places, noticed: Callable[[str], object], told: Told | None, poll: float | None
    ) -> None:
        self.poll = poll
        self.problems: list[Problem] = []
        self._context = context
        self._places = places
        self._noticed = noticed
        self._forget = None if told is None else context.subscribe_to_changes(told)
        self._known = Known(places)
        self._waiting = Waiting()
        self._arriving: dict[str, dict[str, Signature]] = {}
        self._unmerged: dict[str, set[str]] = defaultdict(set)
        self._hints: Hints | None = None
        self._thread = threading.Thread(target=self._run, name="gamesaves-watcher", daemon=True)

    def start(self) -> Self:
        """Take everything as it is for known, and begin."""
        witnesses.add(self._known)
        try:
            if self.poll is None:
                self._listen()
            self._known.learn_all()
        except BaseException:
            self._end()
            raise
        self._waiting.scan(self._interval)
        self._thread.start()
        return self

    @property
    def _interval(self) -> float:
        return RESCAN_SECONDS if self.poll is None else self.poll

    def _listen(self) -> None:
        """Begin to listen to the system; look for changes at intervals where it cannot tell of them."""
        self._hints = Hints(self._places.folders, self._waiting.hint, self._waiting.scan)
        try:
            self._hints.start()
        except OSError as error:
            self._do_without(error)

    def _do_without(self, error: OSError) -> None:
        self.poll, self._hints = FALLBACK_SECONDS, None
        hint = None
        if error.errno in NO_WATCHES:
            name = "max_user_watches" if error.errno == errno.ENOSPC else "max_user_instances"
            hint = f"Let Linux watch more: raise fs.inotify.{name} with sysctl."
        text = f"the system cannot tell of changes ({error.strerror or error}); files are looked at every "
        problem = Problem(
            "warning", "watch_limit", str(self._context.places.root), f"{text}{self.poll:g} seconds", hint
        )
        self.problems.append(problem)
        logging.getLogger("gamesaves").warning("%s", problem)

    def close(self) -> None:
        """Stop; nothing is told any more, and no thread is left. A second call does nothing."""
        self._waiting.stop()
        # Whoever is told of a change may close it, on its own thread.
        if threading.current_thread() is not self._thread:
            self._thread.join()

    @property
    def closed(self) -> bool:
        """Whether nothing is told any more."""
        return self._waiting.stopping

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    # The thread

    def _run(self) -> None:
        try:
            while not self._waiting.stopping:
                self._step()
        finally:
            self._end()

    def _end(self) -> None:
        if self._forget is not None:
            self._forget()
        witnesses.dismiss(self._known)
        if self._hints is not None:
            self._hints.stop()

    def _step(self) -> None:
        due, everything = self._waiting.take(_RETRY_SECONDS if self._unmerged else None)
        # One that dies of something odd would be silent about all the rest.
        if everything:
            with logged("looking for changes in %s", self._context.places.root):
                self._look_over()
        for path, hinted in due.items():
            if self._waiting.stopping:
                return
            with logged("looking at %s", path):
                self._look(path, hinted)
        for path, place, sight in self._known.overtaken():
            with logged("telling of %s", path):
                self._found(path, place, sight)
        for name in list(self._unmerged):
            with logged("taking in edits of %s", name):
                self._take_in(name)

    def _look_over(self) -> None:
        """Hint at every file that may have changed without a hint."""
        self._waiting.scan(self._interval)
        self._renew()
        there = set()
        for path, signature in self._places.files():
            there.add(path)
            if self._known.may_differ(path, signature):
                self._waiting.hint(path)
            if self._waiting.stopping:
                return
        for path in self._known.paths():
            if path not in there:
                self._waiting.hint(path)
        for ledger in self._known.ledgers.symmetric_difference(self._places.ledgers()):
            self._waiting.hint(ledger, True)

    def _renew(self) -> None:
        """Listen anew where a folder has been replaced; no more where the system cannot watch further folders."""
        if self._hints is None:
            return
        if self._hints.is_stale:
            self._hints.stop()
            self._listen()
            return
        try:
            self._hints.require_room()
        except OSError as error:
            self._hints.stop()
            self._do_without(error)

    # One path

    def _look(self, path: str, hinted: Hinted) -> None:
        place, ledger = self._places.place_of(path), self._places.ledger_of(path)
        if ledger is not None and not files.exists(ledger):
            self._ledger_away(ledger, path, hinted)
        elif ledger is not None and ledger not in self._known.ledgers:
            self._ledger_arrives(ledger, path, hinted)
        elif place is not None:
            sight = self._known.look(path, place, final=hinted.is_over)
            if sight is not None and not sight.ready:
                self._waiting.again(path, hinted)
            elif sight is not None:
                self._found(path, place, sight)
        elif hinted.folder:
            for one in (*self._known.inside(path), *self._places.inside(path)):
                self._waiting.hint(one)

    def _ledger_away(self, ledger: str, path: str, hinted: Hinted) -> None:
        if ledger not in self._known.ledgers:
            return
        if path != ledger:
            self._waiting.hint(ledger, True)
        elif not hinted.is_over:
            self._waiting.again(path, hinted)
        else:
            self._known.forget(ledger)
            self._found(ledger, self._places.of_ledger(ledger), Sight(gone=True))

    def _ledger_arrives(self, ledger: str, path: str, hinted: Hinted) -> None:
        """Wait until nothing more is copied to a folder that is new; then it counts as one change."""
        if path != ledger:
            self._waiting.hint(ledger, True)
            return
        there = dict(scan(ledger, ("",)))
        if self._arriving.pop(ledger, None) != there and not hinted.is_over:
            self._arriving[ledger] = there
            self._waiting.again(path, hinted, after=SETTLING_SECONDS)
        elif there:
            self._known.learn_ledger(ledger)
            self._found(ledger, self._places.of_ledger(ledger), Sight(new=True))

    def _found(self, path: str, place: Place, sight: Sight) -> None:
        """Let the game have a change, then tell of it."""
        if place.what == "profile":
            self._noticed(place.id)
        elif place.ledger is not None and (key := _document(place)) is not None and Path(path).suffix:
            self._unmerged[place.ledger].add(key)
            self._take_in(place.ledger)
        self._context.tell_change(
            DiskChange(
                place.what,
                place.id,
                Path(path),
                fields=sight.fields,
                new=sight.new,
                gone=sight.gone,
                kind=place.kind,
                campaign_id=place.campaign_id,
                universe_id=place.universe_id,
                problem=sight.problem,
            )
        )

    def _take_in(self, name: str) -> None:
        """Let what is open take in the edits of its documents; as soon as it can, where a turn is open."""
        opened = self._context.playing.get(name)
        try:
            if opened is None or opened.take_in_edits(self._unmerged[name]):
                del self._unmerged[name]
        except SavesError as error:
            # The next turn tries again, and then it is the game's to know.
            del self._unmerged[name]
            logging.getLogger("gamesaves").warning("an edit of %s cannot be taken in now: %s", name, error)


def _document(place: Place) -> str | None:
    """Return which document of a campaign or a universe a file is; None where it is none."""
    return {"campaign": CAMPAIGN, "universe": UNIVERSE, "document": place.id}.get(place.what)


def watch(
    context: Context,
    game_presets: Path | None,
    noticed: Callable[[str], object],
    told: Told | None,
    *,
    poll: float | None,
) -> Watcher:
    """Begin to watch a store; see `SaveStore.watch`."""
    if poll is not None and not poll > 0:
        raise InvalidValue("the time between two looks must be more than 0", hint="Give seconds: poll=2")
    if context.watcher is not None and not context.watcher.closed:
        hint = "Close the other watcher first, or add store.subscribe(..., changes=True) to it."
        raise InvalidValue("this store is watched already", hint=hint)
    if not files.exists(context.places.root):
        context.require_store()
    watcher = Watcher(context, Places(context.places, game_presets), noticed, told, poll)
    context.watcher = watcher.start()
    return watcher
