"""What a durable turn and a resume cost here and in other things a game could keep its saves in."""

import json
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import partial
from pathlib import Path

from gamesaves import SaveStore
from gamesaves.disk import layout
from scripts.benchmarks import stores
from scripts.benchmarks.loading import open_and_close
from scripts.benchmarks.measuring import Row, Scale, Spread, Step, ahead, interleaved, timed
from scripts.benchmarks.peers import PEERS, Kind, Peer, Tree
from scripts.benchmarks.turns import change_character

_HERO_KEY = f"characters/{stores.HERO}"
_FIELD = "experience"
_IN_A_ROW = 5
_REST_SECONDS = 0.02


def turn(folder: Path, scale: Scale) -> list[Row]:
    """How long a game waits until one field of a character is changed for good."""
    campaign_id = stores.party_campaign(folder / "store")
    documents = _documents(folder / "store" / campaign_id)
    kinds = [kind for kind in PEERS if kind.is_installed]
    rows = []
    with ExitStack() as opened:
        store = opened.enter_context(SaveStore(folder / "store"))
        campaign = opened.enter_context(store.campaigns.open(campaign_id))

        def ours() -> None:
            with campaign.turn("A turn") as turn:
                change_character(turn)

        changes = [_counting(opened.enter_context(_made(kind, folder, documents))) for kind in kinds]
        for when, rested in (("in a row", False), ("each after a rest", True)):
            steps = [_alone(change, lambda: None, rested=rested) for change in changes]
            taken = interleaved(scale.rested_turns, _alone(ours, campaign.flush, rested=rested), *steps)
            rows += _rows(f"durable turn, one character of 5 KB, {when}", kinds, taken)
    return rows


def resume(folder: Path, scale: Scale) -> list[Row]:
    """How long it takes from nothing but files to the current state in memory; closing does not count."""
    campaign_id = stores.party_campaign(folder / "store")
    documents = _documents(folder / "store" / campaign_id)
    with stores.building(folder / "store") as store, store.campaigns.open(campaign_id) as campaign:
        stores.play(campaign, scale.compared_turns)
    kinds = [kind for kind in PEERS if kind.is_installed]
    for kind in kinds:
        with _made(kind, folder, documents) as peer:
            change = _counting(peer)
            for _ in range(scale.compared_turns):
                change()
    steps: list[Step] = [lambda: open_and_close(folder / "store", campaign_id)]
    steps += [partial(_opened_and_read, kind, folder, scale.compared_turns) for kind in kinds]
    taken = interleaved(scale.opens, *map(_after_sync, steps))
    return _rows(f"resume, 4 characters and {scale.compared_turns:,} turns", kinds, taken)


def _documents(campaign: Path) -> dict[str, Tree]:
    """Return the documents of a campaign as their files have them."""
    paths = {layout.document_key(path.relative_to(campaign).as_posix()): path for path in stores.documents(campaign)}
    return {str(key): json.loads(path.read_bytes()) for key, path in paths.items()}


@contextmanager
def _made(kind: Kind, folder: Path, documents: dict[str, Tree]) -> Iterator[Peer]:
    place = folder / kind.name
    place.mkdir(parents=True)
    with closing(kind.open(place)) as peer:
        peer.create(json.loads(json.dumps(documents)))  # each a copy of its own, as they are changed
        yield peer


def _counting(peer: Peer) -> Callable[[], None]:
    """Return what changes the one field, each time to the next number."""
    count = 0

    def change() -> None:
        nonlocal count
        count += 1
        peer.change(_HERO_KEY, {_FIELD: count})

    return change


def _alone(change: Callable[[], None], settle: Callable[[], object], *, rested: bool) -> Step:
    """Return a step whose changes pay for each other, and for nobody else's.

    A change may leave work behind: documents to put in their place, pages that the next flush has to write. So the one
    that is timed comes after others of its own kind, and the step ends with a disk at rest.

    Args:
        settle: waits for what is done beside the game's thread.
        rested: time one that comes after a pause, as when people play, and not one of several in a row.
    """

    def step() -> float:
        for _ in range(_IN_A_ROW):
            change()
        if rested:
            settle()
            time.sleep(_REST_SECONDS)
        taken = timed(change)
        settle()
        stores.sync()
        return taken

    return step


def _opened_and_read(kind: Kind, folder: Path, turns: int) -> float:
    opened: list[tuple[Peer, dict[str, Tree]]] = []

    def load() -> None:
        peer = kind.open(folder / kind.name)
        opened.append((peer, peer.read()))

    taken = timed(load)
    peer, documents = opened[0]
    peer.close()
    assert documents[_HERO_KEY][_FIELD] == turns
    return taken


def _after_sync(step: Step) -> Step:
    """Return the step on a disk at rest: opening writes, too, and closing more, which the next would wait for."""

    def synced() -> float:
        stores.sync()
        return step()

    return synced


def _rows(what: str, kinds: list[Kind], taken: list[Spread]) -> list[Row]:
    ours, *others = taken
    theirs = dict(zip(kinds, others, strict=True))
    return [ahead(f"{what} · {kind.name}", ours, theirs.get(kind)) for kind in PEERS]
