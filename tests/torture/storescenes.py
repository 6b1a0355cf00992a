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
from tests.integration.stores import KARA, OTHER_PNG, PNG, Clock
from tests.torture.diskmodel import Disk, Layout, Mark, Op, Remove, Rename
from tests.torture.recorder import Recorder
from tests.torture.wholestores import Unthreaded

TITLE = "The Lost Kingdom"
WATCHED = ("character_profiles/", "images/", "presets/", "store.json")


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
        pictures: what was in all pictures.
    """

    events: dict[str, int]
    removed: frozenset[str]
    pictures: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class StoreRecording:
    """What was done in a store.

    Attributes:
        promises: for each number of acknowledgements.
        versions: what may be in each single file after so many acknowledgements; None where it may be missing.
        removing: the campaigns that are set aside at some time.
    """

    name: str
    base: Layout
    ops: list[Op]
    promises: tuple[Promise, ...]
    versions: tuple[dict[str, set[bytes | None]], ...]
    removing: frozenset[str]
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
        pictures = (data for path, data in things(self.recorder.disk.layout()).items() if path.startswith("images/"))
        before = self.promises[-1].pictures if self.promises else frozenset()
        return Promise(dict(self.events), frozenset(self.removed), before.union(pictures))

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
                # A profile is never gone in between; a picture may be on its way to where things are kept.
                if now.get(path) != before.get(path) and (path in now or path.startswith("images/")):
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


def record_store(name: str, root: Path, play: Callable[[StoreScene], None], *, prepared: bool = True) -> StoreRecording:
    """Use a store in an empty folder, and return what was done there."""
    with same_luck():
        if prepared:
            prepare_store(root)
        recorder = Recorder(root)
        with files.using(recorder):
            scene = StoreScene(root, recorder, opened(root))
            for path in root.glob("campaign_*/log.jsonl"):
                scene.events[path.parent.name] = path.read_bytes().count(b"\n")
            scene.promises.append(scene.promise())
            scene.store.subscribe(scene.tell)
            play(scene)
            scene.store.close()
    versions = _versions(recorder.base, recorder.ops)
    return StoreRecording(name, recorder.base, recorder.ops, tuple(scene.promises), versions, frozenset(scene.removed))


# What is done


def save_profile(scene: StoreScene) -> None:
    draft = scene.store.presets.draft("kara_stormwind")
    draft.name = "Kara Smith"
    scene.store.profiles.save(draft)
    scene.acknowledge()


def update_profile(scene: StoreScene) -> None:
    for colour in ("red", "blue"):
        scene.store.profiles.update(KARA, attire=f"A {colour} cloak")
        scene.acknowledge()


def update_literal_colon(scene: StoreScene) -> None:
    """The profile's file has its name as older trees have it."""
    home = scene.root / "character_profiles/pc.kara_stormwind.json"
    files.move(home, home.with_name("pc:kara_stormwind.json"))
    scene.acknowledge()
    scene.store.profiles.update(KARA, attire="A red cloak")
    scene.acknowledge()


def add_pictures(scene: StoreScene) -> None:
    for picture, stem in ((OTHER_PNG, "imp"), (PNG, "again")):
        scene.store.images.add(picture, stem=stem)
        scene.acknowledge()


def portrait(scene: StoreScene) -> None:
    scene.store.profiles.portrait(KARA, picture=OTHER_PNG)
    scene.acknowledge()


def prune_pictures(scene: StoreScene) -> None:
    scene.store.images.prune()
    scene.acknowledge()


def create_campaign(scene: StoreScene) -> None:
    campaign = scene.store.campaigns.create("The Mine", characters=[KARA])
    scene.events[campaign.id] = 1
    scene.acknowledge()
    with campaign, campaign.turn("Down") as turn:
        turn.character(KARA).take_damage(1)


def play(scene: StoreScene) -> None:
    with scene.store.campaigns.open(scene.campaign_id) as campaign, campaign.turn("The goblin strikes back") as turn:
        turn.character(KARA).take_damage(1)
        turn.document("map/level1")["north"] = "open"
        turn.say(KARA, "Ouch!")


def remove_campaign(scene: StoreScene) -> None:
    campaign_id = scene.campaign_id
    scene.store.campaigns.remove(campaign_id)
    scene.removed.add(campaign_id)
    scene.acknowledge()


def begin(scene: StoreScene) -> None:
    """A store comes into being with its first profile and campaign."""
    scene.store.profiles.save(scene.store.presets.draft("kara_stormwind"))
    scene.acknowledge()
    create_campaign(scene)


STORE_STEPS: dict[str, Callable[[StoreScene], None]] = {
    step.__name__: step
    for step in (
        save_profile,
        update_profile,
        update_literal_colon,
        add_pictures,
        portrait,
        prune_pictures,
        create_campaign,
        play,
        remove_campaign,
        begin,
    )
}


def store_step(root: Path, name: str) -> StoreRecording:
    """Record one of the steps in an empty folder."""
    return record_store(name, root, STORE_STEPS[name], prepared=name != "begin")
