"""The verdict on a state of a whole store."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gamesaves import SaveStore
from gamesaves.disk import files
from tests.integration.stores import KARA, PNG
from tests.torture.bench import Bench
from tests.torture.diskmodel import Layout, Op
from tests.torture.reading import History
from tests.torture.recorder import Recorder
from tests.torture.storescenes import Promise, StoreRecording, opened, same_luck, things
from tests.torture.trial import require

_LOG = "/log.jsonl"
_CAMPAIGN = "campaign_"


@dataclass(frozen=True, slots=True)
class StoreDemand:
    """What is asked of one state.

    Attributes:
        versions: what may be in each single file, None where it may be missing.
        removing: the campaigns that may be on their way to where things are kept.
    """

    promise: Promise
    versions: dict[str, set[bytes | None]]
    removing: frozenset[str]


class StoreJudge:
    """Knows what must hold of a store."""

    def demand(self, recording: StoreRecording, acknowledged: int) -> StoreDemand:
        versions = recording.versions[acknowledged]
        return StoreDemand(recording.promises[acknowledged], versions, recording.removing)

    def look(self, bench: Bench, state: Layout, demand: StoreDemand) -> None:
        _single_files(state, demand)
        _campaign_folders(state, demand)
        bench.show(state)
        with same_luck(), files.using(bench.watcher), opened(bench.root, 20) as store:
            _whole(store)
            _go_on(store)
            if state.key[0] % 8 == 0:
                # A campaign that was being made may have left what it was put together from.
                problems = [one.code for one in store.check() if one.code != "left_over"]
                require(not problems, f"checking the store finds {problems}")

    def recovery(
        self, bench: Bench, state: Layout, demand: StoreDemand
    ) -> tuple[list[Op], Callable[[int], StoreDemand]]:
        bench.show(state)
        recorder = Recorder(bench.root, state)
        bench.watcher = recorder
        with same_luck(), files.using(recorder), opened(bench.root, 20) as store:
            _whole(store)
        there = {name: len(history.hashes) for name, history in _logs(state, _CAMPAIGN).items()}
        events = demand.promise.events | {name: count for name, count in there.items() if count}
        again = replace(demand, promise=replace(demand.promise, events=events))
        return recorder.ops, lambda _: again


def _single_files(state: Layout, demand: StoreDemand) -> None:
    """Each profile and picture is the old one or the new one, whole."""
    found = things(state)
    for path in found.keys() | demand.versions.keys():
        allowed = demand.versions.get(path, {None})
        data = found.get(path)
        told = "missing" if data is None else f"{len(data)} bytes that nobody has acknowledged or begun to write"
        require(data in allowed, f"{path} is {told}")
    lost = [data for data in demand.promise.pictures if data not in state.files.values()]
    require(not lost, "a picture is lost")


def _logs(state: Layout, where: str) -> dict[str, History]:
    """Return the history of each campaign, by its id, that lies somewhere."""
    logs = {path.removesuffix(_LOG): data for path, data in state.files.items() if path.endswith(_LOG)}
    return {path.rpartition("/")[2]: History.of(data) for path, data in logs.items() if path.startswith(where)}


def _campaign_folders(state: Layout, demand: StoreDemand) -> None:
    """Each campaign is in its place, or where it was set aside, with all that was acknowledged."""
    there = _logs(state, _CAMPAIGN)
    for folder in state.folders:
        half_made = folder.startswith(_CAMPAIGN) and "/" not in folder and folder not in there
        require(not half_made, f"{folder} has no log")
    places = {name: {name: history} for name, history in there.items()}
    kept = _logs(state, ".saves/")
    for name, count in demand.promise.events.items():
        found = [one[name] for one in (places.get(name, {}), kept) if name in one]
        if name not in demand.removing:
            found = [there[name]] if name in there else []
        require(name not in there or name not in demand.promise.removed, f"{name} was removed and is there")
        require(len(found) == 1, f"{name} is there {len(found)} times")
        have = len(found[0].hashes)
        require(have >= count, f"{have} events of {name} are there of {count} acknowledged ones")


def _whole(store: SaveStore) -> None:
    """Open everything with the real code."""
    listed = store.profiles.list() + store.profiles.list(templates=True)
    require(not [one for one in listed if one.problem], "a profile cannot be read")
    require(all(store.profiles.get(one.character_id) for one in listed), "a profile is not there")
    store.images.list()
    for folder in sorted(store.root.glob(f"{_CAMPAIGN}*")):
        log = folder / "log.jsonl"
        before = History.of(log.read_bytes())
        title = before.trees["campaign_data"]["title"]
        require(
            title in [one.title for one in store.campaigns.list()],
            f"{title!r} is not found by its name {store.campaigns.list()}",
        )
        with store.campaigns.open(folder.name) as campaign:
            require(campaign.read_only is None, f"it can only be read: {campaign.read_only}")
            history = History.of(log.read_bytes())
            require(not history.tail, "the log has something behind its last whole line")
            require(history.hashes == before.hashes, "the history has changed")
            require(campaign._ledger.state.trees == history.trees, "the state is not the log's")
            rows = [{"id": one.id} for one in campaign.messages]
            require(rows == [{"id": row["id"]} for row in history.rows], "the chat is not the log's")
        require(store.campaigns.open(title, read_only=True).problems == [], "opening it again finds something")


def _go_on(store: SaveStore) -> None:
    """Use the store as if nothing had happened."""
    store.images.add(PNG, stem="after")
    store.profiles.save(store.presets.draft("kara_stormwind"))
    store.profiles.update(KARA, attire="whatever is left")
    with store.campaigns.create("Afterwards", characters=[KARA]) as campaign, campaign.turn("On") as turn:
        turn.character(KARA).take_damage(1)
        campaign_id = campaign.id
    require(store.profiles.get(KARA).attire == "whatever is left", "the profile was not written")
    with store.campaigns.open(campaign_id) as campaign:
        require(campaign.data.total_turns == 1, "the turn is not there")
