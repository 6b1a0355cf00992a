"""What is done on disks of our own, by a process that may mount them; an assertion that fails ends it with an error.

python -m tests.torture.ondisks fill FOLDER DISK                a disk that is full, and has room again
python -m tests.torture.ondisks copy FOLDER DISK OTHERS...      a store that is copied to other disks
python -m tests.torture.ondisks names FOLDER DISK               names of every kind
"""

import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from gamesaves import Campaign, SaveStore
from gamesaves.disk import files, folders, layout
from gamesaves.errors import NoSpace
from gamesaves.ids import file_stem, id_of_stem, slug
from tests.integration.stores import KARA, PNG, bytes_in, state_of
from tests.torture.disks import mounted
from tests.torture.names import names

TITLE = "The Lost Kingdom"
SHORTAGE = re.compile(r"the disk is full; ([\d,]+ bytes were to be written and [\d,]+ are free|[\d,]+ bytes are free)")


def filled(place: Path) -> Path:
    """Fill a disk to the last byte; return the file that does."""
    ballast = place / "ballast"
    with ballast.open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(bytes(size))
            except OSError:
                size //= 2
    return ballast


def refused(place: Path, action: Callable[[], object]) -> None:
    """An action is refused because the disk is full, with how much is missing."""
    try:
        action()
    except NoSpace as error:
        assert SHORTAGE.search(error.message), error.message
        assert error.hint
        assert str(place) in str(error.path)
    else:
        raise AssertionError("there was room")


def fill(folder: Path, name: str) -> None:
    with mounted(folder, name) as places, SaveStore(places[name] / "store") as store:
        place = places[name]
        store.profiles.save(store.presets.draft("kara_stormwind"))
        with store.campaigns.create(TITLE, characters=[KARA]) as campaign:
            turns = played(campaign, 3)
            campaign.flush()
            ballast = filled(place)
            turns += played_until_full(place, campaign)
            old = state_of(campaign)
            profiles = bytes_in(place / "store/character_profiles")
            refused(place, lambda: put(campaign, "large", "x" * 100_000))
            refused(place, lambda: store.profiles.update(KARA, backstory="x" * 100_000))
            refused(place, lambda: store.images.add(PNG * 10_000))
            refused(place, lambda: store.campaigns.create("Another", description="x" * 100_000))
            assert state_of(campaign) == old
            assert bytes_in(place / "store/character_profiles") == profiles
            with SaveStore(place / "store").campaigns.open(TITLE, read_only=True) as seen:
                assert state_of(seen) == old
            ballast.unlink()
            turns += played(campaign, 2)
        assert campaign.problems == []
        store.profiles.update(KARA, backstory="x" * 100_000)
        with SaveStore(place / "store") as again, again.campaigns.open(TITLE) as campaign:
            assert campaign.problems == []
            assert campaign.document("counter")["n"] == turns
            assert [one.title for one in again.campaigns.list()] == [TITLE]
            assert again.check() == []


def played(campaign: Campaign, turns: int) -> int:
    for _ in range(turns):
        with campaign.turn("A turn") as turn:
            counter = turn.document("counter")
            counter["n"] = counter.get("n", 0) + 1
            turn.character(KARA).hit_points_current = 1 + counter["n"] % 9
    return turns


def played_until_full(place: Path, campaign: Campaign) -> int:
    """Play until the rest of the last block is used up; return how many turns that took."""
    turns = 0
    while True:
        before = campaign.document("counter")["n"]
        try:
            turns += played(campaign, 1)
        except NoSpace as error:
            assert SHORTAGE.search(error.message), error.message
            assert str(place) in str(error.path)
            assert campaign.document("counter")["n"] == before
            return turns


def put(campaign: Campaign, path: str, value: Any) -> None:
    with campaign.turn() as turn:
        turn.put(path, {"value": value})


def copy(folder: Path, source: str, *others: str) -> None:
    with mounted(folder, source, *others) as places:
        root = places[source] / "store"
        with SaveStore(root) as store:
            for name in ("Con", "\u5c0f\u6797", "Z\u00f6e Aux"):
                draft = store.presets.draft("kara_stormwind")
                draft.name = name
                store.profiles.portrait(store.profiles.save(draft).character_id, picture=PNG)
            with store.campaigns.create(TITLE, characters=["pc:con"]) as campaign:
                for number, name in enumerate(names(6, 60)):
                    put(campaign, f"map/{slug(name)}/{number}", name)
                campaign.say("pc:con", "\U0001f409")
        written = seen(root)
        for other in others:
            target = places[other] / "store"
            shutil.copytree(root, target)
            assert seen(target) == written, other
            with SaveStore(target) as store, store.campaigns.open(TITLE) as campaign:
                assert campaign.problems == []
                put(campaign, "map/aux", "and on")
            with SaveStore(target) as store, store.campaigns.open(TITLE) as campaign:
                assert campaign.document("map/aux")["value"] == "and on"
                assert store.check() == []


def seen(root: Path) -> dict[str, Any]:
    """Return all that a game sees of a store, and the bytes of its files."""
    with SaveStore(root) as store:
        profiles = [store.profiles.get(one.character_id).model_dump(mode="json") for one in store.profiles.list()]
        with store.campaigns.open(TITLE) as campaign:
            assert campaign.problems == []
            state = state_of(campaign)
        pictures = [image.path for image in store.images.list()]
    return {"profiles": profiles, "campaign": state, "pictures": pictures, "bytes": bytes_in(root)}


def names_on(folder: Path, name: str) -> None:
    with mounted(folder, name) as places:
        round_trips(places[name], 500)


def round_trips(folder: Path, count: int) -> None:
    """Write a file for the id of every name, and find the ids again in what the folder lists."""
    wanted = {f"{kind}{slug(one)}": one for one in names(count, count) for kind in ("", "pc:")}
    for identifier, one in wanted.items():
        files.replace(folder / f"{file_stem(identifier)}.json", one.encode(errors="surrogatepass"), durable=False)
    listed = {
        str(id_of_stem(entry.removesuffix(".json"))): entry
        for entry in folders.names(folder)
        if entry.endswith(".json")
    }
    assert listed.keys() == wanted.keys()
    for identifier, entry in listed.items():
        assert files.read(folder / entry).decode() == wanted[identifier]
        assert layout.document_key(layout.document_path(f"a/{identifier}")) == f"a/{identifier}"
    assert len({entry.casefold() for entry in listed.values()}) == len(wanted)


ROLES: dict[str, Callable[..., None]] = {"fill": fill, "copy": copy, "names": names_on}


def main(role: str, folder: str, *disks: str) -> None:
    ROLES[role](Path(folder), *disks)


if __name__ == "__main__":
    main(*sys.argv[1:])
