"""What all services of one store share."""

import shlex
import threading
import time
import weakref
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from gamesaves.disk import files, folders, jsontext
from gamesaves.disk.layout import BACKUP_FILE, BACKUP_KIND, Layout
from gamesaves.disk.locks import Lock
from gamesaves.disk.worker import Worker
from gamesaves.errors import InvalidDocument, ReadOnly
from gamesaves.services.hooks import ActionHook, Hooks, SessionHook

if TYPE_CHECKING:
    from gamesaves.disk.ledger import Surroundings
    from gamesaves.disk.log import Event
    from gamesaves.disk.recovered import Recovered
    from gamesaves.services.watching.changes import DiskChange
    from gamesaves.services.watching.watcher import Watcher

KIND = "gamesaves store"
FORMAT = 1
LOCK_PATIENCE_SECONDS = 10.0
"""How long a write to what all games of a store share waits for the others."""

README = """\
These are saved games. Everything is plain text (JSON) and can be copied, backed up and read.

character_profiles/  who the characters are, for all campaigns
images/              portraits, each once
presets/             characters and more to begin with: edit and add as you like
universes/           worlds that several campaigns share, each with its log of what happened there
campaign_.../        one story each. To take it to another computer, copy the whole folder
  log.jsonl          everything that ever happened: leave this one alone
  characters/ ...    how things stand. May be edited while the game is closed; an edit is kept in the history
.saves/              locks, and what was set aside (recovered/)

Nothing here is ever overwritten by a broken file: what cannot be read is put in .saves/<computer>/recovered/.
The command `saves` lists, checks and repairs: saves list, saves check, saves help
"""


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit that is durable: what a subscriber is told.

    Attributes:
        ledger: the name of the campaign's folder, which is its id.
        event: what was committed; `event.changes` has a JSON Patch (RFC 6902) for each document.
    """

    ledger: str
    event: "Event"


Subscriber = Callable[[Commit], object]

Progress = Callable[[str], object] | None
"""Is told of each thing before it is looked at."""


class Closable(Protocol):
    """What is open as long as somebody uses it."""

    def close(self) -> None:
        """Write what is left to write, and let others have it."""

    def noticed(self, profile_id: str) -> None:
        """Take note that a profile has changed; also called on other threads."""


class Edited(Protocol):
    """A campaign or a universe that is open, whose documents somebody may edit."""

    def take_in_edits(self, documents: Iterable[str] | None = None) -> bool:
        """Merge edits now; return whether it was the time for that."""

    def flush(self) -> None:
        """Bring its documents up to date with its log."""


class Context:
    """One store: its paths, its clocks, its locks, its writer thread, its subscribers and its hooks.

    Attributes:
        monotonic: a clock that only ever runs forward, in seconds, to measure how long is played.
        opened: what is open.
        watcher: what watches the store, or has watched it last.
        playing: the campaigns that are open for playing, and the universes that are open, by their folders.
    """

    def __init__(
        self, root: Path, clock: Callable[[], datetime], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        self.places = Layout(root)
        self.worker = Worker()
        self.monotonic = monotonic
        self.session_hooks: Hooks[SessionHook] = Hooks()
        self.action_hooks: Hooks[ActionHook] = Hooks()
        self._clock = clock
        self._locks: dict[str, Lock] = {}
        self._guard = threading.Lock()
        self._subscribers: Hooks[Subscriber] = Hooks()
        self._change_subscribers: Hooks[Callable[[DiskChange], object]] = Hooks()
        self._there = False
        self._in_use: weakref.WeakSet[Closable] = weakref.WeakSet()
        self.watcher: Watcher | None = None
        self.playing: weakref.WeakValueDictionary[str, Edited] = weakref.WeakValueDictionary()

    def now(self) -> datetime:
        """Return the time, in UTC; a clock that gives naive times is taken to mean UTC."""
        now = self._clock()
        return now.replace(tzinfo=UTC) if now.tzinfo is None else now.astimezone(UTC)

    def stamp(self) -> str:
        """Return the time as documents write it: ISO 8601 in UTC with `Z`."""
        return self.now().isoformat(timespec="microseconds").replace("+00:00", "Z")

    def require_store(self) -> None:
        """Make sure that there is a store to write to; it comes into being with the first thing written to it.

        Raises:
            NewerFormat: a newer program has made it.
            ReadOnly: it is a backup.
        """
        if self._there:
            return
        self._require_no_backup()
        data = files.read_if_there(self.places.store_file)
        if data is None:
            self._make_store()
        else:
            self._require_known_format(data)
        self._there = True

    def _make_store(self) -> None:
        import secrets

        info = {"schema_version": FORMAT, "kind": KIND, "store_id": secrets.token_hex(8), "created_at": self.stamp()}
        folders.make(self.places.root)
        if not files.exists(self.places.readme):
            files.replace(self.places.readme, README.encode(), durable=False)
        files.replace(self.places.store_file, jsontext.encode(info), durable=True)

    def _require_known_format(self, data: bytes) -> None:
        try:
            version = jsontext.parse(data, self.places.store_file).get("schema_version", FORMAT)
        except InvalidDocument:
            # What is in the store does not depend on this file; `check` names it.
            return
        if isinstance(version, int) and version > FORMAT:
            from gamesaves.disk.chain import newer_format

            raise newer_format(self.places.store_file, version, FORMAT)

    def _require_no_backup(self) -> None:
        manifest = self.places.root / BACKUP_FILE
        # A game may have a file of its own that is called so.
        if files.exists(manifest) and BACKUP_KIND.encode() in files.read(manifest, 0, 4096):
            raise ReadOnly(
                "this is a backup, and other backups may share its files",
                path=manifest,
                hint="Restore it to a place of its own: saves backup restore "
                f"{shlex.join((str(self.places.root.parent), self.places.root.name))} --to PATH",
            )

    @property
    def recovered(self) -> "Recovered":
        """Where bytes are set aside."""
        from gamesaves.disk.recovered import Recovered

        return Recovered(self.places.recovered, self.places.root)

    @property
    def surroundings(self) -> "Surroundings":
        """What a ledger needs to know of the store."""
        from gamesaves.disk.ledger import Surroundings

        return Surroundings(self.places, self.stamp, self.worker.later, self._tell)

    def lock(self, name: str, what: str) -> Lock:
        """Return the lock of a campaign or of the global layer; always the same one for the same name."""
        with self._guard:
            if name not in self._locks:
                self._locks[name] = Lock(self.places.lock(name), what, self.places.host)
            return self._locks[name]

    @property
    def global_lock(self) -> Lock:
        """The lock for writes to what campaigns share: profiles, presets, pictures."""
        return self.lock("store", "the store")

    @property
    def opened(self) -> tuple[Closable, ...]:
        """What is open at the moment."""
        # Another thread may be opening something: a set cannot be walked through while it grows.
        with self._guard:
            return tuple(self._in_use)

    def has_opened(self, one: Closable) -> None:
        """Take note of what is open from now on, as long as somebody uses it."""
        with self._guard:
            self._in_use.add(one)

    def has_closed(self, one: Closable) -> None:
        """Take note of what is open no more."""
        with self._guard:
            self._in_use.discard(one)

    def subscribe(self, subscriber: Subscriber) -> Callable[[], None]:
        """Tell `subscriber` of every commit once it is durable; return what ends that."""
        return self._subscribers.add(subscriber)

    def subscribe_to_changes(self, subscriber: "Callable[[DiskChange], object]") -> Callable[[], None]:
        """Tell `subscriber` of every change that a watcher finds on the disk; return what ends that."""
        return self._change_subscribers.add(subscriber)

    def _tell(self, ledger: str, event: "Event") -> None:
        """Tell all subscribers, each a commit of its own; one that raises is logged, and the others are told."""
        for subscriber in self._subscribers:
            with logged("a subscriber failed on event %s of %s", event.seq, ledger):
                subscriber(Commit(ledger, event.apart()))

    def tell_change(self, change: "DiskChange") -> None:
        """Tell all who subscribed to changes; one that raises is logged, and the others are told."""
        for subscriber in self._change_subscribers:
            with logged("a subscriber failed on the change of %s", change.path):
                subscriber(change)


def close_all(closing: Iterable[Callable[[], object]]) -> None:
    """Close one after the other, whatever becomes of the others; then raise the first error, which names the rest."""
    errors: list[Exception] = []
    for close in closing:
        try:
            close()
        except Exception as error:  # noqa: BLE001 - the first is raised once all are closed
            errors.append(error)
    for other in errors[1:]:
        errors[0].add_note(f"This failed, too: {other}")
    if errors:
        raise errors[0]


@contextmanager
def logged(message: str, *about: object) -> Iterator[None]:
    """Log what is raised and go on: what the game's own code is told of stands, whatever it does."""
    try:
        yield
    except Exception:
        import logging

        logging.getLogger("gamesaves").exception(message, *about)
