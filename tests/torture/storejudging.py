"""The verdict on a state of a whole store."""

from collections.abc import Callable
from dataclasses import dataclass, replace

from gamesaves import Campaign, SaveStore
from gamesaves.disk import files
from tests.integration.stores import KARA, PNG
from tests.torture.bench import Bench
from tests.torture.diskmodel import Layout, Op
from tests.torture.reading import History
from tests.torture.recorder import Recorder
from tests.torture.storescenes import Promise, StoreRecording, opened, same_luck, things
from tests.torture.storesteps import ROUNDS
from tests.torture.trial import require
from tests.torture.worldjudging import worlds_go_on, worlds_whole

_LOG = "/log.jsonl"
_CAMPAIGN = "campaign_"
_OF_FIGHTS = {"encounter_left_open", "encounter_damaged"}


@dataclass(frozen=True, slots=True)
class StoreDemand:
    """What is asked of one state.

    Attributes:
        versions: what may be in each single file, None where it may be missing.
        removing: the campaigns that may be on their way to where things are kept.
        whole: how many events the campaigns have, by their ids, that come or go in one piece.
        archived: the campaigns that are in the archive wherever they are not in their place.
    """

    promise: Promise
    versions: dict[str, set[bytes | None]]
    removing: frozenset[str]
    whole: dict[str, int]
    archived: frozenset[str]


class StoreJudge:
    """Knows what must hold of a store."""

    def demand(self, recording: StoreRecording, acknowledged: int) -> StoreDemand:
        return StoreDemand(
            recording.promises[acknowledged],
            recording.versions[acknowledged],
            recording.removing,
            recording.whole,
            recording.archived,
        )

    def look(self, bench: Bench, state: Layout, demand: StoreDemand) -> None:
        _single_files(state, demand)
        _campaign_folders(state, demand)
        bench.show(state)
        with same_luck(), files.using(bench.watcher), opened(bench.root, 20) as store:
            _whole(store)
            if store.universes.list():
                worlds_whole(store)
                worlds_go_on(store)
            else:
                _fight_on(store)
                for name in demand.archived:
                    _to_the_archive_and_back(store, name)
                _go_on(store)
            if state.key[0] % 8 == 0:
                # A campaign that was being made may have left what it was put together from; and who is made again has
                # the luck, and so the uid, that somebody had before the cut; and one of the steps finds a profile under
                # a name that older stores gave it, which the cut may have left there.
                harmless = ("left_over", "stale_copies", "stale_lock", "view_behind", "same_uid", "foreign_name")
                problems = [one.code for one in store.check() if one.code not in harmless]
                require(not problems, f"checking the store finds {problems}")

    def recovery(
        self, bench: Bench, state: Layout, demand: StoreDemand
    ) -> tuple[list[Op], Callable[[int], StoreDemand]]:
        bench.show(state)
        recorder = Recorder(bench.root, state)
        bench.watcher = recorder
        with same_luck(), files.using(recorder), opened(bench.root, 20) as store:
            _whole(store)
        logs = _logs(state, _CAMPAIGN) | _logs(state, "universes/")
        there = {name: len(history.hashes) for name, history in logs.items()}
        events = demand.promise.events | {name: count for name, count in there.items() if count}
        again = replace(demand, promise=replace(demand.promise, events=events))
        return recorder.ops, lambda _: again


def _single_files(state: Layout, demand: StoreDemand) -> None:
    """Each profile, picture and archived campaign is the old one or the new one, whole."""
    found = things(state)
    for path in found.keys() | demand.versions.keys():
        allowed = demand.versions.get(path, {None})
        data = found.get(path)
        told = "missing" if data is None else f"{len(data)} bytes that nobody has acknowledged or begun to write"
        require(data in allowed, f"{path} is {told}")
    lost = [data for data in demand.promise.kept if data not in state.files.values()]
    require(not lost, "a picture or an archived campaign is lost")


def _logs(state: Layout, where: str) -> dict[str, History]:
    """Return the history of each campaign, by its id, that lies somewhere."""
    logs = {path.removesuffix(_LOG): data for path, data in state.files.items() if path.endswith(_LOG)}
    return {path.rpartition("/")[2]: History.of(data) for path, data in logs.items() if path.startswith(where)}


def _campaign_folders(state: Layout, demand: StoreDemand) -> None:
    """Each campaign is in its place, or where it was set aside, with all that was acknowledged."""
    there = _logs(state, _CAMPAIGN) | _logs(state, "universes/")
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
    for name, count in demand.whole.items():
        have = len(there[name].hashes) if name in there else count
        require(have >= count, f"{have} events of {name} are there, which comes with {count}")
    for name in demand.archived - there.keys():
        require(f"archive/{name}.zip" in state.files, f"{name} is neither in its place nor in the archive")


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
            known = len(before.hashes)
            # Opening takes over what a profile says now.
            require(set(history.kinds[known:]) <= {"sync"}, f"opening has added {history.kinds[known:]}")
            require(history.hashes[:known] == before.hashes, "the history has changed")
            require(campaign._ledger.state.trees == history.trees, "the state is not the log's")
            rows = [{"id": one.id} for one in campaign.messages]
            require(rows == [{"id": row["id"]} for row in history.rows], "the chat is not the log's")
            require(all(map(campaign.has_profile, campaign.characters)), "a character has no profile")
            _one_commit(campaign)
        told = [one.code for one in store.campaigns.open(title, read_only=True).problems]
        require(not set(told) - _OF_FIGHTS, f"opening it again finds {told}")


def _one_commit(campaign: Campaign) -> None:
    """An encounter is in the history with all its rounds, or not at all; and then it may be left open."""
    fought = [event.data["encounter"] for event in campaign.history() if event.kind == "encounter"]
    require(all(len(one["rounds"]) == ROUNDS for one in fought), "a part of an encounter is in the history")
    again = {one["id"] for one in fought} & {one.id for one in campaign.encounters}
    require(len(fought) < 2 and not again, "an encounter has ended, and is there once more")


def _fight_on(store: SaveStore) -> None:
    """Take over what there is of an encounter: whole rounds."""
    for found in store.campaigns.list():
        with store.campaigns.open(found.campaign_id) as campaign:
            for left in campaign.encounters:
                if not left.rounds:
                    left.drop()
                    continue
                before = campaign.characters[KARA].hit_points_current
                left.merge()
                require(campaign.characters[KARA].hit_points_current == before - left.rounds, "a round is not whole")
                require(campaign.document("map/level1")["blows"] == left.rounds - 1, "a round is not whole")
            require(not campaign.encounters, "an encounter is there after it was taken over")


def _to_the_archive_and_back(store: SaveStore, name: str) -> None:
    """Go on with what was interrupted; either way it is all there."""
    place = store.root / name
    if place.exists():
        before = History.of((place / "log.jsonl").read_bytes())
        store.campaigns.archive(name)
        require(not place.exists(), "it was archived and is there")
        store.campaigns.unarchive(name)
        require(History.of((place / "log.jsonl").read_bytes()).hashes == before.hashes, "it came back otherwise")
    else:
        store.campaigns.unarchive(name)
    require(store.campaigns.open(name, read_only=True).problems == [], "what came back has problems")


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
