"""One store under the eyes of a recorder, and what is done with its profiles, pictures and campaigns."""

import random
import secrets
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from gamesaves import SaveStore
from gamesaves.disk import files
from gamesaves.services.context import Commit
from tests.integration.stores import KARA, PNG, Clock
from tests.torture.diskmodel import Disk, Layout, Mark, Op, Remove, Rename
from tests.torture.recorder import Recorder
from tests.torture.wholestores import Unthreaded

TITLE = "The Lost Kingdom"
KEPT = ("images/", "archive/")
WATCHED = ("character_profiles/", "presets/", "store.json", *KEPT)


def opened(root: Path, hour: int = 10) -> SaveStore:
    """Open a store whose writer thread is this one."""
    clock = Clock()
    store = SaveStore(root, clock=Clock(clock.now.replace(hour=hour)))
    store._context.worker = Unthreaded()  # type: ignore[assignment]
    return store


@contextmanager
def same_luck() -> Iterator[None]:
    """Let what is random be the same each time."""
    chance = random.Random(1)
    with (
        mock.patch.object(secrets, "token_hex", lambda size: chance.randbytes(size).hex()),
        mock.patch.object(secrets, "choice", chance.choice),
    ):
        yield


@dataclass(frozen=True, slots=True)
class Promise:
    """What was acknowledged at one moment.

    Attributes:
        events: how many events of each campaign are safe, by its id.
        removed: the campaigns that have been set aside.
        kept: what was in all pictures and archived campaigns.
    """

    events: dict[str, int]
    removed: frozenset[str]
    kept: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class StoreRecording:
    """What was done in a store.

    Attributes:
        promises: for each number of acknowledgements.
        versions: what may be in each single file after so many acknowledgements; None where it may be missing.
        removing: the campaigns that are set aside at some time.
        whole: how many events the campaigns have, by their ids, that come or go in one piece.
        archived: the campaigns that are in the archive wherever they are not in their place.
    """

    name: str
    base: Layout
    ops: list[Op]
    promises: tuple[Promise, ...]
    versions: tuple[dict[str, set[bytes | None]], ...]
    removing: frozenset[str]
    whole: dict[str, int]
    archived: frozenset[str]
    first: int = 0
    lost: tuple[str, ...] = ()


@dataclass
class StoreScene:
    """A store that is used while a recorder looks on."""

    root: Path
    recorder: Recorder
    store: SaveStore
    events: dict[str, int] = field(default_factory=dict)
    removed: set[str] = field(default_factory=set)
    whole: dict[str, int] = field(default_factory=dict)
    archived: set[str] = field(default_factory=set)
    promises: list[Promise] = field(default_factory=list)

    def tell(self, commit: Commit) -> None:
        """Take note of a commit that is said to be safe."""
        self.events[commit.ledger] = commit.event.seq
        self.acknowledge()

    def acknowledge(self) -> None:
        """Note that what was asked for has been done."""
        self.promises.append(self.promise())
        self.recorder.mark("done")

    def promise(self) -> Promise:
        """Return what is safe now."""
        there = things(self.recorder.disk.layout())
        before = self.promises[-1].kept if self.promises else frozenset()
        kept = before.union(data for path, data in there.items() if path.startswith(KEPT))
        return Promise(dict(self.events), frozenset(self.removed), kept)

    @property
    def campaign_id(self) -> str:
        return next(path.name for path in self.root.glob("campaign_*"))


def thing(path: str) -> str:
    """Return what a file is of: a literal colon in its name makes no difference."""
    return path.replace(":", ".")


def things(layout: Layout) -> dict[str, bytes]:
    """Return the single files of a store; where one has two names, the portable one counts."""
    watched = (path for path in layout.files if path.startswith(WATCHED) and not path.endswith(files.TEMPORARY))
    return {thing(path): layout.files[path] for path in sorted(watched, key=lambda path: ":" not in path)}


def _versions(base: Layout, ops: list[Op]) -> tuple[dict[str, set[bytes | None]], ...]:
    """Return what may be in each single file after so many acknowledgements: what was there then, or came later."""
    disk = Disk.of(base)
    before = things(base)
    found: list[dict[str, set[bytes | None]]] = [{path: {data} for path, data in before.items()}]
    for op in ops:
        disk.apply(op)
        if isinstance(op, Mark):
            found.append({path: {data} for path, data in before.items()})
        elif isinstance(op, Rename | Remove):
            now = things(disk.layout())
            for path in now.keys() | before.keys():
                # A profile is never gone in between; the others may be on their way to where things are kept.
                if now.get(path) != before.get(path) and (path in now or path.startswith(KEPT)):
                    for versions in found:
                        versions.setdefault(path, {None}).add(now.get(path))
            before = now
    return tuple(found)


def prepare_store(root: Path) -> None:
    """Have a store with a profile, two pictures and a campaign, as it was left a while ago."""
    with opened(root, 8) as store:
        store.profiles.save(store.presets.draft("kara_stormwind"))
        store.images.add(PNG, stem="kara")
        with store.campaigns.create(TITLE, characters=[KARA]) as campaign, campaign.turn("The gate") as turn:
            turn.character(KARA).take_damage(1)
            turn.say(KARA, "Open!")


def record_store(
    name: str, root: Path, play: Callable[[StoreScene], None], prepare: Callable[[Path], None]
) -> StoreRecording:
    """Use a store in a folder, once `prepare` has made it, and return what was done there."""
    with same_luck():
        prepare(root)
        recorder = Recorder(root)
        with files.using(recorder):
            scene = StoreScene(root, recorder, opened(root))
            for path in (*root.glob("campaign_*/log.jsonl"), *root.glob("universes/*/log.jsonl")):
                scene.events[path.parent.name] = path.read_bytes().count(b"\n")
            scene.promises.append(scene.promise())
            scene.store.subscribe(scene.tell)
            play(scene)
            scene.store.close()
    versions = _versions(recorder.base, recorder.ops)
    return StoreRecording(
        name,
        recorder.base,
        recorder.ops,
        tuple(scene.promises),
        versions,
        frozenset(scene.removed),
        scene.whole,
        frozenset(scene.archived),
    )
