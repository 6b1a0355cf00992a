"""Clocks, systems and child processes: what the tests of whole stores have in common."""

import itertools
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

from gamesaves import Campaign, SaveStore
from gamesaves.disk import files
from gamesaves.errors import NotFound, SavesError
from tests.unit.systems import Faulty

PROFILES = "character_profiles"
KARA = "pc:kara_stormwind"

PNG = b"\x89PNG\r\n\x1a\n" + b"a picture" * 9
OTHER_PNG = b"\x89PNG\r\n\x1a\n" + b"another picture" * 9


@dataclass
class Clock:
    """A clock that moves on by a second whenever it is asked."""

    now: datetime = datetime(2026, 11, 21, 10, tzinfo=UTC)

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


class Quick(Faulty):
    """A system whose flushes do nothing: for tests of what is not about power cuts, with many commits."""

    def flush(self, fd: int) -> None:
        self._note("flush", self._paths.get(fd, ""))

    def flush_data(self, fd: int) -> None:
        self._note("flush_data", self._paths.get(fd, ""))

    def flush_folder(self, path: str) -> None:
        self._note("flush_folder", path)


class Mortal(Quick):
    """A quick system on which a process can die: from then on it changes nothing on the disk."""

    CHANGES = frozenset({"write", "truncate", "replace", "link", "unlink", "rmdir", "mkdir"})

    def __init__(self) -> None:
        super().__init__()
        self.dead = False

    def _note(self, call: str, path: str) -> None:
        super()._note(call, path)
        if self.dead and (call in self.CHANGES or (call == "open" and not os.path.exists(path))):
            raise OSError(5, "the process is dead")


class Sealed(Faulty):
    """A system on which nothing in a folder can be written, as on a read-only disk."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = str(folder)

    def open(self, path: str, flags: int) -> int:
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            self._refuse(path)
        return super().open(path, flags)

    def mkdir(self, path: str) -> None:
        self._refuse(path)
        super().mkdir(path)

    def replace(self, source: str, target: str) -> None:
        self._refuse(target)
        super().replace(source, target)

    def unlink(self, path: str) -> None:
        self._refuse(path)
        super().unlink(path)

    def _refuse(self, path: str) -> None:
        if path.startswith(self._folder):
            raise PermissionError(13, "Permission denied", path)


def bytes_in(folder: Path, *, besides: tuple[str, ...] = (".saves",)) -> dict[str, bytes]:
    """Return every file in a folder by its relative path, but those below the folders `besides`."""
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    relative = ((path.relative_to(folder), path) for path in paths)
    return {one.as_posix(): path.read_bytes() for one, path in relative if one.parts[0] not in besides}


def tree_hash(folder: Path) -> str:
    """Return a hash over the names and bytes of everything in a folder, hidden files and empty folders included."""
    digest = sha256()
    for path in sorted(folder.rglob("*")):
        content = path.read_bytes() if path.is_file() else b"a folder"
        digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + sha256(content).digest())
    return digest.hexdigest()


def read(path: Path) -> dict[str, Any]:
    tree: dict[str, Any] = json.loads(path.read_bytes())
    return tree


def edit(path: Path, **fields: Any) -> None:
    """Change fields in a file, as a person does with an editor; the value `...` takes one away."""
    tree = {name: value for name, value in (read(path) | fields).items() if value is not ...}
    path.write_text(json.dumps(tree, indent=4, ensure_ascii=False), encoding="utf-8")


def kept(store: SaveStore) -> dict[str, bytes]:
    """Return what has been set aside, by the name of the file; the notes are left out."""
    found = (path for path in (store.root / ".saves").glob("*/recovered/*/**/*") if path.is_file())
    return {path.name: path.read_bytes() for path in found if path.name != "note.json"}


def profile_of(store: SaveStore, character_id: str) -> Path:
    return store.root / PROFILES / f"{character_id.replace(':', '.')}.json"


def document_of(campaign: Campaign, path: str) -> Path:
    """Return a document's file: `campaign_data`, `characters/pc.kara`, `documents/map/level1`."""
    return campaign.folder / f"{path}.json"


def state_of(campaign: Campaign) -> dict[str, Any]:
    """Return everything that a campaign knows, as JSON values."""
    paths = {key.removeprefix("documents/") for event in campaign.history() for key in event.changes if key[0] == "d"}
    state = {
        "data": campaign.data.model_dump(mode="json"),
        "characters": {one: state.model_dump(mode="json") for one, state in campaign.characters.items()},
        "scenes": {one: scene.model_dump(mode="json") for one, scene in campaign.scenes.items()},
        "documents": {path: tree for path in sorted(paths) if (tree := _document(campaign, path)) is not None},
        "messages": [message.model_dump(mode="json") for message in campaign.messages],
        "head": campaign.head.hash,
    }
    copy: dict[str, Any] = json.loads(json.dumps(state))
    return copy


def _document(campaign: Campaign, path: str) -> dict[str, Any] | None:
    try:
        return campaign.document(path)
    except NotFound:
        return None


def codes(problems: Any) -> list[str]:
    return [one.code for one in problems]


def in_threads(count: int, work: Callable[[int], object]) -> list[BaseException]:
    """Do the work in so many threads; return what they raised."""
    raised: list[BaseException] = []

    def run(number: int) -> None:
        try:
            work(number)
        except BaseException as error:  # noqa: BLE001 - the test looks at it
            raised.append(error)

    threads = [threading.Thread(target=run, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return raised


_BEGINNING = "import sys, json, os, signal\nfrom gamesaves import *\nfrom gamesaves import errors\n"


def in_child(script: str, *arguments: str | Path, env: dict[str, str] | None = None) -> str:
    """Run Python in a process of its own and return what it printed; `sys.argv[1:]` are the arguments."""
    done = subprocess.run(
        [sys.executable, "-c", _BEGINNING + script, *map(str, arguments)],
        capture_output=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONUTF8": "1", **(env or {})},
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@contextmanager
def child(script: str, *arguments: str | Path) -> Iterator["subprocess.Popen[str]"]:
    """Run Python in a process of its own, from when it has printed a first line to the end of the block.

    `wait()` there waits until the test has closed its standard input.
    """
    process = subprocess.Popen(
        [sys.executable, "-c", _BEGINNING + "wait = sys.stdin.read\n" + script, *map(str, arguments)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        encoding="utf-8",
    )
    try:
        assert process.stdout is not None
        assert process.stdin is not None
        assert process.stdout.readline(), "the child ended before it was ready"
        yield process
    finally:
        process.kill()
        process.communicate()


def abandon(campaign: Campaign, system: Mortal) -> None:
    """Let go of a campaign as a process does that is killed: its lock is free, and nothing more is written."""
    system.dead = True
    with suppress(SavesError):
        campaign.close()


def die(moment: int, work: Callable[[], object]) -> bool:
    """Do something in a program that dies after so many changes of the disk; return whether it died."""
    mortal, changes = Mortal(), itertools.count(1)

    def count(call: str, _: str) -> None:
        mortal.dead = mortal.dead or (call in Mortal.CHANGES and next(changes) > moment)

    mortal.before = count
    with files.using(mortal), suppress(SavesError):
        work()
    return mortal.dead


def killed(root: Path, moment: int, story: Callable[[SaveStore], object]) -> bool:
    """Play a story in a program that dies after so many changes of the disk; return whether it died."""

    def play() -> None:
        store = SaveStore(root)
        with suppress(SavesError):
            story(store)
        store.close()

    return die(moment, play)
